"""What a quantity usually is, robustly: one wild day among its past does not move the bound.

The bound is the median plus some median absolute deviations (Hampel 1974; 1.4826 makes them standard deviations of a
normal distribution), of logarithms, because bytes and counts of computers are spread by factors and not by sums.
"""

from __future__ import annotations

from collections import deque
from math import exp, log
from statistics import median
from typing import Final

_NORMAL: Final = 1.4826
_LEAST_SPREAD: Final = 0.25
"""Even what never changed may be a quarter more (in logarithms) before it counts as one deviation."""


class History:
    """The last ``most`` values of a quantity above zero."""

    __slots__ = ("_bounds", "_values")

    def __init__(self, most: int) -> None:
        self._values: deque[float] = deque(maxlen=most)
        self._bounds: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> None:
        """One more value; what is not above zero is not one."""
        if value > 0:
            self._values.append(log(value))
            self._bounds = None

    def middle(self) -> float:
        """The median; 0 of nothing."""
        return exp(self._measures()[0]) if self._values else 0.0

    def most_usual(self, deviations: float) -> float:
        """Above this a value is unusual; 0 of nothing."""
        centre, spread = self._measures()
        return exp(centre + deviations * spread) if self._values else 0.0

    def least_usual(self, deviations: float) -> float:
        """Below this a value is unusual; 0 of nothing."""
        centre, spread = self._measures()
        return exp(centre - deviations * spread) if self._values else 0.0

    def highest(self) -> float:
        """The highest of them; 0 of nothing."""
        return exp(max(self._values)) if self._values else 0.0

    def _measures(self) -> tuple[float, float]:
        if self._bounds is None:
            centre = median(self._values) if self._values else 0.0
            spread = median(abs(value - centre) for value in self._values) if self._values else 0.0
            self._bounds = (centre, max(_NORMAL * spread, _LEAST_SPREAD))
        return self._bounds
