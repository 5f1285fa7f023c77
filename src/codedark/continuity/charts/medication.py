"""Drugs and doses from what was told of them: what is running, when it was given last, when it is due."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from codedark.continuity.charts.chart import Drug, Given, Group, Visit, VisitId
from codedark.continuity.charts.meanings import meanings
from codedark.continuity.charts.quantities import number
from codedark.continuity.charts.record import Things
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.charts.stays import OPEN
from codedark.continuity.charts.things import distinct, made, there

_HOUR_US = 3_600_000_000
_HALF_DAY_US = 12 * 3_600_000_000
_ON_SKIN = frozenset({"TD", "TRANSDERMAL"})
"""A patch of 25 micrograms an hour is no infusion."""
_PER = ("/h", "/hr", "/min", "/hour")


def drugs(
    things: Things, visits: tuple[Visit, ...], given: tuple[Given, ...], schedule: Schedule, at_us: int
) -> tuple[Drug, ...]:
    """All orders: the active ones first, by name. What only doses speak of is no order.

    1. An order whose end has passed is completed. So is one of a stay that ended, where another began later than half
       a day behind it: shorter than that, it is the emergency department's stay that goes on upstairs.
    2. Infusions and high-alert drugs are marked by what they are; then the last dose and the next.
    3. An order that two sources number each in their own way is one: it would else be given twice.
    4. A dose that names no order, or one that nobody knows, is one of every order for a drug of that name.
    """
    last: dict[str, int] = {}
    orders = [each for each in there(things, Group.MEDICATION) if each[1].get("status")]
    ordered = {key for key, _, _ in orders}
    for dose in given:
        if dose.status == "given" and dose.at_us <= at_us + _HOUR_US:  # one of next year was typed wrongly
            of = dose.order if dose.order in ordered else _called(dose.name)  # (4)
            last[of] = max(dose.at_us, last.get(of, 0))
    has_outside = any(name.startswith("\0") for name in last)
    stay_of = things.first_numbers.get(Group.VISIT, {})
    ended = {visit.id: visit.discharged_us for visit in visits if visit.state not in OPEN and visit.discharged_us}
    begun_us = max((visit.admitted_us for visit in visits if visit.state in OPEN and visit.kind != "O"), default=0)
    found: list[tuple[str, Drug]] = []
    for key, told, source in orders:
        drug = made(Drug, told, id=key, last_us=last.get(key, 0))
        outside_us = last.get(_called(drug.name), 0) if has_outside else 0
        known: dict[str, Any] = {"last_us": outside_us} if outside_us > drug.last_us else {}
        visit = told.get("visit", "")
        left_us = ended.get(VisitId(stay_of.get(visit, visit)), 0)
        if drug.status == "active" and 0 < drug.end_us <= at_us:  # (1)
            known["status"] = "completed"
        elif drug.status == "active" and left_us and begun_us > left_us + _HALF_DAY_US:
            known |= {"status": "completed", "end_us": drug.end_us or left_us}
        how = schedule.frequency(drug)  # (2)
        if how.as_needed:
            known["as_needed"] = True
        if how.continuous or (drug.unit.lower().endswith(_PER) and drug.route.strip().upper() not in _ON_SKIN):
            known["is_infusion"] = True
        if _is_high_alert(drug.code, drug.name):
            known["is_high_alert"] = True
        found.append((source, replace(drug, **known) if known else drug))
    taken = [_due(drug, schedule, at_us) for drug in _once(found)]  # (3)
    return tuple(sorted(taken, key=lambda drug: (drug.status != "active", drug.name.casefold(), drug.id)))


def _due(drug: Drug, schedule: Schedule, at_us: int) -> Drug:
    next_us = schedule.next_us(drug, drug.last_us, at_us)
    return replace(drug, next_us=next_us) if next_us != drug.next_us else drug


@lru_cache(2000)
def _is_high_alert(code: str, name: str) -> bool:
    return meanings().is_high_alert(code, name)


def _called(name: str) -> str:
    """The key of doses that were given outside of any order that is known."""
    return f"\0{' '.join(name.casefold().split())}"


def _once(found: list[tuple[str, Drug]]) -> list[Drug]:
    """Each order once, with the last dose that any source knows of it."""
    if len({source for source, _ in found}) < 2:
        return [drug for _, drug in found]
    last: dict[object, int] = {}
    for _, drug in found:
        last[_as_ordered(drug)] = max(drug.last_us, last.get(_as_ordered(drug), 0))
    return [replace(drug, last_us=last[_as_ordered(drug)]) for drug in distinct(found, _as_ordered)]


def _as_ordered(drug: Drug) -> tuple[str, ...]:
    """What two sources must say alike of an order."""
    told = (drug.name, number(drug.dose), drug.unit, drug.route, drug.frequency, *drug.times, drug.status)
    return tuple(text.strip().casefold() for text in told)


def doses(things: Things) -> tuple[Given, ...]:
    """All doses, the latest first, with the placer's number of their order."""
    placers = things.first_numbers.get(Group.MEDICATION, {})
    given = there(things, Group.ADMINISTRATIONS)
    found = (
        (source, made(Given, told, id=key, order=placers.get(told.get("order", ""), told.get("order", ""))))
        for key, told, source in given
    )
    taken = distinct(
        found, lambda dose: (dose.order or dose.name, dose.at_us, number(dose.dose), dose.status == "given")
    )
    return tuple(sorted(taken, key=lambda dose: (-dose.at_us, dose.name, dose.id)))
