"""What a patient is prescribed and given: from the formulary, or as a real stay has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from codedark.simulate.chance import poisson
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.formulary import ATC, ATC_OF_ALLERGY, DAY_HOURS, ORDINARY, PRN_A_DAY, SPECIAL, Drug
from codedark.simulate.clinic.mimic import RealDrug, RealStay
from codedark.simulate.clinic.orders import Dose, DrugOrder, Event, What
from codedark.simulate.clinic.specialties import SPECIALTIES
from codedark.simulate.clinic.stay import Kind, Stay
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US

MIMIC_NAMES = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-medication-name"
STARTED_LATER, STOPPED_EARLY = 0.22, 0.20
NOT_GIVEN = 0.04
LATE_MINUTES, LATE_SPREAD = 12.0, 25.0
"""Doses come 12 minutes late on average (Loresto 2019, standard deviation 48.8; the tail is cut to an hour early and
three late)."""

VERIFIED_US, VERIFIED_SPREAD_US = 6 * MINUTE_US, 47 * MINUTE_US
"""A pharmacist looks at an order after six minutes to an hour."""


def admitted_us(stay: Stay, emergency_wards: frozenset[str]) -> int:
    """When a stay leaves the emergency department for a bed, or begins, if it does not come through there."""
    return next((leg.from_us for leg in stay.legs if leg.ward not in emergency_wards and not leg.slip), stay.from_us)


def drug_orders(
    stay: Stay, from_us: int, chance: Random, intensive: Sequence[tuple[int, int]]
) -> tuple[DrugOrder, ...]:
    """All medication orders of a stay, in order of time. ``intensive`` are the times in intensive care."""
    if stay.real:
        return tuple(_real_orders(stay, stay.real, from_us))
    specialty = SPECIALTIES[stay.specialty]
    wanted: list[tuple[Drug, int, int]] = []
    if stay.kind is Kind.INPATIENT or stay.specialty == "emergency department":
        wanted += [
            (drug, from_us, stay.until_us) for drug in ORDINARY if chance.random() < drug.share * specialty.drugs
        ]
    wanted += [
        (drug, from_us, stay.until_us) for drug in SPECIAL.get(stay.specialty, ()) if chance.random() < drug.share
    ]
    for begin, end in intensive:
        wanted += [(drug, begin, end) for drug in SPECIAL["intensive care"] if chance.random() < drug.share]
    avoided = tuple(code for allergy in stay.patient.allergies for code in ATC_OF_ALLERGY.get(allergy.substance, ()))
    placed = []
    for drug, begin, end in wanted:
        if avoided and drug.code.startswith(avoided):
            continue
        span = end - begin
        start = begin + chance.randrange(8, 75) * MINUTE_US
        if span > DAY_US and chance.random() < STARTED_LATER:
            start = begin + int(chance.random() * 0.8 * span)
        stop = end
        if span > DAY_US and chance.random() < STOPPED_EARLY:
            stop = start + int(chance.random() * (end - start))
        if drug.frequency == "ONCE":
            stop = min(end, start + 2 * HOUR_US)
        if stop > start:
            placed.append((start, stop, drug))
    placed.sort(key=lambda order: order[0])
    return tuple(
        DrugOrder(
            f"{stay.id}M{n:03d}",
            drug.name,
            drug.code,
            ATC,
            drug.dose,
            drug.unit,
            drug.route,
            drug.frequency,
            start,
            stop,
            False,
        )
        for n, (start, stop, drug) in enumerate(placed, 1)
    )


def _real_orders(stay: Stay, real: RealStay, from_us: int) -> Iterator[DrugOrder]:
    """Real orders, moved in time so that the real admission falls on this one."""
    for n, drug in enumerate(real.drugs, 1):
        start = from_us + drug.from_us + 5 * MINUTE_US
        stop = max(start + MINUTE_US, min(stay.until_us, from_us + drug.until_us + 5 * MINUTE_US))
        yield _real_order(f"{stay.id}M{n:03d}", drug, start, stop)


def _real_order(id_: str, drug: RealDrug, start: int, stop: int) -> DrugOrder:
    return DrugOrder(
        id_, drug.name, drug.name, MIMIC_NAMES, drug.value, drug.unit, drug.route, drug.frequency, start, stop, True
    )


def order_events(stay: Stay, orders: Sequence[DrugOrder], from_us: int, until_us: int) -> Iterator[Event]:
    """Orders written and stopped between two times."""
    for order in orders:
        if from_us <= order.from_us < min(until_us, stay.until_us):
            yield Event(order.from_us, What.DRUG_ORDERED, stay, order)
            verified_us = order.from_us + VERIFIED_US + order.from_us % VERIFIED_SPREAD_US
            if verified_us < order.until_us:
                yield Event(verified_us, What.DRUG_VERIFIED, stay, order)
        if order.until_us < stay.until_us and from_us <= order.until_us < until_us and order.frequency != "ONCE":
            yield Event(order.until_us, What.DRUG_STOPPED, stay, order)


def dose_events(
    stay: Stay, orders: Sequence[DrugOrder], admitted: int, clock: Clock, day: int, chance: Random
) -> Iterator[Event]:
    """Administrations of a local day."""
    if stay.real:
        yield from _real_doses(stay, stay.real, orders, admitted, clock.midnight(day), clock.midnight(day + 1))
        return
    begin, end = clock.midnight(day), clock.midnight(day + 1)
    for order in orders:
        if order.from_us >= end or order.until_us <= begin:
            continue
        for n, at_us in enumerate(_times(order, clock, begin, day, chance)):
            if order.from_us < at_us < order.until_us:
                dose = Dose(
                    f"{order.id}D{day % 1000:03d}{n}", order, order.dose, order.unit, chance.random() >= NOT_GIVEN
                )
                yield Event(at_us, What.DRUG_GIVEN, stay, dose)


def _times(order: DrugOrder, clock: Clock, begin: int, day: int, chance: Random) -> list[int]:
    if order.frequency == "ONCE":
        at_us = order.from_us + chance.randrange(5, 60) * MINUTE_US
        return [at_us] if clock.day(order.from_us) == day else []
    if order.frequency == "PRN":
        return sorted(begin + int(chance.random() * DAY_US) for _ in range(poisson(chance, PRN_A_DAY)))
    found = []
    for hour in DAY_HOURS[order.frequency]:
        late = min(180.0, max(-55.0, chance.gauss(LATE_MINUTES, LATE_SPREAD)))
        found.append(clock.at(day, hour) + int(late * MINUTE_US))
    return found


def _real_doses(
    stay: Stay, real: RealStay, orders: Sequence[DrugOrder], admitted: int, begin: int, end: int
) -> Iterator[Event]:
    for n, giving in enumerate(real.givings):
        order = orders[giving.drug]
        at_us = max(admitted + giving.after_us, order.from_us + MINUTE_US)
        if begin <= at_us < end and at_us < stay.until_us:
            yield Event(
                at_us, What.DRUG_GIVEN, stay, Dose(f"{order.id}D{n}", order, giving.value, giving.unit, giving.given)
            )
