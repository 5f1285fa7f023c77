"""What passes the interface engine: the messages that events in the care of patients, and bookings, cause."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from codedark.hospital.asset import AssetId
from codedark.simulate.acts import MessageSent
from codedark.simulate.clinic.hl7 import Writer
from codedark.simulate.clinic.orders import (
    MOVEMENTS,
    Dose,
    DrugOrder,
    Event,
    LaboratoryOrder,
    Reading,
    Referral,
    Study,
    What,
)
from codedark.simulate.clinic.plan import Booking
from codedark.simulate.clinic.staff import Staff
from codedark.simulate.clinic.stay import NO_BED, Kind, Leg, Stay
from codedark.simulate.site import Function, Role, Site


class System(NamedTuple):
    """A system at the interface engine: its name in messages and its host."""

    name: str
    host: AssetId


class Change(NamedTuple):
    """A change of a list: its trigger event, the status and reason written, and when it happened."""

    at_us: int
    trigger: str
    booking: Booking


_STATUS = {"S12": ("Booked", "ROUTINE"), "S14": ("Booked", "ROUTINE"), "S15": ("Cancelled", "ROUTINE")}
_WITH_DIAGNOSES = frozenset({What.ADMITTED, What.REGISTERED, What.UPDATED, What.DISCHARGED})
_WITH_ALLERGIES = _WITH_DIAGNOSES - {What.DISCHARGED}
_UNLESS_PLACED = {What.TRANSFER_CANCELLED, What.DISCHARGED, What.DISCHARGE_CANCELLED, What.UPDATED}


class Interface:
    """Turns events into messages with control ids that are never used twice."""

    def __init__(self, site: Site, writer: Writer) -> None:
        self._writer = writer
        self._count = 0

        def system(name: str, function: Function) -> System:
            return System(name, site.server(function).id)

        self._ehr = system("EHR", Function.EHR_APPLICATION)
        self._engine = system("IE", Function.INTERFACE_ENGINE)
        self._laboratory = system("LIS", Function.LABORATORY)
        self._pharmacy = system("PHA", Function.PHARMACY)
        self._ris = system("RIS", Function.RIS)
        self._monitors = system("MON", Function.MONITOR_GATEWAY)
        self._known: dict[str, tuple[Leg, bool, str]] = {}

    def of_event(self, event: Event, admitted_us: int, staff: Staff, chance: Random) -> MessageSent | None:
        """The message that an event causes, or None."""
        at_us, what, stay, item = event
        writer = self._writer
        match item:
            case Leg():
                return self._movement(event)
            case Dose():
                nurse = staff.nurse(stay, stay.leg_at(at_us).ward)
                text = writer.drug_given(item, at_us, writer.person(nurse or stay.attending))
                return self._about(event, admitted_us, "RAS^O17", self._ehr, self._pharmacy, text)
            case DrugOrder() if what is not What.DRUG_VERIFIED:
                control = "NW" if what is What.DRUG_ORDERED else "DC"
                text = writer.allergies(stay.patient) + writer.drug_order(item, control, at_us, self._orderer(stay))
                return self._about(event, admitted_us, "RDE^O11", self._ehr, self._pharmacy, text)
            case LaboratoryOrder() if what is What.LABORATORY_ASKED:
                text = writer.laboratory_order(item, self._orderer(stay))
                return self._about(event, admitted_us, "ORM^O01", self._ehr, self._laboratory, text)
            case LaboratoryOrder() if what is What.LABORATORY_ANSWERED:
                text = writer.laboratory_results(item, self._orderer(stay))
                return self._about(event, admitted_us, "ORU^R01", self._laboratory, self._ehr, text)
            case Reading():
                return self._about(
                    event, admitted_us, "ORU^R01", self._monitors, self._ehr, writer.reading(item, at_us)
                )
            case Study() if what is What.IMAGES_ASKED:
                text = writer.images_order(item, self._orderer(stay))
                return self._about(event, admitted_us, "ORM^O01", self._ehr, self._ris, text)
            case Study() if what is What.IMAGES_REPORTED:
                reader = staff.any(Role.RADIOLOGIST, chance) or stay.attending
                text = writer.images_report(item, self._orderer(stay), writer.person(reader))
                return self._about(event, admitted_us, "ORU^R01", self._ris, self._ehr, text)
            case Referral() if what is What.REFERRED:
                text = writer.referral(item, at_us, self._orderer(stay))
                return self._about(event, admitted_us, "ORM^O01", self._ehr, self._engine, text)
            case _:
                return None

    def of_change(self, change: Change) -> MessageSent:
        """The scheduling message of a booking that is made, moved or cancelled."""
        at_us, trigger, (patient, physician, operation, appointment) = change
        writer = self._writer
        status, reason = _STATUS[trigger]
        if operation:
            planned_us = operation.first_us if trigger == "S12" else operation.planned_us
            head = writer.operation(operation, status, reason, planned_us)
            people = (("SURGEON", operation.surgeon), ("ANAESTHETIST", operation.anaesthetist))
            resources = writer.resources(operation.procedure, planned_us, operation.theatre, operation.room, people)
        else:
            assert appointment
            head = writer.appointment(appointment, status, reason, physician)
            people_seen = (("PHYSICIAN", physician),)
            resources = writer.resources("Consultation", appointment.planned_us, appointment.ward, NO_BED, people_seen)
        return self._sent(
            at_us, f"SIU^{trigger}", self._ehr, self._engine, patient.id, head, writer.patient(patient), resources
        )

    def _orderer(self, stay: Stay) -> str:
        return self._writer.person(stay.attending)

    def _movement(self, event: Event) -> MessageSent:
        at_us, what, stay, item = event
        assert isinstance(item, Leg)
        assert what in MOVEMENTS
        legs = stay.legs
        number = legs.index(item)
        leg = item
        before = next((known for known in reversed(legs[:number]) if not known.slip), None)
        if what is What.TRANSFER_CANCELLED:
            leg, before = legs[number + 1], item
        elif what in _UNLESS_PLACED:
            before = None
        writer = self._writer
        admitted = what is not What.REGISTERED or stay.kind is not Kind.INPATIENT
        visit = writer.visit(
            stay, leg, before, ended=what is What.DISCHARGED and at_us >= stay.until_us, admitted=admitted
        )
        more = writer.allergies(stay.patient) if what in _WITH_ALLERGIES else ""
        if what in _WITH_DIAGNOSES:
            more += writer.diagnoses(stay.diagnoses)
        parts = (writer.event(what, at_us), writer.patient(stay.patient), visit, more)
        return self._sent(at_us, f"ADT^{what}", self._ehr, self._engine, stay.patient.id, *parts)

    def _about(
        self, event: Event, admitted_us: int, kind: str, sender: System, receiver: System, text: str
    ) -> MessageSent:
        """A message about somebody who is here: PID and PV1 are written once for each leg."""
        at_us, _, stay, _ = event
        leg = stay.leg_at(at_us)
        admitted = at_us >= admitted_us
        known = self._known.get(stay.id)
        if known is None or known[0] is not leg or known[1] is not admitted:
            about = self._writer.patient(stay.patient) + self._writer.visit(stay, leg, admitted=admitted)
            known = self._known[stay.id] = (leg, admitted, about)
        return self._sent(at_us, kind, sender, receiver, stay.patient.id, known[2], text)

    def _sent(
        self, at_us: int, kind: str, sender: System, receiver: System, patient: str, *segments: str
    ) -> MessageSent:
        self._count += 1
        control_id = f"{sender.name}{self._count:09d}"
        text = self._writer.message(kind, sender.name, receiver.name, at_us, control_id, *segments)
        return MessageSent(at_us, sender.host, receiver.host, kind, control_id, patient, text)


def changes(booking: Booking, first_us: int, last_us: int) -> Iterator[Change]:
    """What happens to a booking between two times."""
    booked = booking.operation or booking.appointment
    assert booked
    moved_us = booking.operation.moved_us if booking.operation else 0
    for at_us, trigger in ((booked.booked_us, "S12"), (moved_us, "S14"), (booked.cancelled_us, "S15")):
        if first_us <= at_us < last_us:
            yield Change(at_us, trigger, booking)
