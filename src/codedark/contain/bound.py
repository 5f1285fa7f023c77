"""Witnesses summed to rows, and what rows with multipliers prove: no plan harms less.

Columns are the actions, and behind them the services, each for "we felled it ourselves". A row adds up witnesses of one
scenario and one **key**: a service, or all nodes of that scenario together. It says that its columns and the harm under
that key are together at least so much. The harm under a key counts 1, an action what it costs, a service its harm
while cut; multipliers of 0 or more that load nothing with more than that are worth their rows' right sides, and what
they load more is subtracted (`docs/adr/0012-what-to-cut.md`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from codedark.contain.problem import Floats, Ints, Problem, Sets
from codedark.contain.ragged import chosen_of, gathered, spans, totals
from codedark.contain.witness import Loss, Witnesses

FOR_ALL = -1
"""The key of a row that speaks of no scenario."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """In row r, ``coefficients`` at ``columns`` and the harm under ``key`` are together at least ``least``.
    ``members`` are the witnesses in each row, and both are ``of`` them.
    """

    key: Ints
    least: Floats
    columns: Sets
    coefficients: Floats
    members: Sets
    witnesses: Witnesses

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
        )


def costs(problem: Problem) -> Floats:
    """What each column costs."""
    return np.concatenate((problem.cuts.harm, problem.services.while_cut))


def summed(problem: Problem, found: Witnesses) -> Rows:
    """The rows of all witnesses that count anything."""
    actions, services = len(problem.cuts), len(problem.services)
    found = found.of(np.flatnonzero(found.weight > 0))
    within = np.where(found.loss == Loss.NODE, services, found.target)
    name = np.where(found.scenario < 0, -1 - np.arange(len(found)), found.scenario * (services + 1) + within)
    names, row = np.unique(name, return_inverse=True)
    downs, closing = np.diff(found.downs.starts), np.diff(found.closing.starts)
    item = np.arange(len(found), dtype=np.int64)
    closer, downer, felled = np.repeat(item, closing), np.repeat(item, downs), np.flatnonzero(found.loss == Loss.CUT)
    of = np.concatenate((closer, downer, felled))
    column = np.concatenate((found.closing.members, found.downs.members, actions + found.target[felled]))
    value = np.concatenate((found.weight[closer], -found.weight[downer], found.weight[felled]))
    width = actions + services
    cell, back = np.unique(row[of] * width + column, return_inverse=True)
    return Rows(
        np.where(names < 0, FOR_ALL, names),
        totals(row, found.weight * (1.0 - downs), len(names)),
        gathered(cell // width if width else cell, cell % width if width else cell, len(names)),
        totals(back, value, len(cell)),
        gathered(row, item, len(names)),
        found,
    )


def proven(problem: Problem, batches: list[Rows], multipliers: list[Floats], staff: float) -> float:
    """What these multipliers of rows, and ``staff`` for the minutes that there are, prove of every plan's mean harm."""
    width = len(problem.cuts) + len(problem.services)
    load = np.zeros(width)
    load[: len(problem.cuts)] -= staff * problem.cuts.staff_minutes
    worth = -staff * problem.staff_minutes
    for rows, each in zip(batches, multipliers, strict=True):
        cells = np.repeat(each, np.diff(rows.columns.starts))
        load += totals(rows.columns.members, cells * rows.coefficients, width)
        worth += float(each @ rows.least)
    return worth + float(np.minimum(0.0, costs(problem) - load).sum())


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
