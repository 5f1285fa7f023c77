"""Paths that the attacker can go although some actions are chosen a little: where the rows of the bound come from.

Each action has a strength between 0 and 1, and a path is as long as the strengths of the actions that may close it.
What is nearer than 1 is not safe yet. A path is kept only if its hours end within the horizon, and what may close it
follows from the path's own hours, so every path found gives a true row, whether or not it is the shortest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codedark.contain.problem import Floats, Ints, Problem, Sets
from codedark.contain.ragged import gathered, spans, totals, turned
from codedark.contain.reach import one_each
from codedark.contain.scenarios import Scenarios

Truths = NDArray[np.bool_]


class Closers:
    """Which actions cut which edge. ``stale`` tells, for each of them, that it cuts every way into the edge's source
    as well: whoever came in after it held has been counted already.
    """

    def __init__(self, problem: Problem) -> None:
        spread, cuts = problem.spread, problem.cuts
        edges = len(spread.rates)
        self.apply_hours = cuts.apply_hours
        self.of_edge = turned(cuts.cuts, edges)
        self.latest = float(cuts.apply_hours.max(initial=0.0))
        edge = np.repeat(np.arange(edges, dtype=np.int64), np.diff(self.of_edge.starts))
        into = self.of_edge.members * spread.nodes + spread.targets[edge]
        names, counts = np.unique(into, return_counts=True)
        ways_in = np.bincount(spread.targets, minlength=spread.nodes)
        whole = names[counts == ways_in[names % spread.nodes]]
        leaving = self.of_edge.members * spread.nodes + spread.sources[edge]
        self.stale: Truths = np.isin(leaving, whole)
        self.edge = edge

    def of(self, edges: Ints) -> tuple[Ints, Ints, Truths]:
        """The actions that cut these edges: the position of the edge, the action, whether it is stale there."""
        counts = self.of_edge.starts[edges + 1] - self.of_edge.starts[edges]
        at = spans(self.of_edge.starts[edges], counts)
        owner = np.repeat(np.arange(len(edges), dtype=np.int64), counts)
        return owner, self.of_edge.members[at], self.stale[at]

    def lengths(self, strengths: Floats) -> Floats:
        """How much each edge adds to a path that comes to it after all actions hold."""
        counted = np.where(self.stale, 0.0, strengths[self.of_edge.members])
        return totals(self.edge, counted, len(self.of_edge))

    def closing(self, edges: Ints, begins: Floats, ends: Floats, starts: Truths) -> tuple[Ints, Ints]:
        """The actions that may close a path at these edges, crossed from ``begins`` to ``ends``, and have not done so
        at the edge before (``starts``: there is none): the position of the edge, and the action. One that cuts a path
        here and again further on is named twice, which makes a row weaker, and never wrong.
        """
        owner, action, stale = self.of(edges)
        hold = self.apply_hours[action]
        counted = np.flatnonzero((hold <= ends[owner]) & ~(stale & (hold <= begins[owner]) & ~starts[owner]))
        return owner[counted], action[counted]


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A path to each of some places, those with fewer edges first: ``length`` in strengths, ``hours`` when it arrives,
    ``before`` the position of the place before (−1 at the start), ``by_edge`` the edge from there; places with d edges
    behind them are from position ``levels[d]`` on.
    """

    places: Ints
    length: Floats
    hours: Floats
    before: Ints
    by_edge: Ints
    levels: Ints

    def closing(self, closers: Closers, at: Ints) -> tuple[Ints, Ints]:
        """What may close the paths at the last edges before these positions (none at a start): position in ``at``,
        and action.
        """
        last = self.before[at]
        return closers.closing(self.by_edge[at], self.hours[last], self.hours[at], self.before[last] < 0)


def grow(scenarios: Scenarios, closers: Closers, strengths: Floats, most_places: int, haste: float = 0.02) -> Forest:
    """Short paths from all that is taken, to what is nearer than 1; ``haste`` is how much a path's share of the
    horizon counts beside its length. At most about so many places are looked at in each scenario, the nearest in steps
    first.
    """
    horizon = scenarios.problem.horizon_hours
    size = scenarios.number * scenarios.nodes
    lengths = closers.lengths(strengths)
    per_hour = haste / max(horizon, 1e-6)
    label, hours = np.full(size, np.inf), np.empty(size)
    came_from, by_edge = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    mark = np.empty(size, dtype=np.int64)
    front = scenarios.starts
    label[front], hours[front], came_from[front], by_edge[front] = 0.0, 0.0, -1, -1
    found = [front]
    count = np.bincount(front // scenarios.nodes, minlength=scenarios.number)
    while len(front):
        out = scenarios.leaving(front)
        tail = front[out.tail]
        ends = hours[tail] + out.hours
        step = lengths[out.edge]
        early = np.flatnonzero(hours[tail] < closers.latest)
        step[early] = _early_steps(
            closers, strengths, out.edge[early], hours[tail[early]], ends[early], came_from[tail[early]] < 0
        )
        reaches = label[tail] + step + per_hour * out.hours
        better = (reaches < label[out.head] - 1e-12) & (reaches - per_hour * ends < 0.9999) & (ends <= horizon)
        at = np.flatnonzero(better)
        head, reaches = out.head[at], reaches[at]
        new = np.isinf(label[head])
        np.minimum.at(label, head, reaches)
        won = label[head] == reaches
        at, head, new = at[won], head[won], new[won]
        came_from[head], by_edge[head], hours[head] = tail[at], out.edge[at], ends[at]
        newly = one_each(head[new], mark)
        found.append(newly)
        count += np.bincount(newly // scenarios.nodes, minlength=scenarios.number)
        front = one_each(head, mark)
        front = front[count[front // scenarios.nodes] < most_places]
    places = np.concatenate(found)
    return _settled(scenarios, places, label, came_from, by_edge, per_hour)


def _early_steps(
    closers: Closers, strengths: Floats, edges: Ints, begins: Floats, ends: Floats, starts: Truths
) -> Floats:
    """How much an edge adds to a path that comes to it while some actions do not hold yet."""
    owner, action = closers.closing(edges, begins, ends, starts)
    return totals(owner, strengths[action], len(edges))


def _settled(
    scenarios: Scenarios, places: Ints, label: Floats, came_from: Ints, by_edge: Ints, per_hour: float
) -> Forest:
    """The forest with the hours that its paths truly take: a place may have found a shorter and slower way in after
    the places behind it had been reached through it. What comes too late is left out, with all behind it.
    """
    position = np.empty(len(label), dtype=np.int64)
    position[places] = np.arange(len(places))
    before = np.where(came_from[places] >= 0, position[came_from[places]], -1)
    edge = by_edge[places]
    took = np.zeros(len(places))
    rest = np.flatnonzero(before >= 0)
    took[rest] = scenarios.hours_of(places[rest], edge[rest])
    hours, done = np.zeros(len(places)), before < 0
    levels = [np.flatnonzero(done)]
    while len(rest):
        ready = done[before[rest]]
        now, rest = rest[ready], rest[~ready]
        done[now] = True
        hours[now] = hours[before[now]] + took[now]
        levels.append(now[hours[now] <= scenarios.problem.horizon_hours])
    kept = np.concatenate(levels)
    position[:] = -1
    position[places[kept]] = np.arange(len(kept))
    before = np.where(before[kept] >= 0, position[places[before[kept]]], -1)
    length = label[places[kept]] - per_hour * hours[kept]
    starts = np.cumsum([0, *map(len, levels)], dtype=np.int64)
    return Forest(places[kept], length, hours[kept], before, edge[kept], starts)


def walk(forest: Forest, at: Ints) -> Sets:
    """The positions on the path to each of these positions, from the first that an edge leads to."""
    owner = here = np.arange(len(at), dtype=np.int64)
    here, owners, steps = at, [owner[:0]], [at[:0]]
    while len(here):
        going = forest.before[here] >= 0
        owner, here = owner[going], here[going]
        owners.append(owner)
        steps.append(here)
        here = forest.before[here]
    return gathered(np.concatenate(owners[::-1]), np.concatenate(steps[::-1]), len(at))
