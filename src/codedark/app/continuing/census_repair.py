"""The record asked over FHIR, keyed on the census: what messages did not carry comes in, differences are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, Protocol

import orjson

from codedark.app.continuing.census_state import FHIR
from codedark.continuity.chart import Chart, PatientId
from codedark.continuity.comparison import Difference, differences
from codedark.continuity.fhir.read import Reader, Unreadable
from codedark.continuity.fhir.speaking import Directory, reference_of
from codedark.continuity.fold import Fold
from codedark.hospital.hospital import Hospital
from codedark.store.journal import Journal

_PER_PATIENT: Final = {
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
_PART: Final = 500


class Search(Protocol):
    """What is asked of a FHIR server (`codedark.exchange.fhir_client.FhirClient`)."""

    def search(self, kind: str, parameters: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """All resources of a kind that match."""


def asked(server: Search, numbers: Iterable[PatientId], system: str = "") -> list[dict[str, Any]]:
    """Everything that the record has of these patients, and of whoever else is in by its own word.

    ``system``: that of the hospital's numbers; empty searches the number under any system. Raises `NotDelivered` and
    `NotAccepted` as the client does: half an answer is no answer.

    1. Places, and open stays.
    2. Patients by their number; those of an open stay whom the census does not know, by the server's own id.
    3. What there is of each.
    """
    found = [*server.search("Location", []), *(stays := server.search("Encounter", [("status", "in-progress")]))]  # (1)
    patients: dict[str, dict[str, Any]] = {}
    for number in numbers:  # (2)
        key = f"{system}|{number}" if system else str(number)
        patients |= {f"Patient/{each.get('id')}": each for each in server.search("Patient", [("identifier", key)])}
    unknown = {reference_of(stay.get("subject")) for stay in stays} - patients.keys() - {""}
    for at in sorted(unknown):
        told = server.search("Patient", [("_id", at.partition("/")[2])])
        patients |= {name: each for each in told if (name := f"Patient/{each.get('id')}") == at}
    found += patients.values()
    for at in sorted(patients):  # (3)
        for kind, more in _PER_PATIENT.items():
            found += server.search(kind, [("patient", at), *more])
    return list({(each["resourceType"], each.get("id")): each for each in found}.values())


def compared(
    charts: Collection[Chart], resources: Collection[dict[str, Any]], hospital: Hospital, now_us: int
) -> tuple[Difference, ...]:
    """What the census and the record say differently. Nothing is changed by it.

    Of whom the record knows nothing, everything differs; of whom only it knows, too, where he is in.
    """
    reader, fold = Reader(Directory(resources), hospital.time_zone), Fold(hospital)
    for resource in resources:
        try:
            fold.add(reader.read(resource, now_us)[0])
        except Unreadable:  # told where it is loaded; here it has no side
            continue
    record = {patient: fold.chart(patient, now_us) for patient in fold.patients()}
    found: list[Difference] = []
    here = {chart.id: chart for chart in charts}
    for patient in sorted({*here, *(each for each, chart in record.items() if chart.visit is not None)}):
        empty = Chart(patient)
        found += differences(here.get(patient, empty), record.get(patient, empty))
    return tuple(found)


def taken_in(resources: Collection[dict[str, Any]], base: str, journal: Journal, now_us: int) -> None:
    """Into the journal, so that what the record said later holds, and what messages did not carry is there."""
    ordered = sorted(resources, key=lambda each: each["resourceType"] not in {"Location", "Practitioner", "Medication"})
    for start in range(0, len(ordered), _PART):
        part = ordered[start : start + _PART]
        data = b"".join(orjson.dumps(each) + b"\n" for each in part)
        journal.append(f"fhir+{base}", FHIR, data, len(part), now_us)
    journal.sync()
