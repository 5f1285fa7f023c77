"""One patient who has everything that a ward must know, told by HL7 v2 and by FHIR R4: what no simulated hospital has.

Invented. `MESSAGES` and `RESOURCES` are files that tell each group of the chart; `TOLD` are the words by which a nurse
knows them, so that page and print can be looked at, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MESSAGES, RESOURCES = FOLDER / "everything.hl7", FOLDER / "everything.ndjson"
NOW = "2026-01-13T13:00+01:00"
NUMBER, WARD, BED = "4711001", "CAR1", "CAR1-01-2"
GROUPS = (
    "identity", "attending", "reason", "allergy", "alert", "problem", "drug", "high alert", "last given", "dose",
    "laboratory", "vitals", "measures", "fluids", "blood-group", "pending", "device", "imaging", "microbiology", "note",
    "appointment", "contact",
)  # fmt: skip
"""What everybody of the two sources tells something of."""
TOLD = (
    NUMBER, "Verstraete", "1985-01-01", "Penicillin", "Anaphylaxis", "Peanut", "Do not resuscitate", "Contact, MRSA",
    "65, high", "Diabetic, no salt", "Thickened fluids only", "Chest pain since Sunday", "Maes Jo",
    "Acute subendocardial infarction", "Type 2 diabetes", "Enoxaparin", "40 mg", "Venous thrombosis", "Paracetamol",
    "5.9 mmol/L", "112", "72.5 kg", "168 cm", "41 mL/min", "A pos", "anti-K", "Gram-positive cocci",
    "Small effusion left", "left forearm, 18G", "Complete blood count", "A-2026-77", "Coronary bypass",
    "Verstraete Bart", "0471 99 88 77", "Pain free since 07:00",
)  # fmt: skip
"""What must be read on the page, whatever language it speaks."""


def model(folder: Path) -> Path:
    """A hospital with the ward and its beds."""
    folder.mkdir(parents=True)
    wards: dict[str, Any] = {ward: {"name": ward, "specialty": "cardiology"} for ward in ("CAR1", "ED", "OR")}
    wards["CAR1"]["beds"] = ["CAR1-01-1", BED]
    told = {"schema": 1, "name": "H", "time_zone": "Europe/Brussels", "wards": wards}
    (folder / "hospital.yaml").write_text(json.dumps(told))
    return folder


def wards_only(folder: Path, wards: Iterable[str], zone: str) -> Path:
    """A hospital that has wards of these names and no beds."""
    folder.mkdir()
    told: dict[str, Any] = {"schema": 1, "name": "Source", "time_zone": zone}
    told["wards"] = {ward: {"name": ward, "specialty": "surgery"} for ward in wards}
    (folder / "hospital.yaml").write_text(json.dumps(told))
    return folder
