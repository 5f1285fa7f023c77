"""MedicationRequest and MedicationAdministration (FHIR R4). What has no field of its own is told in words."""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.fhir.dosages import amount_of, bounds_of, code_or_text, in_order, joined, words_of
from codedark.continuity.fhir.elements import Told, quantity, rightly
from codedark.continuity.fhir.speaking import (
    Resource,
    Speaking,
    code_of,
    id_of,
    listed,
    text_of,
)

_STATES: Final = {
    "active": "active",
    "on-hold": "on-hold",
    "cancelled": "cancelled",
    "completed": "completed",
    "stopped": "stopped",
    "draft": "on-hold",
    "unknown": "active",
}
"""An order of unknown state is shown: whoever gives the drug asks."""
_GIVEN: Final = {"not-done": "not-given", "on-hold": "held"}
_NOT_ORDERS: Final = frozenset({"proposal", "option"})
_ELSEWHERE: Final = frozenset({"community", "discharge"})
"""MedicationRequest.category: taken at home, by the patient or from now on. Beside the order of the ward it would be
given twice.
"""
_HERE: Final = "inpatient"
_ORDERED: Final = (
    *("intent", "dosageInstruction", "reasonCode", "note", "status", "doNotPerform"),
    "medicationCodeableConcept",
)


def read_request(speaking: Speaking) -> None:
    """An order. Further dosage instructions than the first are told in words.

    An order that something be *not* given is shown as one that is on hold, which wards read as "do not give".
    """
    resource = speaking.resource
    ordered, drug, (begins, ends) = resource.alike(_ordered, *_ORDERED)
    if not ordered:
        return
    if resource.alike(_is_elsewhere, "category", "reportedBoolean"):
        speaking.not_understood.append("MedicationRequest for home")
        return
    name, code = drug or speaking.directory.drug(resource)
    validity = (resource.get("dispenseRequest") or {}).get("validityPeriod") or {}
    fields = {
        "name": name,
        "code": code,
        "prescriber": speaking.requester(),
        "begin_us": min(map(speaking.us, begins), default=0)
        or speaking.us(validity.get("start") or resource.get("authoredOn")),
        "end_us": max(map(speaking.us, ends), default=0) or (0 if begins else speaking.us(validity.get("end"))),
        "visit": speaking.visit or None,
    }
    speaking.say(Group.MEDICATION, speaking.id, fields, ordered)


def _is_elsewhere(resource: Resource) -> bool:
    """Whether it is about what somebody takes at home."""
    kinds = {code_of(each) for each in listed(resource.get("category"))}
    is_home = bool(kinds & _ELSEWHERE) and _HERE not in kinds
    return is_home or resource.get("reportedBoolean") is True


def _ordered(resource: Resource) -> tuple[Told, tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    """What orders of a drug have alike; its name and code, empty where only a reference names it; and when its dosages
    begin and end. Nothing of what is no order.
    """
    if resource.get("intent") in _NOT_ORDERS:
        return (), (), ((), ())
    doses = in_order(listed(resource.get("dosageInstruction")))
    first = doses[0] if doses else {}
    repeat = (first.get("timing") or {}).get("repeat") or {}
    rate = amount_of(first)[2]
    dose, unit, frequency = joined(doses)
    status = _STATES.get(resource.get("status", ""), "active")
    route = code_or_text(first.get("route"))
    why = [text_of(reason) for reason in listed(resource.get("reasonCode"))]
    as_needed = first.get("asNeededCodeableConcept")
    fields = {
        "dose": dose,
        "unit": unit,
        "route": route,
        "frequency": frequency,
        "times": tuple(str(time)[:5] for time in listed(repeat.get("timeOfDay"))),
        "as_needed": bool(first.get("asNeededBoolean") or as_needed),
        "indication": "; ".join(text for text in (*why, text_of(as_needed)) if text),
        "instructions": _words(resource, doses, f"{dose} {unit} {route} {frequency}"),
        "status": "on-hold" if resource.get("doNotPerform") is True and status == "active" else status,
        "is_infusion": True if rate else None,
    }
    concept = resource.get("medicationCodeableConcept")
    drug = (text_of(concept), code_of(concept)) if concept else ()
    return rightly(fields), drug, bounds_of(doses)


def _words(resource: Resource, dosages: list[Resource], structured: str) -> str:
    """Instructions and notes in words, without what the fields say already."""
    told = [*words_of(dosages, structured), *(note.get("text", "") for note in listed(resource.get("note")))]
    return "\n".join(dict.fromkeys(text for text in told if text and text != structured))


def read_administration(speaking: Speaking) -> None:
    """A dose given, held, refused or not given."""
    resource = speaking.resource
    name, _ = speaking.directory.drug(resource)
    dosage = resource.get("dosage") or {}
    dose, unit = quantity(dosage.get("dose"))
    if not dose:
        dose, unit = quantity(dosage.get("rateQuantity"))
    status = _GIVEN.get(resource.get("status", ""), "given")
    reasons = " ".join(text_of(reason) for reason in listed(resource.get("statusReason")))
    by = next((each.get("actor") for each in listed(resource.get("performer"))), None)
    person = speaking.directory.person(by)
    fields = {
        "order": id_of(resource.get("request")),
        "name": name,
        "dose": dose,
        "unit": unit,
        "route": code_or_text(dosage.get("route")),
        "at_us": speaking.when_us("effective"),
        "by": person.name if person else "",
        "status": "refused" if status == "not-given" and "refus" in reasons.casefold() else status,
    }
    speaking.say(Group.ADMINISTRATIONS, speaking.id, fields)
