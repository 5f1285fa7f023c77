"""The medication chart of 24 hours: landscape, one row a drug, one box an hour, two to sign where a drug is high-alert.

A dose that is due stands in a thick box of its hour. Below are empty rows for what is ordered meanwhile. Nothing about
a drug or a dose is cut: a row is as high as it has to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from codedark.app.continuing.printing.acts import acts
from codedark.app.continuing.printing.at_station import DrugCharted
from codedark.app.continuing.printing.heads import goes_on, newcomer_head, patient_head
from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import MM, Sheets
from codedark.app.continuing.printing.table import Cell, Column, Table, shares
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.charts.chart import Chart, Drug, Group
from codedark.continuity.entries.drugs_since import STOPPED
from codedark.continuity.packs.pack import Bed
from codedark.continuity.pages.cautions import cautions
from codedark.continuity.pages.due import due_from, due_times
from codedark.continuity.pages.medicine import dose_text, frequency_text, name_text, route_text

HOURS: Final = 24
_TEXT_WIDTH: Final = 126 * MM
_MARKS: Final = 4 * MM
"""A narrow column that says which of two people signs where."""
_ROW: Final = 12 * MM
_SIGNED_TWICE: Final = 17 * MM
_BLANK_ROWS: Final = 4
_MARK_STEP: Final = 7.5
_MOST_IN_HOUR: Final = 5
"""Lines in the box of an hour."""
_GROUPS: Final = (Group.MEDICATION, Group.ADMINISTRATIONS, Group.ALLERGIES)


def medication_chart(sheets: Sheets, telling: Telling, bed: Bed) -> None:
    """Adds the chart of the patient in a bed to the document. An empty bed adds nothing."""
    chart = bed.chart
    if chart is None:
        return
    words = telling.words
    begin = telling.local(telling.at_us).replace(minute=0, second=0, microsecond=0)
    ends = begin + timedelta(hours=HOURS)
    span = words("print.chart_from", begin=telling.when(_us(begin)), end=telling.when(_us(ends)))
    title = f"{words('print.chart')}, {span}"
    below = f"{_measures(telling, chart)}{telling.ages(chart, _GROUPS)}. {words('print.chart_key')}"
    sheets.section()

    def head() -> float:
        return patient_head(sheets, telling, bed, title, below, with_doubts=True)

    table = Table(sheets, _columns(sheets, telling, begin), head(), head, 8)
    for text in goes_on(sheets, telling, chart):
        table.row(_line(text))
    charted = telling.charted(chart).drugs
    listed = [drug for drug in chart.drugs if drug.status in {"active", "on-hold"} or drug.id in charted]
    if not listed:
        table.row(_line(telling.none(chart, Group.MEDICATION)))
    for drug in listed:
        marks = _marks_of(telling, drug, begin)
        top, height = table.row(_cells(telling, drug, charted.get(drug.id, DrugCharted())), _least(drug, marks))
        _boxes(sheets, drug, begin, top, height)
        _marked(sheets, marks, top, height)
    table.row(_line(words("print.more_rows")), 0)
    _blank_rows(sheets, table, _BLANK_ROWS)
    table.end()
    acts(sheets, telling, chart, table.y, head)


def newcomer_chart(sheets: Sheets, telling: Telling, number: str) -> None:
    """Adds an empty chart for somebody who is not known yet, with the patient's number that is reserved."""
    words = telling.words
    begin = telling.local(telling.at_us).replace(minute=0, second=0, microsecond=0)
    sheets.section()

    def head() -> float:
        return newcomer_head(sheets, telling, words("print.newcomer_chart"), number)

    columns = _columns(sheets, telling, begin)
    blank = [*columns[:-HOURS], *(replace(column, title="") for column in columns[-HOURS:])]
    table = Table(sheets, blank, head(), head, 8)
    _blank_rows(sheets, table, int((sheets.bottom - table.y) // _SIGNED_TWICE))
    table.end()


def _blank_rows(sheets: Sheets, table: Table, count: int) -> None:
    for _ in range(count):
        top, height = table.row(_line(""), _SIGNED_TWICE)
        sheets.line(_grid_left(sheets), top + height / 2, sheets.right, top + height / 2, 0.3)


def due_hours(drug: Drug, begin: datetime, telling: Telling) -> list[datetime]:
    """When a drug is due in the 24 hours from ``begin`` and not behind the order's end.

    A station says itself when the next dose is. Where that was due before, maybe days ago, later ones are as if it were
    given now: a daily dose of yesterday and that of today are not both to be given within the hour.
    """
    end_us = _us(begin + timedelta(hours=HOURS))
    until_us = min(end_us, drug.end_us or end_us)
    if telling.station:
        is_late = drug.next_us and telling.local(drug.next_us) < begin
        first_us = telling.schedule.next_us(drug, telling.at_us, telling.at_us) if is_late else drug.next_us
        due = due_from(first_us, drug, telling.schedule, telling.at_us, until_us)
    else:
        due = due_times(drug, telling.schedule, telling.at_us, until_us)
    return [at for at in map(telling.local, due) if at >= begin]


def _us(at: datetime) -> int:
    return round(at.timestamp()) * 1_000_000


def _marks_of(telling: Telling, drug: Drug, begin: datetime) -> dict[int, list[str]]:
    """What stands in the boxes of a drug, by the place of the hour: each time that it is due, ``!!`` or ``?`` above the
    first hour's where it was due before.
    """
    if drug.status != "active":
        return {}
    marks: dict[int, list[str]] = {}
    if drug.next_us and telling.local(drug.next_us) < begin:
        marks[0] = ["?" if drug.is_untold else "!!"]
    for at in due_hours(drug, begin, telling):
        told = f"{at:%H}" if not at.minute else f":{at:%M}"
        marks.setdefault(int((at - begin) / timedelta(hours=1)), []).append(told)
    return {
        place: told if len(told) <= _MOST_IN_HOUR else [*told[: _MOST_IN_HOUR - 1], f"+{len(told) - _MOST_IN_HOUR + 1}"]
        for place, told in marks.items()
    }


def _least(drug: Drug, marks: dict[int, list[str]]) -> float:
    """How high a row is at least: what stands in one box is not written over itself, nor over the line between two."""
    lines = max(map(len, marks.values()), default=0) * _MARK_STEP + 4
    return max(_SIGNED_TWICE, 2 * lines) if drug.is_high_alert else max(_ROW, lines)


def _columns(sheets: Sheets, telling: Telling, begin: datetime) -> list[Column]:
    words = telling.words
    rooms = shares(_TEXT_WIDTH - _MARKS, 42, 30, 28, 25)
    names = ["medicine", "dose", "route_title", "last"]
    hour = (sheets.right - _grid_left(sheets)) / HOURS
    hours = [begin + timedelta(hours=place) for place in range(HOURS)]
    return [
        *(Column(words(name), room) for name, room in zip(names, rooms, strict=True)),
        Column("", _MARKS),
        *(Column(f"{at:%H}", hour) for at in hours),
    ]


def _grid_left(sheets: Sheets) -> float:
    return sheets.left + _TEXT_WIDTH


def _line(text: str) -> list[Cell]:
    return [[(text, BOLD)], "", "", "", "", *("" for _ in range(HOURS))]


def _cells(telling: Telling, drug: Drug, charted: DrugCharted) -> list[Cell]:
    words = telling.words
    name = [(name_text(drug, words), BOLD)]
    name += [(f"! {words('high_alert')}", BOLD)] if drug.is_high_alert else []
    name += [(f"! {words.fixed('caution', each)}", BOLD) for each in cautions(drug, telling.schedule)]
    name += [(words.fixed("status", drug.status), BOLD)] if drug.status != "active" else []
    name += [(each, BOLD) for each in charted.lines]
    name += [(f"{words('indication')}: {drug.indication}", REGULAR)] if drug.indication else []
    name += [(f"{words('instructions')}: {drug.instructions}", REGULAR)] if drug.instructions else []
    name += [(f"{words('prescriber')} {drug.prescriber}", REGULAR)] if drug.prescriber else []
    how = [(route_text(drug.route, words), REGULAR), (frequency_text(drug.frequency, words, telling.schedule), BOLD)]
    how += [(words("as_needed"), BOLD)] if drug.as_needed and drug.frequency.upper() != "PRN" else []
    how += [(words("infusion"), BOLD)] if drug.is_infusion else []
    how += [(words("at_hours", times=", ".join(drug.times)), REGULAR)] if drug.times else []
    is_later = drug.begin_us > telling.at_us
    how += [(words("not_before", when=telling.near(drug.begin_us)), BOLD)] if is_later else []
    if drug.end_us and drug.end_us <= telling.at_us and drug.status != STOPPED:
        how += [(words("ended", when=telling.near(drug.end_us)), BOLD)]
    elif drug.end_us and drug.status != STOPPED:
        how += [(f"{words('ends')} {telling.near(drug.end_us)}", REGULAR)]
    none = words("last_untold" if drug.is_untold else "never_given")
    last = [(each, REGULAR) for each in charted.last]
    last = last or [(telling.near(drug.last_us) if drug.last_us else none, REGULAR)]
    last += [(f"{words('next')}: {telling.near(drug.next_us)}", BOLD)] if drug.next_us else []
    dose = dose_text(drug.dose, drug.unit, words) or words("dose_missing")
    return [name, [(dose, BOLD)], how, last, "", *("" for _ in range(HOURS))]


def _boxes(sheets: Sheets, drug: Drug, begin: datetime, top: float, height: float) -> None:
    """A thick line at midnight, one through the row where two people sign, and one across what is not to be given."""
    left = _grid_left(sheets)
    hour = (sheets.right - left) / HOURS
    midnight = left + (HOURS - begin.hour) % HOURS * hour
    sheets.line(midnight, top, midnight, top + height, 2.4)
    if drug.is_high_alert:
        sheets.line(left, top + height / 2, sheets.right, top + height / 2, 0.5)
        sheets.text(left - 8, top + height / 4 + 3, "1", 8, BOLD)
        sheets.text(left - 8, top + height * 3 / 4 + 3, "2", 8, BOLD)
    if drug.status == STOPPED:
        sheets.line(sheets.left, top + height, left - _MARKS, top, 0.8)
    if drug.status != "active":
        sheets.line(left, top, sheets.right, top + height, 0.8)


def _marked(sheets: Sheets, marks: dict[int, list[str]], top: float, height: float) -> None:
    """A thick box in each hour in which it is due, with its times one below the other."""
    left = _grid_left(sheets)
    hour = (sheets.right - left) / HOURS
    for place, told in marks.items():
        x = left + place * hour
        sheets.box(x + 0.8, top + 0.8, hour - 1.6, height - 1.6, 2.0)
        for n, each in enumerate(told):
            sheets.text(x + 2, top + _MARK_STEP * (n + 1), each, 6.5 if each[-1].isdigit() else 8, BOLD)


def _measures(telling: Telling, chart: Chart) -> str:
    seen: dict[str, str] = {}
    for each in chart.measures:
        seen.setdefault(each.code or each.name, *telling.results(chart, [each]))
    told: Sequence[str] = list(seen.values())
    return " · ".join(told) + ". " if told else f"{telling.words('group.measures')}: {telling.words('not_recorded')}. "
