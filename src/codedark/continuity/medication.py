"""Drugs and doses from what was told of them: what is running, when it was given last, when it is due."""

from __future__ import annotations

from dataclasses import replace

from codedark.continuity.chart import Drug, Given, Group, Visit
from codedark.continuity.meanings import meanings
from codedark.continuity.quantities import number
from codedark.continuity.record import Things
from codedark.continuity.schedule import Schedule
from codedark.continuity.stays import OPEN
from codedark.continuity.things import distinct, made, there

_HOUR_US = 3_600_000_000
_HALF_DAY_US = 12 * 3_600_000_000
_PER = ("/h", "/hr", "/min", "/hour")


def drugs(
    things: Things, visits: tuple[Visit, ...], given: tuple[Given, ...], schedule: Schedule, at_us: int
) -> tuple[Drug, ...]:
    """All orders: the active ones first, by name. What only doses speak of is no order.

    1. An order whose end has passed is completed. So is one of a stay that ended, where another began later than half
       a day behind it: shorter than that, it is the emergency department's stay that goes on upstairs.
    2. Infusions and high-alert drugs are marked by what they are; then the last dose and the next.
    3. An order that two sources number each in their own way is one: it would else be given twice.
    """
    last: dict[str, int] = {}
    for dose in given:
        if dose.status == "given" and dose.at_us <= at_us + _HOUR_US:  # one of next year was typed wrongly
            last[dose.order] = max(dose.at_us, last.get(dose.order, 0))
    ended = {visit.id: visit.discharged_us for visit in visits if visit.state not in OPEN and visit.discharged_us}
    begun_us = max((visit.admitted_us for visit in visits if visit.state in OPEN and visit.kind != "O"), default=0)
    found: list[tuple[str, Drug]] = []
    for key, told, source in there(things, Group.MEDICATION):
        if not told.get("status"):
            continue
        drug = made(Drug, told, id=key)
        if drug.status == "active" and 0 < drug.end_us <= at_us:  # (1)
            drug = replace(drug, status="completed")
        left_us = ended.get(told.get("visit", ""), 0)
        if drug.status == "active" and left_us and begun_us > left_us + _HALF_DAY_US:
            drug = replace(drug, status="completed", end_us=drug.end_us or left_us)
        how = schedule.frequency(drug)
        drug = replace(  # (2)
            drug,
            as_needed=drug.as_needed or how.as_needed,
            is_infusion=drug.is_infusion or how.continuous or drug.unit.lower().endswith(_PER),
            is_high_alert=drug.is_high_alert or meanings().is_high_alert(drug.code, drug.name),
            last_us=last.get(key, 0),
        )
        found.append((source, drug))
    taken = _once(found)  # (3)
    taken = [replace(drug, next_us=schedule.next_us(drug, drug.last_us, at_us)) for drug in taken]
    return tuple(sorted(taken, key=lambda drug: (drug.status != "active", drug.name.casefold(), drug.id)))


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
    """All doses, the latest first."""
    found = ((source, made(Given, told, id=key)) for key, told, source in there(things, Group.ADMINISTRATIONS))
    taken = distinct(
        found, lambda dose: (dose.order or dose.name, dose.at_us, number(dose.dose), dose.status == "given")
    )
    return tuple(sorted(taken, key=lambda dose: (-dose.at_us, dose.name, dose.id)))
