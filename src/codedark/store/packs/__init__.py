"""Sealed packs: keys, seals, locks, the numbers that are used, and those that a ward keeps."""
