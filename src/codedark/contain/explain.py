"""Why each action of a plan is there, and what it takes: everything that a person has to know before approving it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from codedark.contain.action import Action
from codedark.contain.assemble import Assembled
from codedark.contain.closed_ways import ClosedWay, Ways
from codedark.contain.harm import Judge
from codedark.contain.network import NodeKind
from codedark.contain.problem import Ints
from codedark.contain.reach import reach
from codedark.contain.scenarios import Scenarios
from codedark.contain.taken_down import Loss, TakenDown
from codedark.contain.tournament import Estimate, estimate
from codedark.hospital.hospital import Hospital


@dataclass(frozen=True, slots=True)
class Explained:
    """One action of a plan.

    ``if_left_out`` is how much more harm is expected of the plan without it, in the same scenarios; ``cost`` what it
    costs when it is all that is done and nobody attacks. It ``closes`` a way, if it closes any, at its edge
    ``cut_at``. ``losses`` are what people lose by it. The security lead approves, and where ``clinical`` is set a
    clinical lead as well.
    """

    action: Action
    if_left_out: Estimate
    cost: float
    closes: ClosedWay | None
    cut_at: int
    losses: tuple[Loss, ...]
    clinical: bool


MOST_EXPLAINED = 60
"""Of a plan with more actions (all off is one) only the dearest are explained: nobody reads more."""


class Explainer:
    """Explains plans of one problem on one set of scenarios."""

    def __init__(
        self, hospital: Hospital, assembled: Assembled, scenarios: Scenarios, judge: Judge, stand_hours: float
    ) -> None:
        self._assembled, self._scenarios, self._judge = assembled, scenarios, judge
        gateways = (assembled.network.kinds > NodeKind.ACCOUNT).tolist()
        self._ways = Ways(scenarios, judge.dependence, gateways)
        self.taken_down = TakenDown(hospital, assembled, stand_hours)

    def plan(self, chosen: Ints) -> tuple[Explained, ...]:
        """Each action of a plan, at most `MOST_EXPLAINED`, the one first that would be missed most."""
        reached = reach(self._scenarios, chosen)
        harm = self._judge.outcome_of(self._scenarios, chosen, reached).harm
        found = []
        for action in self._dearest(chosen):
            others = chosen[chosen != action]
            further = reach(self._scenarios, others)
            closes = self._ways.closed(others, further, reached)
            more = self._judge.outcome_of(self._scenarios, others, further).harm - harm
            found.append(
                Explained(
                    self._assembled.choices.actions[action],
                    estimate(more, self._scenarios.weights),
                    self._judge.cost(np.array([action], dtype=np.int64)),
                    closes,
                    self._cut_at(action, closes),
                    self.taken_down.because_of(action, chosen.tolist()),
                    self.taken_down.touches_clinical([action]),
                )
            )
        return tuple(sorted(found, key=lambda each: (-each.if_left_out.mean, each.action.id)))

    def _dearest(self, chosen: Ints) -> list[int]:
        if len(chosen) <= MOST_EXPLAINED:
            return [int(each) for each in chosen]
        cost = {int(each): self._judge.cost(np.array([each], dtype=np.int64)) for each in chosen}
        return sorted(cost, key=lambda each: (-cost[each], each))[:MOST_EXPLAINED]

    def _cut_at(self, action: int, way: ClosedWay | None) -> int:
        """The first edge of a way (its place) that the action cuts before it is crossed, -1 if there is no way."""
        cuts = self._assembled.problem.cuts
        cut, holds = frozenset(cuts.cuts[action].tolist()), float(cuts.apply_hours[action])
        steps = zip(way.edges, way.hours, strict=True) if way else ()
        return next((place for place, (edge, over) in enumerate(steps) if edge in cut and over >= holds), -1)

    def losses(self, chosen: Sequence[int]) -> tuple[Loss, ...]:
        """What the whole plan takes from somebody."""
        return self.taken_down.losses(chosen)
