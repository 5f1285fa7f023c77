"""Rows of different length, kept end to end: the little arithmetic that everything here does with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codedark.contain.problem import Floats, Ints, Sets


def spans(starts: Ints, counts: Ints) -> Ints:
    """``starts[i], starts[i] + 1, …``, ``counts[i]`` of them for each i, end to end."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - counts), counts))


def counts_of(sets: Sets) -> Ints:
    """How many members each has."""
    return np.diff(sets.starts)


def members_of(sets: Sets, which: Ints) -> tuple[Ints, Ints]:
    """All members of the chosen sets, end to end, and for each the position in ``which`` of the set it is from."""
    counts = sets.starts[which + 1] - sets.starts[which]
    owner = np.repeat(np.arange(len(which), dtype=np.int64), counts)
    return owner, sets.members[spans(sets.starts[which], counts)]


def chosen_of(sets: Sets, which: Ints) -> Sets:
    """Only these sets, in this order."""
    owner, members = members_of(sets, which)
    starts = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=len(which))))).astype(np.int64)
    return Sets(starts, members)


def gathered(owner: Ints, members: Ints, number: int) -> Sets:
    """For each of so many owners, its members, in the order in which they are told."""
    starts = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=number)))).astype(np.int64)
    return Sets(starts, members[np.argsort(owner, kind="stable")])


def turned(sets: Sets, members: int) -> Sets:
    """For each of so many members, the sets that hold it, ascending."""
    return gathered(sets.members, row_of(sets), members)


def totals(keys: Ints, values: Floats, number: int) -> Floats:
    """The sum of the values of each of so many keys."""
    return np.bincount(keys, weights=values, minlength=number).astype(np.float64)


def grouped(keys: Ints, groups: int) -> Sets:
    """For each of so many groups, the positions in ``keys`` that name it, ascending."""
    return gathered(keys, np.arange(len(keys), dtype=np.int64), groups)


def single(members: Ints) -> Sets:
    """A set of one for each member."""
    return Sets(np.arange(len(members) + 1, dtype=np.int64), members)


def empty(count: int) -> Sets:
    """``count`` sets that hold nothing."""
    return Sets(np.zeros(count + 1, dtype=np.int64), np.array([], dtype=np.int64))


def below(every: Sequence[Sets]) -> Sets:
    """All rows of all, in their order."""
    lengths = np.concatenate([np.diff(each.starts) for each in every]) if every else np.array([], dtype=np.int64)
    members = np.concatenate([each.members for each in every]) if every else np.array([], dtype=np.int64)
    return Sets(np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), members)


def row_of(sets: Sets) -> Ints:
    """The row of each member."""
    return np.repeat(np.arange(len(sets), dtype=np.int64), np.diff(sets.starts))


def kept(sets: Sets, members: NDArray[np.bool_]) -> Sets:
    """The rows with those of their members (by place) that are to be kept."""
    return gathered(row_of(sets)[members], sets.members[members], len(sets))
