"""What is going on: findings that belong together, how sure we are, and what to say to whom."""
