"""The list of what was charted at the station in the last hours, behind a patient's chart or handover."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import MM, Sheets
from codedark.app.continuing.printing.table import Column, Table, shares
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.charts.chart import Chart

_SIZE: Final = 8
_LEAST: Final = 30 * MM
_LEAST_OF_NONE: Final = 12 * MM
"""The list begins on a new sheet where no more room than this is left."""


def acts(sheets: Sheets, telling: Telling, chart: Chart, y: float, head: Callable[[], float]) -> float:
    """Adds the list from ``y`` on, where a station prints; ``head`` draws the top of a new sheet. Returns its end."""
    station, room = telling.station, sheets.right - sheets.left
    if station is None:
        return y
    found = telling.charted(chart).acts
    if y > sheets.bottom - (_LEAST if found else _LEAST_OF_NONE):
        sheets.sheet()
        y = head()
    y = sheets.block(sheets.left, y + 3 * MM, station.acts, room, 11, BOLD)
    if not found:
        return sheets.block(sheets.left, y, station.no_acts, room, _SIZE + 1)
    names = [telling.words(name) for name in ("when", "what", "by")]
    columns = [Column(name, share) for name, share in zip(names, shares(room, 17, 55, 28), strict=True)]
    table = Table(sheets, columns, y + MM, head, _SIZE)
    for each in found:
        table.row([each.when, [(each.what, BOLD), *((line, REGULAR) for line in each.more)], each.by])
    table.end()
    return table.y
