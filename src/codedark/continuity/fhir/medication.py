"""MedicationRequest and MedicationAdministration (FHIR R4)."""

from __future__ import annotations

from typing import Any, Final

from codedark.continuity.chart import Group
from codedark.continuity.fhir.speaking import Resource, Speaking, code_of, decimal, id_of, listed, quantity, text_of

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
_UNITS: Final = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "wk": 168.0, "mo": 720.0}


def read_request(speaking: Speaking) -> None:
    """An order. Further dosage instructions than the first are told in words."""
    resource = speaking.resource
    if resource.get("intent") in _NOT_ORDERS:
        return
    name, code = speaking.directory.drug(resource)
    doses = listed(resource.get("dosageInstruction"))
    first = doses[0] if doses else {}
    repeat = (first.get("timing") or {}).get("repeat") or {}
    validity = (resource.get("dispenseRequest") or {}).get("validityPeriod") or {}
    bounds = repeat.get("boundsPeriod") or {}
    dose, unit, rate = _amount(first)
    route, frequency = code_or_text(first.get("route")), _frequency(first)
    why = [text_of(reason) for reason in listed(resource.get("reasonCode"))]
    requester = speaking.directory.person(resource.get("requester"))
    as_needed = first.get("asNeededCodeableConcept")
    fields = {
        "name": name,
        "code": code,
        "dose": dose,
        "unit": unit,
        "route": route,
        "frequency": frequency,
        "times": tuple(str(time)[:5] for time in listed(repeat.get("timeOfDay"))),
        "as_needed": bool(first.get("asNeededBoolean") or as_needed),
        "indication": "; ".join(text for text in (*why, text_of(as_needed)) if text),
        "instructions": _words(resource, doses, f"{dose} {unit} {route} {frequency}"),
        "prescriber": requester.name if requester else "",
        "begin_us": speaking.us(validity.get("start") or bounds.get("start") or resource.get("authoredOn")),
        "end_us": speaking.us(validity.get("end") or bounds.get("end")),
        "status": _STATES.get(resource.get("status", ""), "active"),
        "is_infusion": True if rate else None,
        "visit": id_of(resource.get("encounter")) or None,
    }
    speaking.say(Group.MEDICATION, speaking.id, fields)


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


def code_or_text(concept: Any) -> str:
    """Routes and timings as wards write them: the short code where it is one, else the words."""
    return (concept.get("text") if isinstance(concept, dict) else "") or code_of(concept) or text_of(concept)


def _amount(dosage: Resource) -> tuple[str, str, bool]:
    """Dose and unit, or rate and its unit; and whether it is a rate."""
    told = (listed(dosage.get("doseAndRate")) or [{}])[0]
    dose, unit = quantity(told.get("doseQuantity"))
    if dose:
        return dose, unit, False
    if between := told.get("doseRange"):
        low, unit = quantity(between.get("low"))
        return f"{low} to {quantity(between.get('high'))[0]}", unit, False
    rate, unit = quantity(told.get("rateQuantity"))
    if not rate and (ratio := told.get("rateRatio")):
        (rate, unit), (per, time) = quantity(ratio.get("numerator")), quantity(ratio.get("denominator"))
        unit = f"{unit}/{time}" if per in {"1", ""} else f"{unit}/{per} {time}"
    return rate, unit, bool(rate)


def _frequency(dosage: Resource) -> str:
    """The timing's code, else how often in words of ours: ``3 every 1 d`` is written as Q8H."""
    timing = dosage.get("timing") or {}
    if code := code_or_text(timing.get("code")):
        return code
    repeat = timing.get("repeat") or {}
    often, period, unit = repeat.get("frequency", 1), repeat.get("period"), repeat.get("periodUnit", "")
    if not period or unit not in _UNITS:
        return "ONCE" if repeat.get("count") == 1 else ""
    hours = float(period) * _UNITS[unit] / float(often or 1)
    return f"Q{decimal(round(hours))}H" if hours == round(hours) else f"{often} every {decimal(period)} {unit}"


def _words(resource: Resource, doses: list[Resource], structured: str) -> str:
    """Instructions in words, without what the fields say already."""
    told = [dose.get("text", "") for dose in doses]
    told += [text_of(more) for dose in doses for more in listed(dose.get("additionalInstruction"))]
    told += [dose.get("patientInstruction", "") for dose in doses]
    told += [note.get("text", "") for note in listed(resource.get("note"))]
    return "\n".join(dict.fromkeys(text for text in told if text and text != structured))
