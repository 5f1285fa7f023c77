"""What is written down meanwhile: entries, their checks, and how they go back into a record."""
