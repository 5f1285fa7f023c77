"""The journal: everything that was taken in, in one order, on disk before it is acknowledged.

A folder holds segments (`codedark.store.journal.segment`), the file ``durable`` (`codedark.store.journal.end`), the
lock of the one writer, and a reserve of space. `Journal` writes; `codedark.store.journal.follower.Follower` reads, in
other processes.

What is on disk when: `Journal.append` hands an entry to the kernel, so it outlives the process but not the machine.
`Journal.sync` makes all that was appended outlive the machine too, and only then do followers see it.

What is appended between two syncs is one batch: where the disk refuses any of it, nothing of it is in the journal, and
all of it is to be appended again. So a new segment is begun only between batches.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from codedark.events.parcel import Parcel, Sequence
from codedark.store.journal.end import End, open_end, publish, published
from codedark.store.journal.errors import JournalFailed, refused
from codedark.store.journal.lock import lock
from codedark.store.journal.recovery import Found, find
from codedark.store.journal.reserve import Reserve
from codedark.store.journal.segment import LARGEST_BYTES, Segment, new_segment, roll_of, segments
from codedark.store.journal.segment_writer import SegmentWriter

_SEGMENT_BYTES: Final = 64 << 20
_RESERVE_BYTES: Final = 64 << 20
_FIRST: Final = Sequence(1)


class Journal:
    """The writer of the journal in ``folder``, for one thread at a time.

    A new segment is begun at the first sync behind ``segment_bytes``; ``reserve_bytes`` are set aside for a full disk.
    Numbers begin at ``not_before`` at least: the highest that any follower knows, should somebody have deleted the
    journal and not them. Raises `JournalInUse`, `JournalFailed`, and OSError where the folder cannot be made or read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = _SEGMENT_BYTES,
        reserve_bytes: int = _RESERVE_BYTES,
        not_before: Sequence = _FIRST,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._reserve = Reserve(folder / "reserve", reserve_bytes)
        self._lock = lock(folder)
        self._end_file = -1
        self._writer: SegmentWriter | None = None
        self._unsynced_marks: dict[str, bytes] = {}
        try:
            self.found: Final = find(folder, published(folder))
            """What was there, with what had to be cut off and what is damaged."""
            self._next = max(self.found.next, not_before)
            self._arrived_us = self.found.arrived_us
            self._marks = self.found.marks
            self._durable = self._take_up(self.found)
        except BaseException:
            self.close()
            raise
        self._reserve.hold()

    def append(
        self,
        source: str,
        format: str,  # noqa: A002 - the field's name in `Parcel`
        data: bytes,
        count: int,
        arrived_us: int,
        header: bytes = b"",
        mark: bytes = b"",
    ) -> Sequence:
        """Number these records, write them, and return the first number.

        If the disk refuses (`JournalFailed`), nothing that was appended since the last sync is in the journal, and its
        numbers will be given again. A clock that was set back does not make arrivals go back: the last one counts.
        """
        if count < 1:
            raise ValueError(f"{source}: a parcel holds records; this one has {count}")
        if len(data) > LARGEST_BYTES:
            raise ValueError(f"{source}: a parcel holds at most {LARGEST_BYTES} bytes; this one has {len(data)}")
        is_full = self._open.offset >= self._segment_bytes and self._next > self._open.segment.first
        if is_full and self._next == self._durable.next:
            self._rotate()
        self._arrived_us = max(arrived_us, self._arrived_us)
        parcel = Parcel(self._next, count, self._arrived_us, source, format, data, header, mark)
        try:
            self._open.write(parcel)
        except OSError as error:
            raise self._taken_back(error) from error
        self._next = parcel.end
        if mark:
            self._unsynced_marks[source] = mark
        return parcel.first

    def sync(self) -> Sequence:
        """Make what was appended durable, tell followers, and return the number up to which all is durable.

        If the disk refuses (`JournalFailed`), it is as with `append`: the kernel does not say what of it is on disk.
        """
        writer = self._open
        end = End(self._next, writer.segment.first, writer.offset)
        if end == self._durable:
            return end.next
        try:
            writer.sync()
            publish(self._end_file, end)
        except OSError as error:
            raise self._taken_back(error) from error
        self._durable = end
        self._marks |= self._unsynced_marks
        self._unsynced_marks.clear()
        return end.next

    def marks(self) -> dict[str, bytes]:
        """The latest durable mark of each source that ever gave one."""
        return dict(self._marks)

    def forget(self, source: str) -> None:
        """Leave the mark of a source that will not come again out of the segments to come."""
        self._marks.pop(source, None)
        self._unsynced_marks.pop(source, None)

    def delete_before(self, number: Sequence) -> int:
        """Delete the segments of which every record is below ``number``; returns how many. The last one stays."""
        gone = [segment for segment, following in pairwise(segments(self._folder)) if following.first <= number]
        for segment in gone:
            segment.path.unlink(missing_ok=True)
        return len(gone)

    def release_reserve(self) -> None:
        """Give back the space that was set aside, so that state can still be written on a full disk."""
        self._reserve.release()

    def hold_reserve(self) -> bool:
        """Set the space aside again where there is enough; whether it is. Also done with each new segment."""
        return self._reserve.hold()

    @property
    def next(self) -> Sequence:
        """The number that the next record gets."""
        return self._next

    @property
    def arrived_us(self) -> int:
        """When the last record arrived, as it is written: what is appended arrives then or later."""
        return self._arrived_us

    @property
    def durable(self) -> Sequence:
        """The number up to which all is durable."""
        return self._durable.next

    @property
    def first(self) -> Sequence:
        """The lowest number still there."""
        return segments(self._folder)[0].first

    @property
    def size_bytes(self) -> int:
        """What the segments take, without the reserve."""
        return sum(segment.size_bytes for segment in segments(self._folder))

    def close(self) -> None:
        """Let go of the journal as it is; `sync` before."""
        if self._writer is not None:
            self._writer.close()
        for file in (self._end_file, self._lock):
            if file >= 0:
                os.close(file)
        self._writer, self._end_file, self._lock = None, -1, -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.sync()
        finally:
            self.close()

    @property
    def _open(self) -> SegmentWriter:
        if self._writer is None:
            raise ValueError(f"{self._folder}: this journal is closed")
        return self._writer

    def _take_up(self, found: Found) -> End:
        """Go on where the journal ends, and tell followers how far that is.

        1. What the writer before us has left in the kernel becomes durable, without its torn end.
        2. A sound segment is written on.
        3. Else a new one is begun, and the last is left as it is, for followers to tell what is damaged; one that has
           no record yet is begun anew under its name.
        """
        last = found.last or new_segment(self._folder, self._next)
        try:
            self._end_file = open_end(self._folder)
            if found.last is not None:
                self._writer = SegmentWriter(last, found.end)  # (1)
                self._writer.cut(found.end)
                self._writer.sync()
                if found.is_sound and self._next == found.next:  # (2)
                    return self._tell(self._writer)
                self._writer.close()
                self._writer = None
            anew = last if last.first == self._next else new_segment(self._folder, self._next)  # (3)
            self._writer = self._begun(anew)
            return self._tell(self._writer)
        except OSError as error:
            raise refused(error, last.path, "it is not opened") from error

    def _taken_back(self, error: OSError) -> JournalFailed:
        """Take back what was appended since the last sync, and say so."""
        self._next = self._durable.next
        self._unsynced_marks.clear()
        with suppress(OSError):  # the writer tries again before it writes
            self._open.cut(self._durable.offset)
        return refused(error, self._open.segment.path, f"nothing from record {self._next} on is in it")

    def _rotate(self) -> None:
        """Begin the next segment; raises `JournalFailed`, and then the full one goes on."""
        full = self._open
        following = new_segment(self._folder, self._next)
        try:
            self._writer = self._begun(following)
            self._durable = self._tell(self._writer)
        except OSError as error:
            if self._writer is not full and self._writer is not None:
                self._writer.close()
            self._writer = full
            with suppress(OSError):  # on a read-only disk there is nothing to unlink, and it says so
                following.path.unlink(missing_ok=True)
            raise refused(error, following.path, f"nothing from record {self._next} on is in it") from error
        full.close()
        self._reserve.hold()

    def _begun(self, segment: Segment) -> SegmentWriter:
        """A new segment, with the marks of all sources on disk before anything else; raises OSError."""
        writer = SegmentWriter(segment)
        try:
            writer.write(roll_of(self._marks, self._next, self._arrived_us))
            writer.sync()
        except OSError:
            writer.close()
            raise
        return writer

    def _tell(self, writer: SegmentWriter) -> End:
        """Publish the end of a segment whose name is on disk."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        end = End(self._next, writer.segment.first, writer.offset)
        publish(self._end_file, end)
        return end
