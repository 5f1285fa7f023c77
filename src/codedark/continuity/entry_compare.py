"""What a device, the laboratory or somebody else already filed that may be the same act: for a person to compare.

Nothing is merged by guess. Two things are near enough to be shown when they are about the same drug or measurement of
the same patient, at about the same time; what carries an entry's identifier is ours.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from codedark.continuity.entry import Administration, Allergy, Entry, Observation, Order, OrderKind, PhoneResult
from codedark.continuity.entry_fhir import Resource, when

_MINUTE_US: Final = 60_000_000


class Question(NamedTuple):
    """What to ask the target: a type, its parameter for the patient, and other parameters."""

    type: str
    patient: str
    parameters: tuple[tuple[str, str], ...]


def question_of(entry: Entry) -> Question | None:
    """What else may be there about an act; None where nothing but the entry itself can tell of it."""
    match entry.content:
        case Administration():
            return Question("MedicationAdministration", "patient", _around("effective-time", entry, 60))
        case Observation():
            return Question("Observation", "patient", _around("date", entry, 15))
        case PhoneResult():
            return Question("Observation", "patient", _around("date", entry, 24 * 60))
        case Order() as what if what.asked is OrderKind.MEDICATION:
            return Question("MedicationRequest", "patient", (("status", "active"),))
        case Allergy():
            return Question("AllergyIntolerance", "patient", ())
        case _:
            return None


def is_like(entry: Entry, resource: Resource, entry_system: str) -> bool:
    """Whether somebody else filed what may be the same act."""
    if any(each.get("system") == entry_system for each in resource.get("identifier", [])):
        return False
    concept = resource.get("medicationCodeableConcept") or resource.get("code")
    if concept is None:
        return True  # a drug that is named elsewhere: a person looks
    match entry.content:
        case Administration() as what:
            return _is_same(concept, what.drug, what.code)
        case Observation() | PhoneResult() | Order() as what:
            return _is_same(concept, what.name, what.code)
        case Allergy() as what:
            return _is_same(concept, what.substance, what.code)
        case _:
            return False


def in_words(resource: Resource) -> str:
    """What is there, for whoever compares: ``Observation/12 potassium 5.9 mmol/L of 2026-01-12T12:00:00Z``."""
    concept = resource.get("medicationCodeableConcept") or resource.get("code") or {}
    quantity = resource.get("valueQuantity") or resource.get("dosage", {}).get("dose") or {}
    value = " ".join(str(quantity[key]) for key in ("value", "unit") if key in quantity) or resource.get("valueString")
    at = resource.get("effectiveDateTime") or resource.get("authoredOn") or resource.get("recordedDate")
    told = (f"{resource.get('resourceType')}/{resource.get('id')}", *sorted(_names(concept))[:1], value)
    return " ".join(filter(None, (*told, f"of {at}" if at else "")))


def _around(parameter: str, entry: Entry, minutes: int) -> tuple[tuple[str, str], ...]:
    begin, end = entry.effective_us - minutes * _MINUTE_US, entry.effective_us + minutes * _MINUTE_US
    return (parameter, f"ge{when(begin)}"), (parameter, f"le{when(end)}")


def _is_same(concept: dict[str, Any], name: str, code: str) -> bool:
    """Alike by code, or by the first word of the name: better to ask once too often."""
    codes = {coding.get("code") for coding in concept.get("coding", [])}
    first = name.casefold().split()[:1]
    return bool(code and code in codes) or any(each.split()[:1] == first for each in _names(concept))


def _names(concept: dict[str, Any]) -> set[str]:
    names = [concept.get("text"), *(coding.get("display") for coding in concept.get("coding", []))]
    return {name.casefold() for name in names if name}
