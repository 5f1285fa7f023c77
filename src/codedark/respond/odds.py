"""Log-odds and probabilities, both natural."""

from __future__ import annotations

from math import exp, log


def log_odds(probability: float) -> float:
    """The natural log-odds of a probability between 0 and 1."""
    return log(probability / (1 - probability))


def probability(odds: float) -> float:
    """The probability of natural log-odds, however large."""
    return 1 / (1 + exp(-odds)) if odds > -700 else 0.0
