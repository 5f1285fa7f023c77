"""From the octets of a message to what it states. Whatever is not understood is named, never silently left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from codedark.continuity.charts.chart import PatientId
from codedark.continuity.charts.fact import Statement
from codedark.continuity.charts.times import Times
from codedark.continuity.hl7v2.alerts import read_diet, read_fields, read_observations
from codedark.continuity.hl7v2.drugs import read_doses, read_drug_order
from codedark.continuity.hl7v2.moves import MOVES, read_moves
from codedark.continuity.hl7v2.orders import orders
from codedark.continuity.hl7v2.people import (
    read_adverse,
    read_allergies,
    read_contact,
    read_diagnoses,
    read_links,
    read_merge,
    read_patient,
)
from codedark.continuity.hl7v2.results import read_asked, read_document, read_results
from codedark.continuity.hl7v2.site import Site
from codedark.continuity.hl7v2.slots import read_appointment
from codedark.continuity.hl7v2.speaking import Speaking, numbered
from codedark.continuity.hl7v2.stays import is_known, is_of_stay, read_visit
from codedark.continuity.hl7v2.syntax import Segment, Unreadable, message

_PERSON: Final = frozenset({"PID", "NK1", "PV1", "PV2", "MRG", "AL1", "IAM", "DG1", "EVN", "MSH", "PD1"})
_ORDER: Final = frozenset(
    {"ORC", "OBR", "OBX", "NTE", "RXE", "RXO", "RXR", "RXA", "RXC", "TQ1", "TXA", "SCH", "AIS", "AIL", "AIP", "ODS"}
)
_UNREAD: Final = frozenset({"BTS", "FTS", "SFT", "RGS", "TQ2", "AIG", "SPM", "ROL"})
"""Segments that have nothing for a chart in them."""
_DISPENSED: Final = frozenset({"RXD", "RXG"})
"""Not read, and named; but what stands behind them is of what was dispensed, not of the order."""
_DRUGS: Final = frozenset({"RDE", "OMP", "RAS", "RDS", "RGV"})
_ASKING: Final = frozenset({"ORM", "OMG", "OML", "OMI", "OMN", "OMD"})
_ANSWERING: Final = frozenset({"ORU", "OUL", "OMB"})


class Read(NamedTuple):
    """One message. ``at_us``: when it was said. ``not_understood``: events, segments and fields, by name."""

    statements: tuple[Statement, ...]
    event: str
    source: str
    control_id: str
    at_us: int
    not_understood: tuple[str, ...]


class Reader:
    """Reads the messages of one site; ``time_zone`` where the site's file names none. Keeps no state of patients."""

    def __init__(self, site: Site, time_zone: str) -> None:
        self._site = site
        self._times = Times(site.time_zone or time_zone)

    def read(self, octets: bytes, arrived_us: int = 0, latest_us: int = 0) -> Read:
        """What a message states; ``arrived_us`` counts as said where MSH-7 does not tell, or tells of a time behind
        ``latest_us`` (0: none is too late): what a wrong clock says would else hold for years. Raises `Unreadable`.
        """
        told = message(octets, self._site.fallback_encoding)
        said = Speaking(told, self._site, self._times, arrived_us, latest_us)
        if any(segment.name == "MSH" for segment in said.message.segments[1:]):
            raise Unreadable("there are two messages in one: MSH stands in it twice")
        trial = said.message.header.get(11)
        if self._site.processing_ids and trial not in self._site.processing_ids:
            raise Unreadable(f"it is for {trial!r}, not for {', '.join(sorted(self._site.processing_ids))} (MSH-11)")
        if self._site.facilities and said.message.header.get(4) not in self._site.facilities:
            raise Unreadable(f"it comes from {said.message.header.get(4)!r}, which is not this hospital")
        for segment in said.message.segments:
            if segment.name not in _PERSON and segment.name not in _ORDER and segment.name not in _UNREAD:
                said.note(f"segment {segment.name}")
        if said.is_adt and not is_known(said.event):
            said.note(f"event {said.event}")
        patients = [_read_part(said, part) for part in _by_patient(said.message.segments)]
        if not any(patients):
            raise Unreadable(f"{said.event}: no segment names a patient of this hospital (PID-3)")
        if said.event in {"ADT^A24", "ADT^A37"}:
            read_links(said, [patient for patient in patients if patient])
        return Read(
            tuple(said.statements),
            said.event,
            said.source,
            said.message.control_id,
            said.at_us,
            tuple(said.not_understood),
        )


def _by_patient(segments: list[Segment]) -> Iterator[list[Segment]]:
    """The segments of each patient. What stands before the first PID (EVN, SCH, TXA) belongs to each."""
    shared: list[Segment] = []
    part: list[Segment] = []
    for segment in segments[1:]:
        if segment.name == "PID":
            if part:
                yield part
            part = [*shared]
        (part if part or segment.name == "PID" else shared).append(segment)
    if part:
        yield part


def _read_part(said: Speaking, part: list[Segment]) -> PatientId:
    """One patient of a message; returns who that is, or empty where nobody can tell."""
    first: dict[str, Segment] = {}
    for segment in part:
        first.setdefault(segment.name, segment)
    if not read_patient(said, first["PID"]):
        said.note("PID without a number of this hospital")
        return PatientId("")
    patient = said.patient
    said.visit = ""
    if "MRG" in first and said.event.partition("^")[2] in MOVES:
        read_moves(said, part)
    elif "MRG" in first:
        read_merge(said, first["MRG"])
    if "PV1" in first:
        read_visit(said, first)
    elif is_of_stay(said.event):
        said.note(f"{said.event} without PV1")
    if "DG1" in first:
        read_diagnoses(said, list(numbered(part, "DG1")))
    if "AL1" in first:
        read_allergies(said, list(numbered(part, "AL1")))
    for iam in numbered(part, "IAM"):
        read_adverse(said, iam)
    read_fields(said, first)
    for nk1 in numbered(part, "NK1"):
        read_contact(said, nk1)
    _read_matter(said, part)
    return patient


def _read_matter(said: Speaking, part: list[Segment]) -> None:
    """What the message is about besides who and where."""
    kind = said.event.partition("^")[0]
    if kind == "SIU":
        read_appointment(said, part)
        return
    if kind == "MDM":
        read_document(said, part)
        return
    matter = [segment for segment in part if segment.name in _ORDER or segment.name in _DISPENSED]
    for order in orders(read_observations(said, matter) if said.is_adt else matter):
        if kind in _DRUGS or "RXE" in order.first or "RXO" in order.first:
            read_drug_order(said, order)
            read_doses(said, order)
        elif "ODS" in order.first:
            read_diet(said, order)
        elif kind in _ASKING:
            read_asked(said, order)
        elif kind in _ANSWERING or (said.is_adt and "OBX" in order.first):
            read_results(said, order)
        else:
            said.note(f"event {said.event}")
