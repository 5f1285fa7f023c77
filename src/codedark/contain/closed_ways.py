"""The way that an action closes: how the attacker would get to what matters most if it alone were left out.

Both plans, with and without the action, are followed through the same scenarios with the same delays, so what differs
is the action's doing and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from codedark.contain.harm import Dependence, Truths
from codedark.contain.problem import Floats, Ints, Problem, Thing, leaves
from codedark.contain.ragged import grouped
from codedark.contain.reach import Reached, deadlines
from codedark.contain.scenarios import Scenarios

_MOST_FOLLOWED: Final = 200
"""Scenarios in which the way to one node is followed: more do not change which one is the likeliest."""


@dataclass(frozen=True, slots=True)
class ClosedWay:
    """Nodes in order, from one that is taken already to the ``target``; each ``edges[i]`` leads on from ``nodes[i]``
    and has been crossed after ``hours[i]``, in the scenario where that is as usual (the median).

    ``probability`` is how likely the target falls without the action and not with it, by whichever way; ``services``
    fall with it then, the dearest first (numbers of the problem).
    """

    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    hours: tuple[float, ...]
    probability: float
    services: tuple[int, ...]

    @property
    def target(self) -> int:
        """What the action protects."""
        return self.nodes[-1]


class Ways:
    """Finds such ways. ``gateways`` marks nodes that are no machine and no account: ways that differ only there are
    one.
    """

    def __init__(self, scenarios: Scenarios, dependence: Dependence, gateways: Sequence[bool]) -> None:
        self.scenarios, self.dependence, self.gateways = scenarios, dependence, gateways
        problem = scenarios.problem
        self._into = grouped(problem.spread.targets, problem.spread.nodes)
        self._leans = _leans(problem, dependence)
        self._taken = frozenset(scenarios.starts.tolist())

    def closed(self, chosen: Ints, left_out: Reached, with_it: Reached) -> ClosedWay | None:
        """The likeliest way to what matters most among what is reached with the actions ``chosen`` (all but the one)
        and not ``with_it``; None where nothing more is reached.

        1. Each node that is reached more often is worth its own harm, and its share of the services that fall then and
           not with the action.
        2. To the one that is worth most, the way is followed in each scenario; the likeliest is told.
        """
        more = np.setdiff1d(left_out.places, with_it.places)
        if not len(more):
            return None
        worth = self._worth(more, left_out, with_it)
        node = more % self.scenarios.nodes
        weight = self.scenarios.weights[more // self.scenarios.nodes]
        expected = np.bincount(node, weights=weight * worth)
        target = int(np.argmax(expected))
        if expected[target] <= 0:
            return None
        places = more[node == target]
        felled = self._felled(target, places // self.scenarios.nodes, left_out, with_it)
        return self._likeliest(places, chosen, left_out, felled)

    def _gone(self, reached: Reached) -> Truths:
        scenario, node = np.divmod(reached.places, self.scenarios.nodes)
        return self.dependence.gone(scenario, node, self.scenarios.number)

    def _worth(self, more: Ints, left_out: Reached, with_it: Reached) -> Floats:
        problem = self.scenarios.problem
        scenario, node = np.divmod(more, self.scenarios.nodes)
        worth = problem.reached[node].copy()
        without, held = self._gone(left_out), self._gone(with_it)
        falls = self.dependence.fails(without) & ~self.dependence.fails(held)
        newly = without & ~held
        sharing = np.maximum(self._leans.astype(np.float64) @ newly, 1.0)
        credit = self._leans.T @ (falls * problem.services.while_taken[:, None] / sharing)
        known, row = self.dependence.rows(node)
        worth[known] += credit[row, scenario[known]]
        return worth

    def _felled(self, target: int, scenarios: Ints, left_out: Reached, with_it: Reached) -> tuple[int, ...]:
        """Services that lean on the target and fall, in these scenarios, without the action only."""
        known, row = self.dependence.rows(np.array([target], dtype=np.int64))
        if not len(known):
            return ()
        without, held = (
            self._gone(left_out)[:, scenarios],
            self._gone(with_it)[:, scenarios],
        )
        falls = self.dependence.fails(without) & ~self.dependence.fails(held) & self._leans[:, row[0]][:, None]
        dear = (falls @ self.scenarios.weights[scenarios]) * self.scenarios.problem.services.while_taken
        return tuple(int(each) for each in np.argsort(-dear, kind="stable") if dear[each] > 0)

    def _likeliest(self, places: Ints, chosen: Ints, reached: Reached, felled: tuple[int, ...]) -> ClosedWay:
        hours = np.full(self.scenarios.number * self.scenarios.nodes, np.inf)
        hours[reached.places] = reached.hours
        deadline = deadlines(self.scenarios.problem.cuts, chosen, len(self.scenarios.problem.spread.rates))
        weights = self.scenarios.weights
        heaviest = places[np.argsort(-weights[places // self.scenarios.nodes], kind="stable")][:_MOST_FOLLOWED]
        found: dict[tuple[int, ...], list[tuple[float, int, tuple[int, ...]]]] = defaultdict(list)
        for place in heaviest.tolist():
            edges = self._back(place, hours, deadline)
            sources = self.scenarios.problem.spread.sources[list(edges)].tolist()
            name = tuple(node for node in sources if not self.gateways[node])
            found[name].append((float(hours[place]), place, edges))
        likeliest = max(
            found.values(), key=lambda ways: sum(weights[place // self.scenarios.nodes] for _, place, _ in ways)
        )
        _, place, edges = sorted(likeliest)[len(likeliest) // 2]
        base = place - place % self.scenarios.nodes
        spread = self.scenarios.problem.spread
        nodes = (*spread.sources[list(edges)].tolist(), place - base)
        after = tuple(float(hours[base + node]) for node in nodes[1:])
        return ClosedWay(nodes, edges, after, float(weights[places // self.scenarios.nodes].sum()), felled)

    def _back(self, place: int, hours: Floats, deadline: Floats) -> tuple[int, ...]:
        """The edges by which a place was reached when it was, first to last."""
        spread, nodes = self.scenarios.problem.spread, self.scenarios.nodes
        base, node = place - place % nodes, place % nodes
        edges: list[int] = []
        passed = np.zeros(nodes, dtype=np.bool_)  # what is crossed at once could lead back
        while base + node not in self._taken:
            passed[node] = True
            into = self._into[node]
            into = into[np.isfinite(hours[base + spread.sources[into]]) & ~passed[spread.sources[into]]]
            ends = hours[base + spread.sources[into]] + self.scenarios.hours_of(np.full(len(into), base + node), into)
            late = np.where(ends < deadline[into], np.abs(ends - hours[base + node]), np.inf)
            edge = int(into[np.argmin(late)])
            edges.append(edge)
            node = int(spread.sources[edge])
        return tuple(reversed(edges))


def _leans(problem: Problem, dependence: Dependence) -> Truths:
    """Services × needed things: whether a service names a thing, itself or through whatever it needs."""
    services = problem.services
    leans = np.zeros((len(services), len(dependence.things)), dtype=np.bool_)
    others: list[list[int]] = [[] for _ in range(len(services))]
    for number, need in enumerate(services.needs):
        for leaf in leaves(need):
            if isinstance(leaf, Thing):
                leans[number, dependence.row(leaf.number)] = True
            else:
                others[number].append(leaf.number)
    before = -1
    while (count := int(leans.sum())) != before:
        before = count
        for number, names in enumerate(others):
            for other in names:
                leans[number] |= leans[other]
    return leans
