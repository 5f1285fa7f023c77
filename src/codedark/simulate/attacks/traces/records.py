"""Traces in clinical systems: the patient record, the image archive, the interface engine and its messages."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Literal, NewType

from codedark.simulate.acts import Act, EngineChanged, ImagesMoved, MessageSent, RecordAccessed
from codedark.simulate.attacks.scene import ITSELF, Moment, Peer
from codedark.simulate.attacks.script import Count
from codedark.simulate.attacks.traces.kinds import trace
from codedark.simulate.attacks.traces.network import connected
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.hl7 import Writer
from codedark.simulate.clinic.laboratory import ANALYTES, PANELS, Analyte, Body, Measured, Panel, judged, measure
from codedark.simulate.clinic.orders import LaboratoryOrder
from codedark.simulate.clinic.stay import Stay
from codedark.simulate.clinic.studies import QUERY_OCTETS
from codedark.simulate.habit import MINUTE_US
from codedark.simulate.site import Function, Host
from codedark.simulate.truth import Touched

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
_ENGINE_US = 240_000
_ALTERED = 900_000_000
"""Control ids of altered messages begin here: no laboratory of the simulation counts so far."""


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


@trace("dicom_move", needs_patients=True, needs_studies=True)
def dicom_move(
    m: Moment,
    target: Peer,
    operation: Literal["C-STORE", "C-FIND", "C-MOVE", "EXPORT", "DELETE"] = "C-MOVE",
) -> Iterator[Act]:
    """Studies of every patient whom the step touches are moved from the image archive to `target`, or deleted; or the
    step's host asks `target` for them (C-FIND).
    """
    archive = m.site.server(Function.PACS).id
    studies = m.scene.clinic.studies_until(m.at_us)
    asks = operation == "C-FIND"
    if not m.patients:
        source = m.host.id if asks else archive
        yield ImagesMoved(m.at_us, m.account, source, target, "C-FIND", "", "", "", 0, QUERY_OCTETS, m.step)
    for access in m.patients:
        study = m.chance.choice(studies[access.patient])
        instances, octets = (0, QUERY_OCTETS) if asks else (study.instances, study.octets)
        yield ImagesMoved(
            access.at_us, m.account, m.host.id if asks else archive, target, operation, access.patient, study.uid,
            study.examination.modality, instances, octets, m.step,
        )  # fmt: skip
        if operation in {"C-MOVE", "C-STORE", "EXPORT"}:
            seconds = octets / _OCTETS_A_SECOND
            yield connected(m, access.at_us, archive, target, _DICOM_PORT, octets, octets // 300, seconds)


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
    writer = Writer(m.site.hospital.name, Clock(m.site.hospital.time_zone))
    panel = next(panel for panel in PANELS.values() if ANALYTES[analyte] in panel.analytes)
    messages: list[MessageSent] = []
    for access in m.patients:
        stay = m.scene.stay(access.patient, access.at_us)
        orderer = writer.person(stay.attending) if stay else ""
        order = _answered(m, panel, access, stay)
        for source, receiver, value, at_us in (
            (laboratory.id, engine.id, sent, access.at_us),
            (engine.id, target.id, delivered, access.at_us + _ENGINE_US),
        ):
            m.scene.altered += 1
            control = f"LIS{_ALTERED + m.scene.altered:09d}"
            results = (tuple(_with(each, ANALYTES[analyte], value) for each in order.results[0]),)
            text = writer.message(
                "ORU^R01", "LIS", "EHR", at_us, control,
                writer.patient(m.scene.clinic.patients[access.patient]),
                writer.visit(stay, stay.leg_at(at_us)) if stay else "",
                writer.laboratory_results(order._replace(results=results), orderer),
            )  # fmt: skip
            messages.append(MessageSent(at_us, source, receiver, "ORU^R01", control, access.patient, text, m.step))
    yield from sorted(messages, key=attrgetter("at_us"))


def _answered(m: Moment, panel: Panel, access: Touched, stay: Stay | None) -> LaboratoryOrder:
    """The order that a result of that time answers, numbered behind those of the clinic."""
    day = Clock(m.site.hospital.time_zone).day(access.at_us) % 1000
    values = measure(panel, Body(m.chance), m.chance)
    drawn_us = access.at_us - int(m.about(62)) * MINUTE_US
    asked_us = drawn_us - int(m.about(22)) * MINUTE_US
    number = f"{stay.id if stay else access.patient}L{day:03d}{50 + m.chance.randrange(50):02d}"
    return LaboratoryOrder(number, (panel,), asked_us, drawn_us, access.at_us, (values,))


def _with(measured: Measured, analyte: Analyte, value: float) -> Measured:
    return judged(analyte, value) if measured.analyte is analyte else measured
