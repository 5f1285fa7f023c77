"""What counts of past shifts were like, and how likely a count is after them.

Counts of people are more uneven than chance, and a model that ignores it cries wolf: so a negative binomial
distribution, with a mean and a ratio of variance to mean, and not Poisson's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import exp, lgamma, log
from typing import Final


@dataclass(slots=True)
class Past:
    """Moments of the counts of past shifts, older ones weighing less."""

    shifts: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    highest: float = 0.0

    def learn(self, count: int, keeps: float) -> None:
        """Take in the count of one more shift; what was before fades, by half in about ``0.7 * keeps`` shifts."""
        fades = 1.0 - 1.0 / keeps
        self.shifts = self.shifts * fades + 1.0
        self.total = self.total * fades + count
        self.squares = self.squares * fades + count * count
        self.highest = max(self.highest * fades, float(count))

    @property
    def spread(self) -> float:
        """The ratio of variance to mean; 1, as chance has it, where too little is known."""
        if self.shifts < 2 or self.total <= 0:
            return 1.0
        mean = self.total / self.shifts
        return (self.squares / self.shifts - mean * mean) / mean


def tail(count: int, mean: float, spread: float) -> float:
    """The chance of ``count`` or more under a negative binomial with a mean and a ratio of variance to mean; Poisson at
    a ratio of 1.
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    below = 0.0
    for n, term in enumerate(islice(_terms(mean, spread), count)):
        below += term
        if n > mean and term < _NOTHING:
            break  # what is left would change no figure, however large the count
    return max(0.0, 1.0 - below)


def _terms(mean: float, spread: float) -> Iterator[float]:
    """The chance of 0, of 1, of 2 …"""
    if spread <= 1.0 + 1e-6:
        return (exp(n * log(mean) - mean - lgamma(n + 1)) for n in itertools.count())
    size, fails = mean / (spread - 1), 1 / spread
    return (
        exp(lgamma(n + size) - lgamma(size) - lgamma(n + 1) + size * log(fails) + n * log(1 - fails))
        for n in itertools.count()
    )


_NOTHING: Final = 1e-18
