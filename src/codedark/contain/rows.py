"""Rows of sets of numbers, made and taken apart as whole columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codedark.contain.problem import Ints, Sets


def grouped(rows: Ints, members: Ints, count: int) -> Sets:
    """``count`` sets from pairs of (row, member), in any order; members keep theirs."""
    order = np.argsort(rows, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count))))
    return Sets(starts.astype(np.int64), members[order])


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


def taken(sets: Sets, rows: Ints) -> Sets:
    """Only these rows, in this order."""
    lengths = np.diff(sets.starts)[rows]
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    shifts = np.repeat(sets.starts[rows] - starts[:-1], lengths)
    return Sets(starts, sets.members[np.arange(starts[-1]) + shifts])


def row_of(sets: Sets) -> Ints:
    """The row of each member."""
    return np.repeat(np.arange(len(sets), dtype=np.int64), np.diff(sets.starts))


def any_of(sets: Sets, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a row holds a member that is marked."""
    found = np.zeros(len(sets), dtype=np.bool_)
    found[row_of(sets)[marked[sets.members]]] = True
    return found


def kept(sets: Sets, members: NDArray[np.bool_]) -> Sets:
    """The rows with those of their members (by place) that are to be kept."""
    return grouped(row_of(sets)[members], sets.members[members], len(sets))
