"""One FHIR R4 resource while it is read, and the directory of what resources refer to by number only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from codedark.continuity.chart import Group, PatientId, Person
from codedark.continuity.fact import GONE, OWN, Fact, Said, Statement, told
from codedark.continuity.times import Times

Resource = Mapping[str, Any]
_LISTED: Final = frozenset({"Location", "Practitioner", "Medication", "PractitionerRole"})

_VALUES: Final = (str, bool, tuple, Person, StrEnum)
"""What fields other than times hold."""


class Directory:
    """Places, people and drugs by reference (``Location/W1``). The same whatever the order in which they are listed."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._known: dict[str, Resource] = {}
        for resource in resources:
            self.add(resource)

    def add(self, resource: Resource) -> bool:
        """List a resource; False where it is none that others refer to for a name."""
        kind = resource.get("resourceType")
        is_listed = isinstance(kind, str) and kind in _LISTED
        if is_listed:
            self._known[f"{kind}/{resource.get('id')}"] = resource
        return is_listed

    def person(self, reference: Any) -> Person | None:
        """Whom a reference means; the display or the number where he is not listed."""
        if not isinstance(reference, Mapping) or not (at := reference_of(reference)):
            return None
        names = listed(self._known.get(at, {}).get("name"))
        name = human(names[0]) if names else ""
        return Person(str(name or reference.get("display") or at.rpartition("/")[2]))

    def place(self, reference: Any) -> tuple[str, str, str]:
        """Ward, room and bed of a place, up through what it is part of."""
        ward = room = bed = ""
        at = reference_of(reference)
        for _ in range(8):
            found = self._known.get(at)
            if found is None:
                break
            name = str(found.get("name") or found.get("id") or "")
            match code_of(found.get("physicalType")):
                case "bd":
                    bed = bed or name
                case "ro":
                    room = room or name
                case "wa":
                    return name, room, bed
                case _:
                    ward = ward or name
            at = reference_of(found.get("partOf"))
        if not (ward or room or bed):
            ward = str((isinstance(reference, Mapping) and reference.get("display")) or at.rpartition("/")[2])
        return ward, room, bed

    def where(self, reference: Any) -> str:
        """The name of a place."""
        found = self._known.get(reference_of(reference), {})
        return str(found.get("name") or reference.get("display") or reference_of(reference).rpartition("/")[2])

    def drug(self, resource: Resource) -> tuple[str, str]:
        """Name and code of ``medication[x]``; a mixture by the names of what is in it."""
        concept = resource.get("medicationCodeableConcept")
        if concept:
            return text_of(concept), code_of(concept)
        return self._listed_drug(reference_of(resource.get("medicationReference")), 3)

    def _listed_drug(self, at: str, depth: int) -> tuple[str, str]:
        found = self._known.get(at, {})
        parts = [reference_of(part.get("itemReference")) for part in listed(found.get("ingredient"))] if depth else []
        mixed = [self._listed_drug(part, depth - 1)[0] for part in parts if part]
        concept = found.get("code", {})
        coding = listed(concept.get("coding")) if isinstance(concept, Mapping) else []
        told_name = concept.get("text") or next((each["display"] for each in coding if each.get("display")), "")
        named = [
            each["value"] for each in listed(found.get("identifier")) if str(each.get("system", "")).endswith("name")
        ]
        name = " + ".join(mixed) or told_name or (named[0] if named else "")
        return name or code_of(concept) or at.rpartition("/")[2], code_of(concept)


class Speaking:
    """Collects what one resource states. Patients are ``Patient/<id>`` until their own resource names a number."""

    def __init__(self, resource: Resource, directory: Directory, times: Times, source: str, said_us: int) -> None:
        self.resource: Final = resource
        self.directory: Final = directory
        self.id: Final = str(resource.get("id", ""))
        self.statements: list[Statement] = []
        self.not_understood: list[str] = []
        self._times = times
        version = str(dict(resource.get("meta") or {}).get("versionId", ""))
        updated_us = times.us(str(dict(resource.get("meta") or {}).get("lastUpdated", "")))
        self.said: Final = Said(OWN, updated_us or said_us, source, (len(version), version))
        self.patient = PatientId(reference_of(resource.get("subject") or resource.get("patient")))

    def say(self, group: Group, key: str, fields: dict[str, Any]) -> None:
        """Of the patient at hand; whatever was entered in error is taken back."""
        status = self.resource.get("status")
        gone = status == "entered-in-error" or bool(fields.get(GONE))
        if not self.patient.startswith("Patient/"):
            self.not_understood.append(f"{self.resource.get('resourceType')} without a patient")
            return
        self.state(self.patient, group, key, {**fields, GONE: gone})

    def state(self, patient: PatientId, group: Group, key: str, fields: dict[str, Any]) -> None:
        """Of any patient. Raises TypeError where an element is of another type than FHIR gives it: it ends here."""
        for name, value in fields.items():
            right = isinstance(value, int) if name.endswith("_us") else isinstance(value, _VALUES)
            if value is not None and not right:
                raise TypeError(f"{name} cannot be {value!r:.80}")
        self.statements.append(Fact(patient, group, key, told(fields.items()), self.said))

    def us(self, text: Any) -> int:
        """A FHIR dateTime or instant; 0 where there is none."""
        return self._times.us(text) if isinstance(text, str) else 0

    def when_us(self, name: str) -> int:
        """A choice of moment: ``effective`` as DateTime, Period (its start) or Instant."""
        period = self.resource.get(f"{name}Period") or {}
        told_ = self.resource.get(f"{name}DateTime") or self.resource.get(f"{name}Instant") or period.get("start")
        return self.us(told_)


def listed(value: Any) -> list[Any]:
    """The entries of an element that may repeat; one that was not written as a list is one."""
    if isinstance(value, list):
        return [each for each in value if each is not None]
    return [] if value is None else [value]


def reference_of(reference: Any) -> str:
    """``Patient/1`` of a reference, also of an absolute or a versioned one; empty where there is none."""
    text = reference.get("reference", "") if isinstance(reference, Mapping) else ""
    parts = str(text).partition("/_history/")[0].split("/")
    return "/".join(parts[-2:])


def id_of(reference: Any) -> str:
    """The id alone."""
    return reference_of(reference).rpartition("/")[2]


def code_of(concept: Any) -> str:
    """The first code of a CodeableConcept."""
    coding = listed(concept.get("coding")) if isinstance(concept, Mapping) else []
    return str(next((each["code"] for each in coding if each.get("code")), ""))


def system_of(concept: Any) -> str:
    """The system of the first code."""
    coding = listed(concept.get("coding")) if isinstance(concept, Mapping) else []
    return str(next((each["system"] for each in coding if each.get("system")), ""))


def text_of(concept: Any) -> str:
    """A CodeableConcept in words: its text, else a display, else the code."""
    if not isinstance(concept, Mapping):
        return ""
    displays = (each.get("display") for each in listed(concept.get("coding")))
    return concept.get("text") or next((text for text in displays if text), "") or code_of(concept)


def human(name: Mapping[str, Any]) -> str:
    """A HumanName: family name, given name."""
    parts = (name.get("family", ""), *listed(name.get("given")))
    return " ".join(part for part in parts if part) or str(name.get("text", ""))


def decimal(value: Any) -> str:
    """A JSON number as people write it."""
    if value is not None and not isinstance(value, int | float):
        raise TypeError(f"no number: {value!r:.80}")
    return "" if value is None else format(Decimal(str(value)), "f")


def quantity(value: Any) -> tuple[str, str]:
    """Value and unit of a Quantity."""
    if not isinstance(value, Mapping):
        return "", ""
    return f"{value.get('comparator', '')}{decimal(value.get('value'))}", str(
        value.get("unit") or value.get("code") or ""
    )
