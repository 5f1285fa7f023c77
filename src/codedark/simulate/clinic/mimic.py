"""Real stays to make inpatients of: MIMIC-IV demo on FHIR, read as resources, re-based in time when they are used.

Drugs, diagnoses, their times and the administrations are real (100 de-identified patients, 275 stays; PhysioNet,
ODbL). Names,
beds, allergies, laboratory values and code status are not in there: the simulation adds them, marked synthetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from codedark.simulate.clinic.diagnoses import ICD_10, Diagnosis
from codedark.simulate.habit import HOUR_US, SECOND_US

Resource = Mapping[str, Any]
ICD_9 = "http://hl7.org/fhir/sid/icd-9-cm"
_SYSTEMS = {"mimic-diagnosis-icd10": ICD_10 + "-cm", "mimic-diagnosis-icd9": ICD_9}
NEEDED = ("Patient", "Encounter", "Condition", "Medication", "MedicationRequest", "MedicationAdministration")
"""The resource types that `source` reads; the files are ``Mimic<type>.ndjson.gz``, mixed medications in
``MimicMedicationMix``."""


class RealDrug(NamedTuple):
    """A medication order, its times in microseconds since the stay began. ``value`` and ``unit`` are the dose, ""
    unknown.
    """

    name: str
    value: str
    unit: str
    route: str
    frequency: str
    from_us: int
    until_us: int


class RealGiving(NamedTuple):
    """One administration: of which drug of the stay, when since it began, how much."""

    drug: int
    after_us: int
    value: str
    unit: str
    given: bool


@dataclass(frozen=True, slots=True)
class RealStay:
    """A stay of MIMIC-IV. ``service`` in its words (``MED``, ``CMED``, ``SURG`` …), ``length_us`` from admission to
    discharge.
    """

    id: str
    sex: str
    age: int
    service: str
    length_us: int
    diagnoses: tuple[Diagnosis, ...]
    drugs: tuple[RealDrug, ...]
    givings: tuple[RealGiving, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Real stays, in the order of their ids."""

    stays: tuple[RealStay, ...]

    def __bool__(self) -> bool:
        return bool(self.stays)


def source(resources: Mapping[str, Iterable[Resource]]) -> Source:
    """Stays from resources by type (see `NEEDED`; ``Medication`` holds plain and mixed ones).

    A stay whose period ends before it begins is left out, as are orders and administrations without a stay or a time.
    """
    names = _medication_names(resources.get("Medication", ()))
    patients = {patient["id"]: patient for patient in resources.get("Patient", ())}
    diagnoses = _by_encounter(resources.get("Condition", ()), "encounter")
    orders = _by_encounter(resources.get("MedicationRequest", ()), "encounter")
    givings = _by_encounter(resources.get("MedicationAdministration", ()), "context")
    stays = []
    for encounter in sorted(resources.get("Encounter", ()), key=lambda encounter: str(encounter["id"])):
        id_ = encounter["id"]
        begin, end = _us(encounter["period"]["start"]), _us(encounter["period"]["end"])
        patient = patients.get(_target(encounter.get("subject")))
        if end <= begin or patient is None:
            continue
        drugs, numbers = _drugs(orders[id_], _last_given(givings[id_]), names, begin, end)
        stays.append(
            RealStay(
                id_,
                "F" if patient.get("gender") == "female" else "M",
                int(encounter["period"]["start"][:4]) - int(patient["birthDate"][:4]),
                _code(encounter.get("serviceType")),
                end - begin,
                tuple(_diagnosis(condition) for condition in diagnoses[id_]),
                drugs,
                _givings(givings[id_], numbers, begin, end),
            )
        )
    return Source(tuple(stays))


def _drugs(
    orders: Iterable[Resource], last_given: Mapping[str, int], names: Mapping[str, str], begin: int, end: int
) -> tuple[tuple[RealDrug, ...], dict[str, int]]:
    """The orders of a stay, and the place of each by its id.

    An order without times of validity holds from its writing to its last administration; without one it is left out.
    """
    drugs: list[RealDrug] = []
    numbers: dict[str, int] = {}
    for order in sorted(orders, key=lambda order: (str(order.get("authoredOn", "")), str(order["id"]))):
        period = order.get("dispenseRequest", {}).get("validityPeriod", {})
        written = order.get("authoredOn") or period.get("start")
        if not written:
            continue
        name = names.get(_target(order.get("medicationReference"))) or _code(order.get("medicationCodeableConcept"))
        dosage = (order.get("dosageInstruction") or [{}])[0]
        dose = (dosage.get("doseAndRate") or [{}])[0].get("doseQuantity", {})
        from_us = max(0, _us(period.get("start") or written) - begin)
        until_us = min(end, _us(period["end"]) if period.get("end") else last_given.get(order["id"], 0)) - begin
        if not name or until_us <= from_us:
            continue
        numbers[order["id"]] = len(drugs)
        drugs.append(
            RealDrug(
                " ".join(name.split()),
                str(dose.get("value", "")),
                str(dose.get("unit", "")),
                _code(dosage.get("route")),
                _code(dosage.get("timing", {}).get("code")),
                from_us,
                until_us,
            )
        )
    return tuple(drugs), numbers


def _last_given(givings: Iterable[Resource]) -> dict[str, int]:
    """An hour after the last administration of each order."""
    last: dict[str, int] = {}
    for giving in givings:
        if giving.get("effectiveDateTime"):
            order = _target(giving.get("request"))
            last[order] = max(last.get(order, 0), _us(giving["effectiveDateTime"]) + HOUR_US)
    return last


def _givings(givings: Iterable[Resource], numbers: Mapping[str, int], begin: int, end: int) -> tuple[RealGiving, ...]:
    """The administrations that belong to an order of the stay, in order of time."""
    found = []
    for giving in givings:
        drug = numbers.get(_target(giving.get("request")))
        at = giving.get("effectiveDateTime")
        if drug is None or not at or not begin <= _us(at) <= end:
            continue
        dosage = giving.get("dosage", {})
        dose = dosage.get("dose", {})
        given = _code(dosage.get("method")) not in ("Not Given", "Not Flushed")
        found.append(RealGiving(drug, _us(at) - begin, str(dose.get("value", "")), str(dose.get("unit", "")), given))
    return tuple(sorted(found, key=lambda giving: giving.after_us))


def _medication_names(medications: Iterable[Resource]) -> dict[str, str]:
    """The name of every medication; a mixture is named by its parts."""
    names: dict[str, str] = {}
    mixed: list[Resource] = []
    for medication in medications:
        if "ingredient" in medication:
            mixed.append(medication)
            continue
        for identifier in medication.get("identifier", ()):
            if identifier.get("system", "").endswith("medication-name"):
                names[medication["id"]] = identifier["value"]
    for medication in mixed:
        parts = [names.get(_target(part.get("itemReference")), "") for part in medication["ingredient"]]
        names[medication["id"]] = " in ".join(part for part in parts if part)
    return names


def _by_encounter(resources: Iterable[Resource], link: str) -> defaultdict[str, list[Resource]]:
    grouped: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        grouped[_target(resource.get(link))].append(resource)
    return grouped


def _diagnosis(condition: Resource) -> Diagnosis:
    coding = condition["code"]["coding"][0]
    system = _SYSTEMS.get(coding.get("system", "").rpartition("/")[2], coding.get("system", ""))
    return Diagnosis(_dotted(coding["code"], system), coding.get("display", coding["code"]), system)


def _dotted(code: str, system: str) -> str:
    """MIMIC leaves out the dot after the category: three characters, four of an external cause in ICD-9."""
    category = 4 if system == ICD_9 and code.startswith("E") else 3
    return f"{code[:category]}.{code[category:]}" if len(code) > category else code


def _target(reference: Resource | None) -> str:
    return str(reference["reference"]).partition("/")[2] if reference and "reference" in reference else ""


def _code(concept: Resource | None) -> str:
    coding = (concept or {}).get("coding") or [{}]
    return str(coding[0].get("code", ""))


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * SECOND_US
