"""An independent, naive reading of docs/reference/sigma-semantics.md, against which the engine is judged."""
