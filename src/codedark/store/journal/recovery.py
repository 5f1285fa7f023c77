"""What a writer finds when it opens a journal that another, perhaps killed, has written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from codedark.events.parcel import Sequence
from codedark.store.journal.end import End
from codedark.store.journal.segment import Hole, Segment, marks_in, scan, segments

_WINDOW_BYTES: Final = 8 << 20


class Found(NamedTuple):
    """The state of a journal.

    ``last`` is its last segment, None where there is none, and ``end`` where the entries in it end. ``next`` is the
    next number. ``cut_bytes`` behind ``end`` were never synced; ``damaged_bytes`` before it were, and cannot be read.
    ``is_sound`` where the last segment can be written on: no number is missing at its end, and its roll is whole.
    """

    last: Segment | None
    end: int
    next: Sequence
    arrived_us: int
    marks: dict[str, bytes]
    cut_bytes: int = 0
    damaged_bytes: int = 0
    is_sound: bool = False


class _Told(NamedTuple):
    """What one segment tells. ``has_roll`` where it begins with the marks of all segments before it."""

    end: int
    next: Sequence
    arrived_us: int
    marks: dict[str, bytes]
    has_roll: bool
    cut_bytes: int
    damaged_bytes: int


def find(folder: Path, known: End | None) -> Found:
    """What is in ``folder``, where ``known`` is what was published as synced.

    1. The last segment is read. Up to where it was synced, what is not an entry is damage, and reading goes on.
    2. Behind that, the first bytes that are no entry are where the writer was interrupted: all from there on is cut,
       also whole entries, since a mark in them would pass over what is missing.
    3. A number that was synced is never given again, also where its record is gone.
    4. If the roll at the beginning of the segment is damaged, the marks are taken from the segments before it.
    """
    known = known or End(Sequence(1), Sequence(1), 0)
    there = segments(folder)
    if not there:
        return Found(None, 0, known.next, 0, {})
    told = [_read(there[-1], known.offset if known.segment == there[-1].first else 0)]
    for segment in reversed(there[:-1]):
        if told[-1].has_roll:
            break
        told.append(_read(segment, segment.size_bytes))
    marks: dict[str, bytes] = {}
    for each in reversed(told):
        marks |= each.marks
    last = told[0]
    arrived_us = max(each.arrived_us for each in told)
    number = max(last.next, known.next)
    is_sound = last.has_roll and last.next == number
    return Found(there[-1], last.end, number, arrived_us, marks, last.cut_bytes, last.damaged_bytes, is_sound)


def _read(segment: Segment, synced: int) -> _Told:
    marks: dict[str, bytes] = {}
    number, arrived_us, end, damaged, has_roll = segment.first, 0, 0, 0, False
    file = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(file).st_size
        for behind, entry in scan(file, segment.marker, 0, size, _WINDOW_BYTES):
            if isinstance(entry, Hole):
                damaged += max(min(behind, synced) - entry.start, 0)
                if behind > synced:
                    end = max(end, min(synced, size))
                    break
            elif entry.count == 0:
                marks, has_roll = marks_in(entry), True
            elif entry.mark:
                marks[entry.source] = entry.mark
            if not isinstance(entry, Hole):
                number, arrived_us = entry.end, max(entry.arrived_us, arrived_us)
            end = behind
    finally:
        os.close(file)
    damaged += max(synced - size, 0)
    return _Told(end, Sequence(number), arrived_us, marks, has_roll, size - end, damaged)
