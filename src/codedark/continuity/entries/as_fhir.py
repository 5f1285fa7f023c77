"""An entry as a FHIR R4 transaction: the resource, created only where none has its identifier, and its Provenance.

hl7.org/fhir/R4/http.html, 3.1.0.7.1 (conditional create) and 3.1.0.11 (transaction). Provenance has no identifier: it
carries the entry's number as a tag (``_tag``, a parameter of all resources): a doubled request changes nothing.
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Allergy,
    Content,
    Entry,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
)
from codedark.continuity.entries.fhir_acts import TERMS, Resource, act_of, when
from codedark.continuity.entries.fhir_tokens import asked_by


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
        **act_of(entry, {"reference": patient}),
    }
    steps.append(_created(own, resource, asked_by("identifier", systems.entry, entry.id)))
    steps.append(provenance(entry, own, systems))
    return {"resourceType": "Bundle", "type": "transaction", "entry": steps}


def _created(url: str, resource: Resource, unless: str) -> Resource:
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": unless}
    return {"fullUrl": url, "resource": resource, "request": request}


def provenance(entry: Entry, target: str, systems: Systems) -> Resource:
    """The step that tells who did the act, when, and where: made only where none has the entry's number as its tag."""
    people = [("author", entry.author), *([("verifier", entry.witness_told)] if entry.witness else [])]
    agents = [
        {
            "type": {"coding": [{"system": f"{TERMS}/provenance-participant-type", "code": role}]},
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
        "reason": [{"text": each} for each in ("charted while the systems were off", entry.alone_told) if each],
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


def uuid_of(number: str, part: str) -> str:
    """A UUID that follows from an entry's number (RFC 9562, version 8 of its hash)."""
    digest = bytearray(sha256(f"{number} {part}".encode()).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))
