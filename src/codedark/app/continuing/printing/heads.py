"""The top of a sheet: what it is, and whose it is, with two identifiers, the allergies and a code to scan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import MARGIN, MM, Sheets
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.charts.chart import Chart, VisitState
from codedark.continuity.packs.pack import Bed

_SIDE: Final = 17 * MM
_MOST_NAME: Final = 14
_MOST_WARNING: Final = 7
"""Lines of a name and of a warning in a head: the rest of what is longer stands in the medication chart."""
_GAP: Final = 3 * MM


def list_head(sheets: Sheets, telling: Telling, title: str) -> float:
    """The top of a list of the whole ward; returns where it ends."""
    title = " · ".join(filter(None, (telling.titled(title), telling.pack.ward_name)))
    y = sheets.block(sheets.left, MARGIN, title, sheets.right - sheets.left, 15, BOLD)
    for told in filter(None, (telling.origin(), *telling.warnings())):
        y = sheets.block(sheets.left, y, told, sheets.right - sheets.left, 9, BOLD)
    if telling.pack.silences:
        y = sheets.block(sheets.left, y, telling.silences(), sheets.right - sheets.left, 9, BOLD)
    return y + _GAP


def patient_head(
    sheets: Sheets,
    telling: Telling,
    bed: Bed,
    title: str,
    below: str = "",
    *,
    with_doubts: bool = False,
    warnings: Sequence[str] = (),
) -> float:
    """The top of a patient's sheet; ``below`` is small print, such as how old it is, ``warnings`` are boxed behind
    those of the chart. Returns where it ends.
    """
    chart = bed.chart
    if chart is None:
        return newcomer_head(sheets, telling, title, "")
    room = sheets.right - sheets.left - _SIDE - _GAP
    sheets.square(sheets.right - _SIDE, MARGIN, chart.id or "?", _SIDE)
    y = sheets.block(sheets.left, MARGIN, telling.titled(title), room, 10, REGULAR)
    more = telling.words("print.goes_on")
    y = sheets.part(sheets.left, y, telling.name(chart), room, _MOST_NAME, (15, BOLD), more)
    away = [telling.words("on_leave")] if chart.visit and chart.visit.state is VisitState.ON_LEAVE else []
    whose = " · ".join((telling.identity(chart), telling.place(bed.place), *away))
    y = sheets.part(sheets.left, y, whose, room, _MOST_NAME, (10, BOLD), more)
    doubts = telling.doubts(chart) if with_doubts else ()
    charted = (*telling.charted(chart).warnings, *telling.warnings())
    for warning in (telling.allergies(chart), *telling.mix_ups(bed), *doubts, *charted, *warnings):
        y = _boxed(
            sheets,
            y + 1.5,
            warning if warning.startswith("! ") or warning == telling.words("none_known.allergies") else f"! {warning}",
            room,
            more,
        )
    y = max(y, MARGIN + _SIDE)
    if below:
        y = sheets.part(sheets.left, y + 1.5, below, sheets.right - sheets.left, _MOST_NAME, (7.5, REGULAR), more)
    return y + _GAP / 2


def goes_on(sheets: Sheets, telling: Telling, chart: Chart) -> list[str]:
    """Name and allergies that are too long for a head, whole: for where there is room for any length."""
    room = sheets.right - sheets.left - _SIDE - _GAP
    parts = (telling.name(chart), 15.0, room, _MOST_NAME), (telling.allergies(chart), 10.0, room - 6, _MOST_WARNING)
    lines = sheets.lettering.lines
    return [text for text, size, wide, most in parts if len(lines(f"! {text}", wide, size, BOLD)) > most]


def newcomer_head(sheets: Sheets, telling: Telling, title: str, number: str) -> float:
    """The top of a sheet of somebody who was not known when it was printed: lines to write on, and the number that is
    reserved for whoever that will be.
    """
    words = telling.words
    room = sheets.right - sheets.left - _SIDE - _GAP
    y = sheets.block(sheets.left, MARGIN, f"{title} · {telling.pack.ward_name}", room, 12, BOLD)
    if number:
        sheets.square(sheets.right - _SIDE, MARGIN, number, _SIDE)
        y = sheets.block(sheets.left, y + 1, f"{words('print.newcomer')} · {words('number')} {number}", room, 13, BOLD)
    half = room / 2
    second = ("visit_number" if number else "number", "bed")
    for names in (("patient", "born"), second, ("group.allergies", "group.alerts")):
        y += 9 * MM
        for place, name in enumerate(names):
            x = sheets.left + place * half
            sheets.text(x, y, f"{words(name)}:", 9)
            begin = x + sheets.lettering.width(f"{words(name)}:  ", 9, REGULAR)
            sheets.line(begin, y + 1, x + half - _GAP, y + 1)
    return y + _GAP


def _boxed(sheets: Sheets, y: float, text: str, room: float, more: str) -> float:
    end = sheets.part(sheets.left + 3, y + 1, text, room - 6, _MOST_WARNING, (10, BOLD), more)
    sheets.box(sheets.left, y, room, end - y + 2, 1.4)
    return end + 2
