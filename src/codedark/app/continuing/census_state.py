"""The census as it stands: everything in the journal, read and folded. Made anew from the journal at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from codedark.continuity import census
from codedark.continuity.chart import Chart, PatientId
from codedark.continuity.feeds import Feeds
from codedark.continuity.fhir import read as fhir
from codedark.continuity.fhir.speaking import Directory
from codedark.continuity.fold import Fold
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import Site
from codedark.continuity.hl7v2.syntax import Unreadable
from codedark.continuity.pack import Bed
from codedark.continuity.times import Times
from codedark.events.parcel import Parcel, Sequence
from codedark.events.record import Rejected, SourceName
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.store.journal_damage import Damaged
from codedark.store.journal_follower import Follower

HL7: Final = "hl7v2"
FHIR: Final = "fhir"
"""`Parcel.format` of one HL7 v2 message, and of FHIR resources, one JSON object a line."""
LIVE: Final = "mllp://"
"""Sources of this kind speak as things happen; files say nothing about who is silent now."""
CLOCK_AHEAD_US: Final = 300 * 1_000_000
"""How far the clock of a live feed may be ahead of ours."""
_MOST_REJECTED: Final = 1000
_SOME_BYTES: Final = 1 << 20


@dataclass(slots=True)
class Books:
    """What became of everything: taken in is understood plus rejected. ``rejected`` holds the first thousand."""

    taken: int = 0
    understood: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    rejected_count: int = 0
    not_understood: Counter[str] = field(default_factory=Counter)
    damaged: list[Damaged] = field(default_factory=list)

    def reject(self, source: str, number: int, reason: str) -> None:
        """Something cannot be read: counted, and kept by name."""
        self.rejected_count += 1
        if len(self.rejected) < _MOST_REJECTED:
            self.rejected.append(Rejected(SourceName(source), number, reason))


class CensusState:
    """Folds parcels into charts. Not for two threads at once."""

    def __init__(self, hospital: Hospital, site: Site) -> None:
        self.hospital: Final = hospital
        self.books: Final = Books()
        self.feeds: Final = Feeds(Times(hospital.time_zone))
        self._fold: Final = Fold(hospital)
        self._hl7: Final = Reader(site, hospital.time_zone)
        self._directory: Final = Directory()
        self._fhir: Final = fhir.Reader(self._directory, hospital.time_zone)

    def take(self, parcel: Parcel) -> None:
        """Read what came in. Parcels of other formats are rejected."""
        if parcel.format == FHIR:
            for n, line in enumerate(parcel.data.splitlines()):
                self._take_resource(line, parcel.source, parcel.first + n, parcel.arrived_us)
        elif parcel.format == HL7:
            self._take_message(parcel)
        else:
            self.books.taken += 1
            self.books.reject(parcel.source, parcel.first, f"nothing here reads {parcel.format}")

    def wards(self, now_us: int) -> dict[WardId, tuple[Bed, ...]]:
        """Every ward, bed by bed, with charts that say how old they are."""
        return census.wards(self.charts(now_us), self.hospital, now_us if self.feeds.last_us() else None)

    def charts(self, now_us: int) -> dict[PatientId, Chart]:
        """All patients, as of now."""
        return {patient: self.feeds.marked(self._fold.chart(patient), now_us) for patient in self._fold.patients()}

    @property
    def heard_us(self) -> int:
        """The latest time of which anything was said."""
        return self._fold.heard_us

    def _take_message(self, parcel: Parcel) -> None:
        self.books.taken += 1
        is_live = parcel.source.startswith(LIVE)
        latest_us = parcel.arrived_us + CLOCK_AHEAD_US if is_live else 0
        try:
            read = self._hl7.read(parcel.data.removesuffix(b"\n"), parcel.arrived_us, latest_us)
        except Unreadable as error:
            self.books.reject(parcel.source, parcel.first, str(error))
            return
        self.books.understood += 1
        self.books.not_understood.update(read.not_understood)
        self._fold.add(read.statements)
        if is_live:
            self.feeds.spoke(read.source, parcel.arrived_us)

    def _take_resource(self, line: bytes, source: str, number: int, said_us: int) -> None:
        if not line.strip():
            return
        self.books.taken += 1
        try:
            resource: Any = orjson.loads(line)
            if isinstance(resource, dict):
                self._directory.add(resource)
            statements, not_understood = self._fhir.read(resource, said_us)
        except (orjson.JSONDecodeError, fhir.Unreadable) as error:
            self.books.reject(source, number, str(error))
            return
        self.books.understood += 1
        self.books.not_understood.update(not_understood)
        self._fold.add(statements)


class Following:
    """A state that follows the journal in ``folder``, from its beginning."""

    def __init__(self, folder: Path, state: CensusState) -> None:
        self.state: Final = state
        self._follower: Final = Follower(folder, Sequence(1), state.books.damaged.append)

    def catch_up(self) -> int:
        """Take in all that is durable; returns how many records that were."""
        taken = 0
        while some := self.advance():
            taken += some
        return taken

    def advance(self) -> int:
        """Take in about a megabyte of it, which takes less than a second; returns how many records that were."""
        parcels = self._follower.read(_SOME_BYTES)
        for parcel in parcels:
            self.state.take(parcel)
        return sum(parcel.count for parcel in parcels)

    def close(self) -> None:
        """Let go of the journal."""
        self._follower.close()


def counted(books: Books) -> Mapping[str, Any]:
    """The books as they are told."""
    return {
        "taken": books.taken,
        "understood": books.understood,
        "rejected": books.rejected_count,
        "not_understood": dict(books.not_understood.most_common()),
        "damaged": len(books.damaged),
    }
