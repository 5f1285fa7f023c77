"""Dividing a whole number fairly: the parts always add up to the whole."""

from __future__ import annotations

from collections.abc import Sequence


def apportion(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """``total`` divided in proportion to ``weights`` by largest remainder (Hamilton's method).

    Every part gets at least ``least``, as long as the total suffices for all of them. Without any weight all is zero.
    """
    whole = sum(weights)
    if not weights or whole <= 0:
        return [0] * len(weights)
    floor = min(least, total // len(weights))
    rest = total - floor * len(weights)
    exact = [rest * weight / whole for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_remainder[: rest - sum(parts)]:
        parts[at] += 1
    return [part + floor for part in parts]


def spread_evenly(total: int, parts: int) -> list[int]:
    """``total`` in ``parts`` that differ by one at most, the larger ones first."""
    return [total // parts + (at < total % parts) for at in range(parts)]
