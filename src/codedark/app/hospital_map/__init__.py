"""The map of the hospital: services by tier, what they need, and the zones that they stand in."""
