"""The census as it stands: everything in the journal, read and folded. Made anew from the journal at any time."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson
from msgspec.structs import replace

from codedark.app.continuing.census.books import Books
from codedark.app.continuing.census.checkpoint import begun
from codedark.app.continuing.census.clock import heard_us
from codedark.app.continuing.census.formats import CLOCK, FHIR, HEARD, HL7, LIVE
from codedark.app.continuing.census.unmade import charts_of
from codedark.app.own_errors import own_error
from codedark.app.uncollected import uncollected
from codedark.continuity.charts import comparison, snapshot
from codedark.continuity.charts.chart import Chart, PatientId
from codedark.continuity.charts.feeds import Feeds
from codedark.continuity.charts.fold import Fold
from codedark.continuity.charts.times import Times
from codedark.continuity.fhir import read as fhir
from codedark.continuity.fhir.elements import Elements, Memory
from codedark.continuity.fhir.speaking import Directory
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import Site
from codedark.continuity.hl7v2.syntax import Unreadable
from codedark.continuity.packs import census
from codedark.continuity.packs.pack import Bed
from codedark.continuity.packs.told import Unmade
from codedark.events.parcel import Parcel, Sequence
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.store.journal.follower import Follower

CLOCK_AHEAD_US: Final = 300 * 1_000_000
"""How far the clock of a live feed may be ahead of ours."""
READING: Final = 2
"""Rises when the same messages are read otherwise than before: then they are read again."""
_DAY_US: Final = 86_400 * 1_000_000
_FORGOTTEN_US: Final = 90 * _DAY_US
_AWAKE_US: Final = 2 * _DAY_US
"""Packs tell who left within a day; a day more, and nobody asks for whoever has gone until he is spoken of again."""
_SOME_BYTES: Final = 1 << 20


class CensusState:
    """Folds parcels into charts. Not for two threads at once."""

    def __init__(self, hospital: Hospital, site: Site) -> None:
        self.hospital: Final = hospital
        self.frequencies: Final = site.frequencies
        self.books: Final = Books()
        self.feeds: Final = Feeds(Times(hospital.time_zone))
        self.reading: Final = sha256(f"{READING} {hospital.time_zone} {site!r}".encode()).hexdigest()
        """By which rules messages are read."""
        self.unmade: tuple[Unmade, ...] = ()
        """Whose charts could not be made when they were asked for last."""
        self.unrested: Mapping[PatientId, str] = {}
        """Who could not be at rest when that was tried last, and why."""
        self._fold = Fold(hospital, site.frequencies)
        self._hl7: Final = Reader(site, hospital.time_zone)
        self._directory: Final = Directory()
        self._memory: Final = Memory()
        self._fhir: Final = fhir.Reader(self._directory, hospital.time_zone, systems=site.patient_systems)
        self.systems: Final = site.patient_systems

    def take(self, parcel: Parcel) -> None:
        """Read what came in. Parcels of other formats are rejected."""
        if parcel.format == FHIR:
            said_us = heard_us(parcel)
            for n, line in enumerate(parcel.data.splitlines()):
                with self.books.apart(parcel.source, parcel.first + n):
                    self._take_resource(line, parcel.source, parcel.first + n, said_us)
        elif parcel.format == HL7:
            with self.books.apart(parcel.source, parcel.first):
                self._take_message(parcel)
        elif parcel.format == HEARD:
            self.feeds.spoke(parcel.data.decode("utf-8", "replace").strip(), heard_us(parcel))
        elif parcel.format == CLOCK:
            self.feeds.set_back(int(parcel.data))
        else:
            self.books.taken += 1
            self.books.reject(parcel.source, parcel.first, f"nothing here reads {parcel.format}")

    def parts(self) -> dict[str, bytes]:
        """All that it knows, to be kept (`census.checkpoint`)."""
        books = self.books
        counted_ = (books.taken, books.understood, books.rejected_count, dict(books.not_understood))
        return {
            "charts": snapshot.packed(self._fold),
            "feeds": msgspec.msgpack.encode(self.feeds.told()),
            "directory": orjson.dumps([dict(each) for each in self._directory.resources()]),
            "books": msgspec.msgpack.encode(counted_),
        }

    def take_up(self, parts: Mapping[str, bytes], before_us: int | None) -> None:
        """Know what was kept; ``before_us``: only what was said before, for the rest is read again, and counted then.

        Raises `NoSnapshot`, and then nothing has changed. For a state that knows nothing yet.
        """
        fold = Fold(self.hospital, self.frequencies)
        try:
            feeds = msgspec.msgpack.decode(parts["feeds"], type=dict[str, tuple[int, dict[int, int]]])
            counted_ = msgspec.msgpack.decode(parts["books"], type=tuple[int, int, int, dict[str, int]])
            listed = orjson.loads(parts["directory"])
            snapshot.take_up(parts["charts"], fold, before_us)
        except (KeyError, ValueError) as error:
            raise snapshot.NoSnapshot(f"it holds what is no census: {error}") from error
        self._fold = fold
        self.feeds.take_up(feeds)
        for resource in listed:
            self._directory.add(resource)
        if before_us is None:
            books = self.books
            books.taken, books.understood, books.rejected_count = counted_[:3]
            books.not_understood.update(counted_[3])

    def forget(self, at_us: int) -> None:
        """Have whoever has gone be at rest, and of whoever has gone for months keep only what holds for life.

        Time ends for this when anything was last told of anybody: nobody vanishes because feeds have fallen silent.
        """
        until_us = min(at_us, self._fold.heard_us)
        self._fold.rest(until_us - _AWAKE_US)
        self._fold.forget(until_us - _FORGOTTEN_US)
        self.unrested = {patient: own_error(error) for patient, error in sorted(self._fold.unrested.items())}

    def is_news(self, resource: dict[str, Any], asked_us: int) -> bool:
        """Whether a FHIR resource that was told at this time would tell us anything. One that nobody can read, not."""
        if self._directory.is_listed(resource):
            return not self._directory.holds(resource)
        try:
            statements = self._fhir.read(resource, asked_us)[0]
        except fhir.Unreadable:
            return False
        return any(self._fold.is_news(each, asked_us) for each in statements)

    def wards(self, now_us: int) -> dict[WardId, tuple[Bed, ...]]:
        """Every ward, bed by bed, with charts that say how old they are.

        Who lies there follows from what was told of each patient: that his feed speaks of others says nothing of him.
        """
        wards = census.wards(self._unmarked(now_us), self.hospital, now_us if self.feeds.last_us() else None)
        return {ward: tuple(self._marked(bed, now_us) for bed in beds) for ward, beds in wards.items()}

    def charts(self, now_us: int) -> dict[PatientId, Chart]:
        """Everybody who is not at rest, as of now. What is said to lie ahead of now ends no order."""
        with uncollected():
            return {patient: self.feeds.marked(chart, now_us) for patient, chart in self._unmarked(now_us).items()}

    def _unmarked(self, now_us: int) -> dict[PatientId, Chart]:
        self._fold.limit_us = now_us
        charts, self.unmade = charts_of(self._fold)
        return charts

    def _marked(self, bed: Bed, now_us: int) -> Bed:
        return bed if bed.chart is None else replace(bed, chart=self.feeds.marked(bed.chart, now_us))

    def told_by_record(self, patient: PatientId) -> Mapping[comparison.Numbered, str]:
        """What the record told of a patient that it must have still, by number, in words."""
        return comparison.named(self._fold.things(patient), fhir.SOURCE)

    @property
    def heard_us(self) -> int:
        """The latest time of which anything was said."""
        return self._fold.heard_us

    def _take_message(self, parcel: Parcel) -> None:
        self.books.taken += 1
        is_live = parcel.source.startswith(LIVE)
        at_us = heard_us(parcel)
        latest_us = at_us + CLOCK_AHEAD_US if is_live else 0
        try:
            read = self._hl7.read(parcel.data.removesuffix(b"\n"), at_us, latest_us)
        except Unreadable as error:
            self.books.reject(parcel.source, parcel.first, str(error))
            return
        self._fold.add(read.statements)
        self.books.understood += 1
        self.books.not_understood.update(read.not_understood)
        if is_live:
            self.feeds.spoke(read.source, at_us)

    def _take_resource(self, line: bytes, source: str, number: int, said_us: int) -> None:
        if not line.strip():
            return
        self.books.taken += 1
        try:
            resource: Any = self._memory.resource(line)
            if isinstance(resource, dict | Elements) and self._directory.add(resource):
                self.books.understood += 1
                return
            statements, not_understood = self._fhir.read(resource, said_us)
        except (orjson.JSONDecodeError, fhir.Unreadable) as error:
            self.books.reject(source, number, str(error))
            return
        self._fold.add(statements)
        self.books.understood += 1
        self.books.not_understood.update(not_understood)


class Following:
    """A new state that follows the journal in ``folder``: from its last checkpoint on, else from its beginning.

    ``reason``: why a checkpoint was not taken as it is; "" where it was. ``unread``: the files of checkpoints that
    cannot be read. Every day what need not be known is forgotten.
    """

    def __init__(self, folder: Path, state: CensusState) -> None:
        self.state: Final = state
        next_, self.reason, self.unread = begun(folder, state)
        self._follower: Final = Follower(folder, next_, state.books.damaged.append)
        self._day = 0

    def catch_up(self) -> int:
        """Take in all that is durable; returns how many records that were."""
        taken = 0
        with uncollected():
            while some := self.advance():
                taken += some
        return taken

    def advance(self) -> int:
        """Take in about a megabyte of it, which takes less than a second; returns how many records that were."""
        parcels = self._follower.read(_SOME_BYTES)
        for parcel in parcels:
            self.state.take(parcel)
        if parcels and (day := parcels[-1].arrived_us // _DAY_US) != self._day:
            self._day = day
            self.state.forget(parcels[-1].arrived_us)
        return sum(parcel.count for parcel in parcels)

    @property
    def next(self) -> Sequence:
        """The number of the next record."""
        return self._follower.next

    def close(self) -> None:
        """Let go of the journal."""
        self._follower.close()
