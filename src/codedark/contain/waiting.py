"""Whether to wait ten minutes for better evidence: what that costs, and what it could bring at the very most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from codedark.contain.chance import Taken
from codedark.contain.harm import Judge
from codedark.contain.layout import Layout
from codedark.contain.problem import Floats, Ints, Problem
from codedark.contain.scenarios import Scenarios
from codedark.contain.tournament import Estimate, estimate

MINUTES = 10
_MOST_STRATA = 12
"""Sets of taken nodes, the likeliest first, for each of which a plan of its own is made."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The harm of acting ``now``, of the best of the same plans ``later``, and of acting later ``informed`` of who is
    taken. The last is a bound, not a hope: no evidence tells that much.
    """

    minutes: float
    now: Estimate
    later: Estimate
    informed: Estimate

    @property
    def cost(self) -> float:
        """What it costs to wait when nothing new is learnt."""
        return self.later.mean - self.now.mean

    @property
    def gain_at_most(self) -> float:
        """What waiting could bring if all were known by then; below 0 it cannot pay."""
        return self.now.mean - self.informed.mean


def waiting(
    problem: Problem,
    judging: Scenarios,
    layout: Layout,
    plans: Mapping[str, Ints],
    now: str,
    applied: Collection[int] = (),
) -> Waiting:
    """What waiting is worth.

    1. All plans are judged with every action holding ten minutes later (not those that are ``applied`` already).
    2. Scenarios are put together by who is taken. For each of the likeliest sets there is also the plan that would be
       made if that were known: no clean machine isolated for itself, every taken one that can be.
    3. In each set the best of all counts. In the many sets with one scenario only that is as if the attacker's luck
       were known too, so this overrates what is known.
    """
    late = later(problem, MINUTES / 60, applied)
    scenarios = Scenarios(late, judging.seed, Taken(judging.taken, judging.weights))
    judge = Judge(late)
    weights = judging.weights
    harms = {name: judge.outcome(scenarios, chosen).harm for name, chosen in plans.items()}  # 1
    best = min(harms, key=lambda name: float(weights @ harms[name]))
    informed = np.empty(judging.number)
    for taken, members in _strata(judging)[:_MOST_STRATA]:  # 2
        own = judge.outcome(scenarios, _knowing(layout, plans[now], taken)).harm
        informed[members] = _least([own, *harms.values()], weights, members)
    for _, members in _strata(judging)[_MOST_STRATA:]:
        informed[members] = _least(list(harms.values()), weights, members)  # 3
    at_once = Judge(problem).outcome(judging, plans[now]).harm
    return Waiting(
        MINUTES,
        estimate(at_once, weights),
        estimate(harms[best], weights),
        estimate(informed, weights),
    )


def later(problem: Problem, hours: float, applied: Collection[int] = ()) -> Problem:
    """The problem when every action that is not applied already holds so much later."""
    held = np.full(len(problem.cuts), hours)
    held[list(applied)] = 0.0
    return replace(problem, cuts=replace(problem.cuts, apply_hours=problem.cuts.apply_hours + held))


def _strata(judging: Scenarios) -> list[tuple[frozenset[int], Ints]]:
    """(who is taken, scenarios in which exactly they are), the likeliest first."""
    members: dict[frozenset[int], list[int]] = defaultdict(list)
    for number in range(judging.number):
        members[frozenset(judging.taken[number].tolist())].append(number)
    rows = [(taken, np.array(numbers, dtype=np.int64)) for taken, numbers in members.items()]
    return sorted(rows, key=lambda row: (-float(judging.weights[row[1]].sum()), sorted(row[0])))


def _knowing(layout: Layout, chosen: Ints, taken: frozenset[int]) -> Ints:
    """A plan when it is known who is taken: isolations of others left out, those of the taken added."""
    isolations = frozenset(layout.isolates[layout.isolates >= 0].tolist())
    needed = {int(layout.isolates[node]) for node in taken if layout.isolates[node] >= 0}
    kept = {action for action in chosen.tolist() if action not in isolations}
    return np.array(sorted(kept | needed), dtype=np.int64)


def _least(harms: list[Floats], weights: Floats, members: Ints) -> Floats:
    """In these scenarios, the harm of what is best over all of them."""
    return min((each[members] for each in harms), key=lambda each: float(weights[members] @ each))
