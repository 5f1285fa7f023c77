"""Linux audit logs: lines with the same node, time and serial are one event, and one record.

Lines of other events may stand between those of one. An event is complete at its EOE record; the daemon
does not write that to disk, so events stay open until they have to make room, or the log ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from codedark.events.record import Batch, Origin, Record, Rejected, SourceName, Wanted
from codedark.ingest.auditd_record import Member, member, record
from codedark.ingest.text import Entry, Line, Read, Unreadable, batches, lines

OPEN_EVENTS: Final = 256
OPEN_CHARACTERS: Final = 1 << 22


@dataclass(slots=True)
class _Event:
    number: int
    size: int = 0
    members: list[Member] = field(default_factory=list)


class OpenEvents:
    """Events whose lines may not all have been seen.

    At most `OPEN_EVENTS` events and `OPEN_CHARACTERS` characters are held: beyond that the oldest is given
    out as it is, and counts as one record.
    """

    def __init__(self) -> None:
        self._events: dict[tuple[str, str, str], _Event] = {}
        self._size = 0

    def add(self, member: Member, line: Line) -> Iterator[Read]:
        """Take one line in; give out the events that are complete or have to make room."""
        size = len(line.text)
        if not member.serial:
            yield Read(*record([member]), line.number, size)
            return
        key = (member.node, member.time, member.serial)
        event = self._events.get(key)
        if event is None:
            event = self._events[key] = _Event(line.number)
        event.members.append(member)
        event.size += size
        self._size += size
        if member.type == "EOE":
            yield self._close(key)
        while len(self._events) > OPEN_EVENTS or self._size > OPEN_CHARACTERS:
            yield self._close(next(iter(self._events)))

    def close(self) -> Iterator[Read]:
        """Give out everything that is still open, in the order of first lines."""
        while self._events:
            yield self._close(next(iter(self._events)))

    def _close(self, key: tuple[str, str, str]) -> Read:
        event = self._events.pop(key)
        self._size -= event.size
        return Read(*record(event.members), event.number, event.size)


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """Batches of an audit.log, or of what ``ausearch`` prints. A record's number is its first line."""
    return batches(_entries(stream, source), source, wanted)


def _entries(stream: BinaryIO, source: SourceName) -> Iterator[Entry]:
    events = OpenEvents()
    for line in lines(stream, source):
        if isinstance(line, Rejected):
            yield line
        elif not line.blank and not _is_comment(line.text):
            try:
                yield from events.add(member(line.text), line)
            except Unreadable as reason:
                yield Rejected(source, line.offset, str(reason))
    yield from events.close()


def _is_comment(text: str) -> bool:
    """Whether the line is what ``ausearch`` prints between events."""
    return text.startswith(("----", "time->"))


def parse(line: str) -> tuple[Origin, Record]:
    """The record of a single line, as if the event had no other. Raises `Unreadable` where it is none."""
    return record([member(line)])
