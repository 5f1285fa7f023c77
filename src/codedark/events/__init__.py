"""What a log record is, where it came from, and which log source that means."""
