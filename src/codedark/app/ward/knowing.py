"""What whoever charts must know of a patient first: allergies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from codedark.continuity.charts.chart import Chart, Group, PatientId
from codedark.continuity.entries.entry import Allergy, Entry
from codedark.continuity.entries.in_force import perhaps_in_force


class Warnings(NamedTuple):
    """Allergies in one line, and whether they are to be shown loudly."""

    allergies: str
    is_loud: bool


def warnings_of(patient: PatientId, chart: Chart | None, there: Sequence[Entry]) -> Warnings:
    """By the pack and by what was charted since. Nothing told is NOT RECORDED, never none."""
    own = [each for each in perhaps_in_force(there) if each.patient == patient]
    known = [(each.substance, each.reaction) for each in chart.allergies] if chart else []
    known += [(each.content.substance, each.content.reaction) for each in own if isinstance(each.content, Allergy)]
    if known:
        told = "; ".join(f"{substance} ({reaction})" if reaction else substance for substance, reaction in known)
        return Warnings(told, True)
    if chart is not None and Group.ALLERGIES in chart.none_known:
        return Warnings("none known", False)
    return Warnings("NOT RECORDED: ask", True)
