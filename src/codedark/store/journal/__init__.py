"""The journal: segments, their end and their lock, what is found after a crash, and who follows."""
