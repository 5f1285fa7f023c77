"""Three plans and what a person would do by hand, all judged alike: on the same scenarios, which chose none of them,
with the true weights.

The plans differ in how much the harm counts that the attacker does, beside that which our own cuts do: a third in
`LEAST`, once in `BALANCED`, three times in `MOST`. That ratio drives every plan and nobody can measure it, so the page
shows all three, and from which ratio to which the balanced one stays the best of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from codedark.contain.harm import Judge, Outcome
from codedark.contain.problem import Ints, Problem
from codedark.contain.reach import Reached, reach
from codedark.contain.scenarios import Scenarios
from codedark.contain.tournament import Estimate, estimate, winner_of

LEAST: Final = "least"
BALANCED: Final = "balanced"
MOST: Final = "most"
RATIOS: Final[Mapping[str, float]] = {LEAST: 1 / 3, BALANCED: 1.0, MOST: 3.0}
SENSITIVITY: Final = (0.1, 0.2, 1 / 3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
"""Ratios for which it is told which of all is the best."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """What the optimiser says of a problem: the actions, their harm on the sample that chose them, and a ``bound``
    below which no choice comes there. ``others`` are plans that it met and that are worth judging too.
    """

    chosen: Ints
    harm: float
    bound: float
    others: tuple[Ints, ...] = ()


Solve = Callable[[str, Problem], Solved]
"""Solves a problem; the word is the name of the plan that it is for."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Actions and what they come to on the scenarios that judge: ``harm`` with the true weights, ``urgent`` the part of
    tier 0.
    """

    name: str
    chosen: Ints
    harm: Estimate
    urgent: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One of the three. ``solved`` is what the optimiser said under the plan's own weights; ``by_hand`` is "" or the
    plain policy that was better on the judging scenarios, and so is the plan.
    """

    judged: Judged
    ratio: float
    solved: Solved
    by_hand: str


@dataclass(frozen=True, slots=True)
class Sensitive:
    """When the attacker's harm counts ``ratio`` times: the ``best`` of all by name, its harm and the balanced plan's,
    under those weights.
    """

    ratio: float
    best: str
    least_harm: float
    balanced_harm: float


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """All of it. ``policies`` are the plain ones, the best first."""

    plans: tuple[Plan, ...]
    policies: tuple[Judged, ...]
    sensitivity: tuple[Sensitive, ...]

    @property
    def balanced(self) -> Plan:
        """The one in the middle."""
        return next(plan for plan in self.plans if plan.judged.name == BALANCED)

    def steady(self) -> tuple[float, float]:
        """The least and the greatest of the ratios, around 1, at which no other is better than the balanced plan.

        Where another is better even at 1, both are 1.
        """
        worse = [each.ratio for each in self.sensitivity if each.best != BALANCED]
        low = max((ratio for ratio in worse if ratio < 1), default=0.0)
        high = min((ratio for ratio in worse if ratio > 1), default=float("inf"))
        inside = [each.ratio for each in self.sensitivity if low < each.ratio < high]
        return min(inside, default=1.0), max(inside, default=1.0)


def plans_of(problem: Problem, judging: Scenarios, solve: Solve, policies: Mapping[str, Ints]) -> Plans:
    """The three plans of a problem.

    1. For each ratio the optimiser chooses actions.
    2. All that were chosen, and the plain policies, are followed through the judging scenarios once; weights change
       nothing of where the attacker gets to.
    3. A plan is the best of them all under its own weights, tier 0 first, as in `codedark.contain.tournament`: so it is
       never worse than what a person would do by hand.
    """
    solved = {name: solve(name, weighed(problem, ratio)) for name, ratio in RATIOS.items()}  # 1
    candidates = {**{name: each.chosen for name, each in solved.items()}, **policies}
    for name, each in solved.items():
        candidates |= {f"{name} {number}": other for number, other in enumerate(each.others, 2)}
    field = _Field(problem, judging, candidates)  # 2
    plans = []
    for name, ratio in RATIOS.items():  # 3
        best = field.best(ratio, first=name)
        judged = field.judged(best, name)
        plans.append(Plan(judged, ratio, solved[name], best if best in policies else ""))
    by_hand = sorted((field.judged(name, name) for name in policies), key=lambda each: each.harm.mean)
    chosen = {plan.judged.name: plan.judged.chosen for plan in plans}
    return Plans(tuple(plans), tuple(by_hand), _sensitivity(problem, judging, {**chosen, **policies}))


def weighed(problem: Problem, ratio: float) -> Problem:
    """The problem when the harm of what the attacker takes counts so many times; a service that he keeps down counts no
    less than while we cut it.
    """
    if ratio == 1:
        return problem
    services = problem.services
    taken = np.maximum(services.while_cut, ratio * services.while_taken)
    return replace(problem, services=replace(services, while_taken=taken), reached=ratio * problem.reached)


class _Field:
    """Candidates on one set of scenarios: each is followed once, and judged under as many weights as are asked for."""

    def __init__(self, problem: Problem, judging: Scenarios, candidates: Mapping[str, Ints]) -> None:
        self._problem, self._judging, self._candidates = problem, judging, candidates
        self._reached: dict[str, Reached] = {name: reach(judging, chosen) for name, chosen in candidates.items()}

    def means(self, ratio: float) -> dict[str, float]:
        """The mean harm of each when the attacker's harm counts so many times."""
        return {name: outcomes[0].mean for name, outcomes in self._outcomes(ratio).items()}

    def best(self, ratio: float, *, first: str) -> str:
        """The best of them when the attacker's harm counts so many times; of equals ``first``."""
        outcomes = self._outcomes(ratio)
        return winner_of(outcomes, sorted(outcomes, key=lambda name: name != first))

    def _outcomes(self, ratio: float) -> dict[str, list[Outcome]]:
        judge = Judge(weighed(self._problem, ratio))
        return {
            name: [judge.outcome_of(self._judging, chosen, self._reached[name])]
            for name, chosen in self._candidates.items()
        }

    def judged(self, candidate: str, name: str) -> Judged:
        """A candidate under the true weights."""
        chosen = self._candidates[candidate]
        outcome = Judge(self._problem).outcome_of(self._judging, chosen, self._reached[candidate])
        return Judged(name, chosen, estimate(outcome.harm, outcome.weights), outcome.mean_urgent)


def _sensitivity(problem: Problem, judging: Scenarios, candidates: Mapping[str, Ints]) -> tuple[Sensitive, ...]:
    field = _Field(problem, judging, candidates)
    found = []
    for ratio in SENSITIVITY:
        means = field.means(ratio)
        best = field.best(ratio, first=BALANCED)
        found.append(Sensitive(ratio, best, means[best], means[BALANCED]))
    return tuple(found)


def same_actions(plans: Iterable[Plan], chosen: Sequence[int]) -> list[str]:
    """The names of the plans that consist of exactly these actions."""
    wanted = frozenset(chosen)
    return [plan.judged.name for plan in plans if frozenset(plan.judged.chosen.tolist()) == wanted]
