"""Seeded chance: one stream for each named thing, so that adding a habit does not change any other."""

from __future__ import annotations

import hashlib
import math
from random import Random

Seed = int


def stream(seed: Seed, *names: object) -> Random:
    """The stream of chance that belongs to ``names`` under ``seed``: the same on every machine and in every process."""
    text = "\0".join(map(str, (seed, *names)))
    return Random(hashlib.blake2b(text.encode(), digest_size=16).digest())


def poisson(chance: Random, mean: float) -> int:
    """How many independent events fall where ``mean`` are expected; from 30 on by the normal approximation."""
    if mean <= 0:
        return 0
    if mean >= 30:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    floor, product, count = math.exp(-mean), chance.random(), 0
    while product > floor:
        product *= chance.random()
        count += 1
    return count
