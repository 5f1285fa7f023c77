"""Who lies where: every bed of every ward in the order of the corridor, and everybody who is in none of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Group, PatientId, Place, Visit, VisitId
from codedark.continuity.charts.doubt import Doubt
from codedark.continuity.charts.places import NOWHERE
from codedark.continuity.packs.pack import Bed
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import BedId, Ward, WardId

_DAY_US = 86_400 * 1_000_000
_MOST_NAMED = 8
"""Of how many others in the same bed or stay a chart tells the names: a feed gone wrong may put thousands into one."""


def wards(
    charts: Mapping[PatientId, Chart], hospital: Hospital, at_us: int | None = None
) -> dict[WardId, tuple[Bed, ...]]:
    """The wards of the model that have beds or patients, then wards that it does not know.

    1. A ward's beds in the order of the corridor, empty ones too. Two patients in one bed are two entries, and a doubt.
    2. Behind them whoever is on the ward in no bed that the model knows, by room, bed and name.
    3. Outpatients, whose leaving is seldom told, are there for a day since they came or any source told of their stay;
       one in a bed is there until then and until somebody else came to lie in it. A day is counted up to ``at_us`` or
       to when anything was heard, whichever is earlier: nobody vanishes because feeds have fallen silent.
    4. A stay that is told of two patients, a ward or bed that the model does not know: a doubt.
    """
    heard_us = max(
        (heard.until_us for chart in charts.values() for of in chart.as_of.values() for heard in of), default=0
    )
    since_us = min(at_us or heard_us, heard_us) - _DAY_US
    came_us = _last_came_us(charts.values())
    lying: dict[WardId, list[tuple[Place, Chart]]] = {}
    stays = _by_stay(charts)
    for chart in charts.values():
        visit = chart.visit
        if visit is not None and not _has_left(chart, visit, since_us, came_us):  # (3)
            place = visit.place or Place(NOWHERE)
            doubts = (*_twice(chart, visit, stays), *_unknown(place, hospital))  # (4)
            doubted = replace(chart, doubts=(*chart.doubts, *doubts)) if doubts else chart
            lying.setdefault(place.ward, []).append((place, doubted))
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
    there = {chart.id for _, chart in here}
    children = Counter(chart.identity.mother for _, chart in here)
    beds = []
    for place, chart in here:
        strangers = (other for _, other in here if other.id != chart.id and not is_family(chart, other))
        family = children[chart.id] + (chart.identity.mother in there)
        named = [f"{_name(other)} ({other.id})" for other in islice(strangers, _MOST_NAMED)]
        doubts = [Doubt("same-bed", each) for each in named]
        if (more := len(here) - 1 - family - len(named)) > 0:
            doubts.append(Doubt("same-bed-more", str(more)))
        beds.append(Bed(place, replace(chart, doubts=(*chart.doubts, *doubts)) if doubts else chart))
    return beds


def _by_stay(charts: Mapping[PatientId, Chart]) -> Mapping[VisitId, list[Chart]]:
    """The charts of each open stay that has a number."""
    found: dict[VisitId, list[Chart]] = {}
    for chart in charts.values():
        if chart.visit is not None and chart.visit.id:
            found.setdefault(chart.visit.id, []).append(chart)
    return found


def _twice(chart: Chart, visit: Visit, stays: Mapping[VisitId, list[Chart]]) -> list[Doubt]:
    told = stays.get(visit.id, ())
    others = islice((other for other in told if other.id != chart.id), _MOST_NAMED)
    doubts = [Doubt("same-stay", visit.id, f"{_name(other)} ({other.id})") for other in others]
    more = len(told) - 1 - len(doubts)
    return [*doubts, Doubt("same-stay-more", visit.id, str(more))] if more > 0 else doubts


def _unknown(place: Place, hospital: Hospital) -> list[Doubt]:
    """A place that the model does not have. Where it knows no beds of a ward, no bed of it is strange."""
    ward = hospital.wards.get(place.ward)
    if ward is None:
        return [Doubt("unknown-ward", place.ward)] if hospital.wards else []
    is_strange = bool(ward.beds and place.bed) and place.bed_id is None
    return [Doubt("unknown-bed", " ".join(text for text in (place.room, place.bed) if text))] if is_strange else []


def is_family(chart: Chart, other: Chart) -> bool:
    """Whether one is the other's mother: they may share a bed."""
    return chart.id == other.identity.mother or other.id == chart.identity.mother


def _last_came_us(charts: Iterable[Chart]) -> Mapping[Place, int]:
    """When whoever came last to each bed came."""
    came_us: dict[Place, int] = {}
    for visit in (chart.visit for chart in charts):
        if visit is not None and visit.place is not None:
            came_us[visit.place] = max(visit.admitted_us, came_us.get(visit.place, 0))
    return came_us


def _has_left(chart: Chart, visit: Visit, since_us: int, came_us: Mapping[Place, int]) -> bool:
    told_us = max((heard.until_us for heard in chart.as_of.get(Group.VISIT, ())), default=0)
    if visit.kind != "O" or max(visit.admitted_us, told_us) >= since_us:
        return False
    return visit.place is None or not visit.place.bed or came_us[visit.place] > visit.admitted_us


def _name(chart: Chart) -> str:
    return " ".join(part for part in (chart.identity.family, chart.identity.given) if part) or chart.id
