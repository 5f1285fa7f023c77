"""Labels and wristbands of a patient, with Code 128 and QR of the patient's number.

Labels are 63 × 37 mm, three across and seven down, to stick or to cut. Wristbands are strips to cut out.
"""

from __future__ import annotations

from typing import Final

from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import LEADING, MM, Sheets
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.charts.chart import Chart
from codedark.continuity.packs.pack import Bed

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


def newcomer_labels(sheets: Sheets, telling: Telling, number: str) -> None:
    """Adds a sheet of labels with a reserved number for somebody who is not known yet: the name is written on them."""
    words = telling.words
    sheets.section()
    pad = 2 * MM
    across, down = (
        int(room // size)
        for room, size in ((sheets.right - sheets.left, _WIDTH), (sheets.bottom - sheets.left, _HEIGHT))
    )
    for place in range(across * down):
        x, y = sheets.left + place % across * _WIDTH, sheets.left + place // across * _HEIGHT
        sheets.box(x, y, _WIDTH, _HEIGHT, 0.3)
        sheets.square(x + _WIDTH - _SIDE - pad, y + pad, number, _SIDE)
        for n, name in enumerate(("patient", "born", "bed")):
            sheets.text(x + pad, y + (5 + 6 * n) * MM, f"{words(name)}:", 7)
            sheets.line(x + pad + 14 * MM, y + (5.5 + 6 * n) * MM, x + _WIDTH - _SIDE - 2 * pad, y + (5.5 + 6 * n) * MM)
        sheets.text(x + pad, y + 24 * MM, f"{words('number')} {number} · {telling.pack.ward_name}", 8, BOLD)
        sheets.bars(x + pad, y + _HEIGHT - 10 * MM, number, 42 * MM, 8 * MM)


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
    most = max(1, int((height - 1.5 * pad - len(told) * 8 * LEADING) // (size * LEADING)))
    at = sheets.part(x + pad, y + pad, telling.name(chart), room, most, (size, BOLD), "")
    for line in told:
        at = sheets.part(x + pad, at, line, room, 2, (8, REGULAR), "")
    if at <= y + height - below:  # a name that needs the room of the bars keeps the QR code
        sheets.bars(x + pad, y + height - below, chart.id or "?", min(room, 42 * MM), below - 1.5 * MM)


def _largest(sheets: Sheets, name: str, room: float, height: float) -> float:
    """The largest size of letters, at most 12, in which a name stands whole in this room."""
    size = 12.0
    while size > _LEAST and len(sheets.lettering.lines(name, room, size, BOLD)) * size * LEADING > height:
        size -= 0.5
    return size
