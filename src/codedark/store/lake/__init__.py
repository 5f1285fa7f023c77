"""The event lake: Parquet files, what they are called, who holds them and when they go."""
