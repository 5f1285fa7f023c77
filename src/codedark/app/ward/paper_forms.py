"""Forms that a station prints itself: those of the pack have nine rows each, and are full within a day.

Their rows are of the station's own part for forms: on no other paper, and never what is charted on the screen. That a
row is taken is on disk before its form is drawn; a number that is never printed is no harm. The station remembers which
rows stand on which sheet, so that a form that goes astray is seen when the others are typed in (`missing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.prints import forms_for
from codedark.app.ward.doses import ward_schedule
from codedark.app.ward.patients import charts_of, known_at, pack_of
from codedark.app.ward.sheets import Sheet, remember, sheets
from codedark.app.ward.times import shown
from codedark.continuity.charts.chart import Chart, Identity, PatientId, Place
from codedark.continuity.entries.drugs_since import STOPPED, drugs_since
from codedark.continuity.entries.entry import Purpose
from codedark.continuity.packs.numbers import Kind, block, forms_part, issued, part
from codedark.continuity.packs.pack import Bed, Pack
from codedark.continuity.packs.paper import FORMS, ROWS
from codedark.continuity.pages.medicine import dose_text, name_text
from codedark.continuity.pages.words import words_of
from codedark.errors import UsageError
from codedark.hospital.ward import WardId
from codedark.store.station.station import Station

_LAST: Final = "sheets last"


class Missing(msgspec.Struct, frozen=True):
    """A form of which rows are not typed in: all, or some above the last that is."""

    sheet: Sheet
    rows: tuple[str, ...]


def printed(
    station: Station, wanted: Sequence[tuple[str, str]], language: str, now_us: int, lettering: Lettering | None = None
) -> tuple[bytes, list[Sheet]]:
    """Forms for patients and kinds as one PDF file, and what stands on them. Raises `UsageError`, `StationFailed`, and
    KeyError for an unknown language.
    """
    pack = pack_of(station)
    if pack is None:
        raise UsageError(f"{station.folder}: this station has no pack: give it one with `codedark ward start --pack`")
    new = taken(station, wanted, now_us)
    lying = {bed.chart.id: bed for bed in pack.beds if bed.chart is not None}
    beds = [lying.get(PatientId(each.patient)) or _bed(station, pack.ward, each.patient) for each in new]
    warnings = {each.patient: _stopped(station, each.patient, pack, language) for each in new}
    kinds = [(bed, each.kind, each.rows, warnings[each.patient]) for bed, each in zip(beds, new, strict=True)]
    is_exercise = station.purpose is Purpose.EXERCISE
    file, rows = forms_for(pack, language, kinds, lettering, is_exercise=is_exercise)
    new = [msgspec.structs.replace(each, rows=own) for each, own in zip(new, rows, strict=True)]
    remember(station, new)
    return file, new


def taken(station: Station, wanted: Sequence[tuple[str, str]], now_us: int) -> list[Sheet]:
    """Sheets with rows of their own for patients and kinds, durably taken: as many as a sheet may hold. Raises
    `UsageError`, `StationFailed`.
    """
    if strange := sorted({kind for _, kind in wanted} - set(FORMS)):
        raise UsageError(f"{strange[0]}: is no form; there are {', '.join(FORMS)}")
    ward_number, _, number = station.setting("numbers").partition("/")
    if not number:
        raise UsageError(f"{station.folder}: this station has no numbers: begin it with `codedark ward start`")
    within = part(block(Kind.ENTRY, int(ward_number)), forms_part(int(number)))
    rows = list(islice(issued(within, station.setting(_LAST)), ROWS * len(wanted)))
    if len(rows) < ROWS * len(wanted):
        raise UsageError("the rows for forms of this station have run out: print at another station")
    if rows:
        station.keep(_LAST, rows[-1])
    places = range(0, len(rows), ROWS)
    return [
        Sheet(patient, kind, now_us, tuple(rows[at : at + ROWS]))
        for at, (patient, kind) in zip(places, wanted, strict=True)
    ]


def missing(station: Station) -> Iterator[Missing]:
    """The forms of which nothing is typed in at any station that was joined, or not every row up to the last that is:
    each is to be found, and is blank, or is typed in.
    """
    union = station.union()
    for sheet in sheets(station):
        typed = [bool(union.texts(row)) for row in sheet.rows]
        last = len(typed) - typed[::-1].index(True) if any(typed) else len(typed)
        rows = tuple(row for row, is_typed in zip(sheet.rows[:last], typed, strict=False) if not is_typed)
        if rows:
            yield Missing(sheet, rows)


def _stopped(station: Station, patient: str, pack: Pack, language: str) -> list[str]:
    """Each drug that was stopped on the ward, in a line."""
    own, words = station.union().of_patient(patient), words_of(language)
    since = drugs_since(charts_of(station).get(PatientId(patient)), own, ward_schedule(pack))
    return [
        f"{words.fixed('status', STOPPED)}: {name_text(drug, words)} {dose_text(drug.dose, drug.unit, words)},"
        f" {shown(stop.effective_us)}, {stop.author} ({stop.id})"
        for drug in since.drugs
        if (stop := since.stopped.get(drug.id))
    ]


def _bed(station: Station, ward: WardId, patient: str) -> Bed:
    """Somebody who is not in the pack: by their admission, by their number alone, or nobody who is known."""
    if not patient:
        return Bed(Place(ward), None)
    known = known_at(station.union().of_patient(patient), charts_of(station), PatientId(patient))
    who = Identity(family=known.family or known.name, born=known.born) if known else Identity()
    return Bed(Place(ward), Chart(PatientId(patient), who))
