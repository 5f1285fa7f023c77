"""Labels and wristbands of a patient, with Code 128 and QR of the patient's number.

Labels are 63 × 37 mm, three across and seven down, to stick or to cut. Wristbands are strips to cut out.
"""

from __future__ import annotations

from typing import Final

from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import LEADING, MM, Sheets
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.chart import Chart
from codedark.continuity.pack import Bed

_ACROSS: Final = 3
_DOWN: Final = 7
_WIDTH: Final = 63 * MM
_HEIGHT: Final = 37 * MM
_STRIP: Final = 28 * MM
_STRIPS: Final = 8
_SIDE: Final = 13 * MM
_LEAST: Final = 5.0


def labels(sheets: Sheets, telling: Telling, bed: Bed) -> None:
    """Adds a sheet of labels for the patient in a bed. An empty bed adds nothing."""
    if bed.chart is None:
        return
    sheets.section()
    for place in range(_ACROSS * _DOWN):
        x = sheets.left + place % _ACROSS * _WIDTH
        y = sheets.left + place // _ACROSS * _HEIGHT
        _label(sheets, telling, bed, bed.chart, x, y, _WIDTH, _HEIGHT)


def wristbands(sheets: Sheets, telling: Telling) -> None:
    """Adds the wristbands of all patients of the ward, one strip each."""
    taken = [bed for bed in telling.pack.beds if bed.chart]
    for place, bed in enumerate(taken):
        if place == 0:
            sheets.section()
        elif place % _STRIPS == 0:
            sheets.sheet()
        y = sheets.left + place % _STRIPS * (_STRIP + 3 * MM)
        if bed.chart:
            _label(sheets, telling, bed, bed.chart, sheets.left, y, sheets.right - sheets.left, _STRIP)


def _label(
    sheets: Sheets, telling: Telling, bed: Bed, chart: Chart, x: float, y: float, width: float, height: float
) -> None:
    """Name as large as it fits whole, then what tells two patients apart, then the codes."""
    words = telling.words
    pad = 2 * MM
    sheets.box(x, y, width, height, 0.3)
    sheets.square(x + width - _SIDE - pad, y + pad, chart.id or "?", _SIDE)
    room = width - _SIDE - 3 * pad
    told = [f"{words('born')} {chart.identity.born or words('not_recorded')}", f"{words('number')} {chart.id}"]
    told += [f"{words('bed')} {telling.bed(bed.place)} · {telling.pack.ward_name}"]
    below = 8 * MM
    size = _largest(sheets, telling.name(chart), room, height - below - 2 * pad - len(told) * 8 * LEADING)
    at = sheets.block(x + pad, y + pad, telling.name(chart), room, size, BOLD)
    for line in told:
        at = sheets.block(x + pad, at, line, room, 8, REGULAR)
    sheets.bars(x + pad, y + height - below, chart.id or "?", min(room, 42 * MM), below - 1.5 * MM)


def _largest(sheets: Sheets, name: str, room: float, height: float) -> float:
    """The largest size of letters, at most 12, in which a name stands whole in this room."""
    size = 12.0
    while size > _LEAST and len(sheets.lettering.lines(name, room, size, BOLD)) * size * LEADING > height:
        size -= 0.5
    return size
