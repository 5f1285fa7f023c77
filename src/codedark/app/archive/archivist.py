"""The archivist: follows the journal and writes the event lake.

It reads no clock: when to write follows from the arrival of parcels. What it has taken and not written is in the
journal, and comes again after a crash from `Archivist.position` on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from codedark.app.archive.fields import Asked
from codedark.app.archive.rows import RUN_BYTES, Rows, rows_of, rows_set_aside, runs
from codedark.app.deaths import Deaths
from codedark.app.joined_parcels import JoinedParcels
from codedark.app.setting_aside import read_apart
from codedark.events.parcel import NOTE, Parcel
from codedark.events.parcel import Sequence as Number
from codedark.store.lake.files import LogType, day_of, log_type_of
from codedark.store.lake.lake import Lake
from codedark.store.lake.parquet import give_back, table_of
from codedark.store.lake.retention import Retention

_MOST_LOG_TYPES: Final = 512
_OTHER: Final = LogType("other")
"""Where the records of more logs go than there may be folders: a sender chooses what its log is called."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When what was taken is written: after so many bytes of records, or so long after the first of them arrived."""

    most_bytes: int = 64 << 20
    most_us: int = 30_000_000


class Archivist:
    """Takes parcels in their order; writes their records into ``lake``, each exactly once whatever happens.

    After an `OSError` (the disk is full) everything that was taken is still there: call `flush` again later.
    """

    def __init__(
        self,
        lake: Lake,
        retention: Retention | None = None,
        pace: Pace | None = None,
        deaths: Path | None = None,
    ) -> None:
        self._lake = lake
        self._retention = retention or Retention()
        self._pace = pace or Pace()
        self._deaths = Deaths(deaths, lake.position)
        self.set_aside = 0
        """How many records no reader got past since it began."""
        self._last_aside = ""
        self._asked = Asked()
        self._log_types: dict[tuple[str, str], LogType] = {}
        self._folders: set[LogType] = {LogType(path.name) for path in lake.folder.iterdir() if path.is_dir()}
        self._begin()

    def _begin(self) -> None:
        self._rows: defaultdict[tuple[LogType, date], Rows] = defaultdict(Rows)
        self._unread: list[Parcel] = []
        self._unread_bytes = 0
        self._bytes = 0
        self._since_us: int | None = None
        self._next = self._lake.position

    @property
    def position(self) -> Number:
        """The number of the first record that is not yet in the lake: whence the journal is to be read after a start,
        and before which it may be deleted.
        """
        return self._lake.position

    @property
    def following(self) -> Number:
        """The number of the first record that was not yet taken."""
        return self._next

    def take(self, parcels: Iterable[Parcel]) -> None:
        """Take parcels in; what was taken before is passed over. Writes when it is due.

        Raises `OSError` once all of them are taken: none of them is to be handed over again.
        """
        failed: OSError | None = None
        for parcel in parcels:
            if parcel.end > self._next:
                self._next = parcel.end
                if self._since_us is None:
                    self._since_us = parcel.arrived_us
                if parcel.format != NOTE:
                    self._unread.append(parcel)
                    self._unread_bytes += len(parcel.data)
            if self._unread_bytes >= RUN_BYTES:
                self._read()
            if failed is None and self._is_due(parcel.arrived_us):
                try:
                    self.flush()
                except OSError as error:
                    failed = error
        if failed is not None:
            raise failed

    def flush(self) -> None:
        """Write everything that was taken; `position` is behind it then. Raises `OSError`."""
        self._read()
        if self._next > self._lake.position:
            tables = {key: table_of(rows.columns()) for key, rows in self._rows.items()}
            self._lake.add(tables, self._next)
            del tables
        self._begin()
        give_back()

    def problems(self) -> list[str]:
        """What of the records a person should know, a sentence each."""
        kept = "they are in the lake as they came"
        return [f"{self.set_aside:,} records could not be read, {kept}; the last was {self._last_aside}: report it"][
            : bool(self.set_aside)
        ]

    def upkeep(self, now_us: int) -> list[str]:
        """Merge, and delete what is past its time. What a person should know, a sentence each. Raises `OSError`."""
        told = self._lake.upkeep(now_us, self._retention)
        give_back()
        return told

    def _is_due(self, now_us: int) -> bool:
        waited = 0 if self._since_us is None else now_us - self._since_us
        return self._bytes + self._unread_bytes >= self._pace.most_bytes or waited >= self._pace.most_us

    def _read(self) -> None:
        for run in runs(self._unread):
            with self._deaths.working_at(run.parcels[0].first):
                self._read_run(run)
        self._bytes += self._unread_bytes
        self._unread, self._unread_bytes = [], 0

    def _read_run(self, run: JoinedParcels) -> None:
        spared = self._deaths.spared(run.parcels[0].first, run.parcels, self._try, self._set_aside)
        for made in read_apart(spared, self._rows_of, self._set_aside) if spared else ():
            for rows in made:
                self._add(rows)

    def _rows_of(self, parcels: Sequence[Parcel]) -> list[Rows]:
        return [*rows_of(JoinedParcels(parcels), self._asked)]

    def _try(self, parcels: Sequence[Parcel]) -> None:
        for made in read_apart(parcels, self._rows_of, lambda *_: None):
            for rows in made:
                table_of(rows.columns())

    def _set_aside(self, parcel: Parcel, reason: str) -> None:
        self.set_aside += 1
        self._last_aside = f"record {parcel.first}: {reason}"
        self._add(rows_set_aside(parcel, reason))

    def _add(self, rows: Rows) -> None:
        log_type = self._log_type(rows.product[0], rows.service[0])
        for day, mine in _by_day(rows):
            self._rows[log_type, day].extend(mine)

    def _log_type(self, product: str, service: str) -> LogType:
        known = self._log_types.get((product, service))
        if known is None:
            known = log_type_of(product, service)
            if known not in self._folders and len(self._folders) >= _MOST_LOG_TYPES:
                return _OTHER
            self._folders.add(known)
            self._log_types[product, service] = known
        return known


def _by_day(rows: Rows) -> Iterator[tuple[date, Rows]]:
    first, last = day_of(min(rows.time)), day_of(max(rows.time))
    if first == last:
        yield first, rows
        return
    places: defaultdict[date, list[int]] = defaultdict(list)
    for place, time_us in enumerate(rows.time):
        places[day_of(time_us)].append(place)
    for day, mine in places.items():
        yield day, rows.picked(mine)
