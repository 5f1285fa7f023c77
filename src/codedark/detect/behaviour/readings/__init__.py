"""How observations are read: one module for each kind, with all the logs that tell of it."""
