"""The clinic: patients in their beds, what is done for them, and what that leaves in the hospital's systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from codedark.hospital.ward import WardId
from codedark.simulate.acts import ImagesMoved, MessageSent, RecordAccessed
from codedark.simulate.chance import stream
from codedark.simulate.clinic.accesses import Accesses
from codedark.simulate.clinic.care import Care, Chart
from codedark.simulate.clinic.census import Census
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.hl7 import Writer
from codedark.simulate.clinic.imaging import Machines
from codedark.simulate.clinic.interface import Change, Interface, changes
from codedark.simulate.clinic.mimic import Source
from codedark.simulate.clinic.orders import Event, Study, What
from codedark.simulate.clinic.patient import Patient
from codedark.simulate.clinic.plan import Booking, plan
from codedark.simulate.clinic.record import Record
from codedark.simulate.clinic.rounds import Rounds
from codedark.simulate.clinic.specialties import specialty_of
from codedark.simulate.clinic.staff import Duties, Staff
from codedark.simulate.clinic.stay import Stay
from codedark.simulate.clinic.studies import Archive
from codedark.simulate.days import Weird, weird
from codedark.simulate.habit import SLICE_US
from codedark.simulate.site import Role, Site

_DAYS_BACK = 30
ClinicAct = MessageSent | RecordAccessed | ImagesMoved
"""What a clinic leaves in the systems of its hospital."""


class Clinic:
    """Patients and their care between two times, in microseconds since 1970 in UTC. A habit: it lives once, slice by
    slice.

    The stays are planned when the clinic is made. ``source`` are real stays that inpatients are made of (see
    `codedark.simulate.clinic.mimic`). What is done for a patient is made on the day on which it is done.
    """

    def __init__(self, site: Site, roster: Duties, first_us: int, last_us: int, source: Source | None = None) -> None:
        self._site = site
        self._first_us = first_us
        self._last_us = last_us
        self._clock = Clock(site.hospital.time_zone)
        wards = site.hospital.wards
        planned = plan(site, self._clock, first_us, last_us, source)
        self._stays = planned.stays
        self._patients = planned.patients
        self._bookings = planned.bookings
        self._census = Census(self._stays, first_us, last_us)
        self._staff = Staff(roster)
        doctors = [person for person in site.people if person.role is Role.PHYSICIAN and person.ward]
        places = {id_: specialty_of(ward).place for id_, ward in wards.items()}
        self._care = Care(site.seed, self._clock, places, Machines(site), doctors)
        self._interface = Interface(site, Writer(site.hospital.name, self._clock))
        self._archive = Archive(site, self._staff)
        self._rounds = Rounds(site, roster, self._stays, self._census)
        self._charts: dict[str, Chart] = {}
        self._slots: defaultdict[int, list[Event | Change]] = defaultdict(list)
        self._by_day: defaultdict[int, list[Stay]] = defaultdict(list)
        self._planned_until = self._clock.day(first_us) - 1
        for stay in self._stays:
            from_day = max(self._planned_until, self._clock.day(stay.from_us))
            for day in range(from_day, self._clock.day(min(stay.until_us, last_us)) + 1):
                self._by_day[day].append(stay)
        for booking in self._all_bookings():
            for change in changes(booking, first_us, last_us):
                self._slots[change.at_us // SLICE_US].append(change)

    @property
    def stays(self) -> Sequence[Stay]:
        """All stays that touch the simulated time, in order of their beginning."""
        return self._stays

    @property
    def patients(self) -> Mapping[str, Patient]:
        """Everybody who is in a stay or on a list, by id."""
        return self._patients

    @property
    def site(self) -> Site:
        """The hospital."""
        return self._site

    @property
    def clock(self) -> Clock:
        """The hospital's own time."""
        return self._clock

    @property
    def care(self) -> Care:
        """What is done for patients, for those who want to know more than the acts tell."""
        return self._care

    @property
    def lived_us(self) -> tuple[int, int]:
        """The simulated time: from, up to."""
        return self._first_us, self._last_us

    def inpatients(self, ward: WardId, at_us: int) -> Sequence[Stay]:
        """The stays of those who are in a ward at a moment of the simulated time."""
        return self._census.inpatients(ward, at_us)

    def studies_until(self, at_us: int) -> Mapping[str, Sequence[Study]]:
        """The studies that the archive took in before a moment, by patient: those of the simulated time, if any."""
        first_day = self._clock.day(self._first_us) - 1
        return self._studies(first_day, self._first_us, at_us) or self._studies(first_day - _DAYS_BACK, 0, at_us)

    def _studies(self, first_day: int, asked_us: int, at_us: int) -> Mapping[str, Sequence[Study]]:
        """Studies asked for since ``asked_us`` and taken before ``at_us``."""
        found: defaultdict[str, list[Study]] = defaultdict(list)
        for stay in self._stays:
            first, last = self._clock.day(stay.from_us), self._clock.day(min(at_us, stay.until_us))
            chart = self._care.chart(stay)
            for day in range(max(first_day, first), last + 1):
                for event in self._care.day(chart, day):
                    study = event.item
                    taken = event.what is What.IMAGES_TAKEN and event.at_us < at_us
                    if taken and isinstance(study, Study) and study.asked_us >= asked_us:
                        found[stay.patient.id].append(study)
        return found

    def live(self, start_us: int, end_us: int) -> Sequence[ClinicAct]:
        """Messages, accesses to records and transfers of images that begin in a slice of time."""
        while self._planned_until <= self._clock.day(end_us - 1):
            self._plan_day(self._planned_until)
            self._planned_until += 1
        chance = stream(self._site.seed, "clinic", start_us)
        self._staff.settle(start_us)
        accesses = Accesses(self._staff, chance)
        acts: list[ClinicAct] = []
        for due in self._due(start_us, end_us):
            if isinstance(due, Change):
                acts.append(self._interface.of_change(due))
                continue
            message = self._interface.of_event(due, self._admitted_us(due.stay), self._staff, chance)
            if message:
                acts.append(message)
            acts += accesses.of_event(due)
            if isinstance(due.item, Study):
                acts += self._archive.of_event(due, start_us, chance)
        today = self._clock.date(self._clock.day(start_us))
        month_end = Weird.MONTH_END in weird(self._site.seed, today)
        acts += self._rounds.look(self._staff, accesses, start_us, end_us, month_end, chance)
        return acts

    def resources(self) -> Iterator[tuple[str, bytes]]:
        """FHIR R4 resources: a type and a line of NDJSON. Types come interleaved."""
        record = Record(self._site, self._clock, self._care, self._first_us, self._last_us)
        yield from record.resources(self._stays, self._patients, self._all_bookings())

    def _all_bookings(self) -> Iterator[Booking]:
        """Everything that stands or stood on a list: who comes, and who does not."""
        yield from self._bookings
        for stay in self._stays:
            if stay.operation or stay.appointment:
                yield Booking(stay.patient, stay.attending, stay.operation, stay.appointment)

    def _plan_day(self, day: int) -> None:
        """Make what is done for everybody who is here on a local day."""
        for stay in self._by_day.pop(day, ()):
            chart = self._charts.get(stay.id)
            if chart is None:
                chart = self._charts[stay.id] = self._care.chart(stay)
            for event in self._care.day(chart, day):
                if self._first_us <= event.at_us < self._last_us:
                    self._slots[event.at_us // SLICE_US].append(event)

    def _admitted_us(self, stay: Stay) -> int:
        return self._charts[stay.id].admitted_us

    def _due(self, start_us: int, end_us: int) -> list[Event | Change]:
        """What happens in a slice, in order of time; what is behind its end stays."""
        due: list[Event | Change] = []
        for slot in range(start_us // SLICE_US, (end_us - 1) // SLICE_US + 1):
            due += self._slots.pop(slot, ())
        due.sort(key=itemgetter(0))
        for late in reversed(due):
            if late.at_us < end_us:
                break
            self._slots[late.at_us // SLICE_US].append(late)
            due.pop()
        return due
