"""Which of several plans is best on scenarios by which none of them was chosen.

All plans meet the same scenarios, so what is compared is the difference in each. Its interval is that of the normal
distribution around the weighted mean, with the variance of the weighted differences as if scenarios were independent;
they are drawn in strata, which makes the truth narrower. Harm of tier 0 services counts first: a plan stays only if its
urgent harm may be as low as the lowest, and of those that stay, the one with the least harm in all wins. Plain policies
are among the candidates, so nothing wins that is worse than what a person would do by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from codedark.contain.harm import Judge, Outcome
from codedark.contain.problem import Floats, Ints
from codedark.contain.scenarios import Scenarios

CONFIDENCE = 0.95
"""Of the intervals that are told."""

HOPELESS = 0.9999
"""A plan that is worse with so much confidence is not judged on more scenarios."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and the interval around it."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan did: its ``harm`` and ``urgent`` harm, and by how much more harm it did than the winner, on so many
    ``scenarios``: fewer than others if it was hopeless.
    """

    name: str
    harm: Estimate
    urgent: Estimate
    more_than_winner: Estimate
    scenarios: int


@dataclass(frozen=True, slots=True)
class Result:
    """The ``winner``, and how all did, the least harm first."""

    winner: str
    standings: tuple[Standing, ...]


def tournament(plans: Mapping[str, Ints], rounds: Iterable[Scenarios]) -> Result:
    """Judge plans on some scenarios after others, and leave out what has become hopeless before the next."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in plans}
    judge: Judge | None = None
    left = list(plans)
    for scenarios in rounds:
        judge = judge or Judge(scenarios.problem)
        for name in left:
            outcomes[name].append(judge.outcome(scenarios, plans[name]))
        best = winner_of(outcomes, left)
        left = [name for name in left if not _hopeless(outcomes[name], outcomes[best])]
    if judge is None or not plans:
        raise ValueError("a tournament needs plans and scenarios: give it at least one of each")
    winner = winner_of(outcomes, left)
    standings = [_standing(name, outcomes[name], outcomes[winner]) for name in plans]
    return Result(winner, tuple(sorted(standings, key=lambda each: each.harm.mean)))


def estimate(values: Floats, weights: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """The weighted mean and its interval; the whole line around a single value."""
    weights = weights / weights.sum()
    mean = float(weights @ values)
    count = len(values)
    if count < 2:
        return Estimate(mean, -np.inf, np.inf)
    spread = float(np.sqrt((weights**2 @ (values - mean) ** 2) * count / (count - 1)))
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * spread
    return Estimate(mean, mean - reach, mean + reach)


def winner_of(outcomes: Mapping[str, list[Outcome]], left: list[str]) -> str:
    """The least harm of those ``left`` whose urgent harm may be as low as the lowest; of equals, the first."""
    calmest = min(left, key=lambda name: _of(outcomes[name], urgent=True).mean)
    stays = [name for name in left if _more(outcomes[name], outcomes[calmest], urgent=True).low <= 0]
    return min(stays, key=lambda name: _of(outcomes[name], urgent=False).mean)


def _hopeless(outcomes: list[Outcome], best: list[Outcome]) -> bool:
    """Whether a plan is surely worse than the best, and not better in what is urgent."""
    return all(_more(outcomes, best, urgent=urgent, confidence=HOPELESS).low > 0 for urgent in (False, True))


def _standing(name: str, outcomes: list[Outcome], winner: list[Outcome]) -> Standing:
    return Standing(
        name,
        _of(outcomes, urgent=False),
        _of(outcomes, urgent=True),
        _more(outcomes, winner, urgent=False),
        sum(len(each.harm) for each in outcomes),
    )


def _of(outcomes: list[Outcome], *, urgent: bool) -> Estimate:
    values = np.concatenate([each.urgent if urgent else each.harm for each in outcomes])
    return estimate(values, np.concatenate([each.weights for each in outcomes]))


def _more(outcomes: list[Outcome], than: list[Outcome], *, urgent: bool, confidence: float = CONFIDENCE) -> Estimate:
    """By how much more, on the scenarios that both met."""
    pairs = list(zip(outcomes, than, strict=False))
    differences = [one.urgent - other.urgent if urgent else one.harm - other.harm for one, other in pairs]
    return estimate(np.concatenate(differences), np.concatenate([one.weights for one, _ in pairs]), confidence)
