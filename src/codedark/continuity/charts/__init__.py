"""Charts: facts in, in any order, and what a ward must know of each patient out."""
