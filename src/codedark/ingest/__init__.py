"""One reader per log format: bytes in, batches and rejected records out."""
