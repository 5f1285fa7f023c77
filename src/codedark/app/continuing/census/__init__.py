"""The census: all that the journal holds, read and folded into charts, with its checkpoints and its intake."""
