"""Care goes on: the census kept fresh, packs built, printed and brought to the wards, what they wrote brought in."""
