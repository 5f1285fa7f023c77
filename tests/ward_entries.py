"""Entries as a ward writes them, for tests. Nobody in them is real."""

from __future__ import annotations

from typing import Any

from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.checks import Known
from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Checked,
    Content,
    DoseStatus,
    Entry,
    EntryId,
    Identifier,
    Note,
    Observation,
    Void,
)
from codedark.continuity.packs.numbers import Kind, block, issued, part

NOON_US = 1_768_219_200_000_000
PATIENT = PatientId("4711")
KNOWN = Known(PATIENT, "Peeters Anna", "1951-07-23", "Peeters")
CHECKED = (Checked(Identifier.NAME, "Peeters"), Checked(Identifier.BORN, "1951-07-23"))
DOSE = Administration(DoseStatus.GIVEN, "paracetamol", "500", "mg", "oral")


def rows(count: int, station: int = 1, ward: int = 0, kind: Kind = Kind.ENTRY) -> list[str]:
    """The first numbers of a station's block."""
    numbers = issued(part(block(kind, ward), station))
    return [next(numbers) for _ in range(count)]


ROW, OTHER_ROW, *_ = map(EntryId, rows(2))
MRN = PatientId(rows(1, kind=Kind.MRN)[0])
ENCOUNTER = rows(1, kind=Kind.ENCOUNTER)[0]
ADMISSION = Admission(MRN, ENCOUNTER, "Unknown Birch", "F", description="about 40, found at the station", ward="ed")


def entry(content: Content = DOSE, **changes: Any) -> Entry:
    """An entry that is accepted as it is; ``changes`` are fields."""
    fields: dict[str, Any] = {
        "id": ROW,
        "station": "icu-1",
        "patient": PATIENT,
        "checked": CHECKED,
        "effective_us": NOON_US,
        "recorded_us": NOON_US + 60_000_000,
        "author": "M. Claes",
        "content": content,
    }
    return Entry(**(fields | changes))


def admission(content: Content = ADMISSION, **changes: Any) -> Entry:
    """An unknown patient comes in."""
    checked = (Checked(Identifier.NAME, "Unknown Birch"), Checked(Identifier.NUMBER, MRN))
    return entry(content, **({"patient": MRN, "checked": checked} | changes))


def observation(row: str, value: str = "37.2", **changes: Any) -> Entry:
    """A temperature."""
    return entry(Observation("body temperature", value, "Cel", "8310-5"), id=EntryId(row), **changes)


def note(row: str, text: str, **changes: Any) -> Entry:
    """A note."""
    return entry(Note("nursing", text), id=EntryId(row), **changes)


def void(row: str, of: Entry, **changes: Any) -> Entry:
    """That entry was wrong."""
    return entry(
        Void(), **({"id": EntryId(row), "replaces": of.id, "why": "not given", "patient": of.patient} | changes)
    )
