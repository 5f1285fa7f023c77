"""One stay in the shape of MIMIC-IV on FHIR, invented: a patient, two diagnoses, an order of a mixture, a dose."""

from __future__ import annotations

from typing import Any


def resources(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    """By type; ``changes`` replace all of a type."""
    encounter = {"reference": "Encounter/e1"}
    order = {
        "id": "m1",
        "encounter": encounter,
        "authoredOn": "2180-01-01T10:00:00-05:00",
        "medicationReference": {"reference": "Medication/mix"},
        "dispenseRequest": {
            "validityPeriod": {"start": "2180-01-01T11:00:00-05:00", "end": "2180-01-09T11:00:00-05:00"}
        },
        "dosageInstruction": [
            {
                "route": {"coding": [{"code": "IV"}]},
                "timing": {"code": {"coding": [{"code": "Q8H"}]}},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "g"}}],
            }
        ],
    }
    giving = {
        "id": "a1",
        "context": encounter,
        "request": {"reference": "MedicationRequest/m1"},
        "effectiveDateTime": "2180-01-01T11:30:00-05:00",
        "dosage": {"dose": {"value": 1, "unit": "g"}, "method": {"coding": [{"code": "Not Given"}]}},
    }
    name = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-medication-name"
    codes = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-diagnosis-"
    period = {"start": "2180-01-01T10:00:00-05:00", "end": "2180-01-03T10:00:00-05:00"}
    found: dict[str, list[dict[str, Any]]] = {
        "Patient": [{"id": "p1", "gender": "female", "birthDate": "2110-05-05"}],
        "Encounter": [
            {
                "id": "e1",
                "subject": {"reference": "Patient/p1"},
                "period": period,
                "serviceType": {"coding": [{"code": "MED"}]},
            }
        ],
        "Condition": [
            {"encounter": encounter, "code": {"coding": [{"code": "K766", "display": "A", "system": codes + "icd10"}]}},
            {"encounter": encounter, "code": {"coding": [{"code": "E8798", "display": "B", "system": codes + "icd9"}]}},
        ],
        "Medication": [
            {
                "id": "mix",
                "ingredient": [
                    {"itemReference": {"reference": "Medication/x"}},
                    {"itemReference": {"reference": "Medication/y"}},
                ],
            },
            {"id": "x", "identifier": [{"system": name, "value": "Meropenem"}]},
            {"id": "y", "identifier": [{"system": name, "value": "Saline"}]},
        ],
        "MedicationRequest": [order],
        "MedicationAdministration": [giving],
    }
    return found | changes
