"""What happens to a patient: orders and what becomes of them. Times are microseconds since 1970 in UTC."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from codedark.simulate.clinic.imaging import Examination
from codedark.simulate.clinic.laboratory import Measured, Panel
from codedark.simulate.clinic.stay import Leg, Stay
from codedark.simulate.site import Person


class What(StrEnum):
    """Kinds of events in the care of a patient; movements bear the trigger event of their ADT message (HL7 table
    0003).
    """

    ADMITTED = "A01"
    MOVED = "A02"
    DISCHARGED = "A03"
    REGISTERED = "A04"
    UPDATED = "A08"
    ADMISSION_CANCELLED = "A11"
    TRANSFER_CANCELLED = "A12"
    DISCHARGE_CANCELLED = "A13"
    DRUG_ORDERED = "drug ordered"
    DRUG_STOPPED = "drug stopped"
    DRUG_GIVEN = "drug given"
    LABORATORY_ASKED = "laboratory asked"
    LABORATORY_ANSWERED = "laboratory answered"
    GLUCOSE_TAKEN = "glucose taken"
    VITALS_TAKEN = "vitals taken"
    IMAGES_ASKED = "images asked"
    IMAGES_TAKEN = "images taken"
    IMAGES_REPORTED = "images reported"
    REFERRED = "referred"
    # Nothing passes the interfaces at these, but somebody opens the record.
    DRUG_VERIFIED = "drug verified"
    RESULTS_READ = "results read"
    IMAGES_READ = "images read"
    CONSULTED = "consulted"


MOVEMENTS = frozenset(what for what in What if len(what) == 3)


class DrugOrder(NamedTuple):
    """A medication order. ``code`` is "" where ``system`` has none for it; ``frequency`` as written, ``dose`` ""
    unknown.
    """

    id: str
    name: str
    code: str
    system: str
    dose: str
    unit: str
    route: str
    frequency: str
    from_us: int
    until_us: int
    is_real: bool


class Dose(NamedTuple):
    """One administration of an order; ``given`` false when it was refused or held back."""

    id: str
    order: DrugOrder
    dose: str
    unit: str
    given: bool


class LaboratoryOrder(NamedTuple):
    """Panels from one blood draw, each with its own order number ``<id>-<n>`` from 1, and their results in the same
    order.
    """

    id: str
    panels: tuple[Panel, ...]
    asked_us: int
    drawn_us: int
    answered_us: int
    results: tuple[tuple[Measured, ...], ...]


class Reading(NamedTuple):
    """Values taken at the bedside."""

    id: str
    panel: Panel
    values: tuple[Measured, ...]


class Study(NamedTuple):
    """An imaging study from its order to its report. ``uid`` is a DICOM UID under 2.25 (PS3.5, B.2); ``octets`` of
    all instances.
    """

    id: str
    uid: str
    examination: Examination
    machine: str
    asked_us: int
    taken_us: int
    reported_us: int
    instances: int
    octets: int
    report: str


class Referral(NamedTuple):
    """A request that somebody of another discipline sees the patient; ``to`` is the consultant, None for the
    therapists.
    """

    id: str
    code: str
    text: str
    to: Person | None


Item = Leg | DrugOrder | Dose | LaboratoryOrder | Reading | Study | Referral


class Event(NamedTuple):
    """Something in the care of a patient at a moment."""

    at_us: int
    what: What
    stay: Stay
    item: Item
