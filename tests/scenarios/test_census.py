"""The census as people run it: files loaded, messages taken over MLLP by a process that is killed, real messages."""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hl7 as independent
import orjson
import pytest

from codedark.app.continuing.census.files import messages
from codedark.app.continuing.census.intake import load
from codedark.app.continuing.census.state import CensusState, Following
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.hl7v2.site import site
from codedark.exchange.mllp import MllpSender
from codedark.exchange.sender import Log
from codedark.hospital.hospital import Hospital
from codedark.store.journal.journal import Journal
from tests.command_line import Command
from tests.served_census import admission, furnished, listening
from tests.small_fhir_server import running_server

END_US = 1_800_000_000_000_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a small hospital."""
    return furnished(tmp_path)


def state_of(tmp_path: Path, *files: Path) -> CensusState:
    """What these files make, by way of a journal."""
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        load(files, journal, END_US)
    state = CensusState(Hospital("Test", "UTC"), site())
    following = Following(tmp_path / "journal", state)
    following.catch_up()
    following.close()
    return state


def test_files_are_loaded_and_shown_bed_by_bed_and_what_cannot_be_read_is_counted(home: Path) -> None:
    (home / "adt.hl7").write_bytes(
        admission(1) + b"\n" + admission(2, 2) + b"\n" + admission(3, 2) + b"\nMSH|^~\\&|EHR"
    )
    (home / "fhir").mkdir()
    allergy: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "patient": {"reference": "Patient/p1"},
        "code": {"text": "Latex"},
    }
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "1"}],
    }
    (home / "fhir" / "all.ndjson").write_bytes(orjson.dumps(allergy) + b"\n" + orjson.dumps(patient) + b"\n{\n")
    command = Command(home, home)
    ran = command.run("census", "load", "adt.hl7", "fhir", "--home", home)
    assert "7 records loaded" in ran.err
    told = json.loads(command.run("census", "show", "--home", home, "--format", "json").out)
    beds = told["wards"]["W1"]
    assert [(bed["place"]["bed_id"], bed["chart"]["id"]) for bed in beds] == [
        ("W1-01-1", "1"),
        ("W1-01-2", "2"),
        ("W1-01-2", "3"),
    ]
    assert [allergy["substance"] for allergy in beds[0]["chart"]["allergies"]] == ["Latex"]
    assert (told["books"]["taken"], told["books"]["rejected"]) == (7, 2)
    table = command.run("census", "show", "--home", home, "--ward", "W1").out.decode()
    assert "Ward one (W1): 3 patients" in table
    assert re.sub(r"[\s│]+", " ", table).count("also told") == 2
    assert "nobody is there" in command.fails("census", "show", "--home", home, "--ward", "W7")


def served(command: Command, home: Path, log: Path, use: Callable[[int], None]) -> None:
    """Serve on a free port, have it used, and kill it as a power cut would."""
    with log.open("wb") as out:
        process = command.start("census", "serve", "--home", home, "--listen", "127.0.0.1:0", stdout=out, stderr=out)
        try:
            use(listening(process, log))
        finally:
            process.kill()
            process.wait()


def test_what_was_acknowledged_is_on_the_census_after_the_process_was_killed(home: Path) -> None:
    command = Command(home, home)
    acknowledged: list[str] = []

    def send(port: int) -> None:
        sender = MllpSender("127.0.0.1", port)
        sender.open()
        first = len(acknowledged) + 1
        for number in range(first, first + 40):
            sender.send(Log("hl7", "hl7"), [admission(number)])
            acknowledged.append(str(number))
        sender.close()

    for n in range(3):
        served(command, home, home / f"log{n}", send)
    told = json.loads(command.run("census", "show", "--home", home, "--format", "json").out)
    assert sorted(bed["chart"]["id"] for bed in told["wards"]["W1"] if bed["chart"]) == sorted(acknowledged)
    assert told["books"]["taken"] == 120


def test_a_message_that_no_hospital_sends_is_answered_and_the_next_is_taken(home: Path) -> None:
    def send(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"\x0bMSH|^~\\&|X\x1c\r\x0b" + admission(1) + b"\x1c\r")
            got = b""
            while got.count(b"\x1c\r") < 2:
                got += client.recv(4096)
        assert [code for code in (b"MSA|AE", b"MSA|AA") if code in got] == [b"MSA|AE", b"MSA|AA"]

    served(Command(home, home), home, home / "log", send)


def test_every_bed_allergy_and_number_of_real_messages_is_in_the_chart_of_its_patient(
    shared_data: Path, tmp_path: Path
) -> None:
    file = shared_data / "hl7v2" / "simhospital-messages.hl7"
    state = state_of(tmp_path, file)
    beds: dict[str, str] = {}
    allergies: dict[str, set[str]] = {}
    values: Counter[tuple[str, str, str]] = Counter()
    for octets in messages(file.read_bytes()):
        message = independent.parse(octets.decode())
        patient = str(message.segment("PID")(3)(1)(1))
        if str(message.segment("MSH")(9)(1)(2)) == "A01":
            beds[patient] = str(message.segment("PV1")(3)(1)(3))
        for line in octets.decode().split("\r"):
            fields = line.split("|")
            if line.startswith("AL1"):
                allergies.setdefault(patient, set()).add(fields[3].split("^")[1].casefold())
            if line.startswith("OBX") and fields[2] == "NM":
                values[patient, fields[3].split("^")[0], fields[5]] += 1
    charts = state.charts(END_US)
    merged = {"618454581": "2777246431"}
    assert state.books.rejected == []
    assert {str(chart.visit.place.bed) for chart in charts.values() if chart.visit and chart.visit.place} == set(
        beds.values()
    )
    for patient, substances in allergies.items():
        chart = charts[PatientId(merged.get(patient, patient))]
        assert {each.substance.casefold() for each in chart.allergies} == substances
    assert sum(bool(chart.allergies) for chart in charts.values()) == len(allergies)
    found = Counter(
        (str(patient), result.code, result.value)
        for patient, chart in charts.items()
        for result in (*chart.results, *chart.vitals, *chart.measures)
    )
    wanted = Counter({(merged.get(patient, patient), code, value): n for (patient, code, value), n in values.items()})
    assert wanted - found == Counter()
    assert sum(found.values()) >= sum(wanted.values())


def test_every_order_dose_and_stay_of_mimic_is_in_the_chart_of_its_patient(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "fhir" / "mimic-iv-demo"
    names = ("MimicPatient", "MimicLocation", "MimicMedication", "MimicEncounter", "MimicMedicationRequest")
    state = state_of(tmp_path, *(folder / f"{name}.ndjson.gz" for name in names))
    charts = state.charts(END_US)
    assert len(charts) == 100
    assert sum(len(chart.drugs) for chart in charts.values()) == 17_552
    assert sum(len(chart.visits) for chart in charts.values()) == 275
    assert all(visit.place is not None for chart in charts.values() for visit in chart.visits)
    assert all(
        drug.name and not drug.name.startswith("Medication/") for chart in charts.values() for drug in chart.drugs
    )
    assert state.books.rejected == []


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The resources of one kind, read apart from everything."""
    return [orjson.loads(line) for line in (folder / "fhir" / f"{name}.ndjson").read_bytes().splitlines()]


def test_messages_and_resources_of_a_simulated_hospital_make_the_census_that_it_has(tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)
    folder = tmp_path / "hospital"
    command.run("simulate", folder, "--beds", 20, "--days", 1, "--seed", 3, seconds=200)
    until = json.loads((folder / "simulation.json").read_bytes())["asked"]["until"]
    command.run("census", "load", folder / "hl7", folder / "fhir", "--as-of", until, "--home", folder)
    told = json.loads(command.run("census", "show", "--home", folder, "--format", "json").out)
    charts = {bed["chart"]["id"]: bed["chart"] for beds in told["wards"].values() for bed in beds if bed["chart"]}
    lying = {
        bed["chart"]["id"]: bed["place"]["bed_id"] for beds in told["wards"].values() for bed in beds if bed["chart"]
    }
    beds, active, substances = {}, Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for stay in lines(folder, "Encounter"):
        patient = stay["subject"]["reference"].partition("/")[2]
        here = [each for each in stay.get("location", []) if each["status"] == "active"]
        if stay["status"] == "in-progress":
            beds[patient] = here[0]["location"]["reference"].partition("/")[2]
    assert {patient: bed for patient, bed in lying.items() if bed} == {
        patient: bed for patient, bed in beds.items() if "-" in bed
    }
    for order in lines(folder, "MedicationRequest"):
        patient = order["subject"]["reference"].partition("/")[2]
        if patient in charts and order["status"] == "active":
            active[patient, order["medicationCodeableConcept"]["text"]] += 1
    for allergy in lines(folder, "AllergyIntolerance"):
        patient = allergy["patient"]["reference"].partition("/")[2]
        if patient in charts:
            substances[patient, allergy["code"]["text"]] += 1
    assert (len(beds) > 5, sum(active.values()) > 50, len(substances) > 0) == (True, True, True)
    shown = ((patient, drug) for patient, chart in charts.items() for drug in chart["drugs"])
    assert Counter((patient, drug["name"]) for patient, drug in shown if drug["status"] == "active") == active
    assert substances == Counter(
        (patient, each["substance"]) for patient, chart in charts.items() for each in chart["allergies"]
    )
    assert told["books"]["rejected"] == 0
    assert told["books"]["not_understood"] == {}


def test_the_record_is_asked_for_whoever_is_on_the_census_and_each_difference_is_told(home: Path) -> None:
    (home / "adt.hl7").write_bytes(admission(1) + b"\n" + admission(2, 2))
    command = Command(home, home)
    command.run("census", "load", "adt.hl7", "--home", home)
    with running_server() as server:
        for number, bed in ((1, 1), (3, 2)):
            subject = {"reference": f"Patient/p{number}"}
            mrn = {"system": "urn:mrn", "value": str(number)}
            server.put(
                {"resourceType": "Patient", "id": f"p{number}", "identifier": [mrn], "name": [{"family": "Peeters"}]}
            )
            place = [{"location": {"display": "Ward one", "reference": f"Location/W1-01-{bed}"}, "status": "active"}]
            stay = {"resourceType": "Encounter", "id": f"V{number}", "status": "in-progress", "class": {"code": "IMP"}}
            server.put({**stay, "subject": subject, "location": place})
            ward = {"resourceType": "Location", "id": f"W1-01-{bed}", "name": f"W1-01-{bed}"}
            server.put({**ward, "physicalType": {"coding": [{"code": "bd"}]}})
        server.put({"resourceType": "AllergyIntolerance", "id": "a", "code": {"text": "Latex"},
                    "patient": {"reference": "Patient/p1"}})  # fmt: skip
        asking = ("census", "compare", "--fhir", server.base, "--system", "urn:mrn", "--home", home)
        found = command.run(*asking, "--repair")
    assert found.code == 3
    assert sorted(found.out.decode().splitlines()) == [
        "1 allergies: census: nothing; record: latex",
        "2 visit: census: W1-01-2; record: not in the hospital",
        "3 visit: census: not in the hospital; record: W1-01-2",
    ]
    told = json.loads(command.run("census", "show", "--home", home, "--format", "json").out)
    shown = {bed["chart"]["id"]: bed["chart"] for bed in told["wards"]["W1"] if bed["chart"]}
    assert sorted(shown) == ["1", "2", "3"]
    assert [each["substance"] for each in shown["1"]["allergies"]] == ["Latex"]
    assert "does not answer" in command.fails(*asking)
