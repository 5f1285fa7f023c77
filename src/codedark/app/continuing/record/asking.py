"""What is asked of the record over FHIR, keyed on the census: all of whoever is in, or what changed since a while.

Resources come out one by one, so that a hospital's worth of them is never in memory; what others refer to by number
(places, drugs, people) comes before them. Half an answer is no answer: `NotDelivered` and `NotAccepted` end it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol

from codedark.continuity.charts.chart import Chart, Group, PatientId
from codedark.continuity.fhir.read import SOURCE
from codedark.continuity.fhir.speaking import reference_of
from codedark.events.moments import moment_of

PER_PATIENT: Final = {
    "AllergyIntolerance": (),
    "Condition": (),
    "Flag": (),
    "Encounter": (),
    "MedicationRequest": (("status", "active"),),
    "MedicationAdministration": (),
    "ServiceRequest": (("status", "active"),),
    "DiagnosticReport": (),
    "Observation": (),
    "Appointment": (),
}
"""What there is of a patient, and which of it is asked for."""
_NAMED: Final = ("Medication", "Practitioner")
_TOGETHER: Final = 40
"""How many patients one search asks for: an address of about two thousand characters."""

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
"""FHIR R4, 2.24.0.1."""
_ACTIVE: Final = frozenset({"active", "on-hold"})

Resource = dict[str, Any]
GoingOn = Mapping[str, Collection[str]]
"""Ids of what goes on, by kind of resource."""
Progress = Callable[[int, int], None]
"""Told how many patients are asked for already, and of how many."""


class Search(Protocol):
    """What is asked of a FHIR server (`codedark.exchange.fhir_client.FhirClient`)."""

    def search(self, kind: str, parameters: list[tuple[str, str]]) -> list[Resource]:
        """All resources of a kind that match."""


class Asking:
    """Asks one server. ``system`` is that of the hospital's numbers; empty: a number counts under any.

    ``patients`` are those of whom it told, as the server calls them (``Patient/17``).
    """

    def __init__(self, server: Search, system: str = "") -> None:
        self.patients: Final[set[str]] = set()
        self._server, self._system = server, system
        self._named: set[str] = set()

    def everything(
        self, numbers: Collection[PatientId], progress: Progress, open_: GoingOn = MappingProxyType({})
    ) -> Iterator[Resource]:
        """Everything that the record has of these patients, and of whoever else is in by its own word.

        1. Places, and open stays.
        2. Patients by their number; those of an open stay whom the census does not know, by the server's own id.
        3. What there is of each.
        4. Of orders only those are asked for that go on. What goes on by the census's word (``open_``) and was not
           among them, is asked for by its id: one that was stopped while nobody asked would else never be.
        """
        yield from self._server.search("Location", [])  # (1)
        stays = self._server.search("Encounter", [("status", "in-progress")])
        for some in _parts(sorted(numbers)):  # (2)
            key = ",".join(
                f"{_escaped(self._system)}|{_escaped(each)}" if self._system else _escaped(each) for each in some
            )
            yield from self._people([("identifier", key)])
        in_house = {reference_of(stay.get("subject")) for stay in stays}
        yield from self._those(in_house - self.patients)
        left = {(kind, each) for kind, ids in open_.items() for each in ids if _ID.fullmatch(each)}
        for each in self._of(self.patients, progress):  # (3)
            left.discard((str(each.get("resourceType")), str(each.get("id"))))
            yield each
        for kind in open_:  # (4)
            for some in _parts(sorted(each for of, each in left if of == kind)):
                found = self._server.search(kind, [("_id", ",".join(some))])
                yield from self._with_names([each for each in found if patient_of(each) in self.patients])

    def changed(self, since_us: int) -> Iterator[Resource]:
        """What the record changed since then of those whom it told of before, and everything of whoever has come."""
        since = ("_lastUpdated", f"ge{moment_of(since_us):%Y-%m-%dT%H:%M:%SZ}")
        come: set[str] = set()
        for kind in ("Patient", *PER_PATIENT):
            found = self._server.search(kind, [since])
            for each in found:
                patient = f"Patient/{each.get('id')}" if kind == "Patient" else patient_of(each)
                if patient in self.patients:
                    yield from self._with_names([each])
                elif kind == "Encounter" and each.get("status") == "in-progress":
                    come.add(patient)
        yield from self.everything_of(come)

    def everything_of(self, references: Iterable[str]) -> Iterator[Resource]:
        """Everything of these patients, by the server's own word for them."""
        come = {each for each in references if each.startswith("Patient/")}
        yield from self._those(come)
        yield from self._of(come & self.patients, _silent)

    def _those(self, references: Iterable[str]) -> Iterator[Resource]:
        ids = sorted(each.partition("/")[2] for each in references if each.startswith("Patient/"))
        for some in _parts(ids):
            yield from self._people([("_id", ",".join(map(_escaped, some)))])

    def _people(self, parameters: list[tuple[str, str]]) -> Iterator[Resource]:
        for each in self._server.search("Patient", parameters):
            if (name := f"Patient/{each.get('id')}") not in self.patients:
                self.patients.add(name)
                yield each

    def _of(self, patients: Iterable[str], progress: Progress) -> Iterator[Resource]:
        wanted = sorted(patients)
        for n, some in enumerate(_parts(wanted)):
            progress(n * _TOGETHER, len(wanted))
            for kind, more in PER_PATIENT.items():
                yield from self._with_names(self._server.search(kind, [("patient", ",".join(some)), *more]))

    def _with_names(self, resources: list[Resource]) -> Iterator[Resource]:
        """These, behind the drugs, what is mixed in those, and the people that they refer to, where not told yet."""
        for kind in _NAMED:
            wanted = {each for each in _references(resources) if each.startswith(f"{kind}/")} - self._named
            self._named |= wanted
            for some in _parts(sorted(each.partition("/")[2] for each in wanted)):
                yield from self._with_names(self._server.search(kind, [("_id", ",".join(map(_escaped, some)))]))
        yield from resources


def going_on(charts: Iterable[Chart]) -> GoingOn:
    """Orders that go on, of patients of whom FHIR told any, by their number."""
    drugs, asked = list[str](), list[str]()
    for chart in charts:
        told = {group for group, heard in chart.as_of.items() if any(each.source == SOURCE for each in heard)}
        drugs += (each.id for each in chart.drugs if Group.MEDICATION in told and each.status in _ACTIVE)
        asked += (each.id for each in chart.pending if Group.PENDING in told)
    return {"MedicationRequest": drugs, "ServiceRequest": asked}


def _silent(_done: int, _of: int) -> None:
    """Nobody waits for a few patients."""


def patient_of(resource: Resource) -> str:
    """Whom a resource is about, as the server calls him; empty where it does not say."""
    told = resource.get("subject") or resource.get("patient")
    if resource.get("resourceType") == "Appointment":
        actors = (each.get("actor") for each in resource.get("participant") or [] if isinstance(each, dict))
        told = next((each for each in actors if reference_of(each).startswith("Patient/")), None)
    return reference_of(told)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield reference_of(value)
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def _parts(wanted: Sequence[str]) -> Iterator[Sequence[str]]:
    return (wanted[start : start + _TOGETHER] for start in range(0, len(wanted), _TOGETHER))


def _escaped(value: str) -> str:
    """A value of a search parameter (FHIR R4, 3.1.1.4.0.1)."""
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|").replace("$", "\\$")
