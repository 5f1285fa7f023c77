"""The demonstration's end: a ward charts at its station while the systems are off, and what it charted comes back.

Pack, station, checks and back-entry are the real ones. The record is one in memory (`demonstration.record`), which
holds the ward's patients, and two things that others filed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Final, NamedTuple

from codedark.app.back_entry.running import confirm, proven, run
from codedark.app.back_entry.target import FhirTarget
from codedark.app.back_entry.whose import NEW
from codedark.app.continuing.demonstration.record import RecordInMemory
from codedark.app.continuing.packing.outbox import FOLDER
from codedark.app.ward.charting import Asked, begin, chart
from codedark.continuity.charts.chart import Chart, Drug
from codedark.continuity.entries.as_fhir import Systems
from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Checked,
    Entry,
    EntryId,
    Identifier,
    Observation,
)
from codedark.continuity.entries.fhir_acts import when
from codedark.continuity.entries.reconcile import Count, Standing
from codedark.continuity.packs.pack import Pack
from codedark.continuity.packs.pack_data import FILE, from_bytes
from codedark.errors import CodeDarkError
from codedark.simulate.habit import MINUTE_US
from codedark.store.back_entry_book import Book
from codedark.store.packs.keys import read_builder_keys
from codedark.store.packs.ward_packs import WardPacks
from codedark.store.station.station import Station

_SYSTEMS: Final = Systems()
_NURSE: Final = "N. Aerts"
_OFFICE: Final = "Records office"
_HEART_RATE: Final = {"name": "Heart rate", "code": "8867-4", "unit": "/min", "value": "92"}
_TEMPERATURE: Final = {"name": "Body temperature", "code": "8310-5", "unit": "Cel", "value": "38.4"}
_UNKNOWN: Final = {"name": "Unknown Birch", "sex": "F", "description": "about 40, brought in without papers"}
_PLAIN_UNITS: Final = frozenset({"mg", "g"})


class Returned(NamedTuple):
    """What was charted, in its order; where each entry stands; and how many in which end.

    ``doubts`` are sentences about what is not in the record exactly once; ``made_again`` is how many resources a second
    run made.
    """

    entries: tuple[Entry, ...]
    standing: Mapping[EntryId, Standing]
    ends: Count
    doubts: tuple[str, ...]
    made_again: int


def charted(home: Path, ward: WardPacks, off_us: int) -> tuple[Entry, ...]:
    """Freeze the ward, begin a station with its pack, and chart some care of the next hours; in the order written."""
    ward.freeze("the demonstration")
    folder = _station(home)
    folder.mkdir()
    (folder / FILE).write_bytes(ward.files()[FILE])
    pack = from_bytes((folder / FILE).read_bytes())
    number = read_builder_keys(home / FOLDER).wards[pack.ward].number
    with begin(folder, f"{pack.ward.lower()}-1", number, 1, folder / FILE) as station:
        station.add_mirror(_mirror(home))
        return tuple(_shift(station, pack, off_us))


def returned(home: Path, entries: tuple[Entry, ...], on_us: int) -> Returned:
    """Bring it back: an unknown patient is confirmed as a new one, all is sent, sent once more, and looked for."""
    record = _record(from_bytes((_station(home) / FILE).read_bytes()), entries)
    target = FhirTarget(record, _SYSTEMS)
    with Station(_station(home)) as station, Book(_station(home) / "backentry.db") as book:
        all_of = station.entries(), station.conflicts()
        unknown = next(each.content.number for each in entries if isinstance(each.content, Admission))
        confirm(book, unknown, NEW, _OFFICE, on_us)
        run(all_of, book, target, lambda: on_us)
        before = len(record.resources)
        count = run(all_of, book, target, lambda: on_us)
        doubts = tuple(proven(all_of[0], book, target))
        return Returned(entries, book.standing(), count, doubts, len(record.resources) - before)


def _shift(station: Station, pack: Pack, off_us: int) -> Iterator[Entry]:
    """Three doses and two observations of patients whom the pack knows, one dose of them made void; and somebody who
    came in unknown.
    """
    able = ((bed.chart, drug) for bed in pack.beds if bed.chart for drug in bed.chart.drugs if _is_plain(drug))
    each_one = {who.id: (who, drug) for who, drug in able}.values()
    if not each_one:
        raise CodeDarkError(f"{pack.ward}: nobody there has a drug that the demonstration can give: take more --beds")
    (first, drug), (second, other), (third, another) = islice(cycle(each_one), 3)
    minutes = iter(range(20, 500, 25))

    def write(
        kind: str, fields: Mapping[str, str], patient: str, *checked: Checked, replaces: str = "", why: str = ""
    ) -> Entry:
        at_us = off_us + next(minutes) * MINUTE_US
        asked = Asked(kind, fields, patient, checked, _NURSE, effective_us=at_us, replaces=replaces, why=why)
        return chart(station, asked, at_us).entry

    yield write("given", _dose(drug), first.id, *_wristband(first))
    yield write("given", _dose(other), second.id, *_wristband(second))
    yield (wrong := write("given", _dose(another), third.id, *_wristband(third)))
    yield write("void", {}, third.id, replaces=wrong.id, why="was asleep, not given")
    yield write("observation", _TEMPERATURE, first.id, *_wristband(first))
    yield write("observation", _HEART_RATE, second.id, *_wristband(second))
    yield (came := write("admission", _UNKNOWN | {"ward": pack.ward}, ""))
    yield write("observation", _HEART_RATE, came.patient, *came.checked)


def _is_plain(drug: Drug) -> bool:
    return drug.status == "active" and not drug.is_high_alert and drug.dose.isdecimal() and drug.unit in _PLAIN_UNITS


def _dose(drug: Drug) -> dict[str, str]:
    return {"drug": drug.name, "dose": drug.dose, "unit": drug.unit, "route": drug.route, "order": drug.id}


def _wristband(who: Chart) -> tuple[Checked, Checked]:
    return Checked(Identifier.NAME, who.identity.family), Checked(Identifier.BORN, who.identity.born)


def _record(pack: Pack, entries: tuple[Entry, ...]) -> RecordInMemory:
    """The record when it is back: the ward's patients; a dose that somebody typed in from its paper row, under its
    number; and a heart rate that a monitor had kept and filed itself.
    """
    record = RecordInMemory()
    places = {}
    for bed in pack.beds:
        if who := bed.chart:
            name = [{"family": who.identity.family, "given": [who.identity.given]}]
            number = [{"system": _SYSTEMS.patient, "value": who.id}]
            told = {"identifier": number, "name": name, "birthDate": who.identity.born}
            places[who.id] = record.put("Patient", told)
    typed = [each for each in entries if isinstance(each.content, Administration)][1]
    measured = [each for each in entries if isinstance(each.content, Observation)][1]
    row = [{"system": _SYSTEMS.entry, "value": typed.id}]
    record.put(
        "MedicationAdministration",
        {"identifier": row, "status": "completed", "subject": {"reference": places[typed.patient]}},
    )
    code = {"coding": [{"system": "http://loinc.org", "code": _HEART_RATE["code"]}], "text": _HEART_RATE["name"]}
    record.put(
        "Observation",
        {
            "status": "final",
            "code": code,
            "subject": {"reference": places[measured.patient]},
            "effectiveDateTime": when(measured.effective_us - 5 * MINUTE_US),
            "valueQuantity": {"value": 94, "unit": "/min"},
        },
    )
    return record


def _station(home: Path) -> Path:
    return home / "station"


def _mirror(home: Path) -> Path:
    """A folder in the place of a stick."""
    folder = home / "stick"
    folder.mkdir()
    return folder
