"""What a plan costs in each scenario: rules 3 and 4 of `docs/adr/0012-what-to-cut.md`, over all scenarios at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codedark.contain.problem import AtLeast, Floats, Ints, Need, Other, Problem, Services, Thing, leaves
from codedark.contain.ragged import members_of, totals
from codedark.contain.reach import Reached, reach
from codedark.contain.scenarios import Scenarios

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a plan costs in each scenario: ``harm`` in all, ``urgent`` the part of tier 0 services."""

    harm: Floats
    urgent: Floats
    weights: Floats

    @property
    def mean(self) -> float:
        """The mean over scenarios, which is minimised."""
        return float(self.weights @ self.harm)

    @property
    def mean_urgent(self) -> float:
        """The mean of the urgent part."""
        return float(self.weights @ self.urgent)


class Dependence:
    """Which services fall when things are gone. ``things`` are those that some service needs, ascending; rows of
    what is gone are in that order.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        named = {part.number for need in services.needs for part in leaves(need) if isinstance(part, Thing)}
        self.things: Ints = np.array(sorted(named), dtype=np.int64)
        self._row = {int(thing): row for row, thing in enumerate(self.things)}
        self.order: list[int] = _needed_first(services)

    def row(self, thing: int) -> int:
        """The row of a thing that some service needs."""
        return self._row[thing]

    def rows(self, things: Ints) -> tuple[Ints, Ints]:
        """Which of these things (positions) some service needs, and their rows."""
        at = np.searchsorted(self.things, things)
        known = np.flatnonzero(at < len(self.things))
        known = known[self.things[at[known]] == things[known]]
        return known, at[known]

    def gone(self, scenario: Ints, node: Ints, number: int) -> Truths:
        """Which needed things are lost where these nodes are, each in its scenario: things × so many scenarios."""
        gone = np.zeros((len(self.things), number), dtype=np.bool_)
        known, row = self.rows(node)
        gone[row, scenario[known]] = True
        return gone

    def fails(self, gone: Truths) -> Truths:
        """Which services fall, services × columns, when things × columns are gone: the least set that has to."""
        fallen = np.zeros((len(self.services), gone.shape[1]), dtype=np.bool_)
        changed = True
        while changed:
            changed = False
            for number in self.order:
                falls = self._lost(self.services.needs[number], gone, fallen)
                if (falls & ~fallen[number]).any():
                    fallen[number] |= falls
                    changed = True
        return fallen

    def _lost(self, need: Need, gone: Truths, fallen: Truths) -> Truths:
        """In which columns a need does not hold."""
        match need:
            case Thing(number):
                return np.asarray(gone[self._row[number]])
            case Other(number):
                return np.asarray(fallen[number])
            case AtLeast(parts, least):
                lost = np.zeros(gone.shape[1], dtype=np.int64)
                for part in parts:
                    lost += self._lost(part, gone, fallen)
                return np.asarray(len(parts) - lost < least)


class Judge:
    """What plans of a problem cost."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.dependence = Dependence(problem.services)

    def outcome(self, scenarios: Scenarios, chosen: Ints) -> Outcome:
        """What it costs to choose these actions, in each scenario."""
        return self.outcome_of(scenarios, chosen, reach(scenarios, chosen))

    def outcome_of(self, scenarios: Scenarios, chosen: Ints, reached: Reached) -> Outcome:
        """The same when it is known already where the attacker gets to."""
        problem, services = self.problem, self.problem.services
        scenario, node = np.divmod(reached.places, scenarios.nodes)
        harm = totals(scenario, problem.reached[node], scenarios.number)
        harm += problem.cuts.harm[chosen].sum()
        gone = self.dependence.gone(scenario, node, scenarios.number)
        taken = self.dependence.fails(gone)
        _, down = members_of(problem.cuts.down, chosen)
        gone[self.dependence.rows(down)[1]] = True
        cut = self.dependence.fails(gone)
        by_service = services.while_cut[:, None] * cut + (services.while_taken - services.while_cut)[:, None] * taken
        urgent = np.asarray(by_service[services.urgent].sum(axis=0), dtype=np.float64)
        return Outcome(harm + by_service.sum(axis=0), urgent, scenarios.weights)

    def cost(self, chosen: Ints) -> float:
        """What the actions cost by themselves, with no attacker."""
        gone = np.zeros((len(self.dependence.things), 1), dtype=np.bool_)
        _, down = members_of(self.problem.cuts.down, chosen)
        gone[self.dependence.rows(down)[1]] = True
        fallen = self.dependence.fails(gone)[:, 0]
        return float(self.problem.cuts.harm[chosen].sum() + self.problem.services.while_cut[fallen].sum())


def _needed_first(services: Services) -> list[int]:
    """All services, each after those it needs as far as circles allow, so that one round mostly settles all."""
    order: list[int] = []
    seen: set[int] = set()
    for first in range(len(services)):
        stack = [(first, False)]
        while stack:
            number, done = stack.pop()
            if done:
                order.append(number)
            elif number not in seen:
                seen.add(number)
                stack.append((number, True))
                stack += [(leaf.number, False) for leaf in leaves(services.needs[number]) if isinstance(leaf, Other)]
    return order
