"""Doses that nobody tells of: where no source says what was given, a drug without a last dose is not overdue.

A ward whose doses are charted on paper or in a system that tells us nothing would else have every drug marked as late,
and soon nobody would look at any mark.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Drug, Group
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.packs.pack import Bed


def untold(beds: Sequence[Bed], schedule: Schedule, at_us: int) -> list[Bed]:
    """A ward's beds, with drugs marked of which nobody would tell a dose, and their next hour from now on.

    Doses are told of a patient of whom any was told, and of all where they are of most patients with active orders:
    somebody who came an hour ago has had none.
    """
    ordered = [bed.chart for bed in beds if bed.chart and any(drug.status == "active" for drug in bed.chart.drugs)]
    if 2 * sum(map(_is_told, ordered)) > len(ordered):
        return list(beds)
    return [
        replace(bed, chart=_untold(bed.chart, schedule, at_us)) if bed.chart and not _is_told(bed.chart) else bed
        for bed in beds
    ]


def _is_told(chart: Chart) -> bool:
    return Group.ADMINISTRATIONS in chart.as_of


def _untold(chart: Chart, schedule: Schedule, at_us: int) -> Chart:
    return replace(chart, drugs=tuple(_unknown(drug, schedule, at_us) for drug in chart.drugs))


def _unknown(drug: Drug, schedule: Schedule, at_us: int) -> Drug:
    if drug.last_us:
        return drug
    return replace(drug, is_untold=True, next_us=schedule.next_untold_us(drug, at_us))
