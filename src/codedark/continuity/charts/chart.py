"""The chart of one patient: what a ward must know when the systems are off, and how old each part of it is.

Groups and their content follow SEA 67 (Joint Commission, 2023), the SAFER guide on contingency planning (ONC, 2025) and
the International Patient Summary (EN 17269). Texts are the source's own: names of drugs and free text are never
translated or cut. Times are microseconds since 1970, UTC; 0 means that the source did not say.

Unknown is never none: an empty tuple says that nothing was told, which a page calls "not recorded". Where somebody said
that there is none, `Chart.none_known` names the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NewType

import msgspec

from codedark.continuity.charts.doubt import Doubt
from codedark.hospital.ward import BedId, WardId

PatientId = NewType("PatientId", str)
"""The hospital's own number of a patient (PID-3, MR), the one that survived all merges."""
VisitId = NewType("VisitId", str)
"""The number of a stay (PV1-19)."""


class Group(StrEnum):
    """Fields that come from the same place and grow old together."""

    IDENTITY = "identity"
    VISIT = "visit"
    ALLERGIES = "allergies"
    ALERTS = "alerts"
    MEASURES = "measures"
    PROBLEMS = "problems"
    MEDICATION = "medication"
    ADMINISTRATIONS = "administrations"
    DEVICES = "devices"
    LABORATORY = "laboratory"
    PENDING = "pending"
    BLOOD_GROUP = "blood-group"
    MICROBIOLOGY = "microbiology"
    IMAGING = "imaging"
    VITALS = "vitals"
    FLUIDS = "fluids"
    APPOINTMENTS = "appointments"
    CONTACTS = "contacts"
    NOTES = "notes"


class VisitState(StrEnum):
    """Where a stay stands."""

    EXPECTED = "expected"
    IN = "in"
    ON_LEAVE = "on-leave"
    OUT = "out"
    CANCELLED = "cancelled"


class Severity(StrEnum):
    """How much something asks for attention."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    UNKNOWN = "unknown"


class Identity(msgspec.Struct, frozen=True):
    """Who it is. ``numbers`` holds all others by their kind (national number, numbers that were merged away)."""

    family: str = ""
    given: str = ""
    born: str = ""
    """``YYYY-MM-DD``, or as much of it as is known."""
    sex: str = ""
    """HL7 table 0001: F, M, O, U, A, N."""
    numbers: tuple[tuple[str, str], ...] = ()
    address: str = ""
    phone: str = ""
    died_us: int = 0
    mother: PatientId | None = None


class Person(msgspec.Struct, frozen=True):
    """A clinician or relative, as reached by phone."""

    name: str
    role: str = ""
    phone: str = ""


class Place(msgspec.Struct, frozen=True):
    """Where somebody lies. Room and bed as the source writes them; ``bed_id`` None: the model does not know the bed."""

    ward: WardId
    room: str = ""
    bed: str = ""
    bed_id: BedId | None = None


class Visit(msgspec.Struct, frozen=True):
    """A stay."""

    id: VisitId
    state: VisitState = VisitState.IN
    kind: str = ""
    """PV1-2: I inpatient, E emergency, O outpatient, P preadmit."""
    place: Place | None = None
    previous: Place | None = None
    attending: Person | None = None
    admitted_us: int = 0
    discharged_us: int = 0
    expected_out_us: int = 0
    reason: str = ""


class Allergy(msgspec.Struct, frozen=True):
    """One allergy or intolerance."""

    substance: str
    code: str = ""
    reaction: str = ""
    severity: Severity = Severity.UNKNOWN
    is_certain: bool = True


class Alert(msgspec.Struct, frozen=True):
    """What whoever comes in must know first: code-status, limits, isolation, falls, diet, swallowing, other."""

    kind: str
    text: str
    since_us: int = 0


class Coded(msgspec.Struct, frozen=True):
    """A problem or a procedure."""

    text: str
    code: str = ""
    system: str = ""
    since_us: int = 0


class Drug(msgspec.Struct, frozen=True):
    """A medication order. ``dose`` is a decimal number as the source wrote it, ``unit`` is UCUM, or as written.

    ``times`` are hours of the day (``08:00``) where the order names them; ``last_us`` and ``next_us`` are derived.
    """

    id: str
    name: str
    code: str = ""
    dose: str = ""
    unit: str = ""
    route: str = ""
    frequency: str = ""
    times: tuple[str, ...] = ()
    as_needed: bool = False
    indication: str = ""
    instructions: str = ""
    prescriber: str = ""
    begin_us: int = 0
    end_us: int = 0
    status: str = "active"
    """active, on-hold, stopped, completed, cancelled."""
    is_high_alert: bool = False
    is_infusion: bool = False
    last_us: int = 0
    next_us: int = 0
    is_untold: bool = False
    """Nobody tells what is given of it: ``last_us`` 0 does not mean that no dose was given."""


class Given(msgspec.Struct, frozen=True):
    """A dose given, held or refused (``status``: given, held, refused, not-given)."""

    id: str
    order: str
    name: str
    dose: str
    unit: str
    route: str
    at_us: int
    by: str = ""
    status: str = "given"


class Result(msgspec.Struct, frozen=True):
    """One measured value: laboratory, vital sign, weight, height, fluid balance. ``flag`` as HL7 table 0078 has it."""

    id: str
    name: str
    code: str
    value: str
    unit: str
    at_us: int
    range: str = ""
    flag: str = ""
    status: str = "F"
    """HL7 table 0085: F final, P preliminary, C corrected, X cannot be obtained."""
    panel: str = ""
    note: str = ""


class Asked(msgspec.Struct, frozen=True):
    """What was asked for and has no result yet: laboratory, imaging, consultation."""

    id: str
    name: str
    kind: str
    """laboratory, microbiology, imaging, blood bank, other."""
    at_us: int
    accession: str = ""
    status: str = ""
    specimen: str = ""


class Report(msgspec.Struct, frozen=True):
    """A text: imaging report, microbiology, note. ``title`` says what it is."""

    id: str
    title: str
    text: str
    at_us: int
    by: str = ""
    status: str = ""


class Appointment(msgspec.Struct, frozen=True):
    """A slot: clinic, theatre, imaging, therapy."""

    id: str
    what: str
    where: str
    begin_us: int
    end_us: int = 0
    who: str = ""
    status: str = ""


class Heard(msgspec.Struct, frozen=True):
    """Up to when a source was heard for a group, and whether it has stalled since."""

    source: str
    until_us: int
    is_stalled: bool = False


class Chart(msgspec.Struct, frozen=True):
    """All of one patient. ``visits`` are the open ones and those that ended last, the latest first.

    ``results`` holds laboratory results, ``vitals`` and ``measures`` (weight, height, eGFR) their own; each in order
    of time, the latest first. ``doubts`` are what sources contradict each other in.
    """

    id: PatientId
    identity: Identity = msgspec.field(default_factory=Identity)
    visits: tuple[Visit, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    alerts: tuple[Alert, ...] = ()
    measures: tuple[Result, ...] = ()
    problems: tuple[Coded, ...] = ()
    drugs: tuple[Drug, ...] = ()
    given: tuple[Given, ...] = ()
    devices: tuple[Coded, ...] = ()
    results: tuple[Result, ...] = ()
    pending: tuple[Asked, ...] = ()
    blood_group: tuple[Result, ...] = ()
    microbiology: tuple[Report, ...] = ()
    imaging: tuple[Report, ...] = ()
    vitals: tuple[Result, ...] = ()
    fluids: tuple[Result, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    contacts: tuple[Person, ...] = ()
    notes: tuple[Report, ...] = ()
    none_known: frozenset[Group] = frozenset()
    as_of: Mapping[Group, tuple[Heard, ...]] = msgspec.field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()

    @property
    def visit(self) -> Visit | None:
        """The open stay, or none."""
        open_ = [visit for visit in self.visits if visit.state in {VisitState.IN, VisitState.ON_LEAVE}]
        return open_[0] if open_ else None
