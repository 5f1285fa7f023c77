"""The scenarios of one seed as one graph, of which only what somebody walks into is ever drawn.

A **place** is a node in a scenario: ``scenario * nodes + node``. An edge is live in a scenario if its crossing takes no
longer than the horizon; which ones leave a place, and how long they take, is drawn when the place is first reached, and
kept. In a calm week that is little; in a fast one, a good plan keeps the attacker from most of the hospital and us from
drawing it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from codedark.contain.chance import Taken, delays, delays_within, draw_taken
from codedark.contain.problem import Floats, Ints, Problem
from codedark.contain.ragged import grouped, spans


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Live edges that leave some places: ``tail`` is a position among those asked for, ``head`` a place, ``edge`` its
    number in the problem, ``hours`` how long it takes to cross.
    """

    tail: Ints
    head: Ints
    edge: Ints
    hours: Floats


class Scenarios:
    """The scenarios of a problem in which these nodes are taken, numbered from 0. What was drawn is remembered; what is
    answered never depends on what was asked before.
    """

    def __init__(self, problem: Problem, seed: int, taken: Taken) -> None:
        number = len(taken.weights)
        self.problem, self.seed, self.number = problem, seed, number
        self.nodes = problem.spread.nodes
        self.weights = taken.weights
        self.taken = taken.nodes
        scenario = np.repeat(np.arange(number, dtype=np.int64), np.diff(taken.nodes.starts))
        self.starts: Ints = scenario * self.nodes + taken.nodes.members
        self._leaving = grouped(problem.spread.sources, self.nodes)
        self._first = np.full(number * self.nodes, -1, dtype=np.int64)
        self._count = np.zeros(number * self.nodes, dtype=np.int32)
        self._used = 0
        self._head: Ints = np.zeros(1024, dtype=np.int64)
        self._edge: Ints = np.zeros(1024, dtype=np.int64)
        self._hours: Floats = np.zeros(1024, dtype=np.float64)

    @staticmethod
    def drawn(problem: Problem, seed: int, number: int) -> Scenarios:
        """So many, with who is taken drawn as well."""
        return Scenarios(problem, seed, draw_taken(problem.spread.beliefs, seed, number))

    def leaving(self, places: Ints) -> Crossings:
        """The live edges that leave these places (each named once)."""
        new = places[self._first[places] < 0]
        if len(new):
            self._draw(new)
        counts = self._count[places].astype(np.int64)
        at = spans(self._first[places], counts)
        tail = np.repeat(np.arange(len(places), dtype=np.int64), counts)
        return Crossings(tail, self._head[at], self._edge[at], self._hours[at])

    def hours_of(self, heads: Ints, edges: Ints) -> Floats:
        """How many hours it takes to cross each of these edges, into these places."""
        return delays(self.seed, heads // self.nodes, edges, self.problem.spread.rates[edges])

    def _draw(self, places: Ints) -> None:
        """Draw what leaves places that nobody has asked for."""
        spread = self.problem.spread
        scenario, node = np.divmod(places, self.nodes)
        counts = self._leaving.starts[node + 1] - self._leaving.starts[node]
        edge = self._leaving.members[spans(self._leaving.starts[node], counts)]
        owner = np.repeat(np.arange(len(places), dtype=np.int64), counts)
        live, hours = delays_within(self.seed, scenario[owner], edge, spread.rates[edge], self.problem.horizon_hours)
        owner, edge = owner[live], edge[live]
        count = np.bincount(owner, minlength=len(places))
        self._first[places] = self._used + np.cumsum(count) - count
        self._count[places] = count
        end = self._used + len(edge)
        if end > len(self._edge):
            room = max(end, 2 * len(self._edge)) - self._used
            self._head = np.concatenate((self._head[: self._used], np.zeros(room, dtype=np.int64)))
            self._edge = np.concatenate((self._edge[: self._used], np.zeros(room, dtype=np.int64)))
            self._hours = np.concatenate((self._hours[: self._used], np.zeros(room)))
        self._head[self._used : end] = scenario[owner] * self.nodes + spread.targets[edge]
        self._edge[self._used : end] = edge
        self._hours[self._used : end] = hours
        self._used = end
