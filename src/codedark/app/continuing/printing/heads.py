"""The top of a sheet: what it is, and whose it is, with two identifiers, the allergies and a code to scan."""

from __future__ import annotations

from typing import Final

from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import MARGIN, MM, Sheets
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.pack import Bed

_SIDE: Final = 17 * MM
_GAP: Final = 3 * MM


def list_head(sheets: Sheets, telling: Telling, title: str) -> float:
    """The top of a list of the whole ward; returns where it ends."""
    y = sheets.block(sheets.left, MARGIN, f"{title} · {telling.pack.ward_name}", sheets.right - sheets.left, 15, BOLD)
    for each in telling.pack.stalled:
        y = sheets.block(
            sheets.left, y, f"{telling.words('stalled_title')}: {each}", sheets.right - sheets.left, 9, BOLD
        )
    return y + _GAP


def patient_head(sheets: Sheets, telling: Telling, bed: Bed, title: str, below: str = "") -> float:
    """The top of a patient's sheet; ``below`` is small print, such as how old it is. Returns where it ends."""
    chart = bed.chart
    if chart is None:
        return _unknown_head(sheets, telling, title)
    room = sheets.right - sheets.left - _SIDE - _GAP
    sheets.square(sheets.right - _SIDE, MARGIN, chart.id or "?", _SIDE)
    y = sheets.block(sheets.left, MARGIN, title, room, 10, REGULAR)
    y = sheets.block(sheets.left, y, telling.name(chart), room, 15, BOLD)
    place = f"{telling.words('bed')} {telling.bed(bed.place)} · {telling.pack.ward_name}"
    y = sheets.block(sheets.left, y, f"{telling.identity(chart)} · {place}", room, 10, BOLD)
    for warning in (telling.allergies(chart), *telling.mix_ups(bed)):
        y = _boxed(
            sheets, y + 1.5, f"! {warning}" if warning != telling.words("none_known.allergies") else warning, room
        )
    y = max(y, MARGIN + _SIDE)
    return (sheets.block(sheets.left, y + 1.5, below, sheets.right - sheets.left, 7.5) if below else y) + _GAP / 2


def _unknown_head(sheets: Sheets, telling: Telling, title: str) -> float:
    """Somebody whose sheet was not printed before: lines to write on."""
    words = telling.words
    y = sheets.block(sheets.left, MARGIN, f"{title} · {telling.pack.ward_name}", sheets.right - sheets.left, 12, BOLD)
    half = (sheets.right - sheets.left) / 2
    for names in (("patient", "born"), ("number", "bed"), ("group.allergies", "group.alerts")):
        y += 9 * MM
        for place, name in enumerate(names):
            x = sheets.left + place * half
            sheets.text(x, y, f"{words(name)}:", 9)
            begin = x + sheets.lettering.width(f"{words(name)}:  ", 9, REGULAR)
            sheets.line(begin, y + 1, x + half - _GAP, y + 1)
    return y + _GAP


def _boxed(sheets: Sheets, y: float, text: str, room: float) -> float:
    end = sheets.block(sheets.left + 3, y + 1, text, room - 6, 10, BOLD)
    sheets.box(sheets.left, y, room, end - y + 2, 1.4)
    return end + 2
