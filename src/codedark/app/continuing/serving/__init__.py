"""The two processes of `codedark census serve`: one takes messages in, the other keeps the census."""
