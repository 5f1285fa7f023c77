"""What whoever charts must know of a patient first: allergies, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from codedark.app.ward.times import shown
from codedark.continuity.chart import Chart, Drug, Group, PatientId
from codedark.continuity.entry import Administration, Allergy, Entry


class Warnings(NamedTuple):
    """Allergies in one line, whether they are to be shown loudly, and a line for each drug that is due."""

    allergies: str
    is_loud: bool
    due: tuple[str, ...]


def warnings_of(patient: PatientId, chart: Chart | None, there: Sequence[Entry]) -> Warnings:
    """By the pack and by what was charted since. Nothing told is NOT RECORDED, never none."""
    voided = {each.replaces for each in there}
    own = [each for each in there if each.patient == patient and each.id not in voided]
    known = [(each.substance, each.reaction) for each in chart.allergies] if chart else []
    known += [(each.content.substance, each.content.reaction) for each in own if isinstance(each.content, Allergy)]
    due = [drug for drug in chart.drugs if drug.next_us and drug.status == "active"] if chart else []
    lines = tuple(_due(drug, own) for drug in sorted(due, key=lambda drug: (drug.next_us, drug.name)))
    if known:
        told = "; ".join(f"{substance} ({reaction})" if reaction else substance for substance, reaction in known)
        return Warnings(told, True, lines)
    if chart is not None and Group.ALLERGIES in chart.none_known:
        return Warnings("none known", False, lines)
    return Warnings("NOT RECORDED: ask", True, lines)


def _due(drug: Drug, own: Sequence[Entry]) -> str:
    """As the pack has it, with the last dose that was charted here."""
    told = " ".join(filter(None, (drug.name, drug.dose, drug.unit, drug.route)))
    high = " HIGH-ALERT" if drug.is_high_alert else ""
    here = [each for each in own if _is_of(each, drug)]
    last = max(here, key=lambda each: each.effective_us, default=None)
    if last is None or not isinstance(last.content, Administration):
        return f"{shown(drug.next_us)} {told}{high}"
    return f"{shown(drug.next_us)} {told}{high} - charted here: {last.content.status} {shown(last.effective_us)}"


def _is_of(entry: Entry, drug: Drug) -> bool:
    what = entry.content
    if not isinstance(what, Administration):
        return False
    return what.order == drug.id or what.drug.strip().casefold() == drug.name.strip().casefold()
