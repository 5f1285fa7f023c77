"""An entry as a FHIR R4 transaction: the resource, created only where none has its identifier, and its Provenance.

hl7.org/fhir/R4/http.html, 3.1.0.7.1 (conditional create) and 3.1.0.11 (transaction). Provenance has no identifier: it
carries the entry's number as a tag (``_tag``, a parameter of all resources): a doubled request changes nothing.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Allergy,
    Content,
    DoseStatus,
    Entry,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
)
from codedark.continuity.entries.fhir_tokens import asked_by
from codedark.continuity.entries.routes import route_code

_LOINC: Final = "http://loinc.org"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
Resource = dict[str, Any]


class Systems(NamedTuple):
    """Namespaces of identifiers: of entries, and of the hospital's patient numbers."""

    entry: str = "urn:codedark:entry"
    patient: str = "urn:codedark:mrn"


def type_of(content: Content) -> str | None:
    """The type of resource that an act becomes; None for what a person does in the target itself."""
    match content:
        case Administration():
            return "MedicationAdministration"
        case Observation() | PhoneResult():
            return "Observation"
        case Order():
            return "MedicationRequest" if content.asked is OrderKind.MEDICATION else "ServiceRequest"
        case Specimen():
            return "Specimen"
        case Allergy():
            return "AllergyIntolerance"
        case Note():
            return "DocumentReference"
        case Admission():
            return "Encounter"
        case _:
            return None


def transaction(entry: Entry, patient: str, systems: Systems) -> Resource:
    """The bundle for an entry about ``patient``, a reference as ``Patient/12``; "" for a new one, made by an admission.

    Raises ValueError for an act that is no resource.
    """
    kind = type_of(entry.content)
    if kind is None:
        raise ValueError(f"{entry.id}: {entry.kind} is no resource")
    own = f"urn:uuid:{uuid_of(entry.id, 'act')}"
    steps = []
    if not patient and isinstance(entry.content, Admission):
        patient = f"urn:uuid:{uuid_of(entry.id, 'patient')}"
        steps.append(
            _created(
                patient, _patient(entry.content, systems), asked_by("identifier", systems.patient, entry.content.number)
            )
        )
    resource = {
        "resourceType": kind,
        "identifier": [{"system": systems.entry, "value": entry.id}],
        **_body(entry, {"reference": patient}),
    }
    steps.append(_created(own, resource, asked_by("identifier", systems.entry, entry.id)))
    steps.append(provenance(entry, own, systems))
    return {"resourceType": "Bundle", "type": "transaction", "entry": steps}


def when(at_us: int) -> str:
    """A FHIR instant, UTC."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _created(url: str, resource: Resource, unless: str) -> Resource:
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": unless}
    return {"fullUrl": url, "resource": resource, "request": request}


def provenance(entry: Entry, target: str, systems: Systems) -> Resource:
    """The step that tells who did the act, when, and where: made only where none has the entry's number as its tag."""
    people = [("author", entry.author), *([("verifier", entry.witness_told)] if entry.witness else [])]
    agents = [
        {
            "type": {"coding": [{"system": f"{_TERMS}/provenance-participant-type", "code": role}]},
            "who": {"display": name},
        }
        for role, name in people
    ]
    resource = {
        "resourceType": "Provenance",
        "meta": {"tag": [{"system": systems.entry, "code": entry.id}]},
        "target": [{"reference": target}],
        "occurredDateTime": when(entry.effective_us),
        "recorded": when(entry.recorded_us),
        "location": {"display": f"ward station {entry.station}"},
        "reason": [{"text": "charted while the systems were off"}],
        "agent": agents,
    }
    return _created(f"urn:uuid:{uuid_of(entry.id, 'provenance')}", resource, asked_by("_tag", systems.entry, entry.id))


def _patient(content: Admission, systems: Systems) -> Resource:
    sex = {"F": "female", "M": "male", "O": "other"}.get(content.sex, "unknown")
    made = {
        "resourceType": "Patient",
        "identifier": [{"system": systems.patient, "value": content.number}],
        "name": [{"text": content.name}],
        "gender": sex,
    }
    return made | ({"birthDate": content.born} if content.born else {})


def _body(entry: Entry, patient: Resource) -> Resource:
    """What a resource has beside type and identifier."""
    at, recorded, by = when(entry.effective_us), when(entry.recorded_us), {"display": entry.author}
    match entry.content:
        case Administration() as what:
            is_given = what.status is DoseStatus.GIVEN
            reason = [{"text": f"{what.status.value}: {what.reason}"}]
            return {
                **({"status": "completed"} if is_given else {"status": "not-done", "statusReason": reason}),
                "medicationCodeableConcept": _concept(what.drug, what.code),
                "subject": patient,
                "effectiveDateTime": at,
                "performer": [{"actor": by}],
                **({"dosage": _dosage(what.dose, what.unit, what.route)} if what.dose else {}),
                **_request_of(what.order),
            }
        case Observation() as what:
            return _measured(what.name, what.code, what.value, what.unit) | {
                "status": "final", "subject": patient, "effectiveDateTime": at, "issued": recorded, "performer": [by],
            }  # fmt: skip
        case PhoneResult() as what:
            said = f"told by phone by {what.told_by}, read back; accession {what.accession or 'not said'}"
            return _measured(what.name, what.code, what.value, what.unit) | {
                "status": "preliminary", "subject": patient, "effectiveDateTime": at, "issued": recorded,
                "performer": [by], "note": [{"text": said}],
            }  # fmt: skip
        case Order() as what:
            return _order(what, at, by, patient)
        case Specimen() as what:
            return {
                "accessionIdentifier": {"value": what.accession},
                "type": {"text": what.specimen},
                "subject": patient,
                "collection": {"collector": by, "collectedDateTime": at},
                "note": [{"text": f"for {what.tests}"}],
            }
        case Allergy() as what:
            reaction = {"reaction": [{"manifestation": [{"text": what.reaction}]}]} if what.reaction else {}
            active = {"coding": [{"system": f"{_TERMS}/allergyintolerance-clinical", "code": "active"}]}
            return {
                "clinicalStatus": active,
                "code": _concept(what.substance, what.code),
                "patient": patient,
                "recordedDate": at,
                "recorder": by,
                **reaction,
            }
        case Note() as what:
            data = b64encode(what.text.encode()).decode()
            return {
                "status": "current",
                "type": {"text": what.title},
                "subject": patient,
                "date": at,
                "author": [by],
                "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}}],
            }
        case Admission() as what:
            return {
                "status": "in-progress",
                "class": {"system": f"{_TERMS}/v3-ActCode", "code": "EMER"},
                "subject": patient,
                "period": {"start": at},
                **({"reasonCode": [{"text": what.description}]} if what.description else {}),
            }
        case _:
            raise ValueError(f"{entry.id}: {entry.kind} is no resource")


def _request_of(order: str) -> Resource:
    """The order that a dose follows, by its number alone (R4, Reference.identifier): its address is the target's."""
    return {"request": {"type": "MedicationRequest", "identifier": {"value": order}}} if order else {}


def _order(what: Order, at: str, by: Resource, patient: Resource) -> Resource:
    common = {"status": "active", "intent": "order", "subject": patient, "authoredOn": at, "requester": by}
    note = {"note": [{"text": what.details}]} if what.details else {}
    if what.asked is not OrderKind.MEDICATION:
        return common | {"code": _concept(what.name, what.code), "category": [{"text": what.asked.value}]} | note
    dose = {"doseAndRate": [{"doseQuantity": _quantity(what.dose, what.unit)}]} if what.dose else {}
    text = " ".join(filter(None, (what.dose, what.unit, what.route, what.frequency)))
    dosage = {"text": text, **_route(what.route), **dose}
    return common | {"medicationCodeableConcept": _concept(what.name, what.code), "dosageInstruction": [dosage]} | note


def _dosage(dose: str, unit: str, route: str) -> Resource:
    return {
        "text": " ".join(filter(None, (dose, unit, route))),
        **_route(route),
        "dose": _quantity(dose, unit),
    }


def _route(said: str) -> Resource:
    """The words as they were charted, with the code that they stand for where there is one."""
    code = route_code(said)
    coding = {"coding": [{"system": f"{_TERMS}/v2-0162", "code": code}]} if code else {}
    return {"route": {"text": said, **coding}} if said else {}


def _measured(name: str, code: str, value: str, unit: str) -> Resource:
    coding = {"coding": [{"system": _LOINC, "code": code}]} if code else {}
    told: Resource = {"code": {"text": name, **coding}}
    try:
        return told | {"valueQuantity": _quantity(value, unit)}
    except ValueError:
        return told | {"valueString": " ".join(filter(None, (value, unit)))}


def _quantity(value: str, unit: str) -> Resource:
    """Raises ValueError for what is no plain decimal number."""
    if not value.replace(".", "", 1).removeprefix("-").isdecimal():
        raise ValueError(value)
    number = float(value) if "." in value else int(value)
    return {"value": number, **({"unit": unit} if unit else {})}


def _concept(text: str, code: str) -> Resource:
    return {"text": text, **({"coding": [{"code": code, "display": text}]} if code else {})}


def uuid_of(number: str, part: str) -> str:
    """A UUID that follows from an entry's number (RFC 9562, version 8 of its hash)."""
    digest = bytearray(sha256(f"{number} {part}".encode()).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))
