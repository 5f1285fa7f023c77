"""Who opens whose record, when and why: every access follows a relation, as ordinary work does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Literal, NamedTuple

from codedark.hospital.account import AccountId
from codedark.hospital.ward import WardId
from codedark.simulate.acts import RecordAccessed
from codedark.simulate.building.names import plain
from codedark.simulate.chance import poisson
from codedark.simulate.clinic.orders import Event, Referral, What
from codedark.simulate.clinic.staff import Staff
from codedark.simulate.clinic.stay import Stay
from codedark.simulate.habit import MINUTE_US, SECOND_US
from codedark.simulate.site import Person, Role

UNRECORDED = 0.004
"""Share of accesses inside that only the server wrote down: a client's log that was lost or is late. Nothing is ever
written down by the clients of those at home and of systems."""
DIRECT = 0.2
"""Share of reads that open a known resource by its id, without a search."""
Action = Literal["C", "R", "U"]
Purpose = Literal["TREAT", "ETREAT", "HOPERAT"]


class Look(NamedTuple):
    """One way to use a record: what is opened, how, and by which FHIR search (``%s`` is the patient)."""

    what: str
    action: Action
    query: str = ""


CHART = Look("chart", "R", "Encounter?patient=%s&_include=Encounter:location")
PROBLEMS = Look("chart", "R", "Condition?patient=%s&clinical-status=active")
ALLERGIES = Look("chart", "R", "AllergyIntolerance?patient=%s")
VITALS = Look("chart", "R", "Observation?patient=%s&category=vital-signs&_sort=-date")
RESULTS = Look("results", "R", "Observation?patient=%s&category=laboratory&_sort=-date")
REPORTS = Look("results", "R", "DiagnosticReport?patient=%s&category=RAD")
MEDICATION = Look("medication", "R", "MedicationRequest?patient=%s&status=active")
GIVEN = Look("medication", "R", "MedicationAdministration?patient=%s&_sort=-effective-time")
NOTES = Look("notes", "R", "DocumentReference?patient=%s&_sort=-date")
ORDERS = Look("orders", "R", "ServiceRequest?patient=%s&status=active")
COVERAGE = Look("chart", "R", "Coverage?patient=%s")
APPOINTMENTS = Look("orders", "R", "Appointment?patient=%s")
CHARTED = Look("chart", "U")
WROTE_NOTE = Look("notes", "C")
ORDERED = Look("orders", "C")
ANSWERED = Look("results", "C")
PRESCRIBED = Look("medication", "C")
CHARTED_DOSE = Look("medication", "U")


_MEDICAL = {
    RESULTS: 5,
    NOTES: 4,
    CHART: 3,
    MEDICATION: 3,
    VITALS: 2,
    REPORTS: 2,
    ORDERS: 2,
    PROBLEMS: 2,
    WROTE_NOTE: 2,
    CHARTED: 1,
}


class Manner(NamedTuple):
    """How a role uses records beyond what events ask for: openings an hour, looks in each, and what is looked at.

    ``sums`` are the weights of the looks, added up.
    """

    an_hour: float
    looks: tuple[int, int]
    table: tuple[Look, ...]
    sums: tuple[float, ...]
    purpose: Purpose = "TREAT"


def _manner(an_hour: float, looks: tuple[int, int], table: Mapping[Look, float], purpose: Purpose = "TREAT") -> Manner:
    return Manner(an_hour, looks, tuple(table), tuple(accumulate(table.values())), purpose)


MANNERS: Mapping[Role, Manner] = {
    Role.NURSE: _manner(
        0.7,
        (1, 4),
        {
            MEDICATION: 4,
            CHARTED: 4,
            CHART: 3,
            VITALS: 3,
            GIVEN: 2,
            RESULTS: 2,
            NOTES: 2,
            ORDERS: 2,
            WROTE_NOTE: 1.5,
            ALLERGIES: 0.6,
        },
    ),
    Role.PHYSICIAN: _manner(5.0, (2, 6), _MEDICAL),
    Role.SURGEON: _manner(3.2, (2, 5), _MEDICAL),
    Role.ANAESTHETIST: _manner(2.6, (2, 5), _MEDICAL),
    Role.THERAPIST: _manner(2.8, (1, 4), {CHART: 2, NOTES: 3, ORDERS: 2, WROTE_NOTE: 2, VITALS: 1}),
    Role.PHARMACIST: _manner(7.0, (2, 4), {MEDICATION: 4, RESULTS: 3, ALLERGIES: 2, GIVEN: 1, PROBLEMS: 1}),
    Role.CLERK: _manner(4.2, (1, 4), {CHART: 3, APPOINTMENTS: 3, COVERAGE: 2, CHARTED: 2}, "HOPERAT"),
}
BILLING = _manner(9.0, (1, 3), {CHART: 3, PROBLEMS: 3, REPORTS: 1, NOTES: 2, COVERAGE: 2}, "HOPERAT")
"""Coding and billing after discharge; at month end `MONTH_END` times as much."""
AT_HOME: Mapping[Role, Manner] = {
    Role.PHYSICIAN: _manner(6.0, (2, 6), _MEDICAL),
    Role.RADIOLOGIST: _manner(8.0, (1, 4), {REPORTS: 4, CHART: 2, NOTES: 1, ANSWERED: 2}),
    Role.MANAGER: _manner(2.0, (1, 2), {CHART: 2, APPOINTMENTS: 2}, "HOPERAT"),
    Role.CLERK: _manner(9.0, (1, 3), {CHART: 3, PROBLEMS: 3, REPORTS: 1, NOTES: 2, COVERAGE: 2}, "HOPERAT"),
}
"""How those use records who work at home: an assumption."""
SYSTEM_LOOKS = (VITALS, RESULTS)
"""What the score for early warning reads through the interface engine."""
MONTH_END = 3.0
BREAK_GLASS_AN_HOUR = 0.012
"""A physician meets somebody whom nothing ties to them: a question in the corridor, a call from outside."""
SEARCHES_AN_HOUR = {Role.CLERK: 1.5, Role.PHYSICIAN: 0.5, Role.NURSE: 0.15, Role.MANAGER: 0.3}
"""Searches for a patient by the beginning of a name."""
PAGES = (20, 50, 200)
"""How many patients a client asks for at once."""
WARD_LISTS_AN_HOUR = {Role.NURSE: 0.9, Role.PHYSICIAN: 0.6, Role.MANAGER: 0.25}


class Accesses:
    """Makes the accesses of those on duty."""

    def __init__(self, staff: Staff, chance: Random) -> None:
        self._staff = staff
        self._chance = chance

    def opened(
        self, person: Person, at_us: int, stay: Stay, looks: Sequence[Look], purpose: Purpose = "TREAT", home: str = ""
    ) -> Iterator[RecordAccessed]:
        """Somebody opens a patient's record and looks at one thing after the other, inside or from the address
        ``home``.
        """
        random = self._chance.random
        patient, client = stay.patient.id, home or self._staff.client(person)
        for look in looks:
            what, action, query = look
            if query and random() < DIRECT:
                query = ""
            yield RecordAccessed(
                at_us,
                person.account,
                patient,
                action,
                what,
                purpose,
                client,
                1,
                query % patient if query else "",
                "success",
                not home and random() >= UNRECORDED,
            )
            at_us += int((4 + 38 * random()) * SECOND_US)

    def of_event(self, event: Event) -> Iterator[RecordAccessed]:
        """Those who open the record because of an event; nobody if nobody of that role is on duty."""
        at_us, what, stay, item = event
        found = WORK.get(what)
        if not found:
            return
        role, looks = found
        person: Person | None
        ward = stay.leg_at(at_us).ward
        if isinstance(item, Referral) and item.to and what is What.CONSULTED:
            person = item.to if self._staff.is_present(item.to) else self._staff.any(Role.PHYSICIAN, self._chance)
        elif role is Role.NURSE:
            person = self._staff.nurse(stay, ward)
        elif role is Role.PHYSICIAN:
            person = self._staff.physician(stay, ward, self._chance)
        else:
            person = self._staff.any(role, self._chance)
        if person:
            yield from self.opened(person, at_us, stay, looks, "HOPERAT" if role is Role.CLERK else "TREAT")

    def browse(
        self,
        person: Person,
        manner: Manner,
        pool: Sequence[Stay],
        start_us: int,
        end_us: int,
        times: float = 1.0,
        home: str = "",
    ) -> Iterator[RecordAccessed]:
        """What somebody looks up in a slice of time about the patients of ``pool``."""
        if not pool:
            return
        chance = self._chance
        hours = (end_us - start_us) / (60 * MINUTE_US)
        for _ in range(poisson(chance, manner.an_hour * hours * times)):
            at_us = start_us + int(chance.random() * (end_us - start_us))
            looks = chance.choices(manner.table, cum_weights=manner.sums, k=chance.randint(*manner.looks))
            yield from self.opened(person, at_us, pool[int(chance.random() * len(pool))], looks, manner.purpose, home)

    def search(self, person: Person, name: str, at_us: int, home: str = "") -> RecordAccessed:
        """Somebody looks for a patient by the beginning of a name."""
        page = self._chance.choice(PAGES)
        found = 1 + int(page * self._chance.random())
        client = home or self._staff.client(person)
        query = f"Patient?name={plain(name)[:3]}&_count={page}"
        return RecordAccessed(
            at_us, person.account, "", "E", "search", "TREAT", client, found, query, client_recorded=not home
        )

    def by_system(self, account: AccountId, client: str, stay: Stay, at_us: int) -> RecordAccessed:
        """Another system searches in a record; it keeps no audit of its own."""
        what, action, query = self._chance.choice(SYSTEM_LOOKS)
        patient = stay.patient.id
        return RecordAccessed(
            at_us, account, patient, action, what, "TREAT", client, query=query % patient, client_recorded=False
        )

    def ward_list(self, person: Person, ward: WardId, size: int, at_us: int) -> RecordAccessed:
        """Somebody opens the list of a ward."""
        query = f"Encounter?location=Location/{ward}&status=in-progress"
        purpose: Purpose = "HOPERAT" if person.role is Role.MANAGER else "TREAT"
        return RecordAccessed(
            at_us, person.account, "", "E", "search", purpose, self._staff.client(person), size, query
        )

    def break_glass(self, person: Person, stay: Stay, at_us: int, home: str = "") -> Iterator[RecordAccessed]:
        """A refusal, a reason given, and the record of somebody whom nothing ties to the reader."""
        client = home or self._staff.client(person)
        query = CHART.query % stay.patient.id
        yield RecordAccessed(
            at_us, person.account, stay.patient.id, "R", "chart", "TREAT", client, 1, query, "refused", not home
        )
        yield from self.opened(person, at_us + 15 * SECOND_US, stay, (CHART, RESULTS, NOTES), "ETREAT", home)


WORK: Mapping[What, tuple[Role, tuple[Look, ...]]] = {
    What.ADMITTED: (Role.NURSE, (CHART, ALLERGIES, CHARTED, WROTE_NOTE)),
    What.MOVED: (Role.NURSE, (CHART, MEDICATION, WROTE_NOTE)),
    What.DISCHARGED: (Role.NURSE, (NOTES, CHARTED)),
    What.REGISTERED: (Role.CLERK, (CHART, COVERAGE, CHARTED)),
    What.UPDATED: (Role.CLERK, (CHART, CHARTED)),
    What.DRUG_ORDERED: (Role.PHYSICIAN, (ALLERGIES, PRESCRIBED)),
    What.DRUG_STOPPED: (Role.PHYSICIAN, (MEDICATION, CHARTED_DOSE)),
    What.DRUG_VERIFIED: (Role.PHARMACIST, (MEDICATION, RESULTS, CHARTED_DOSE)),
    What.DRUG_GIVEN: (Role.NURSE, (MEDICATION, CHARTED_DOSE)),
    What.LABORATORY_ASKED: (Role.PHYSICIAN, (RESULTS, ORDERED)),
    What.LABORATORY_ANSWERED: (Role.LABORATORY_TECHNICIAN, (ORDERS, RESULTS, ANSWERED)),
    What.RESULTS_READ: (Role.PHYSICIAN, (RESULTS, CHART)),
    What.GLUCOSE_TAKEN: (Role.NURSE, (MEDICATION, CHARTED)),
    What.VITALS_TAKEN: (Role.NURSE, (CHARTED,)),
    What.IMAGES_ASKED: (Role.PHYSICIAN, (ORDERED,)),
    What.IMAGES_TAKEN: (Role.RADIOGRAPHER, (ORDERS, CHARTED)),
    What.IMAGES_REPORTED: (Role.RADIOLOGIST, (CHART, REPORTS, ANSWERED)),
    What.IMAGES_READ: (Role.PHYSICIAN, (REPORTS,)),
    What.REFERRED: (Role.PHYSICIAN, (ORDERED,)),
    What.CONSULTED: (Role.PHYSICIAN, (CHART, PROBLEMS, RESULTS, MEDICATION, WROTE_NOTE)),
}
"""Who opens the record at an event, and what they do there."""
