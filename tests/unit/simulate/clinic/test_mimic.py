"""Real stays keep their drugs and diagnoses, and fit the simulated time."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codedark.simulate.clinic.diagnoses import Diagnosis
from codedark.simulate.clinic.mimic import ICD_9, NEEDED, RealDrug, RealGiving, source
from tests.mimic_resources import resources

MINUTE_US = 60_000_000


def test_a_stay_is_read_with_times_from_its_beginning() -> None:
    (stay,) = source(resources()).stays
    assert (stay.sex, stay.age, stay.service, stay.length_us) == ("F", 70, "MED", 48 * 60 * MINUTE_US)
    drug = RealDrug("Meropenem in Saline", "1", "g", "IV", "Q8H", 60 * MINUTE_US, 48 * 60 * MINUTE_US)
    assert stay.drugs == (drug,)
    assert stay.givings == (RealGiving(0, 90 * MINUTE_US, "1", "g", given=False),)


def test_diagnoses_get_their_dot_back() -> None:
    (stay,) = source(resources()).stays
    assert stay.diagnoses[0] == Diagnosis("K76.6", "A", "http://hl7.org/fhir/sid/icd-10-cm")
    assert stay.diagnoses[1] == Diagnosis("E879.8", "B", ICD_9)


def test_an_order_without_times_holds_until_it_was_last_given() -> None:
    (order,) = resources()["MedicationRequest"]
    bare = {name: value for name, value in order.items() if name != "dispenseRequest"}
    (stay,) = source(resources(MedicationRequest=[bare])).stays
    assert (stay.drugs[0].from_us, stay.drugs[0].until_us) == (0, 150 * MINUTE_US)
    (stay,) = source(resources(MedicationRequest=[bare], MedicationAdministration=[])).stays
    assert stay.drugs == ()


@pytest.mark.parametrize("end", ["2180-01-01T10:00:00-05:00", "2179-12-31T10:00:00-05:00"])
def test_a_stay_that_ends_before_it_begins_is_left_out(end: str) -> None:
    (encounter,) = resources()["Encounter"]
    period = encounter["period"] | {"end": end}
    assert not source(resources(Encounter=[encounter | {"period": period}]))


def test_the_demo_gives_the_figures_that_we_found(shared_data: Path) -> None:
    folder = shared_data / "fhir" / "mimic-iv-demo"

    def read(kind: str) -> list[dict[str, Any]]:
        with gzip.open(folder / f"Mimic{kind}.ndjson.gz") as lines:
            return [msgspec.json.decode(line) for line in lines]

    found = {kind: read(kind) for kind in NEEDED}
    found["Medication"] += read("MedicationMix")
    stays = source(found).stays
    assert len(stays) == 275
    moments = [(stay, stay.length_us * part // 20) for stay in stays for part in range(1, 20, 2)]
    active = sum(drug.from_us <= at < drug.until_us for stay, at in moments for drug in stay.drugs) / len(moments)
    assert active == pytest.approx(17.4, abs=1)
