"""The page of plans: what to cut, why, what that costs, to read tired and to print in black and white."""
