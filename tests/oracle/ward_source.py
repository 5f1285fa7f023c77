"""What wards must find in their packs, read naively from the source: raw HL7 v2 messages or raw FHIR resources.

Written from docs/reference/census.md, HL7 v2.5.1 (chapters 3, 4, 7) and FHIR R4, apart from `continuity`: nothing of
it is imported or was read for this. It knows the messages and resources of the data that the tests have, and no more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

HOUR_US = 3_600_000_000
Value = tuple[str, str, int]
"""Code, value and time (microseconds) of a measurement."""
Dose = tuple[str, str, str, str]
"""Name, dose, unit and route of an order."""
Resource = Mapping[str, Any]


@dataclass
class Patient:
    """One patient of the source. ``kind`` is I, E or O while the stay is open, else ""."""

    kind: str = ""
    ward: str = ""
    room: str = ""
    bed: str = ""
    allergies: set[str] = field(default_factory=set)
    drugs: dict[str, Dose] = field(default_factory=dict)
    """Active orders by number."""
    laboratory: set[Value] = field(default_factory=set)
    vitals: set[Value] = field(default_factory=set)
    texts: set[Value] = field(default_factory=set)
    """Results that are no numbers: they may be shown."""
    heard_us: int = 0
    """When anything was said of them last, where the source tells."""
    is_told: bool = False
    """An ADT message said where; what others say of it counts no more."""


def number(text: object) -> str:
    """A value so that 98.00 is 98."""
    try:
        return f"{Decimal(str(text)).normalize():f}"
    except InvalidOperation:
        return str(text)


def from_messages(octets: bytes, zone: str, now_us: int) -> dict[str, Patient]:
    """Every message after the other: they are in the order in which they were sent."""
    found: defaultdict[str, Patient] = defaultdict(Patient)
    ends: dict[tuple[str, str], int] = {}
    for text in re.split(r"(?=MSH\|)", octets.decode()):
        lines = [line.split("|") for line in re.split(r"[\r\n]+", text) if line]
        segments = {line[0]: line for line in reversed(lines)}
        if "PID" not in segments:
            continue
        kind, event = segments["MSH"][8].split("^")[:2]
        id_ = segments["PID"][3].split("^")[0]
        if "MRG" in segments:  # both are the number that survives
            gone = found.pop(segments["MRG"][1].split("^")[0], Patient())
            found[id_] = _both(found[id_], gone)
        patient = found[id_]
        patient.heard_us = max(patient.heard_us, time_us(segments["MSH"][6], zone))
        if "PV1" in segments and (kind == "ADT" or not patient.is_told):
            _place(patient, segments["PV1"], event if kind == "ADT" else "")
            patient.is_told = kind == "ADT"
        if listed := {_plain(line[3].split("^")[1]).casefold() for line in lines if line[0] == "AL1"}:
            patient.allergies = listed
        _orders(patient, id_, lines, segments, ends, zone)
        _values(patient, lines, zone)
    for (id_, order), end_us in ends.items():
        if end_us <= now_us and id_ in found:
            found[id_].drugs.pop(order, None)
    return dict(found)


def _place(patient: Patient, visit: list[str], event: str) -> None:
    """PV1-2, PV1-3. Discharged (A03) and not admitted after all (A11) are out; A13 brings back."""
    patient.ward, patient.room, patient.bed = (*(_plain(part) for part in visit[3].split("^")[:3]), "", "", "")[:3]
    patient.kind = "" if event in {"A03", "A11"} else visit[2]


def _orders(
    patient: Patient, id_: str, lines: list[list[str]], segments: Mapping[str, list[str]],
    ends: dict[tuple[str, str], int], zone: str,
) -> None:  # fmt: skip
    if "RXE" not in segments:
        return
    order = segments["ORC"][2].split("^")[0]
    drug, route = segments["RXE"], next((line[1] for line in lines if line[0] == "RXR"), "")
    if segments["ORC"][1] == "DC":
        patient.drugs.pop(order, None)
        return
    name = _plain(drug[2].split("^")[1])
    patient.drugs[order] = (name, number(drug[3]), _plain(drug[5].split("^")[0]), _plain(route.split("^")[0]))
    if "TQ1" in segments and len(segments["TQ1"]) > 8 and segments["TQ1"][8]:
        ends[id_, order] = time_us(segments["TQ1"][8], zone)


def _values(patient: Patient, lines: list[list[str]], zone: str) -> None:
    """OBX that are numbers, of the time in OBX-14, else of their OBR-7. Taken at the bedside is what OBR-24 says."""
    request: list[str] = []
    for line in lines:
        if line[0] == "OBR":
            request = line
        if line[0] == "OBX" and request:
            at = line[14] if len(line) > 14 and line[14] else request[7]
            value = line[3].split("^")[0], number(_plain(line[5])), time_us(at, zone)
            bedside = patient.vitals if request[24:25] == ["NRS"] else patient.laboratory
            (bedside if line[2] == "NM" else patient.texts).add(value)


def _both(kept: Patient, gone: Patient) -> Patient:
    """A merge loses nothing."""
    own = gone if gone.is_told and not kept.is_told else kept
    return Patient(
        own.kind, own.ward, own.room, own.bed, kept.allergies | gone.allergies, {**gone.drugs, **kept.drugs},
        kept.laboratory | gone.laboratory, kept.vitals | gone.vitals, kept.texts | gone.texts,
        max(kept.heard_us, gone.heard_us), own.is_told,
    )  # fmt: skip


def _plain(text: str) -> str:
    """Escapes of 2.7.1 undone."""
    for escape, letter in (("\\F\\", "|"), ("\\S\\", "^"), ("\\T\\", "&"), ("\\R\\", "~"), ("\\E\\", "\\")):
        text = text.replace(escape, letter)
    return text


def time_us(text: str, zone: str) -> int:
    """A time of HL7, or of FHIR."""
    if "T" in text:
        return int(datetime.fromisoformat(text).timestamp() * 1_000_000)
    if re.search(r"[+-]\d{4}$", text):
        return int(datetime.strptime(text, "%Y%m%d%H%M%S%z").timestamp() * 1_000_000)
    at = datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(zone))
    return int(at.timestamp() * 1_000_000)


def from_resources(resources: Iterable[Resource], now_us: int) -> dict[str, Patient]:
    """Every resource of the patients, as it stands."""
    all_of: defaultdict[str, list[Resource]] = defaultdict(list)
    for each in resources:
        all_of[each["resourceType"]].append(each)
    names = {f"Location/{each['id']}": each["name"] for each in all_of["Location"]}
    drugs = {f"Medication/{each['id']}": each for each in all_of["Medication"]}
    found: defaultdict[str, Patient] = defaultdict(Patient)
    for each in all_of["Encounter"]:
        if each["status"] == "in-progress":
            patient = found[_subject(each)]
            place = [where for where in each["location"] if "end" not in where.get("period", {})][-1]["location"]
            patient.kind = {"IMP": "I", "EMER": "E", "AMB": "O"}.get(each["class"]["code"], "I")
            patient.bed = place["reference"].split("/")[1]
            patient.ward = names.get(place["reference"], "")
    for each in all_of["AllergyIntolerance"]:
        found[_subject(each)].allergies.add(each["code"]["text"].casefold())
    for each in all_of["MedicationRequest"]:
        end = each.get("dispenseRequest", {}).get("validityPeriod", {}).get("end")
        if each["status"] == "active" and (end is None or time_us(end, "UTC") > now_us):
            found[_subject(each)].drugs[each["id"]] = _dose(each, drugs)
    for each in all_of["Observation"]:
        group = each["category"][0]["coding"][0]["code"]
        if "valueQuantity" in each and group in {"laboratory", "vital-signs"}:
            at_us = time_us(each["effectiveDateTime"], "UTC")
            value = each["code"]["coding"][0]["code"], number(each["valueQuantity"]["value"]), at_us
            patient = found[_subject(each)]
            (patient.vitals if group == "vital-signs" else patient.laboratory).add(value)
    numbers = {
        each["id"]: (each.get("identifier") or [{"value": each["id"]}])[0]["value"] for each in all_of["Patient"]
    }
    return {numbers[id_]: patient for id_, patient in found.items()}


def _subject(resource: Resource) -> str:
    return str((resource.get("subject") or resource["patient"])["reference"].split("/")[1])


def _dose(request: Resource, drugs: Mapping[str, Resource]) -> Dose:
    said = (request.get("dosageInstruction") or [{}])[0]
    quantity = (said.get("doseAndRate") or [{}])[0].get("doseQuantity", {})
    route = said.get("route", {})
    path = route.get("text") or next((each["code"] for each in route.get("coding", [])), "")
    dose = number(quantity["value"]) if "value" in quantity else ""
    return _name(request, drugs), dose, quantity.get("unit", ""), path


def _name(request: Resource, drugs: Mapping[str, Resource]) -> str:
    """What it is called: a text, the name among its identifiers, or the names of what it is mixed of."""
    if concept := request.get("medicationCodeableConcept"):
        coding = (concept.get("coding") or [{}])[0]
        return str(concept.get("text") or coding.get("display") or coding.get("code"))
    drug = drugs[request["medicationReference"]["reference"]]
    parts = [drugs[each["itemReference"]["reference"]] for each in drug.get("ingredient", [])] or [drug]
    return " + ".join(_called(each) for each in parts)


def _called(drug: Resource) -> str:
    named = [each["value"] for each in drug.get("identifier", []) if each["system"].endswith("medication-name")]
    return str(named[0] if named else drug["identifier"][0]["value"])
