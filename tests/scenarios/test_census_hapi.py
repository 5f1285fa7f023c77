"""The census beside HAPI FHIR JPA: the record of a simulated hospital is in its database; each difference is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from codedark.app.continuing.record.asking import Asking
from codedark.app.continuing.record.subscribing import KINDS
from codedark.app.wall_clock import now_us
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.fhir_acts import when
from codedark.exchange.fhir_client import FhirClient
from tests.command_line import Command, Ran
from tests.hapi_server import Hapi
from tests.programs import PATIENCE_SECONDS, comes, free_port
from tests.served_census import admission, furnished, serving

Resource = dict[str, Any]
PATIENTS = 4
SYSTEM = "urn:codedark:simulate:mrn"


class Filed(NamedTuple):
    """A hospital whose record is in HAPI, and a home whose census was loaded from the same resources."""

    hapi: Hapi
    home: Path
    resources: list[Resource]

    def of(self, kind: str) -> list[Resource]:
        """Copies of those of a type."""
        return [deepcopy(each) for each in self.resources if each["resourceType"] == kind]

    def compared(self) -> Ran:
        """`census compare`."""
        command = Command(self.home, self.home)
        asking = ("census", "compare", "--home", self.home, "--fhir", self.hapi.base, "--system", SYSTEM)
        return command.run(*asking, "--format", "json")


@pytest.fixture
def filed(hapi: Hapi, tmp_path: Path) -> Filed:
    """A few patients of yesterday's hospital, with all that refers to them and all that this refers to."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    command = Command(tmp_path, tmp_path)
    command.run("simulate", "hospital", "--beds", 20, "--days", 1, "--seed", 3, "--start", yesterday, seconds=200)
    home = tmp_path / "hospital"
    everything = [json.loads(line) for file in sorted(home.glob("fhir/*.ndjson")) for line in file.open("rb")]
    resources = some_of(everything)
    hapi.put(*resources)
    (home / "record.ndjson").write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in resources))
    end = f"{yesterday + timedelta(days=1)}T00:00Z"
    command.run("census", "load", home / "record.ndjson", "--home", home, "--as-of", end)
    return Filed(hapi, home, resources)


def some_of(everything: list[Resource]) -> list[Resource]:
    """All about the first patients who are in, and the places."""
    stays = (each for each in everything if each["resourceType"] == "Encounter" and each["status"] == "in-progress")
    patients = set(sorted({each["subject"]["reference"] for each in stays})[:PATIENTS])
    by_name = {named(each): each for each in everything}
    kept = {at: each for at, each in by_name.items() if at.startswith("Location/") or at in patients}
    kept |= {at: each for at, each in by_name.items() if whose(each) in patients}
    while more := {at for each in kept.values() for at in pointed_at(each)} - kept.keys():
        kept |= {at: by_name[at] for at in more}
    return list(kept.values())


def whose(resource: Resource) -> str:
    told = resource.get("subject") or resource.get("patient") or {}
    actors = [each["actor"].get("reference", "") for each in resource.get("participant", []) if "actor" in each]
    return told.get("reference") or next((each for each in actors if each.startswith("Patient/")), "")


def pointed_at(value: Any) -> Iterator[str]:
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from pointed_at(each)
    if isinstance(value, dict) and "reference" in value:
        yield value["reference"]


def test_the_record_that_was_loaded_is_the_census_and_each_planted_difference_is_told(filed: Filed) -> None:
    """1. All of it comes, page by page, each once. 2. Nothing differs, also where a drug is pointed at. 3. What is
    changed in HAPI is asked for by when it changed, and each difference is told, and no other.
    """
    client = FhirClient(filed.hapi.base)  # (1)
    observations = [each["id"] for each in filed.of("Observation")]
    assert len(observations) > 200
    assert Counter(each["id"] for each in client.search("Observation", [])) == Counter(observations)
    asking = Asking(client, SYSTEM)
    told = list(asking.everything([number_of(each) for each in filed.of("Patient")], lambda _done, _of: None))
    orders = [each for each in filed.of("MedicationRequest") if each["status"] == "active"]
    assert (len(asking.patients), len(orders) > 20) == (PATIENTS, True)
    assert Counter(named(each) for each in told if each["resourceType"] == "MedicationRequest") == Counter(
        map(named, orders)
    )
    pointing, stopped, changed = (deepcopy(each) for each in islice(orders, 3))  # (2)
    drug = {"resourceType": "Medication", "id": "drug", "code": pointing.pop("medicationCodeableConcept")}
    filed.hapi.put(drug, pointing | {"medicationReference": {"reference": "Medication/drug"}})
    same = filed.compared()
    assert (same.code, json.loads(same.out)) == (0, [])
    assert f"{PATIENTS} patients compared" in same.err
    began_us = now_us()  # (3)
    patients, stays = filed.of("Patient"), filed.of("Encounter")
    dose = changed["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
    dose["value"] = 77
    allergy = {"resourceType": "AllergyIntolerance", "id": "latex", "code": {"text": "Latex"},
               "patient": {"reference": named(patients[0])}}  # fmt: skip
    come = patients[1] | {"id": "come", "identifier": [{"system": SYSTEM, "value": "come"}]}
    stay = stays[1] | {"id": "come-stay", "subject": {"reference": "Patient/come"}}
    gone = next(each for each in stays if each["subject"]["reference"] == named(patients[3]))
    filed.hapi.put(
        changed, stopped | {"status": "stopped"}, patients[2] | {"birthDate": "1911-11-11"}, allergy, come, stay,
        gone | {"status": "finished", "period": gone["period"] | {"end": when(began_us)}},
    )  # fmt: skip
    assert {"latex", "come-stay", changed["id"]} <= {each["id"] for each in asking.changed(began_us)}
    differing = filed.compared()
    found = json.loads(differing.out)
    sides = Counter((each["patient"], each["group"], bool(each["census"]), bool(each["record"])) for each in found)
    assert differing.code == 3
    assert sides == Counter(
        [
            (whose(stopped).partition("/")[2], "medication", True, False),
            (whose(changed).partition("/")[2], "medication", True, False),
            (whose(changed).partition("/")[2], "medication", False, True),
            (number_of(patients[0]), "allergies", False, True),
            (number_of(patients[2]), "identity", True, True),
            (number_of(patients[3]), "visit", True, True),
            ("come", "visit", True, True),
        ]
    ), found
    assert [each["record"] for each in found if " 77 " in each["record"]]
    assert {each["record"] for each in found} >= {"latex", "1911-11-11", "not in the hospital"}


def named(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def number_of(patient: Resource) -> PatientId:
    return PatientId(patient["identifier"][0]["value"])


def test_hapi_tells_of_changes_by_itself(hapi: Hapi, tmp_path: Path) -> None:
    """1. Subscriptions are made, and asked after until HAPI calls them active. 2. Served again, everything is asked for
    once, and what changes then is told by HAPI, for it is not asked again within the hour.
    """
    patient = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": SYSTEM, "value": "1"}]}
    stay = {"resourceType": "Encounter", "id": "v1", "status": "in-progress", "class": {"code": "IMP"},
            "subject": {"reference": "Patient/p1"}}  # fmt: skip
    hapi.put(patient, stay)
    home, port = furnished(tmp_path / "home"), free_port()
    options = ["--fhir", hapi.base, "--system", SYSTEM, "--repair", "--notify", f"http://127.0.0.1:{port}/fhir",
               "--notify-listen", f"127.0.0.1:{port}"]  # fmt: skip
    with serving(home, *options, "--changes-every", "2s") as census:  # (1)
        census.send(admission(1))
        assert comes(lambda: str(census.record().get("subscribed")).startswith("notified"), 4 * PATIENCE_SECONDS)
    (home / "continuity" / "record.json").unlink()
    with serving(home, *options, "--changes-every", "60min") as census:  # (2)
        assert comes(lambda: census.record().get("patients") == 1, 2 * PATIENCE_SECONDS)
        assert len(hapi.of("Subscription")) == len(KINDS)
        hapi.put({"resourceType": "AllergyIntolerance", "id": "latex", "code": {"text": "Latex"},
                  "patient": {"reference": "Patient/p1"}})  # fmt: skip
        assert comes(lambda: [each.substance for each in census.charts()["1"].allergies] == ["Latex"])
