"""Reading a journal while another process writes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from codedark.events.parcel import Parcel, Sequence
from codedark.store.journal.damage import Damaged
from codedark.store.journal.end import End, published
from codedark.store.journal.segment import Hole, Segment, scan, segments

_READ_BYTES: Final = 8 << 20
_WINDOW_BYTES: Final = 4 << 20


class Follower:
    """The records of the journal in ``folder`` from ``number`` on, in order, each once, as soon as they are durable.

    ``on_damage`` is told what cannot be read any more, before any record behind it is given out. A journal that is not
    there yet, or whose writer is dead, is one in which nothing new happens. Waits for nothing; polling is cheap.
    """

    def __init__(self, folder: Path, number: Sequence, on_damage: Callable[[Damaged], None]) -> None:
        self.next = number
        """The number of the next record to be read."""
        self._folder = folder
        self._on_damage = on_damage
        self._segment: Segment | None = None
        self._file = -1
        self._offset = 0

    def read(self, max_bytes: int = _READ_BYTES) -> list[Parcel]:
        """What there is, up to about ``max_bytes`` and at least one parcel; empty where there is nothing new.

        Raises OSError where the folder or a segment cannot be opened at all (its rights, no more files).
        """
        end = published(self._folder)
        parcels: list[Parcel] = []
        left = max_bytes
        while end is not None and left > 0 and self.next < end.next:
            segment = self._segment or self._enter(end)
            if segment is None:
                self._missing(self._folder, 0, 0, end.next)
                break
            left = self._read_segment(segment, end, left, parcels)
            if left > 0 and self.next < end.next:
                self._leave(end)
        return parcels

    def close(self) -> None:
        """Close the segment that is being read."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._segment, self._offset = -1, None, 0

    def _read_segment(self, segment: Segment, end: End, left: int, parcels: list[Parcel]) -> int:
        """Read on to the end of the segment, or until no bytes are ``left``; returns how many are."""
        size = os.fstat(self._file).st_size
        limit = min(end.offset, size) if segment.first == end.segment else size
        if limit < self._offset:  # it was begun anew
            self._offset = 0
        hole: Hole | None = None
        for behind, entry in scan(self._file, segment.marker, self._offset, limit, min(_WINDOW_BYTES, left)):
            if isinstance(entry, Hole):
                hole = entry
                continue
            if hole is not None or entry.first > self.next:
                start, size = (hole.start, hole.end - hole.start) if hole else (self._offset, 0)
                self._missing(segment.path, start, size, entry.first)
                hole = None
            self._offset = behind
            if entry.end > self.next:
                parcels.append(entry if entry.first == self.next else _from(self.next, entry))
                self.next = entry.end
                left -= len(entry.data)
                if left <= 0:
                    return left
        if hole is not None:
            following = _following(segment, end, self._folder)
            self._missing(segment.path, hole.start, hole.end - hole.start, following.first if following else end.next)
            self._offset = hole.end
        return left

    def _enter(self, end: End) -> Segment | None:
        """Open the segment with the next record, or the first behind it; None where nothing is left of the journal."""
        ready = [segment for segment in segments(self._folder) if segment.first <= end.segment]
        while ready:
            before = [segment for segment in ready if segment.first <= self.next]
            segment = before[-1] if before else ready[0]
            try:
                self._file = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:  # deleted since
                ready.remove(segment)
                continue
            self._segment, self._offset = segment, 0
            return segment
        return None

    def _leave(self, end: End) -> None:
        """Go to the following segment; records that should have been before it are missing."""
        assert self._segment is not None
        path, offset = self._segment.path, self._offset
        following = _following(self._segment, end, self._folder)
        self.close()
        if following is None or following.first > self.next:
            self._missing(path, offset, 0, following.first if following else end.next)

    def _missing(self, path: Path, offset: int, size_bytes: int, until: Sequence) -> None:
        self._on_damage(Damaged(path, offset, size_bytes, self.next, max(until - self.next, 0)))
        self.next = max(self.next, until)


def _following(segment: Segment, end: End, folder: Path) -> Segment | None:
    return next((each for each in segments(folder) if segment.first < each.first <= end.segment), None)


def _from(number: Sequence, parcel: Parcel) -> Parcel:
    """The records of a parcel from ``number`` on."""
    skipped = number - parcel.first
    data = parcel.data.split(b"\n", skipped)[-1]
    return replace(parcel, first=number, count=parcel.count - skipped, data=data)
