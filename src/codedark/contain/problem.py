"""The question of containment as numbers. `docs/adr/0012-what-to-cut.md` says what they mean and what is minimised.

Everything here is plain data with checked shapes: no names of hosts, no files. Whoever optimises, judges, samples or
verifies reads this and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """A set of numbers for each of a row of things: that of the i-th is ``members[starts[i]:starts[i + 1]]``."""

    starts: Ints
    members: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: int) -> Ints:
        return self.members[self.starts[index] : self.starts[index + 1]]

    def __iter__(self) -> Iterator[Ints]:
        return (self[index] for index in range(len(self)))

    @staticmethod
    def of(rows: list[list[int]]) -> Sets:
        """From lists."""
        starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        return Sets(starts, np.array([each for row in rows for each in row], dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How an attacker may go on: from node ``sources[e]`` to ``targets[e]`` at ``rates[e]`` an hour (above 0; infinite
    is at once). ``beliefs[v]`` is how likely node v is taken already, independently of the others.
    """

    sources: Ints
    targets: Ints
    rates: Floats
    beliefs: Floats

    @property
    def nodes(self) -> int:
        """How many nodes there are, numbered from 0."""
        return len(self.beliefs)


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """What may be done, a row for each action: the edges that it ``cuts`` from ``apply_hours`` on, the things that it
    takes ``down`` for services, ``staff_minutes`` of work, and ``harm`` beside that of services, for as long as cuts
    stand. A thing is a node, or a link: link k is thing number ``nodes + k``.
    """

    cuts: Sets
    down: Sets
    apply_hours: Floats
    staff_minutes: Floats
    harm: Floats

    def __len__(self) -> int:
        return len(self.harm)


@dataclass(frozen=True, slots=True)
class Thing:
    """Needs this thing (a node or a link)."""

    number: int


@dataclass(frozen=True, slots=True)
class Other:
    """Needs this service."""

    number: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Needs ``least`` of its parts: all of them for AND, one for OR."""

    parts: tuple[Need, ...]
    least: int


Need = Thing | Other | AtLeast


def leaves(need: Need) -> Iterator[Thing | Other]:
    """The things and services that a need names, from left to right."""
    if isinstance(need, AtLeast):
        for part in need.parts:
            yield from leaves(part)
    else:
        yield need


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Whose loss harms patients, a row for each service. It falls when what it ``needs`` does not hold: followed to the
    greatest fixed point, as `codedark.hospital.failure` does.

    ``while_cut`` is the harm of its loss for as long as our cuts stand, ``while_taken`` for as long as an attacker
    keeps it down, at least that much. ``urgent`` are those of tier 0.
    """

    needs: tuple[Need, ...]
    while_cut: Floats
    while_taken: Floats
    urgent: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.needs)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """All of it. ``reached[v]`` is the harm of node v in the attacker's hands beside that of services (records read,
    files encrypted); ``horizon_hours`` is how far ahead is looked; ``staff_minutes`` how much work there are hands for.
    """

    spread: Spread
    cuts: Cuts
    services: Services
    reached: Floats
    horizon_hours: float
    staff_minutes: float
