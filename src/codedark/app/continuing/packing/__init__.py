"""Packs: the ceremony of their keys, what goes into them, their building, and how they reach the wards."""
