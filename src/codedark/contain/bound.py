"""Witnesses summed to rows, and what rows with multipliers prove: no plan harms less.

Columns are the actions, and behind them the services, each for "we felled it ourselves". A row adds up witnesses of one
scenario and one **key**: a service, or all nodes of that scenario together. It says that its columns and the harm under
that key are together at least so much. The harm under a key counts 1, an action what it costs, a service its harm
while cut; multipliers of 0 or more that load nothing with more than that are worth their rows' right sides, and what
they load more is subtracted (`docs/adr/0012-what-to-cut.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from codedark.contain.chance import mix
from codedark.contain.paths import Closers, Forest
from codedark.contain.problem import Floats, Ints, Problem, Sets
from codedark.contain.ragged import chosen_of, gathered, spans, totals
from codedark.contain.scenarios import Scenarios
from codedark.contain.witness import Loss, Witnesses

FOR_ALL = -1
"""The key of a row that speaks of no scenario."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """In row r, ``coefficients`` at ``columns`` and the harm under ``key`` are together at least ``least``.
    ``members`` are the witnesses in each row; a row of nodes has none, and speaks of all paths of its scenario in the
    ``forest`` whose length is below 1.
    """

    key: Ints
    least: Floats
    columns: Sets
    coefficients: Floats
    members: Sets
    witnesses: Witnesses
    forest: Forest | None = None

    def __len__(self) -> int:
        return len(self.key)

    def left(self, point: Floats) -> Floats:
        """What each row's columns come to at a point."""
        row = np.repeat(np.arange(len(self)), np.diff(self.columns.starts))
        return totals(row, self.coefficients * point[self.columns.members], len(self))

    def of(self, which: Ints) -> Rows:
        """Only these, with their witnesses."""
        starts = self.columns.starts
        cells = spans(starts[which], starts[which + 1] - starts[which])
        members = chosen_of(self.members, which)
        positions = np.arange(len(members.members), dtype=np.int64)
        return Rows(
            self.key[which],
            self.least[which],
            chosen_of(self.columns, which),
            self.coefficients[cells],
            Sets(members.starts, positions),
            self.witnesses.of(members.members),
            self.forest,
        )


def costs(problem: Problem) -> Floats:
    """What each column costs."""
    return np.concatenate((problem.cuts.harm, problem.services.while_cut))


class Keys:
    """Which services share a key in a scenario: those that the same actions could have saved when they were first seen
    to fall there. Most services fall for a few reasons, and so few rows say what happens.
    """

    def __init__(self, scenarios: int, services: int) -> None:
        self._first = np.full((scenarios, services), -1, dtype=np.int64)
        self._services = services

    def of(self, found: Witnesses) -> Ints:
        """The key of each witness of a scenario, another number below 0 for each other one."""
        mark = mix(np.arange(int(found.closing.members.max(initial=0)) + 1, dtype=np.uint64))
        item = np.repeat(np.arange(len(found)), np.diff(found.closing.starts))
        reason = np.zeros(len(found), dtype=np.uint64)
        np.add.at(reason, item, mark[found.closing.members])
        here = np.flatnonzero(found.scenario >= 0)
        new = here[self._first[found.scenario[here], found.target[here]] < 0]
        if len(new):
            order = new[np.lexsort((found.target[new], reason[new], found.scenario[new]))]
            begins = np.ones(len(order), dtype=np.bool_)
            begins[1:] = (np.diff(found.scenario[order]) != 0) | (reason[order][1:] != reason[order][:-1])
            leader = found.target[order[begins]][np.cumsum(begins) - 1]
            self._first[found.scenario[order], found.target[order]] = leader
        key = -1 - np.arange(len(found))
        key[here] = found.scenario[here] * (self._services + 1) + self._first[found.scenario[here], found.target[here]]
        return key


def summed(problem: Problem, found: Witnesses, keys: Keys) -> Rows:
    """The rows of all witnesses that count anything."""
    actions, width = len(problem.cuts), len(problem.cuts) + len(problem.services)
    found = found.of(np.flatnonzero(found.weight > 0))
    name = keys.of(found)
    names, row = np.unique(name, return_inverse=True)
    downs, closing = np.diff(found.downs.starts), np.diff(found.closing.starts)
    item = np.arange(len(found), dtype=np.int64)
    closer, downer, felled = np.repeat(item, closing), np.repeat(item, downs), np.flatnonzero(found.loss == Loss.CUT)
    of = np.concatenate((closer, downer, felled))
    column = np.concatenate((found.closing.members, found.downs.members, actions + found.target[felled]))
    value = np.concatenate((found.weight[closer], -found.weight[downer], found.weight[felled]))
    cell, back = np.unique(row[of] * width + column, return_inverse=True)
    return Rows(
        np.where(names < 0, FOR_ALL, names),
        totals(row, found.weight * (1.0 - downs), len(names)),
        gathered(cell // width if width else cell, cell % width if width else cell, len(names)),
        totals(back, value, len(cell)),
        gathered(row, item, len(names)),
        found,
    )


def with_nodes(rows: Rows, scenarios: Scenarios, closers: Closers, forest: Forest) -> Rows:
    """These rows, and for each scenario one of all nodes that have a path shorter than 1. What may close an edge counts
    for all that lies behind it, so that no path is followed by itself.
    """
    problem = scenarios.problem
    actions, services = len(problem.cuts), len(problem.services)
    scenario, node = np.divmod(forest.places, scenarios.nodes)
    weight = np.where(forest.length < 1, scenarios.weights[scenario] * problem.reached[node], 0.0)
    least = totals(scenario, weight, scenarios.number)
    for start, end in reversed(list(pairwise(forest.levels[1:].tolist()))):
        np.add.at(weight, forest.before[start:end], weight[start:end])
    behind = forest.levels[1] + np.flatnonzero(weight[forest.levels[1] :] > 0)
    owner, action = forest.closing(closers, behind)
    load = totals(scenario[behind][owner] * actions + action, weight[behind][owner], scenarios.number * actions)
    cells, which = np.flatnonzero(load), np.flatnonzero(least > 0)
    if not len(which):
        return rows
    row = np.searchsorted(which, cells // actions) if actions else cells
    columns = gathered(row, cells % actions if actions else cells, len(which))
    return Rows(
        np.concatenate((rows.key, which * (services + 1) + services)),
        np.concatenate((rows.least, least[which])),
        Sets(
            np.concatenate((rows.columns.starts, rows.columns.starts[-1] + columns.starts[1:])),
            np.concatenate((rows.columns.members, columns.members)),
        ),
        np.concatenate((rows.coefficients, load[cells])),
        Sets(np.concatenate((rows.members.starts, np.full(len(which), rows.members.starts[-1]))), rows.members.members),
        rows.witnesses,
        forest,
    )


def loads(problem: Problem, batches: list[Rows], multipliers: list[Floats], staff: float) -> Floats:
    """How much of each column's cost these multipliers of rows, and ``staff`` for the minutes there are, take up."""
    load = np.zeros(len(problem.cuts) + len(problem.services))
    load[: len(problem.cuts)] -= staff * problem.cuts.staff_minutes
    for rows, each in zip(batches, multipliers, strict=True):
        cells = np.repeat(each, np.diff(rows.columns.starts))
        load += totals(rows.columns.members, cells * rows.coefficients, len(load))
    return load


def proven(problem: Problem, batches: list[Rows], multipliers: list[Floats], staff: float) -> float:
    """What these multipliers prove of every plan's mean harm."""
    worth = sum((float(each @ rows.least) for rows, each in zip(batches, multipliers, strict=True)), 0.0)
    spare = costs(problem) - loads(problem, batches, multipliers, staff)
    return worth - staff * problem.staff_minutes + float(np.minimum(0.0, spare).sum())


def within_keys(batches: list[Rows], multipliers: list[Floats]) -> list[Floats]:
    """These multipliers, none negative, and made smaller where a key would be loaded with more than 1."""
    multipliers = [np.maximum(each, 0.0) for each in multipliers]
    if not batches:
        return multipliers
    key, back = np.unique(np.concatenate([rows.key for rows in batches]), return_inverse=True)
    load = totals(back, np.concatenate(multipliers), len(key))
    share = np.where(key == FOR_ALL, 1.0, 1.0 / np.maximum(load, 1.0))[back]
    ends = np.cumsum([len(rows) for rows in batches])[:-1]
    return [each * part for each, part in zip(multipliers, np.split(share, ends), strict=True)]
