"""People as a device: tasks that are handed out and ticked off by name."""
