"""One FHIR R4 resource while it is read, and the directory of what resources refer to by number only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from codedark.continuity.charts.chart import Group, PatientId, Person
from codedark.continuity.charts.fact import GONE, OWN, Fact, Said, Statement, bounded_key
from codedark.continuity.charts.times import Times
from codedark.continuity.fhir.elements import Elements, Told, rightly

Resource = Mapping[str, Any]
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_LISTED: Final = frozenset({"Location", "Practitioner", "Medication", "PractitionerRole"})

CLOCK_AHEAD_US: Final = 300 * 1_000_000
"""How far a server's clock may be ahead of ours."""


class Directory:
    """Places, people and drugs by reference (``Location/W1``). The same whatever the order in which they are listed."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._known: dict[str, Resource] = {}
        self._people: dict[str, tuple[str, str]] = {}
        self._places: dict[str, tuple[str, str, str]] = {}
        for resource in resources:
            self.add(resource)

    def add(self, resource: Resource) -> bool:
        """List a resource; False where it is none that others refer to for a name.

        It is read whole, and raises ValueError where that cannot be: it would else be others that cannot be read.
        """
        is_listed = self.is_listed(resource)
        if is_listed:
            whole = resource.whole() if isinstance(resource, Elements) else dict(resource)
            self._known[f"{whole['resourceType']}/{whole.get('id')}"] = whole
            self._people.clear()
            self._places.clear()
        return is_listed

    def resources(self) -> Iterable[Resource]:
        """All that are listed."""
        return self._known.values()

    def is_listed(self, resource: Resource) -> bool:
        """Whether a resource is one that others refer to for a name."""
        kind = resource.kind if isinstance(resource, Elements) else resource.get("resourceType")
        return isinstance(kind, str) and kind in _LISTED

    def holds(self, resource: Resource) -> bool:
        """Whether it is listed with just this content."""
        return self._known.get(f"{resource.get('resourceType')}/{resource.get('id')}") == resource

    def person(self, reference: Any) -> Person | None:
        """Whom a reference means; the display or the number where he is not listed."""
        if not isinstance(reference, dict) or not (at := reference_of(reference)):
            return None
        name, phone = self._person(at)
        return Person(str(name or reference.get("display") or at.rpartition("/")[2]), phone=phone)

    def name(self, at: str, display: Any) -> str:
        """The name of a person by reference; the display or the number where he is not listed."""
        return str(self._person(at)[0] or display or at.rpartition("/")[2])

    def _person(self, at: str) -> tuple[str, str]:
        known = self._people.get(at)
        if known is None:
            found = self._known.get(at, {})
            names = listed(found.get("name"))
            reached = (each for each in listed(found.get("telecom")) if each.get("system") in {"phone", "pager"})
            phone = next((str(each["value"]) for each in reached if each.get("value")), "")
            known = self._people[at] = human(names[0]) if names else "", phone
        return known

    def place(self, reference: Any) -> tuple[str, str, str]:
        """Ward, room and bed of a place, up through what it is part of."""
        at = reference_of(reference)
        known = self._places.get(at)
        if known is None:
            known = self._places[at] = self._place(at)
        if not any(known):
            named = isinstance(reference, dict) and reference.get("display")
            return str(named or at.rpartition("/")[2]), "", ""
        return known

    def _place(self, at: str) -> tuple[str, str, str]:
        ward = room = bed = ""
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
        return ward, room, bed

    def where(self, reference: Any) -> str:
        """The name of a place."""
        found = self._known.get(reference_of(reference), {})
        return str(found.get("name") or reference.get("display") or reference_of(reference).rpartition("/")[2])

    def drug(self, resource: Resource) -> tuple[str, str]:
        """Name and code of ``medication[x]``; a mixture by the names of what is in it. What is contained in the
        resource (``#m1``) is nobody else's; of what is not listed the reference may display the name.
        """
        concept = resource.get("medicationCodeableConcept")
        if concept:
            return text_of(concept), code_of(concept)
        reference = resource.get("medicationReference")
        at = reference_of(reference)
        if at.startswith("#"):
            inside = {f"#{each.get('id')}": each for each in listed(resource.get("contained"))}
            return self._listed_drug(at, 3, inside)
        if at not in self._known and isinstance(reference, dict) and reference.get("display"):
            return str(reference["display"]), ""
        return self._listed_drug(at, 3)

    def _listed_drug(self, at: str, depth: int, inside: Mapping[str, Resource] = _NOTHING) -> tuple[str, str]:
        found = inside.get(at) or self._known.get(at, {})
        parts = [reference_of(part.get("itemReference")) for part in listed(found.get("ingredient"))] if depth else []
        mixed = [self._listed_drug(part, depth - 1, inside)[0] for part in parts if part]
        concept = found.get("code", {})
        coding = listed(concept.get("coding")) if isinstance(concept, dict) else []
        told_name = concept.get("text") or next((each["display"] for each in coding if each.get("display")), "")
        named = [
            each["value"] for each in listed(found.get("identifier")) if str(each.get("system", "")).endswith("name")
        ]
        name = " + ".join(mixed) or told_name or (named[0] if named else "")
        return name or code_of(concept) or at.rpartition("/")[2], code_of(concept)


class Speaking:
    """Collects what one resource states. Patients are ``Patient/<id>`` until their own resource names a number."""

    def __init__(
        self,
        resource: Elements,
        directory: Directory,
        times: Times,
        source: str,
        said_us: int,
        systems: Collection[str] = (),
    ) -> None:
        self.resource: Final = resource
        self.systems: Final = systems
        self.directory: Final = directory
        self.id: Final = str(resource.get("id", ""))
        self.statements: list[Statement] = []
        self.not_understood: list[str] = []
        self._times = times
        version, updated = resource.alike(_version, "meta")
        updated_us = times.us(updated) if updated else 0
        if 0 < said_us < updated_us - CLOCK_AHEAD_US:  # what a wrong clock says would else hold until its own time
            self.not_understood.append(f"clock of {source}, which is ahead (meta.lastUpdated)")
            updated_us = said_us
        self.said: Final = Said(OWN, updated_us or said_us, source, (len(version), version))
        self.patient, self.visit = resource.alike(_whose, "subject", "patient", "encounter")
        """And the number of the stay, empty where none is told."""

    def requester(self) -> str:
        """The name of who asked for it."""
        at, display = self.resource.alike(_requester, "requester")
        return self.directory.name(at, display) if at else ""

    def say(self, group: Group, key: str, fields: dict[str, Any], alike: Told = ()) -> None:
        """Of the patient at hand; whatever was entered in error is taken back. ``alike`` are further fields."""
        status = self.resource.get("status")
        gone = status == "entered-in-error" or bool(fields.get(GONE))
        if not self.patient.startswith("Patient/"):
            self.not_understood.append(f"{self.resource.kind} without a patient")
            return
        fields[GONE] = gone
        self.state(self.patient, group, key, fields, alike)

    def state(self, patient: PatientId, group: Group, key: str, fields: dict[str, Any], alike: Told = ()) -> None:
        """Of any patient. Raises TypeError as `rightly` does: it ends here."""
        self.statements.append(Fact(patient, group, bounded_key(key), (*alike, *rightly(fields)), self.said))

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
    text = reference.get("reference", "") if isinstance(reference, dict) else ""
    parts = str(text).partition("/_history/")[0].split("/")
    return "/".join(parts[-2:])


def id_of(reference: Any) -> str:
    """The id alone."""
    return reference_of(reference).rpartition("/")[2]


def code_of(concept: Any) -> str:
    """The first code of a CodeableConcept."""
    coding = listed(concept.get("coding")) if isinstance(concept, dict) else []
    return str(next((each["code"] for each in coding if each.get("code")), ""))


def system_of(concept: Any) -> str:
    """The system of the first code."""
    coding = listed(concept.get("coding")) if isinstance(concept, dict) else []
    return str(next((each["system"] for each in coding if each.get("system")), ""))


def text_of(concept: Any) -> str:
    """A CodeableConcept in words: its text, else a display, else the code."""
    if not isinstance(concept, dict):
        return ""
    displays = (each.get("display") for each in listed(concept.get("coding")))
    return concept.get("text") or next((text for text in displays if text), "") or code_of(concept)


def human(name: Mapping[str, Any]) -> str:
    """A HumanName: family name, given name."""
    parts = (name.get("family", ""), *listed(name.get("given")))
    return " ".join(part for part in parts if part) or str(name.get("text", ""))


def _version(resource: Resource) -> tuple[str, str]:
    meta = dict(resource.get("meta") or {})
    return str(meta.get("versionId", "")), str(meta.get("lastUpdated", ""))


def _whose(resource: Resource) -> tuple[PatientId, str]:
    patient = reference_of(resource.get("subject") or resource.get("patient"))
    return PatientId(patient), id_of(resource.get("encounter"))


def _requester(resource: Resource) -> tuple[str, Any]:
    reference = resource.get("requester")
    return reference_of(reference), isinstance(reference, dict) and reference.get("display")
