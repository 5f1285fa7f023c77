"""Resources are FHIR that an independent validator accepts, and refer only to what is there."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import msgspec
import pytest

from codedark.simulate.building import build
from codedark.simulate.clinic import Clinic, source
from codedark.simulate.habit import DAY_US
from codedark.simulate.roster import Roster
from tests.mimic_resources import resources

MONDAY_US = int(datetime(2026, 11, 16, tzinfo=UTC).timestamp()) * 1_000_000
TYPES = """Patient Practitioner PractitionerRole Organization Location Encounter Condition AllergyIntolerance Flag
    MedicationRequest MedicationAdministration Observation ServiceRequest DiagnosticReport Appointment Schedule
    ImagingStudy"""
SAMPLE = 60


@pytest.fixture(scope="module")
def by_type() -> dict[str, list[dict[str, Any]]]:
    site = build(60, 5)
    clinic = Clinic(site, Roster(site), MONDAY_US, MONDAY_US + DAY_US)
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for kind, block in clinic.resources():
        found[kind] += [msgspec.json.decode(line) for line in block.splitlines()]
    return found


@pytest.mark.parametrize("kind", TYPES.split())
def test_resources_are_valid(kind: str, by_type: dict[str, list[dict[str, Any]]]) -> None:
    """Checked as R4B, which changed medication definition, evidence and subscription only (R4B, r4b-explanation)."""
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    made = by_type[kind]
    assert made
    for resource in made[:: max(1, len(made) // SAMPLE)]:
        model.model_validate(resource)


def test_inpatients_of_real_stays_keep_drugs_and_diagnoses() -> None:
    site = build(30, 5)
    clinic = Clinic(site, Roster(site), MONDAY_US, MONDAY_US + DAY_US // 2, source(resources()))
    real = [stay for stay in clinic.stays if stay.real]
    assert real
    assert all(stay.diagnoses[0].code == "K76.6" and stay.patient.sex == "F" for stay in real)
    orders = [block for kind, block in clinic.resources() if kind == "MedicationRequest"]
    assert any(b"Meropenem in Saline" in block and b"mimic-iv-fhir-demo" in block for block in orders)
