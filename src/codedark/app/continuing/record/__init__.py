"""The record beside the census: what it is asked and tells by itself, and what the two say differently."""
