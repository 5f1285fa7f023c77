"""From parcels to what the engine judges and what behaviour observes: every record is read once for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codedark.app.joined_parcels import JoinedParcels
from codedark.detect.behaviour.observation import Observation
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Reading, Seen
from codedark.events.moments import hosts, hosts_of, times_of, times_us
from codedark.events.record import Batch, Group, Origin, Record, Rejected, SourceName, Wanted, is_absent


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of an origin: the engine's fields come first, then the others; among them those that may say
    ``when_and_where``. ``readings`` read it.
    """

    fields: tuple[str, ...]
    of_engine: int
    when_and_where: tuple[str, ...]
    readings: tuple[Reading, ...]


@dataclass(slots=True)
class EngineView:
    """A batch as the engine asked for it, without the columns that only behaviour asked for."""

    batch: Batch
    groups: Sequence[Group]

    @property
    def source(self) -> SourceName:
        """As `Batch` has it."""
        return self.batch.source

    @property
    def rejected(self) -> Sequence[Rejected]:
        """As `Batch` has it."""
        return self.batch.rejected

    def __len__(self) -> int:
        return len(self.batch)

    def record(self, row: int) -> Record:
        """As `Batch` has it."""
        return self.batch.record(row)

    def number(self, row: int) -> int:
        """As `Batch` has it."""
        return self.batch.number(row)

    def haystack(self) -> bytes:
        """As `Batch` has it."""
        return self.batch.haystack()

    def row_finder(self) -> Callable[[int], int]:
        """As `Batch` has it."""
        return self.batch.row_finder()


class Observer:
    """Reads batches for the engine (a `Wanted`; None where only behaviour is asked) and for all ``readings``."""

    def __init__(self, engine: Wanted | None, readings: Sequence[Reading], places: Places) -> None:
        self._engine = engine
        self._readings = readings
        self._places = places
        self._asked: dict[Origin, _Asked] = {}

    def fields(self, origin: Origin) -> tuple[str, ...]:
        """As `Wanted` has it."""
        return self._of(origin).fields

    def read(self, joined: JoinedParcels) -> Iterator[tuple[EngineView, list[Observation]]]:
        """Every batch of some parcels, with what is observed in it, in order of rows by kind of observation."""
        for batch in joined.batches(self):
            observed: list[Observation] = []
            views: list[Group] = []
            for group in batch.groups:
                asked = self._of(group.origin)
                if asked.readings:
                    observed += self._observed(asked, group, joined)
                views.append(Group(group.origin, group.rows, group.columns[: asked.of_engine]))
            yield EngineView(batch, views), observed

    def _observed(self, asked: _Asked, group: Group, joined: JoinedParcels) -> list[Observation]:
        count = len(group.rows)
        columns = dict(zip(asked.fields, group.columns, strict=True))
        said = {name: column for name in asked.when_and_where if not is_absent(column := columns[name])}
        # All of a slot arrived within a moment: the last arrival will do for those that do not say when they happened.
        times = times_us(group.origin, said, count, [joined.parcels[-1].arrived_us] * count)
        seen = Seen(group.origin, group.rows, columns, times, hosts(group.origin, said, count))
        return [each for reading in asked.readings for each in reading.read(seen, self._places)]

    def _of(self, origin: Origin) -> _Asked:
        asked = self._asked.get(origin)
        if asked is None:
            mine = self._engine.fields(origin) if self._engine else ()
            wanted = {reading: fields for reading in self._readings if (fields := reading.fields(origin)) is not None}
            common = (*times_of(origin), *hosts_of(origin)) if wanted else ()
            more = [name for fields in wanted.values() for name in fields]
            fields = tuple(dict.fromkeys((*mine, *common, *more)))
            if len(self._asked) >= _MOST_ORIGINS:
                self._asked.clear()
            asked = self._asked[origin] = _Asked(fields, len(mine), common, tuple(wanted))
        return asked


_MOST_ORIGINS = 4096
"""Origins are named by the logs, which may be hostile."""
