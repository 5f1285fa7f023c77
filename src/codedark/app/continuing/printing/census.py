"""Who lies where: a portrait list, one line a patient, in the order of the corridor, empty beds among them."""

from __future__ import annotations

from codedark.app.continuing.printing.heads import list_head
from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import MM, Sheets
from codedark.app.continuing.printing.table import Cell, Column, Table, shares
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.charts.chart import Chart, Group, VisitState
from codedark.continuity.packs.pack import Bed

_NEWCOMERS = 3
"""Lines to write on for who comes before the next print."""


def census(sheets: Sheets, telling: Telling) -> None:
    """Adds the list to the document."""
    words = telling.words
    sheets.section()
    rooms = shares(sheets.right - sheets.left, 15, 38, 30, 32, 31, 20)
    names = ["bed", "patient", "group.allergies", "group.alerts", "reason", "group.notes"]
    columns = [Column(words(name), room) for name, room in zip(names, rooms, strict=True)]

    def head() -> float:
        return list_head(sheets, telling, words("print.census"))

    table = Table(sheets, columns, head(), head, 8)
    vacant = words("empty_bed" if telling.pack.is_told else "untold_bed")
    for bed in telling.pack.beds:
        if bed.chart is None:
            table.row([[(telling.bed(bed.place), BOLD)], vacant, "", "", "", ""], 6 * MM)
        else:
            table.row(_cells(telling, bed, bed.chart), 9 * MM)
    for n in range(_NEWCOMERS):
        table.row(["", [(words("print.newcomers"), BOLD)] if n == 0 else "", "", "", "", ""], 12 * MM)
    table.end()


def _cells(telling: Telling, bed: Bed, chart: Chart) -> list[Cell]:
    words, visit, charted = telling.words, chart.visit, telling.charted(chart)
    doctor = visit.attending if visit else None
    leave = [(words("on_leave"), BOLD)] if visit and visit.state is VisitState.ON_LEAVE else []
    doubts = [(each, BOLD) for each in telling.doubts(chart)]
    came = [(each, BOLD) for each in (*charted.place, *charted.warnings)]
    mixed = [(each, BOLD) for each in telling.mix_ups(bed)]
    reason = f"{words('reason')}: {words('not_recorded')}" if visit is None or not visit.reason else visit.reason
    phone = f"{words('phone')}: {doctor.phone or words('not_recorded')}" if doctor else ""
    reached = f"{words('attending')}: {doctor.name}. {phone}" if doctor else ""
    return [
        [(telling.bed(bed.place), BOLD)],
        [(telling.name(chart), BOLD), (telling.identity(chart), REGULAR), *came, *leave, *mixed, *doubts],
        [
            (telling.allergies(chart).removeprefix(f"{words('group.allergies')}: "), BOLD),
            (telling.age(chart, Group.ALLERGIES) if charted.is_in_pack else "", REGULAR),
        ],
        telling.alerts(chart),
        [(reason, REGULAR), (reached, REGULAR)],
        "",
    ]
