"""The case log: what was done to the hospital, line by line."""
