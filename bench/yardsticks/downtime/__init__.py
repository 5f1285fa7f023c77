"""Four weeks without systems: what was true, what people made of it, what came back, and who compares."""
