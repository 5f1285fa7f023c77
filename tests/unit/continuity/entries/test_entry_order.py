"""A dose that comes back names the order that it follows."""

from __future__ import annotations

from msgspec.structs import replace

from codedark.continuity.entries.as_fhir import Systems, transaction
from tests.ward_entries import DOSE, entry


def test_a_dose_names_its_order_by_number_and_one_without_names_none() -> None:
    made = transaction(entry(replace(DOSE, order="o-1")), "Patient/1", Systems())["entry"][0]["resource"]
    assert made["request"] == {"type": "MedicationRequest", "identifier": {"value": "o-1"}}
    assert "request" not in transaction(entry(DOSE), "Patient/1", Systems())["entry"][0]["resource"]
