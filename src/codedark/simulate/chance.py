"""Seeded chance: one stream for each named thing, so that adding a habit does not change any other."""

from __future__ import annotations

import hashlib
from random import Random

Seed = int


def stream(seed: Seed, *names: object) -> Random:
    """The stream of chance that belongs to ``names`` under ``seed``: the same on every machine and in every process."""
    text = "\0".join(map(str, (seed, *names)))
    return Random(hashlib.blake2b(text.encode(), digest_size=16).digest())
