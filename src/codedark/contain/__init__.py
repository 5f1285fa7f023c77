"""What exactly to disconnect, at the least cost to patients: the decision, and why it is a good one."""
