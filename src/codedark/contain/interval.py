"""A mean over scenarios, and how far it may be off because they are only so many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from codedark.contain.problem import Floats

_SIGMAS: Final = 1.96
"""Standard errors either side of a mean that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A ``mean`` and the ends of its 95 % confidence interval."""

    mean: float
    at_least: float
    at_most: float

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> Self:
        """Of a value in each scenario. Scenarios are taken as independent; strata make the truth a little narrower."""
        mean = float(weights @ values)
        error = _SIGMAS * float(np.sqrt(np.sum((weights * (values - mean)) ** 2)))
        return cls(mean, mean - error, mean + error)
