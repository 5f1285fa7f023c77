"""`hospital show` answers the three questions of a bad night, and never lets an empty answer pass for a safe one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codedark.app.hospital_files import write_hospital
from codedark.hospital.hospital import Hospital
from codedark.simulate.building import build


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hospital")
    write_hospital(HOSPITAL, place)
    return place


HOSPITAL: Hospital = build(30, 5).hospital
ICU = next(ward for ward in HOSPITAL.wards.values() if "intensive" in ward.specialty)
DATABASE = HOSPITAL.assets[next(each for each in HOSPITAL.assets if each.startswith("EHRDB"))]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codedark", "hospital", "show", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def answer(*arguments: object) -> Any:
    done = run(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_fails_with_the_directory_is_the_record_and_it_says_why(folder: Path) -> None:
    told = answer(folder, "--fails", "ad")
    because = {each["id"]: each["because"] for each in told["fails"]}
    assert "ad" in because["ehr"]
    assert [stage["hours"] for stage in told["over_time"]] == sorted(stage["hours"] for stage in told["over_time"])
    assert told["over_time"][-1]["harm"] > told["over_time"][1]["harm"] > 0


def test_a_ward_that_is_cut_off_is_named_although_the_record_stands(folder: Path) -> None:
    told = answer(folder, "--fails", f"zone:{ICU.zones[0]}")
    cut = {ward["id"]: ward["from"] for ward in told["wards_cut_off"]}
    assert "ehr" in cut[ICU.id]
    assert "ehr" not in [each["id"] for each in told["loses_a_spare"]]


def test_an_empty_answer_is_called_no_proof(folder: Path) -> None:
    backwards = f"SRV-EHR>{ICU.zones[0]}"
    told = answer(folder, "--fails", backwards)
    assert told["fails"] == []
    assert any("no proof" in each for each in told["not_known"])
    assert any("did you mean" in each for each in told["not_known"])


def test_nothing_found_is_shown_as_not_known_where_services_name_no_machine(tmp_path: Path) -> None:
    (tmp_path / "hospital.yaml").write_text(
        "hospital: A\nservices:\n  ad: {name: Directory, tier: 0}\n  ehr: {name: Record, tier: 0}\n"
    )
    done = run(tmp_path, "--fails", "ad")
    rows = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in done.stdout.splitlines() if "│" in line}
    assert (rows["wards cut off"], rows["lifelines"]) == ("not known", "not known"), done.stdout + done.stderr


def test_one_of_two_databases_is_a_spare_that_is_lost(folder: Path) -> None:
    told = answer(folder, "--carries", DATABASE.id)
    assert [each["id"] for each in told["loses_a_spare"]] == ["ehr"]
    assert "ehr" not in [each["id"] for each in told["falls_with_it"]]


@pytest.mark.parametrize(
    "name", [DATABASE.addresses[0], f"{DATABASE.id.lower()}.hospital.example", DATABASE.id.lower()]
)
def test_things_are_known_by_address_and_by_the_names_that_logs_have(folder: Path, name: str) -> None:
    assert answer(folder, "--carries", name)["asset"] == DATABASE.id


def test_a_name_that_is_not_there_leads_to_those_that_are(folder: Path) -> None:
    done = run(folder, "--fails", "Laborat")
    assert done.returncode == 2
    assert "did you mean lis" in done.stderr
    assert "--list" in done.stderr
    assert answer(folder, "--list", "services")[0].keys() >= {"id", "name", "tier"}


def test_maps_are_drawn_into_files(folder: Path, tmp_path: Path) -> None:
    done = run(folder, "--map", tmp_path / "map.svg", "--map", tmp_path / "map.html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "map.svg").read_text().startswith("<svg")
    assert run(folder, "--map", tmp_path / "map.png").returncode == 2
