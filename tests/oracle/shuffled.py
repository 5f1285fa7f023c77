"""Messages as networks and interface engines at their worst bring them."""

from __future__ import annotations

import random
import re


def shuffled_and_doubled(octets: bytes) -> bytes:
    """Every message twice, in any order; the same order each time."""
    messages = [each for each in re.split(rb"(?=MSH\|\^)", octets) if each.strip()]
    twice = [each.rstrip(b"\n") + b"\n" for each in messages] * 2
    random.Random(7).shuffle(twice)
    return b"".join(twice)
