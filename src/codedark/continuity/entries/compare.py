"""What a device, the laboratory, somebody else or another form already filed that may be the same act: for a person to
compare.

Nothing is merged by guess. Two things are near enough to be shown when they are about the same drug or measurement of
the same patient, at about the same time. What carries the entry's own number is the entry itself; what carries another
entry's was charted on a ward too, perhaps the same act once on paper and once on the screen.

A measurement is often charted when there is time: vital signs stood in the record 38 minutes after they were taken
(mean; Fieler 2013, doi 10.1097/01.NCN.0000432125.61526.27). So the same value is asked about within three quarters of
an hour; those of every hour are not.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

from codedark.continuity.entries.entry import (
    Administration,
    Allergy,
    Entry,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
)
from codedark.continuity.entries.fhir_acts import Resource, when
from codedark.events.moments import microseconds_of

_MINUTE_US: Final = 60_000_000
_SAME_VALUE, _HOUR, _DAY = 45, 60, 24 * 60
_ANY_VALUE_US: Final = 15 * _MINUTE_US
"""Two measurements of one thing that are nearer than this are shown whatever their values."""
_AT: Final = ("effectiveDateTime", "authoredOn", "recordedDate", "date")


class Question(NamedTuple):
    """What to ask the target: a type, its parameter for the patient, and other parameters."""

    type: str
    patient: str
    parameters: tuple[tuple[str, str], ...]


def question_of(entry: Entry) -> Question | None:
    """What else may be there about an act; None where nothing but the entry itself can tell of it."""
    match entry.content:
        case Administration():
            return Question("MedicationAdministration", "patient", _around("effective-time", entry, _HOUR))
        case Observation():
            return Question("Observation", "patient", _around("date", entry, _SAME_VALUE))
        case PhoneResult():
            return Question("Observation", "patient", _around("date", entry, _DAY))
        case Order(asked=OrderKind.MEDICATION):
            return Question("MedicationRequest", "patient", (("status", "active"),))
        case Order():
            return Question("ServiceRequest", "patient", _around("authored", entry, _HOUR))
        case Specimen():
            return Question("Specimen", "patient", _around("collected", entry, _HOUR))
        case Note():
            return Question("DocumentReference", "patient", _around("date", entry, _HOUR))
        case Allergy():
            return Question("AllergyIntolerance", "patient", ())
        case _:
            return None


def is_like(entry: Entry, resource: Resource, entry_system: str) -> bool:
    """Whether somebody else, or another entry, filed what may be the same act."""
    own = [each.get("value") for each in resource.get("identifier", []) if each.get("system") == entry_system]
    if entry.id in own:
        return False
    what = entry.content
    if isinstance(what, Specimen):
        is_labelled = resource.get("accessionIdentifier", {}).get("value") == what.accession
        return is_labelled or f"for {what.tests}" in {each.get("text") for each in resource.get("note", [])}
    if isinstance(what, Note):
        said = {each.get("attachment", {}).get("data") for each in resource.get("content", [])}
        return b64encode(what.text.encode()).decode() in said
    concept = resource.get("medicationCodeableConcept") or resource.get("code")
    if concept is None:
        return True  # a drug that is named elsewhere: a person looks
    match what:
        case Administration():
            return _is_same(concept, what.drug, what.code)
        case Observation() | PhoneResult():
            is_any = isinstance(what, PhoneResult) and not own  # the laboratory has the time of the specimen
            is_near = is_any or _is_soon(entry, resource) or _has(resource, what.value)
            return _is_same(concept, what.name, what.code) and is_near
        case Order():
            return _is_same(concept, what.name, what.code)
        case Allergy():
            return _is_same(concept, what.substance, what.code)
        case _:
            return False


def in_words(resource: Resource, shown: Callable[[int], str]) -> str:
    """What is there, for whoever compares: ``Observation/12 potassium 5.9 mmol/L of 2026-01-12 13:00 CET``. Its time
    is ``shown`` as other times are; a day alone, or a time of nobody knows which zone, as the record says it.
    """
    concept = resource.get("medicationCodeableConcept") or resource.get("code") or resource.get("type") or {}
    quantity = resource.get("valueQuantity") or resource.get("dosage", {}).get("dose") or {}
    value = " ".join(str(quantity[key]) for key in ("value", "unit") if key in quantity) or resource.get("valueString")
    at = _at(resource)
    told = (f"{resource.get('resourceType')}/{resource.get('id')}", *sorted(_names(concept))[:1], value)
    return " ".join(filter(None, (*told, f"of {_local(at, shown)}" if at else "")))


def is_of_drug(order: Resource, name: str) -> bool:
    """Whether an order is for a drug of that name, as far as its first word tells; not where it names none."""
    concept = order.get("medicationCodeableConcept") or {"text": order.get("medicationReference", {}).get("display")}
    return _is_same(concept, name, "")


def _around(parameter: str, entry: Entry, minutes: int) -> tuple[tuple[str, str], ...]:
    begin, end = entry.effective_us - minutes * _MINUTE_US, entry.effective_us + minutes * _MINUTE_US
    return (parameter, f"ge{when(begin)}"), (parameter, f"le{when(end)}")


def _at(resource: Resource) -> str:
    """When it was, as the resource says it; "" where it does not."""
    told = [resource.get(name) for name in _AT] + [resource.get("collection", {}).get("collectedDateTime")]
    return str(next(filter(None, told), ""))


def _local(at: str, shown: Callable[[int], str]) -> str:
    try:
        told = datetime.fromisoformat(at)
    except ValueError:
        return at
    return shown(microseconds_of(told)) if told.tzinfo else at


def _is_soon(entry: Entry, resource: Resource) -> bool:
    """Whether both are within a quarter of an hour; a time that is not told, or by the day alone, may be."""
    at = _at(resource)
    if "T" not in at:
        return True
    try:
        told = datetime.fromisoformat(at)
    except ValueError:
        return True
    return told.tzinfo is None or abs(told.timestamp() * 1_000_000 - entry.effective_us) <= _ANY_VALUE_US


def _has(resource: Resource, value: str) -> bool:
    """Whether the resource has just this value; one that has none that can be read here may."""
    there = resource.get("valueQuantity", {}).get("value", resource.get("valueString"))
    if there is None:
        return True
    try:
        return float(there) == float(value)
    except ValueError:
        return str(there).strip().casefold() == value.strip().casefold()


def _is_same(concept: dict[str, Any], name: str, code: str) -> bool:
    """Alike by code, or by the first word of the name: better to ask once too often."""
    codes = {coding.get("code") for coding in concept.get("coding", [])}
    first = name.casefold().split()[:1]
    return bool(code and code in codes) or any(each.split()[:1] == first for each in _names(concept))


def _names(concept: dict[str, Any]) -> set[str]:
    names = [concept.get("text"), *(coding.get("display") for coding in concept.get("coding", []))]
    return {name.casefold() for name in names if name}
