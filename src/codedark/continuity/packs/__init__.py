"""The pack of a ward as data: what is in it, how old that is, and whether a ward may take it."""
