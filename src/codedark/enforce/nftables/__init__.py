"""Linux firewalls, by elements of a table that the kernel itself forgets."""
