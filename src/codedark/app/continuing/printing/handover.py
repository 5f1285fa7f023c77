"""The handover of a patient as SBAR (situation, background, assessment, recommendation), with room to write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from codedark.app.continuing.printing.acts import acts
from codedark.app.continuing.printing.heads import patient_head
from codedark.app.continuing.printing.lettering import BOLD
from codedark.app.continuing.printing.sheets import MM, Sheets
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.charts.chart import Chart, Group, Report, Result
from codedark.continuity.packs.pack import Bed

_LINES: Final = 3
_LINE: Final = 9 * MM
_SIGNED: Final = 16 * MM
"""The boxes to sign at the foot of the last sheet."""
_MOST_VALUES: Final = 12
_MOST_REPORTS: Final = 2
_OFF: Final = frozenset({"cancelled", "deleted", "no-show", "noshow"})
"""Appointments that nobody is to be brought to."""
_HALF_DAY_US: Final = 12 * 3_600_000_000
_GROUPS: Final = (Group.VISIT, Group.ALLERGIES, Group.ALERTS, Group.VITALS, Group.LABORATORY, Group.PENDING)


def handover(sheets: Sheets, telling: Telling, bed: Bed) -> None:
    """Adds the handover of the patient in a bed. An empty bed adds nothing."""
    chart = bed.chart
    if chart is None:
        return
    words = telling.words
    sheets.section()

    def head() -> float:
        return patient_head(sheets, telling, bed, words("print.sbar"), telling.ages(chart, _GROUPS))

    y = head()
    parts = {
        "situation": _situation(telling, chart),
        "background": _background(telling, chart),
        "assessment": _assessment(telling, chart),
        "recommendation": _recommendation(telling, chart),
    }
    for name, told in parts.items():
        if y > sheets.bottom - 40 * MM:
            sheets.sheet()
            y = head()
        y = sheets.block(sheets.left, y + 2 * MM, words(f"print.{name}"), sheets.right - sheets.left, 12, BOLD)
        sheets.line(sheets.left, y, sheets.right, y, 1.2)
        for each in told:
            for line in sheets.lettering.lines(each, sheets.right - sheets.left, 9, "Vera"):
                if y > sheets.bottom - 12:
                    sheets.sheet()
                    y = head()
                y = sheets.block(sheets.left, y + 1, line, sheets.right - sheets.left, 9)
        for _ in range(_LINES):
            if y + _LINE > sheets.bottom - 20 * MM:
                break
            y += _LINE
            sheets.line(sheets.left, y, sheets.right, y, 0.4)
    y = acts(sheets, telling, chart, y, head)
    if y > sheets.bottom - _SIGNED:
        sheets.sheet()
        head()
    _signed(sheets, telling, sheets.bottom - _SIGNED)


def _signed(sheets: Sheets, telling: Telling, y: float) -> None:
    words = telling.words
    third = (sheets.right - sheets.left) / 3
    for place, name in enumerate(("print.author", "print.told_to", "print.time")):
        sheets.box(sheets.left + place * third, y, third - 2 * MM, 13 * MM, 1.0)
        sheets.text(sheets.left + place * third + 2, y + 9, words(name), 8)


def _situation(telling: Telling, chart: Chart) -> list[str]:
    words, visit = telling.words, chart.visit
    reason = (visit.reason if visit else "") or words("not_recorded")
    since = f" · {words('admitted')} {telling.when(visit.admitted_us)}" if visit and visit.admitted_us else ""
    doctor = visit.attending if visit else None
    phone = f"{words('phone')}: {doctor.phone or words('not_recorded')}" if doctor else ""
    reached = f"{words('attending')}: {doctor.name} · {phone}" if doctor else ""
    vitals = "; ".join(telling.results(chart, _latest(chart.vitals)))
    told = [
        f"{words('reason')}: {reason}{since}",
        reached,
        f"{words('group.vitals')}: {vitals or telling.none(chart, Group.VITALS)}",
        *telling.charted(chart).place,
    ]
    return [each for each in (*told, *telling.doubts(chart)) if each]


def _background(telling: Telling, chart: Chart) -> list[str]:
    words = telling.words
    problems = "; ".join(each.text for each in chart.problems)
    alerts = telling.alerts(chart).replace("\n", "; ")
    devices = "; ".join(each.text for each in chart.devices)
    blood = "; ".join(telling.results(chart, _latest(chart.blood_group)))
    return [
        f"{words('group.problems')}: {problems or telling.none(chart, Group.PROBLEMS)}",
        f"{words('group.alerts')}: {alerts}",
        f"{words('group.devices')}: {devices or telling.none(chart, Group.DEVICES)}",
        f"{words('group.blood-group')}: {blood or telling.none(chart, Group.BLOOD_GROUP)}",
        *(f"{words('group.notes')}: {each}" for each in telling.charted(chart).notes),
    ]


def _assessment(telling: Telling, chart: Chart) -> list[str]:
    words, marks = telling.words, telling.charted(chart).marks
    values = _latest(chart.results)
    striking = [each for each in values if each.flag not in {"", "N"} or each.id in marks]
    shown = [each for place, each in enumerate(striking) if place < _MOST_VALUES or each.id in marks]
    told = "; ".join(telling.results(chart, shown)) or (
        words("flag.N") if values else telling.none(chart, Group.LABORATORY)
    )
    more = f" (+{len(striking) - len(shown)})" if len(striking) > len(shown) else ""
    return [
        f"{words('group.laboratory')}: {told}{more}",
        *(f"{words('group.microbiology')}: {_read(telling, each)}" for each in chart.microbiology[:_MOST_REPORTS]),
        *(f"{words('group.imaging')}: {_read(telling, each)}" for each in chart.imaging[:_MOST_REPORTS]),
    ]


def _read(telling: Telling, report: Report) -> str:
    """A report in one line."""
    lines = (" ".join(line.split()) for line in report.text.splitlines())
    text = " ".join(telling.words.fixed("placeholder", line) for line in lines if line)
    return f"{report.title}, {telling.when(report.at_us)}: {text}"


def _recommendation(telling: Telling, chart: Chart) -> list[str]:
    words = telling.words
    pending = "; ".join(
        f"{f'{each.name} {each.accession}'.strip()}, {words('asked').lower()} {telling.when(each.at_us)}"
        for each in chart.pending
    )
    since_us = telling.at_us - _HALF_DAY_US  # what began this morning may go on
    coming = [each for each in chart.appointments if each.status not in _OFF and each.begin_us >= since_us]
    slots = "; ".join(f"{each.what}, {each.where}, {telling.when(each.begin_us)}" for each in coming)
    return [
        f"{words('group.pending')}: {pending or telling.none(chart, Group.PENDING)}",
        f"{words('group.appointments')}: {slots or telling.none(chart, Group.APPOINTMENTS)}",
    ]


def _latest(results: Iterable[Result]) -> list[Result]:
    seen: dict[str, Result] = {}
    for each in results:
        seen.setdefault(each.code or each.name, each)
    return list(seen.values())
