"""Behaviour: what is unlike this hospital's own past, each sign explained in one sentence."""
