"""What people do by hand: steps with exact commands for each task, to print, and the paper plan for the worst night."""
