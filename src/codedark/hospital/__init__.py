"""The model of the hospital: what there is, what depends on what, and what must never be cut."""
