"""Witnesses: why a service falls, although some actions are chosen. Each is one row of the bound.

A witness that service j falls is a set of things whose loss fells it, with, for each of them, a path from what is taken
to it in that scenario, or an action that takes it down. Whoever chooses none of the actions that may close those paths,
and all of those that take things down, has the harm. Which of all witnesses is nearest, when actions have strengths
between 0 and 1, is what is looked for here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from codedark.contain.harm import Dependence
from codedark.contain.paths import Closers, Forest, walk
from codedark.contain.problem import AtLeast, Floats, Ints, Need, Other, Problem, Sets, Thing
from codedark.contain.ragged import chosen_of, gathered, members_of
from codedark.contain.scenarios import Scenarios

_BEHIND = 1e-9
"""Added for each service on the way to another, so that no service is its own witness."""


class Loss(IntEnum):
    """What a witness tells of: a service felled by what the attacker took, or by that and what we took down."""

    TAKEN = 1
    CUT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Witnesses:
    """Rows: in ``scenario`` (−1: in all of them) the ``loss`` of the service ``target``, which counts ``weight`` (p_s
    times its harm), happens unless one of ``closing`` is chosen or one of ``downs`` is not.

    ``paths`` are positions in ``edges``, a row of edges for each path, and ``ends`` the node that each path leads to.
    """

    loss: Ints
    scenario: Ints
    target: Ints
    weight: Floats
    closing: Sets
    downs: Sets
    paths: Sets
    edges: Sets
    ends: Ints

    def __len__(self) -> int:
        return len(self.loss)

    def of(self, which: Ints) -> Witnesses:
        """Only these, with their paths."""
        paths, at = np.unique(chosen_of(self.paths, which).members, return_inverse=True)
        return Witnesses(
            self.loss[which],
            self.scenario[which],
            self.target[which],
            self.weight[which],
            chosen_of(self.closing, which),
            chosen_of(self.downs, which),
            Sets(chosen_of(self.paths, which).starts, at),
            chosen_of(self.edges, paths),
            self.ends[paths],
        )


class Finder:
    """Finds the nearest witnesses."""

    def __init__(self, problem: Problem, scenarios: Scenarios, closers: Closers, dependence: Dependence) -> None:
        self.problem, self.scenarios, self.closers, self.dependence = problem, scenarios, closers, dependence
        owner = np.repeat(np.arange(len(problem.cuts), dtype=np.int64), np.diff(problem.cuts.down.starts))
        known, row = dependence.rows(problem.cuts.down.members)
        self._down_action, self._down_row = owner[known], row

    def find(self, forest: Forest, strengths: Floats, felled: Floats) -> Witnesses:
        """All losses that are nearer than 1, each by its nearest witness; ``felled`` is how far each service is felled
        by ourselves already, which what we do to it is counted against.
        """
        nodes, number = self.scenarios.nodes, self.scenarios.number
        services = self.problem.services
        scenario, node = np.divmod(forest.places, nodes)
        # 1. How far each thing is from being taken, and from being gone, in each scenario and (last) in none.
        shape = (len(self.dependence.things), number + 1)
        taken, position = np.full(shape, 2.0), np.full(shape, -1, dtype=np.int64)
        known, row = self.dependence.rows(node)
        taken[row, scenario[known]] = forest.length[known]
        position[row, scenario[known]] = known
        action, by_action = self._strongest_down(strengths)
        gone = np.minimum(taken, 1 - by_action[:, None])
        # 2. Nearest witnesses of services.
        parts = []
        for loss, things in ((Loss.TAKEN, taken), (Loss.CUT, gone)):
            nearest = _Nearest(self.dependence, things)
            free = 1 - nearest.services
            if loss == Loss.CUT:
                free[:, :number] -= felled[:, None]
            harm = services.while_cut if loss == Loss.CUT else services.while_taken - services.while_cut
            service, column = np.nonzero((free > 1e-6) & (harm[:, None] > 0))
            if loss == Loss.TAKEN:
                service, column = service[column < number], column[column < number]
            item, row = nearest.things_of(service, column)
            by_us = np.full(len(row), loss == Loss.CUT)
            by_us &= 1 - by_action[row] < taken[row, column[item]]
            chance = np.append(self.scenarios.weights, 1.0)[column]
            parts.append(
                _Found(
                    np.full(len(service), int(loss), dtype=np.int64),
                    np.where(column < number, column, -1),
                    service,
                    chance * harm[service],
                    item[~by_us],
                    position[row, column[item]][~by_us],
                    item[by_us],
                    action[row[by_us]],
                )
            )
        return self._with_paths(forest, parts)

    def own_losses(self) -> Witnesses:
        """What each action fells by itself, with no attacker."""
        actions = np.unique(self._down_action)
        gone = np.zeros((len(self.dependence.things), len(actions)), dtype=np.bool_)
        gone[self._down_row, np.searchsorted(actions, self._down_action)] = True
        service, column = np.nonzero(self.dependence.fails(gone))
        count, none = len(service), Sets(np.zeros(len(service) + 1, dtype=np.int64), np.zeros(0, dtype=np.int64))
        return Witnesses(
            np.full(count, int(Loss.CUT), dtype=np.int64),
            np.full(count, -1, dtype=np.int64),
            service,
            self.problem.services.while_cut[service],
            none,
            Sets(np.arange(count + 1, dtype=np.int64), actions[column]),
            none,
            Sets(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)),
            np.zeros(0, dtype=np.int64),
        )

    def _strongest_down(self, strengths: Floats) -> tuple[Ints, Floats]:
        """For each needed thing, the strongest action that takes it down (−1: none), and how strong it is."""
        action = np.full(len(self.dependence.things), -1, dtype=np.int64)
        order = np.argsort(strengths[self._down_action], kind="stable")
        action[self._down_row[order]] = self._down_action[order]
        return action, np.append(strengths, 0.0)[action]

    def _with_paths(self, forest: Forest, parts: list[_Found]) -> Witnesses:
        """With their paths, and what may close them."""
        counts = np.cumsum([0, *(len(part.loss) for part in parts)])
        items = np.concatenate([part.path_of + start for part, start in zip(parts, counts, strict=False)])
        down_of = np.concatenate([part.down_of + start for part, start in zip(parts, counts, strict=False)])
        downs = np.concatenate([part.down for part in parts])
        total = int(counts[-1])
        at, path = np.unique(np.concatenate([part.position for part in parts]), return_inverse=True)
        steps = walk(forest, at)
        owner, action = forest.closing(self.closers, steps.members)
        closing = gathered(np.repeat(np.arange(len(at)), np.diff(steps.starts))[owner], action, len(at))
        # An action counts for each path that it may close, as in the proof, which adds up path by path.
        position, actions = members_of(closing, path)
        return Witnesses(
            np.concatenate([part.loss for part in parts]),
            np.concatenate([part.scenario for part in parts]),
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.weight for part in parts]),
            gathered(items[position], actions, total),
            gathered(down_of, downs, total),
            gathered(items, path, total),
            Sets(steps.starts, forest.by_edge[steps.members]),
            forest.places[at] % self.scenarios.nodes,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Witnesses before their paths are followed: a position in the forest or an action, and the witness it is of."""

    loss: Ints
    scenario: Ints
    target: Ints
    weight: Floats
    path_of: Ints
    position: Ints
    down_of: Ints
    down: Ints


class _Nearest:
    """How far each service is from falling, services × columns, when things are so far from gone: one part for OR needs
    all of its alternatives gone, one for AND any.
    """

    def __init__(self, dependence: Dependence, things: Floats) -> None:
        self._needs, self._dependence, self._things = dependence.services.needs, dependence, things
        self.services = np.full((len(self._needs), things.shape[1]), 2.0)
        changed = True
        while changed:
            changed = False
            for number in dependence.order:
                length = self._length(self._needs[number], slice(None))
                if (length < self.services[number] - _BEHIND / 2).any():
                    self.services[number] = np.minimum(length, self.services[number])
                    changed = True

    def _length(self, need: Need, columns: Ints | slice) -> Floats:
        """How far a need is from being lost."""
        match need:
            case Thing(number):
                return np.asarray(self._things[self._dependence.row(number), columns])
            case Other(number):
                return np.asarray(self.services[number, columns] + _BEHIND)
            case AtLeast(parts, least):
                lengths = [self._length(part, columns) for part in parts]
                missing = len(parts) - least + 1
                width = self._things[0:1, columns].shape[1] if not lengths else len(lengths[0])
                if missing <= 0:
                    return np.zeros(width)
                if missing > len(parts):
                    return np.full(width, 2.0)
                if missing == 1:
                    return np.asarray(np.minimum.reduce(lengths))
                return np.asarray(np.minimum(np.sort(np.array(lengths), axis=0)[:missing].sum(axis=0), 2.0))

    def things_of(self, services: Ints, columns: Ints) -> tuple[Ints, Ints]:
        """The things of the nearest witness that each of these services falls, in these columns: positions, rows."""
        items: list[Ints] = [np.zeros(0, dtype=np.int64)]
        rows: list[Ints] = [np.zeros(0, dtype=np.int64)]
        order = np.argsort(services, kind="stable")
        bounds = np.searchsorted(services[order], np.arange(len(self._needs) + 1))
        for number, need in enumerate(self._needs):
            here = order[bounds[number] : bounds[number + 1]]
            if len(here):
                self._collect(need, here, columns[here], items, rows)
        return np.concatenate(items), np.concatenate(rows)

    def _collect(self, need: Need, item: Ints, columns: Ints, items: list[Ints], rows: list[Ints]) -> None:
        """Add what is gone when this need is lost in these columns, for these items."""
        match need:
            case Thing(number):
                items.append(item)
                rows.append(np.full(len(item), self._dependence.row(number), dtype=np.int64))
            case Other(number):
                self._collect(self._needs[number], item, columns, items, rows)
            case AtLeast(parts, least):
                missing = len(parts) - least + 1
                if missing <= 0:
                    return
                lengths = np.array([self._length(part, columns) for part in parts])
                lost = np.argsort(lengths, axis=0, kind="stable")[:missing]
                for position, part in enumerate(parts):
                    here = np.flatnonzero((lost == position).any(axis=0))
                    if len(here):
                        self._collect(part, item[here], columns[here], items, rows)
