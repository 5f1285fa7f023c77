"""Use cases: what joins the decisions to the world."""
