"""What a reading of behaviour sees in a log, through the reader of its format, as `serve` reads it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Protocol, TypeVar

from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.moments import hosts, hosts_of, times_of, times_us
from codedark.events.record import Origin, Rejected, SourceName
from codedark.ingest.formats import READERS

NOWHERE = Places()
T_co = TypeVar("T_co", covariant=True)


class Sees(Protocol[T_co]):
    """A `Reading` of one kind of observation."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None: ...

    def read(self, seen: Seen, places: Places) -> Iterator[T_co]: ...


class _Wanted:
    """What a reading asks for, beside time and host."""

    def __init__(self, reading: Sees[object]) -> None:
        self._reading = reading

    def fields(self, origin: Origin) -> tuple[str, ...]:
        wanted = self._reading.fields(origin)
        return () if wanted is None else tuple(dict.fromkeys((*times_of(origin), *hosts_of(origin), *wanted)))


def observed(
    reading: Sees[T_co], log: bytes, form: str, arrived_us: int, places: Places = NOWHERE
) -> tuple[list[T_co], list[Rejected]]:
    """The observations in ``log``, whose records all arrived at ``arrived_us``, and what could not be read."""
    rejected: list[Rejected] = []
    return list(_observed(reading, log, form, arrived_us, places, rejected)), rejected


def _observed(
    reading: Sees[T_co], log: bytes, form: str, arrived_us: int, places: Places, rejected: list[Rejected]
) -> Iterator[T_co]:
    wanted = _Wanted(reading)
    for batch in READERS[form](BytesIO(log), SourceName("log"), wanted):
        rejected += batch.rejected
        for group in batch.groups:
            if reading.fields(group.origin) is not None:
                columns = dict(zip(wanted.fields(group.origin), group.columns, strict=True))
                count = len(group.rows)
                times = times_us(group.origin, columns, count, [arrived_us] * count)
                seen = Seen(group.origin, group.rows, columns, times, hosts(group.origin, columns, count))
                yield from reading.read(seen, places)
