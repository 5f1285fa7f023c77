"""Whose printed form a row stands on, as far as a station knows, and what is asked back where it is another patient's.

Whoever types in paper may have taken another patient's sheet, at the bedside or now at the screen: only people can say
which. What they say stands with the entry.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from codedark.app.ward.patients import charts_of, known_at
from codedark.app.ward.sheets import printed_for
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.entry import Entry
from codedark.continuity.packs.numbers import STATIONS, Kind, block, forms_part, is_valid, part
from codedark.continuity.packs.paper import FORMS, ROWS
from codedark.continuity.sentence import Sentence
from codedark.store.station.station import Station

_MOST_APART: Final = len(FORMS) * ROWS
"""Rows on all the forms of one patient, which are printed one behind the other."""


def doubt(entry: Entry, station: Station) -> Sentence | None:
    """What is asked back of an entry whose row stands on another patient's form. One that is used already is another
    question, and those of the screen are on no form.
    """
    ward_number = station.setting("numbers").partition("/")[0]
    is_paper = bool(ward_number) and entry.id[:4] in _paper(int(ward_number))
    if not is_paper or not is_valid(entry.id) or station.union().texts(entry.id):
        return None
    whose = _whose(entry, station)
    if whose in {"", entry.patient}:
        return None
    return Sentence(
        "Row {row} stands on the form of {other}. Is this an act for {patient}? If not, chart it for the other one."
        " If it is, say why it stands there.",
        row=entry.id, other=_called(whose, station), patient=_called(entry.patient, station),
    )  # fmt: skip


def _whose(entry: Entry, station: Station) -> str:
    """Whose form it is, "" where that is not known.

    1. A sheet that this station printed; one for nobody who was known is nobody's, whatever sheets lie around it.
    2. Any other paper: the nearest rows above and below that were typed in are both one patient's, and on the forms of
       one patient there is room for both.
    """
    if (printed := printed_for(station, entry.id)) is not None:  # (1)
        return printed
    above, below = station.union().beside(entry.id)
    if above is None or below is None or above.patient != below.patient:  # (2)
        return ""
    return above.patient if int(below.id[4:9]) - int(above.id[4:9]) < _MOST_APART else ""


@cache
def _paper(ward_number: int) -> frozenset[str]:
    """How the rows of a ward's forms begin, those of its packs and those that its stations print."""
    whole = block(Kind.ENTRY, ward_number)
    return frozenset(part(whole, each).first[:4] for each in (0, *map(forms_part, STATIONS)))


def _called(patient: str, station: Station) -> str:
    known = known_at(station.union().of_patient(patient), charts_of(station), PatientId(patient))
    return f"{known.name}, {patient}" if known else patient
