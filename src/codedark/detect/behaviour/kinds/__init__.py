"""The behaviours: one module for each question asked of what was observed."""
