"""The plan of all stays: made before the first act, so that everything later only has to look up who lies where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from random import Random
from typing import NamedTuple

from codedark.hospital.ward import WardId
from codedark.simulate.chance import stream
from codedark.simulate.clinic.arrivals import Arrivals
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.diagnoses import INJURIES, PRINCIPAL, Diagnosis
from codedark.simulate.clinic.draft import Draft
from codedark.simulate.clinic.flow import Flow
from codedark.simulate.clinic.mimic import RealStay, Source
from codedark.simulate.clinic.outpatients import Outpatients
from codedark.simulate.clinic.patient import Patient
from codedark.simulate.clinic.population import Population
from codedark.simulate.clinic.specialties import SPECIALTIES, Place
from codedark.simulate.clinic.stay import Appointment, CodeStatus, Kind, Operation, Stay
from codedark.simulate.clinic.theatre import Lists
from codedark.simulate.habit import HOUR_US, MINUTE_US
from codedark.simulate.site import Person, Role, Site

WARM_UP_DAYS = 35
"""So long before the first act the flow begins: longer than all but the longest stays."""
BOOKED_AHEAD_DAYS = 22
DISPOSITIONS = ("01", "03", "02", "20", "07")
DISPOSITION_WEIGHTS = (80.0, 12.5, 4.5, 2.2, 0.8)
"""Home, nursing home, another hospital, died, left against advice."""
NOT_FOR_RESUSCITATION = ((80, 0.17), (70, 0.09), (60, 0.045), (50, 0.02))
"""Share by least age, within a day of admission (Arch Intern Med 2005;165:1705, 819,686 admissions: 2 % at 50 to 59,
17 % from 80
on)."""


class Booking(NamedTuple):
    """Somebody on a list who does not come in the simulated time: cancelled, or not yet due."""

    patient: Patient
    physician: Person
    operation: Operation | None
    appointment: Appointment | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All stays that touch the simulated time, in order of their beginning; the bookings; and everybody in them by
    id.
    """

    stays: tuple[Stay, ...]
    bookings: tuple[Booking, ...]
    patients: dict[str, Patient]


def plan(site: Site, clock: Clock, first_us: int, last_us: int, source: Source | None) -> Plan:
    """The stays of a site from ``first_us`` up to ``last_us``: the same arguments give the same plan."""
    wards = site.hospital.wards
    chance = stream(site.seed, "flow")
    flow = Flow(wards, clock, chance)
    theatres = flow.of(Place.THEATRE)
    lists = Lists(theatres[0].ward, site.people, clock) if theatres and theatres[0].size else None
    arrivals = Arrivals(flow, lists, clock, site.seed, source)
    _let_pass(flow, arrivals, clock, chance, first_us, last_us)
    clinics = flow.of(Place.CLINIC)
    outpatients: list[Draft] = []
    if clinics:
        outpatients = list(
            _outpatients(
                Outpatients(clinics[0].ward, list(wards.values()), site.people, clock), clock, site, first_us, last_us
            )
        )
    drafts = [draft for draft in chain(flow.done, outpatients) if draft.legs and _touches(draft, first_us, last_us)]
    drafts.sort(key=lambda draft: (draft.legs[0].from_us, draft.legs[0].ward, draft.legs[0].bed))
    maker = _Maker(site, clock)
    stays = [maker.stay(number, draft) for number, draft in enumerate(drafts)]
    bookings = [
        maker.operation_booking(operation) for operation in arrivals.not_coming if _seen(operation, first_us, last_us)
    ]
    bookings += [
        maker.appointment_booking(draft)
        for draft in outpatients
        if not draft.legs and draft.appointment and _seen(draft.appointment, first_us, last_us)
    ]
    return Plan(tuple(stays), tuple(bookings), maker.population.patients)


def _let_pass(flow: Flow, arrivals: Arrivals, clock: Clock, chance: Random, first_us: int, last_us: int) -> None:
    """Live through the hours, from an empty hospital long before to the end, and on until everybody has left."""
    begin_us = clock.midnight(clock.day(first_us) - WARM_UP_DAYS)
    arrivals.begin(begin_us, chance)
    day = -1
    for hour_us in range(begin_us, last_us, HOUR_US):
        today = clock.day(hour_us)
        if today != day:
            day = today
            arrivals.day(day, chance)
        arrivals.hour(hour_us, chance)
        flow.pass_until(hour_us + HOUR_US)
    flow.pass_all()
    for later in range(day + 1, day + 1 + BOOKED_AHEAD_DAYS):
        arrivals.later_lists(later, chance)


def _outpatients(clinic: Outpatients, clock: Clock, site: Site, first_us: int, last_us: int) -> Iterator[Draft]:
    last = clock.day(last_us - 1)
    for day in range(clock.day(first_us), last + 1):
        chance = stream(site.seed, "outpatients", day)
        yield from clinic.of_day(day, chance)
        yield from clinic.booked_on(day, last, chance)


def _touches(draft: Draft, first_us: int, last_us: int) -> bool:
    """Visits of hours that ended before the first act leave nothing to tell; so do stays that begin after the last."""
    return draft.legs[-1].until_us > first_us and draft.legs[0].from_us < last_us


def _seen(booked: Operation | Appointment, first_us: int, last_us: int) -> bool:
    moments = (booked.booked_us, booked.cancelled_us, booked.moved_us if isinstance(booked, Operation) else 0)
    return any(first_us <= at_us < last_us for at_us in moments)


class _Maker:
    """Gives every draft its patient, physician and diagnoses."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self.population = Population(site.seed, tuple(site.people))
        self._regulars: dict[str, Patient] = {}
        doctors = [person for person in site.people if person.role in (Role.PHYSICIAN, Role.SURGEON)]
        self._doctors = doctors or list(site.people)
        self._by_ward: dict[WardId | None, list[Person]] = {}
        for person in self._doctors:
            self._by_ward.setdefault(person.ward, []).append(person)

    def stay(self, number: int, draft: Draft) -> Stay:
        chance = stream(self._site.seed, "stay", number)
        begun = self._clock.date(self._clock.day(draft.legs[0].from_us))
        patient = self._patient(draft, begun)
        age = (begun - patient.born).days / 365.25
        operation = _performed(draft)
        return Stay(
            f"V{10_000_000 + number * 7}",
            patient,
            draft.kind,
            draft.specialty,
            draft.attending or (operation.surgeon if operation else self._attending(chance, draft)),
            _diagnoses(chance, draft, patient),
            _code_status(chance, age) if draft.kind is Kind.INPATIENT else CodeStatus.FULL,
            draft.emergency,
            _disposition(chance, draft, age),
            tuple(draft.legs),
            operation,
            draft.appointment,
            draft.undone_us if draft.undone_us > draft.legs[-1].from_us else 0,
            draft.real,
        )

    def operation_booking(self, operation: Operation) -> Booking:
        day = self._clock.date(self._clock.day(operation.planned_us))
        return Booking(
            self.population.draw(SPECIALTIES["surgery"], day, inpatient=False), operation.surgeon, operation, None
        )

    def appointment_booking(self, draft: Draft) -> Booking:
        assert draft.appointment
        assert draft.attending
        day = self._clock.date(self._clock.day(draft.appointment.planned_us))
        patient = self.population.draw(SPECIALTIES[draft.specialty], day, inpatient=False)
        return Booking(patient, draft.attending, None, draft.appointment)

    def _patient(self, draft: Draft, begun: date) -> Patient:
        known = self._regulars.get(draft.regular) if draft.regular else None
        if known:
            return known
        sex, age = (draft.real.sex, draft.real.age) if draft.real else ("", None)
        patient = self.population.draw(SPECIALTIES[draft.specialty], begun, draft.kind is Kind.INPATIENT, sex, age)
        if draft.regular:
            self._regulars[draft.regular] = patient
        return patient

    def _attending(self, chance: Random, draft: Draft) -> Person:
        for leg in reversed(draft.legs):
            if leg.ward in self._by_ward:
                return chance.choice(self._by_ward[leg.ward])
        return chance.choice(self._doctors)


def _performed(draft: Draft) -> Operation | None:
    """The operation as it came: an emergency stands on the list from when it was clear, and one that found no room
    did not come.
    """
    operation = draft.operation
    if operation is None:
        return None
    leg = next((leg for leg in draft.legs if leg.ward == operation.theatre), None)
    if leg is None:
        return None
    if not draft.emergency:
        return operation._replace(room=leg.bed)
    booked_us = max(draft.legs[0].from_us + 5 * MINUTE_US, leg.from_us - 100 * MINUTE_US)
    return operation._replace(room=leg.bed, booked_us=booked_us, first_us=leg.from_us, planned_us=leg.from_us)


def _diagnoses(chance: Random, draft: Draft, patient: Patient) -> tuple[Diagnosis, ...]:
    real: RealStay | None = draft.real
    if real and real.diagnoses:
        return real.diagnoses
    table = INJURIES if draft.injured else PRINCIPAL[draft.specialty]
    principal = table[min(int(chance.triangular(0, len(table), 0)), len(table) - 1)]
    return (principal, *(other for other in patient.conditions if other.code != principal.code))


def _code_status(chance: Random, age: float) -> CodeStatus:
    share = next((share for least, share in NOT_FOR_RESUSCITATION if age >= least), 0.0)
    draw = chance.random()
    if draw >= share:
        return CodeStatus.FULL
    return CodeStatus.NOT_FOR_RESUSCITATION if draw < share * 0.8 else CodeStatus.NO_INTENSIVE_CARE


def _disposition(chance: Random, draft: Draft, age: float) -> str:
    if draft.kind is not Kind.INPATIENT or age < 18:
        return DISPOSITIONS[0]
    return chance.choices(DISPOSITIONS, DISPOSITION_WEIGHTS)[0]
