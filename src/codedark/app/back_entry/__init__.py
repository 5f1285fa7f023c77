"""Back-entry: what was charted while the systems were off goes back into them, each act once."""
