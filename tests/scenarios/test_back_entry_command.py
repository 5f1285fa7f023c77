"""`codedark backentry`: from a ward station to the record by the command line; and killed again and again meanwhile."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from codedark.store.station.station import Station
from tests.command_line import Command
from tests.house.repository import ROOT
from tests.small_fhir_server import Fault, SmallFhirServer, running_server
from tests.ward_entries import MRN, NOON_US, PATIENT, admission, entry, note, observation, rows

ROWS = rows(60)


@pytest.fixture
def server() -> Iterator[SmallFhirServer]:
    with running_server() as server:
        server.put({"resourceType": "Patient", "id": "anna", "name": [{"family": "Peeters"}],
                    "identifier": [{"system": "urn:codedark:mrn", "value": PATIENT}]})  # fmt: skip
        yield server


def test_a_ward_goes_back_and_signs(tmp_path: Path, server: SmallFhirServer) -> None:
    command = Command(tmp_path, tmp_path)
    command.env["CODEDARK_STATION"] = str(tmp_path / "one")
    with Station(tmp_path / "one", "icu-1") as station:
        for each in (entry(id=ROWS[0]), admission(id=ROWS[1]), note(ROWS[2], "quiet")):
            station.write(each)
    checked = command.run("backentry", "check").out.decode().splitlines()
    assert [line.split(maxsplit=1)[1] for line in checked] == [
        "admissions of unknown patients", "administrations", "documents",
    ]  # fmt: skip
    assert command.run("backentry", "status").code == 3
    assert "say where to" in command.fails("backentry", "run")
    ran = command.run("backentry", "run", "--fhir", server.base)
    assert ran.code == 3
    assert f"1 refused: see `codedark backentry status --station {tmp_path / 'one'}`" in ran.err
    told = command.run("backentry", "status")
    assert told.code == 0
    assert f"owner M. Claes: who is {MRN}?" in told.out.decode()
    assert "Signed for the ward: ___" in told.out.decode()
    assert "say either --is" in command.fails("backentry", "confirm", MRN, "--by", "records office")
    assert "somebody else's" in command.fails("backentry", "confirm", MRN, "--is", "4711", "--by", "records office")
    said = command.run("backentry", "confirm", MRN, "--new", "--by", "records office")
    assert said.out.decode().startswith(f"{MRN} is a new patient, says records office")
    assert command.run("backentry", "run", "--fhir", server.base).code == 0
    counts = json.loads(command.run("backentry", "status", "--format", "json").out)
    assert (counts["entries"], counts["finished"], counts["states"]["filed"]) == (3, True, 3)
    assert server.numbers() == Counter(ROWS[:3])
    assert "is filed" in command.fails("backentry", "settle", ROWS[0], "void", "--by", "J. Maes")
    server.resources.pop(next(name for name in server.resources if name.startswith("DocumentReference")))
    lost = command.run("backentry", "run", "--fhir", server.base)
    assert (lost.code, "NOT PROVEN" in lost.err) == (3, True)


def test_a_server_that_does_not_answer_is_said_in_one_line(tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)
    with Station(tmp_path / "one", "icu-1") as station:
        station.write(entry())
    said = command.fails("backentry", "run", "--station", "one", "--fhir", "http://127.0.0.1:9/fhir")
    assert "does not answer" in said


def test_back_entry_that_is_killed_again_and_again_files_each_act_once(tmp_path: Path, server: SmallFhirServer) -> None:
    with Station(tmp_path / "one", "icu-1") as station:
        for hour, row in enumerate(ROWS[:25]):
            at_us = NOON_US + hour * 3_600_000_000
            station.write(observation(row, effective_us=at_us, recorded_us=at_us))
    chance = random.Random(7)
    server.faults.extend(chance.choices(list(Fault), k=30))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.killed_back_entry", tmp_path / "one", tmp_path / "one" / "backentry.db",
         server.base, "25", "7"],
        cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout.split()[1]) > 5
    server.faults.clear()
    command = Command(tmp_path, tmp_path)
    assert command.run("backentry", "run", "--station", "one", "--fhir", server.base).code == 0
    assert server.numbers() == Counter(ROWS[:25])
