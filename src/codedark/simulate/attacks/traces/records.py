"""Traces in clinical systems: the patient record, the image archive, the interface engine and its messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NewType

from codedark.simulate.acts import Act, EngineChanged, ImagesMoved, MessageSent, RecordAccessed
from codedark.simulate.attacks.scene import ITSELF, Moment, Peer
from codedark.simulate.attacks.script import Count
from codedark.simulate.attacks.traces.kinds import trace
from codedark.simulate.attacks.traces.network import connected
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.hl7 import Writer
from codedark.simulate.clinic.imaging import EXAMINATIONS
from codedark.simulate.clinic.laboratory import ANALYTES, Analyte
from codedark.simulate.site import Function, Host

AnalyteName = NewType("AnalyteName", str)
"""A short name of `codedark.simulate.clinic.laboratory`: ``K``, ``HB``."""
_QUERIES = {
    "chart": "Encounter?patient=%s&_include=Encounter:location",
    "results": "Observation?patient=%s&category=laboratory&_sort=-date",
    "medication": "MedicationRequest?patient=%s&status=active",
    "notes": "DocumentReference?patient=%s&_sort=-date",
    "orders": "ServiceRequest?patient=%s&status=active",
}
"""The FHIR searches behind what is read, as the clients of the record ask them."""
A_PAGEFUL = Count(100, 400)
_DICOM_PORT = 11112
_OCTETS_A_SECOND = 40_000_000


@trace("record_access", needs_patients=True)
def record_access(
    m: Moment,
    what: Literal["chart", "results", "medication", "notes", "orders"] = "chart",
    action: Literal["C", "R", "U", "D", "E"] = "R",
    purpose: Literal["TREAT", "ETREAT", "HOPERAT", "HRESCH"] = "TREAT",
    client: Peer = ITSELF,
    client_recorded: bool = True,
) -> Iterator[Act]:
    """The record of every patient whom the step touches is used in the EHR from `client`, the step's host if not
    said.
    """
    for access in m.patients:
        query = _QUERIES[what] % access.patient if action == "R" else ""
        yield RecordAccessed(
            access.at_us, m.account, access.patient, action, what, purpose, client or m.host.id, query=query,
            client_recorded=client_recorded, step=m.step,
        )  # fmt: skip


@trace("record_search")
def record_search(
    m: Moment,
    query: str = "Patient?_count=200",
    what: Literal["search", "export"] = "search",
    records: Count = A_PAGEFUL,
    purpose: Literal["TREAT", "ETREAT", "HOPERAT", "HRESCH"] = "TREAT",
    client: Peer = ITSELF,
    refused: bool = False,
) -> Iterator[Act]:
    """A search or an export over many patients in the EHR. The records that it gave out are those that the step
    touches, if said.
    """
    number = len(m.patients) or m.chance.randint(*records)
    yield RecordAccessed(
        m.at_us, m.account, "", "E", what, purpose, client or m.host.id, 0 if refused else number, query,
        "refused" if refused else "success", client_recorded=False, step=m.step,
    )  # fmt: skip


@trace("dicom_move", needs_patients=True)
def dicom_move(
    m: Moment,
    target: Peer,
    operation: Literal["C-STORE", "C-FIND", "C-MOVE", "EXPORT", "DELETE"] = "C-MOVE",
) -> Iterator[Act]:
    """Studies of every patient whom the step touches are moved from the image archive to `target`, or deleted."""
    archive = m.site.server(Function.PACS)
    examinations = list(EXAMINATIONS.values())
    for access in m.patients:
        taken = m.chance.choice(examinations)
        objects = max(1, round(m.about(taken.instances)))
        octets = objects * taken.octets
        study = f"2.25.{m.chance.getrandbits(120)}"
        yield ImagesMoved(
            access.at_us, m.account, archive.id, target, operation, access.patient, study, taken.modality, objects,
            octets, m.step,
        )  # fmt: skip
        if operation in {"C-MOVE", "C-STORE", "EXPORT"}:
            seconds = octets / _OCTETS_A_SECOND
            yield connected(m, access.at_us + 90_000, archive.id, target, _DICOM_PORT, octets, octets // 300, seconds)


@trace("engine_change")
def engine_change(
    m: Moment,
    channel: str,
    event: Literal["saved", "deployed", "started", "stopped", "script_changed", "destination_changed"],
    detail: str = "",
) -> Iterator[Act]:
    """A channel of the interface engine is changed, deployed, started or stopped."""
    engine = m.site.server(Function.INTERFACE_ENGINE).id
    yield EngineChanged(m.at_us, engine, m.account, channel, event, detail, m.step)


@trace("hl7_alter", needs_patients=True)
def hl7_alter(m: Moment, target: Host, analyte: AnalyteName, sent: float, delivered: float) -> Iterator[Act]:
    """For every patient whom the step touches the engine delivers to `target` another value of `analyte` than the
    laboratory sent.

    `analyte` is a short name of `codedark.simulate.clinic.laboratory` (``K``). Both messages pass the archive of the
    engine: what came in from the laboratory, and what went out.
    """
    engine, laboratory = m.site.server(Function.INTERFACE_ENGINE), m.site.server(Function.LABORATORY)
    clock = Clock(m.site.hospital.time_zone)
    writer = Writer(m.site.hospital.name, clock)
    measured = ANALYTES[analyte]
    for access in m.patients:
        order = f"L{m.chance.randrange(10**9):09d}"
        for source, receiver, value, at_us in (
            (laboratory.id, engine.id, sent, access.at_us),
            (engine.id, target.id, delivered, access.at_us + 240_000),
        ):
            taken = clock.stamp(access.at_us)
            control = f"{'LIS' if source == laboratory.id else 'IE'}{order}"
            written = f"{value:.{measured.digits}f}"
            text = writer.message(
                "ORU^R01", "LIS", "EHR", at_us, control,
                writer.patient(m.scene.patients[access.patient]),
                f"OBR|1|{order}^EHR|{order}^LIS|ION^Electrolytes^L|||{taken}{'|' * 15}{taken}||LAB|F\r",
                f"OBX|1|NM|{measured.code}^{measured.text}^LN||{written}|{measured.unit}^^UCUM|{measured.reference}"
                f"|{_flag(measured, value)}|||F|||{taken}\r",
            )  # fmt: skip
            yield MessageSent(at_us, source, receiver, "ORU^R01", control, access.patient, text, m.step)


def _flag(measured: Analyte, value: float) -> str:
    """HL7 table 0078."""
    return "L" if value < measured.low else "H" if value > measured.high else "N"
