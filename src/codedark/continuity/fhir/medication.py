"""MedicationRequest and MedicationAdministration (FHIR R4). What has no field of its own is told in words."""

from __future__ import annotations

from typing import Any, Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.fhir.elements import Told, decimal, quantity, rightly
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
_BOUND_TO: Final = {"MORN": "QAM", "EVE": "QPM", "NIGHT": "QHS", "HS": "QHS", "C": "WM"}
"""EventTiming in the codes of HL7 v2. ``C`` is a meal there, and continuous here."""
_NOT_ORDERS: Final = frozenset({"proposal", "option"})
_ORDERED: Final = (
    *("intent", "dosageInstruction", "reasonCode", "note", "status", "doNotPerform"),
    "medicationCodeableConcept",
)
_UNITS: Final = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_A_DAY: Final = {1: "DAILY", 2: "BID", 3: "TID", 4: "QID"}
_EVERY: Final = {"min": "MIN", "h": "H", "d": "D", "wk": "W"}


def read_request(speaking: Speaking) -> None:
    """An order. Further dosage instructions than the first are told in words.

    An order that something be *not* given is shown as one that is on hold, which wards read as "do not give".
    """
    resource = speaking.resource
    ordered, drug, bounds = resource.alike(_ordered, *_ORDERED)
    if not ordered:
        return
    name, code = drug or speaking.directory.drug(resource)
    validity = (resource.get("dispenseRequest") or {}).get("validityPeriod") or {}
    fields = {
        "name": name,
        "code": code,
        "prescriber": speaking.requester(),
        "begin_us": speaking.us(validity.get("start") or bounds.get("start") or resource.get("authoredOn")),
        "end_us": speaking.us(validity.get("end") or bounds.get("end")),
        "visit": speaking.visit or None,
    }
    speaking.say(Group.MEDICATION, speaking.id, fields, ordered)


def _ordered(resource: Resource) -> tuple[Told, tuple[str, ...], Resource]:
    """What orders of a drug have alike; its name and code, empty where only a reference names it; and the period that
    the first dosage names. Nothing of what is no order.
    """
    if resource.get("intent") in _NOT_ORDERS:
        return (), (), {}
    doses = listed(resource.get("dosageInstruction"))
    first = doses[0] if doses else {}
    repeat = (first.get("timing") or {}).get("repeat") or {}
    dose, unit, rate = _amount(first)
    status = _STATES.get(resource.get("status", ""), "active")
    route, frequency = code_or_text(first.get("route")), _frequency(first)
    others = dict.fromkeys(each for each in map(_frequency, doses[1:]) if each and each != frequency)
    if frequency and others:  # no hour is made up of a part of it
        frequency = " + ".join((frequency, *others))
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
    return rightly(fields), drug, repeat.get("boundsPeriod") or {}


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
    """Dose and unit, or rate and its unit where there is no dose; and whether it runs at a rate."""
    told = (listed(dosage.get("doseAndRate")) or [{}])[0]
    rate, per = _rate(told)
    dose, unit = quantity(told.get("doseQuantity"))
    if between := told.get("doseRange"):
        dose, unit = _between(between)
    return (dose, unit, bool(rate)) if dose else (rate, per, bool(rate))


def _rate(told: Resource) -> tuple[str, str]:
    """How fast something runs: the number, and its unit."""
    rate, unit = quantity(told.get("rateQuantity"))
    if between := told.get("rateRange"):
        rate, unit = _between(between)
    if not rate and (ratio := told.get("rateRatio")):
        rate, unit = _ratio(ratio)
    return rate, unit


def _between(told: Resource) -> tuple[str, str]:
    (low, unit), (high, of_high) = quantity(told.get("low")), quantity(told.get("high"))
    return " to ".join(text for text in (low, high) if text), unit or of_high


def _ratio(told: Resource) -> tuple[str, str]:
    (number, unit), (per, time) = quantity(told.get("numerator")), quantity(told.get("denominator"))
    return number, f"{unit}/{time}" if per in {"1", ""} else f"{unit}/{per} {time}"


def _frequency(dosage: Resource) -> str:
    """The timing's code, else how often in words of ours; then on which days."""
    timing = dosage.get("timing") or {}
    repeat = timing.get("repeat") or {}
    bound = " + ".join(_BOUND_TO.get(each, each) for each in listed(repeat.get("when")))
    days = ", ".join(listed(repeat.get("dayOfWeek")))
    often = "" if days and repeat.get("periodUnit") == "wk" else _often(repeat)
    code = code_or_text(timing.get("code")) or bound or often
    return f"{code} on {days}".strip() if days else code


def _often(repeat: Resource) -> str:
    """``1 every 8 h`` is written as Q8H; ``3 every 1 d``, which names no hours between doses, as TID: on a ward the
    one is given at night too. What has no code stays in words.
    """
    often, period, unit = repeat.get("frequency", 1), repeat.get("period"), repeat.get("periodUnit", "")
    if not period or unit not in _UNITS:
        return "ONCE" if repeat.get("count") == 1 else ""
    if repeat.get("periodMax") or repeat.get("frequencyMax"):
        often, period = (
            " to ".join(decimal(each) for each in (least, most) if each is not None)
            for least, most in ((often, repeat.get("frequencyMax")), (period, repeat.get("periodMax")))
        )
        return f"{often} every {period} {unit}"
    if period == 1 and unit == "d":
        return _A_DAY.get(often) or f"{decimal(often)}XDAY"
    if often == 1 and period == 1 and unit in {"wk", "mo"}:
        return "WEEKLY" if unit == "wk" else "MONTHLY"
    is_whole = often == 1 and float(period) == round(float(period)) and unit in _EVERY
    return f"Q{round(float(period))}{_EVERY[unit]}" if is_whole else f"{decimal(often)} every {decimal(period)} {unit}"


def _words(resource: Resource, doses: list[Resource], structured: str) -> str:
    """Instructions in words, without what the fields say already.

    1. Each dosage in its own words; a further one without any, by its fields.
    2. How fast a dose runs, for how long, and how much at most.
    """
    told = [dose.get("text") or (_dosage(dose) if n else "") for n, dose in enumerate(doses)]  # (1)
    told += [limit for dose in doses for limit in _limits(dose)]  # (2)
    told += [text_of(more) for dose in doses for more in listed(dose.get("additionalInstruction"))]
    told += [dose.get("patientInstruction", "") for dose in doses]
    told += [note.get("text", "") for note in listed(resource.get("note"))]
    return "\n".join(dict.fromkeys(text for text in told if text and text != structured))


def _dosage(dose: Resource) -> str:
    """A dosage by its fields."""
    amount, unit, _ = _amount(dose)
    hours = [str(time)[:5] for time in listed(((dose.get("timing") or {}).get("repeat") or {}).get("timeOfDay"))]
    needed = "PRN" if dose.get("asNeededBoolean") or dose.get("asNeededCodeableConcept") else ""
    told = (amount, unit, code_or_text(dose.get("route")), _frequency(dose), needed, ", ".join(hours))
    return " ".join(text for text in told if text)


def _limits(dose: Resource) -> list[str]:
    """What bounds a dosage: rate beside a dose, duration, most in a time and at once."""
    first = (listed(dose.get("doseAndRate")) or [{}])[0]
    rate, per = _rate(first)
    lasting = ((dose.get("timing") or {}).get("repeat") or {}).get("boundsDuration")
    most = [_ratio(each) for each in listed(dose.get("maxDosePerPeriod"))]
    most += [quantity(dose.get("maxDosePerAdministration")), quantity(dose.get("maxDosePerLifetime"))]
    return [
        *([f"{rate} {per}".strip()] if rate and _amount(dose)[0] != rate else []),
        *([f"{decimal(lasting.get('value'))} {lasting.get('code') or lasting.get('unit', '')}"] if lasting else []),
        *(f"max. {number} {unit}" for number, unit in most if number),
    ]
