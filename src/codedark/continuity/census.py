"""Who lies where: every bed of every ward in the order of the corridor, and everybody who is in none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codedark.continuity.chart import Chart, PatientId, Place, Visit
from codedark.continuity.pack import Bed
from codedark.continuity.places import NOWHERE
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import BedId, Ward, WardId

_DAY_US = 86_400 * 1_000_000


def wards(
    charts: Mapping[PatientId, Chart], hospital: Hospital, at_us: int | None = None
) -> dict[WardId, tuple[Bed, ...]]:
    """The wards of the model that have beds or patients, then wards that it does not know.

    1. A ward's beds in the order of the corridor, empty ones too. Two patients in one bed are two entries, and a doubt.
    2. Behind them whoever is on the ward in no bed that the model knows, by room, bed and name.
    3. Outpatients, whose leaving is seldom told, are there for a day; ``at_us`` is now, or when anything was heard.
    """
    until_us = max(
        (heard.until_us for chart in charts.values() for of in chart.as_of.values() for heard in of), default=0
    )
    lying: dict[WardId, list[tuple[Place, Chart]]] = {}
    for chart in charts.values():
        visit = chart.visit
        if visit is not None and not _has_left(visit, at_us or until_us):  # (3)
            place = visit.place or Place(NOWHERE)
            lying.setdefault(place.ward, []).append((place, chart))
    found = {ward.id: _ward(ward, lying.pop(ward.id, [])) for ward in hospital.wards.values()}
    unknown = {ward: _elsewhere(there) for ward, there in sorted(lying.items())}
    return {ward: beds for ward, beds in (found | unknown).items() if beds}


def _ward(ward: Ward, lying: list[tuple[Place, Chart]]) -> tuple[Bed, ...]:
    by_bed: dict[BedId, list[tuple[Place, Chart]]] = {}
    others = []
    for place, chart in lying:
        if place.bed_id is None:
            others.append((place, chart))
        else:
            by_bed.setdefault(place.bed_id, []).append((place, chart))
    beds: list[Bed] = []
    for bed_id in ward.beds:  # (1)
        here = sorted(by_bed.get(bed_id, []), key=lambda each: _name(each[1]))
        beds += _shared(here) if here else [Bed(Place(ward.id, bed=bed_id, bed_id=bed_id), None)]
    return (*beds, *_elsewhere(others))  # (2)


def _elsewhere(lying: list[tuple[Place, Chart]]) -> tuple[Bed, ...]:
    """Patients in beds that the model does not know. They too may be told to share one."""
    by_place: dict[Place, list[tuple[Place, Chart]]] = {}
    for place, chart in sorted(lying, key=lambda each: (each[0].room, each[0].bed, _name(each[1]))):
        by_place.setdefault(place, []).append((place, chart))
    return tuple(bed for place, here in by_place.items() for bed in (_shared(here) if place.bed else _alone(here)))


def _alone(here: list[tuple[Place, Chart]]) -> list[Bed]:
    return [Bed(place, chart) for place, chart in here]


def _shared(here: list[tuple[Place, Chart]]) -> list[Bed]:
    """The patients of one bed. A mother and her child may share one; others may not."""
    beds = []
    for place, chart in here:
        others = [other for _, other in here if other.id != chart.id and not _is_family(chart, other)]
        doubts = tuple(f"{_name(other)} ({other.id}) is also told to be in this bed." for other in others)
        beds.append(Bed(place, replace(chart, doubts=(*chart.doubts, *doubts)) if doubts else chart))
    return beds


def _is_family(chart: Chart, other: Chart) -> bool:
    return chart.id == other.identity.mother or other.id == chart.identity.mother


def _has_left(visit: Visit, until_us: int) -> bool:
    return visit.kind == "O" and visit.admitted_us < until_us - _DAY_US


def _name(chart: Chart) -> str:
    return " ".join(part for part in (chart.identity.family, chart.identity.given) if part) or chart.id
