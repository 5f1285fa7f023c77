"""A ward station: its entries, their second copies, and the union of all stations."""
