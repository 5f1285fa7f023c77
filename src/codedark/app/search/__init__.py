"""Search of the event lake: a small language, and SQL that can only read."""
