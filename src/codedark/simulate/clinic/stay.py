"""What a patient's time in the hospital consists of: stays with their legs, operations, appointments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from codedark.hospital.ward import BedId, WardId
from codedark.simulate.clinic.diagnoses import Diagnosis
from codedark.simulate.clinic.mimic import RealStay
from codedark.simulate.clinic.patient import Patient
from codedark.simulate.site import Person

NO_BED = BedId("")


class Kind(StrEnum):
    """Patient class, as HL7 table 0004 has it."""

    INPATIENT = "I"
    EMERGENCY = "E"
    OUTPATIENT = "O"


class CodeStatus(StrEnum):
    """Whether to resuscitate."""

    FULL = "full"
    NOT_FOR_RESUSCITATION = "not for resuscitation"
    NO_INTENSIVE_CARE = "no intensive care"


class Leg(NamedTuple):
    """Time in one place. ``bed`` is "" where somebody waits or sits. ``slip``: entered by mistake, and cancelled by
    this event.
    """

    ward: WardId
    bed: BedId
    from_us: int
    until_us: int
    slip: Literal["", "A11", "A12"] = ""


class Operation(NamedTuple):
    """An operation on the theatre list. ``status`` as HL7 table 0278 (``Booked``, ``Cancelled``); times in
    microseconds, UTC.

    ``moved_us`` is when the list was changed, 0 for never; ``first_us`` for when it stood on the list before that.
    """

    id: str
    room: BedId
    theatre: WardId
    procedure: str
    booked_us: int
    first_us: int
    planned_us: int
    minutes: int
    surgeon: Person
    anaesthetist: Person
    moved_us: int = 0
    cancelled_us: int = 0


class Appointment(NamedTuple):
    """An outpatient appointment with somebody. ``cancelled_us`` 0 for never."""

    id: str
    ward: WardId
    booked_us: int
    planned_us: int
    minutes: int
    cancelled_us: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """One encounter of a patient, planned from beginning to end. Its legs follow one another without gaps.

    ``id`` is the visit number. ``specialty`` is a name in `SPECIALTIES`. ``emergency`` is how it began,
    ``disposition`` how it ended
    (HL7 table 0112: 01 home, 02 other hospital, 03 nursing home, 20 died). ``undone_us`` is when a discharge was
    entered too early
    and cancelled later, 0 for never. ``real`` is the MIMIC stay that drugs and diagnoses come from.
    """

    id: str
    patient: Patient
    kind: Kind
    specialty: str
    attending: Person
    diagnoses: tuple[Diagnosis, ...]
    code_status: CodeStatus
    emergency: bool
    disposition: str
    legs: tuple[Leg, ...]
    operation: Operation | None = None
    appointment: Appointment | None = None
    undone_us: int = 0
    real: RealStay | None = None

    @property
    def from_us(self) -> int:
        """When it began."""
        return self.legs[0].from_us

    @property
    def until_us(self) -> int:
        """When it ends."""
        return self.legs[-1].until_us

    @property
    def ward(self) -> WardId:
        """Where it ends: the ward that it belongs to."""
        return self.legs[-1].ward

    def leg_at(self, at_us: int) -> Leg:
        """Where the patient is; before and after the stay, where it began and ended."""
        for leg in self.legs:
            if at_us < leg.until_us:
                return leg
        return self.legs[-1]
