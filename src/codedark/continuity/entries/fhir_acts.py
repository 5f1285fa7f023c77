"""What each act says as a FHIR R4 resource, beside the type and the identifier that it has there (`as_fhir`).

Elements are those of hl7.org/fhir/R4: medicationadministration.html, observation.html, medicationrequest.html,
servicerequest.html, specimen.html, allergyintolerance.html, documentreference.html and encounter.html.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any, Final

from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Allergy,
    DoseStatus,
    Entry,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
)
from codedark.continuity.entries.routes import route_code

_LOINC: Final = "http://loinc.org"
TERMS: Final = "http://terminology.hl7.org/CodeSystem"
Resource = dict[str, Any]


def act_of(entry: Entry, patient: Resource) -> Resource:
    """The elements of the resource about ``patient``, a reference. Raises ValueError for an act that is no resource."""
    at, recorded, by = when(entry.effective_us), when(entry.recorded_us), {"display": entry.author}
    measured = {"subject": patient, "effectiveDateTime": at, "issued": recorded, "performer": [by]}
    match entry.content:
        case Administration() as what:
            note = {"note": [{"text": entry.alone_told}]} if entry.alone_told else {}
            return _given(what, at, by, patient) | note
        case Observation() as what:
            return _measured(what.name, what.code, what.value, what.unit) | {"status": "final"} | measured
        case PhoneResult() as what:
            said = f"told by phone by {what.told_by}, read back; accession {what.accession or 'not said'}"
            told = {"status": "preliminary"} | measured | {"note": [{"text": said}]}
            return _measured(what.name, what.code, what.value, what.unit) | told
        case Order() as what:
            return _order(what, at, by, patient)
        case Specimen() as what:
            return _specimen(what, at, by, patient)
        case Allergy() as what:
            return _allergy(what, at, by, patient)
        case Note() as what:
            return _note(what, at, by, patient)
        case Admission() as what:
            return _admission(what, at, patient)
        case _:
            raise ValueError(f"{entry.id}: {entry.kind} is no resource")


def _given(what: Administration, at: str, by: Resource, patient: Resource) -> Resource:
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


def _specimen(what: Specimen, at: str, by: Resource, patient: Resource) -> Resource:
    return {
        "accessionIdentifier": {"value": what.accession},
        "type": {"text": what.specimen},
        "subject": patient,
        "collection": {"collector": by, "collectedDateTime": at},
        "note": [{"text": f"for {what.tests}"}],
    }


def _allergy(what: Allergy, at: str, by: Resource, patient: Resource) -> Resource:
    reaction = {"reaction": [{"manifestation": [{"text": what.reaction}]}]} if what.reaction else {}
    return {
        "clinicalStatus": {"coding": [{"system": f"{TERMS}/allergyintolerance-clinical", "code": "active"}]},
        "code": _concept(what.substance, what.code),
        "patient": patient,
        "recordedDate": at,
        "recorder": by,
        **reaction,
    }


def _note(what: Note, at: str, by: Resource, patient: Resource) -> Resource:
    data = b64encode(what.text.encode()).decode()
    return {
        "status": "current",
        "type": {"text": what.title},
        "subject": patient,
        "date": at,
        "author": [by],
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}}],
    }


def _admission(what: Admission, at: str, patient: Resource) -> Resource:
    return {
        "status": "in-progress",
        "class": {"system": f"{TERMS}/v3-ActCode", "code": "EMER"},
        "subject": patient,
        "period": {"start": at},
        **({"reasonCode": [{"text": what.description}]} if what.description else {}),
    }


def when(at_us: int) -> str:
    """A FHIR instant, UTC."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
    coding = {"coding": [{"system": f"{TERMS}/v2-0162", "code": code}]} if code else {}
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
