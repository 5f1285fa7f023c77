"""The record beside a census that is served: asked by itself, compared, taken in, never in the way of messages."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from codedark.app.continuing.serving.keeping import NAME
from codedark.app.watching.part import said
from tests.programs import PATIENCE_SECONDS, comes
from tests.served_census import Served, admission, furnished, serving
from tests.small_fhir_server import SmallFhirServer, running_server

LATEX: dict[str, Any] = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "meta": {"lastUpdated": "2026-01-12T09:00:00Z"},
    "code": {"text": "Latex"},
    "patient": {"reference": "Patient/p1"},
}
OFTEN = ("--system", "urn:mrn", "--compare-every", "1s", "--changes-every", "1s")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a small hospital."""
    return furnished(tmp_path / "home")


def counted(home: Path) -> dict[str, Any]:
    """What the process of the census says of itself."""
    return said(home, NAME)


def file_patient(server: SmallFhirServer, number: int) -> None:
    """Have the record know somebody."""
    mrn = {"system": "urn:mrn", "value": str(number)}
    told = {"lastUpdated": "2026-01-12T08:30:00Z"}
    who = {"name": [{"family": "Peeters", "given": ["An"]}], "birthDate": "1950-01-02", "gender": "female"}
    server.put({"resourceType": "Patient", "id": f"p{number}", "meta": told, "identifier": [mrn], **who})
    server.put({"resourceType": "Encounter", "id": f"V{number}", "meta": told, "status": "in-progress",
                "class": {"code": "IMP"}, "subject": {"reference": f"Patient/p{number}"}})  # fmt: skip


def test_what_messages_did_not_carry_comes_in_from_the_record_and_differences_are_told(home: Path) -> None:
    with running_server() as server:
        file_patient(server, 1)
        server.put(LATEX)
        with serving(home, "--fhir", server.base, *OFTEN, "--repair") as census:
            census.send(admission(1))
            assert comes(lambda: census.record().get("patients") == 1)
            assert comes(lambda: [each.substance for each in census.charts()["1"].allergies] == ["Latex"])
            assert comes(lambda: not any(each["group"] == "allergies" for each in census.record()["differences"]))
            assert census.says("1 patient, 3 resources")
            asked = len(server.searches)
            assert comes(lambda: len(server.searches) > asked + 25)
            written = (file.read_bytes() for file in (home / "continuity" / "journal").iterdir())
            assert sum(octets.count(b"AllergyIntolerance") for octets in written) == 1


def test_what_the_record_changes_comes_without_asking_for_everything(home: Path) -> None:
    with running_server() as server:
        file_patient(server, 1)
        options = ("--system", "urn:mrn", "--changes-every", "1s", "--repair")
        with serving(home, "--fhir", server.base, *options) as census:
            census.send(admission(1))
            assert comes(lambda: census.record().get("compared"))
            assert comes(lambda: any("_lastUpdated" in each for each in server.searches))
            server.put({**LATEX, "meta": {"lastUpdated": "2199-01-01T00:00:00Z"}})
            file_patient(server, 2)
            server.put({**server.resources["Encounter/V2"], "meta": {"lastUpdated": "2199-01-01T00:00:00Z"}})
            assert comes(lambda: sorted(census.charts()) == ["1", "2"])
            assert comes(lambda: census.charts()["1"].allergies)
            assert sum(each.endswith("/Location?_count=200") for each in server.searches) == 1


def test_an_order_that_was_stopped_while_nobody_asked_is_stopped_on_the_chart(home: Path) -> None:
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "meta": {"lastUpdated": "2026-01-12T09:00:00Z"},
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Heparin"},
        "subject": {"reference": "Patient/p1"},
    }

    def states(census: Served) -> list[str]:
        return [drug.status for drug in census.charts()["1"].drugs]

    with running_server() as server:
        file_patient(server, 1)
        server.put(order)
        with serving(home, "--fhir", server.base, "--system", "urn:mrn", "--repair") as census:
            census.send(admission(1))
            assert comes(lambda: states(census) == ["active"])
        server.put({**order, "status": "stopped", "meta": {"lastUpdated": "2026-01-12T09:30:00Z"}})
        with serving(home, "--fhir", server.base, "--system", "urn:mrn", "--repair") as census:
            assert comes(lambda: states(census) == ["stopped"])


def test_a_server_that_fails_half_way_has_told_nothing_and_is_asked_again(home: Path) -> None:
    with running_server() as server:
        file_patient(server, 1)
        server.put(LATEX)
        server.failing_from = 9  # in the middle of what there is of a patient
        with serving(home, "--fhir", server.base, *OFTEN, "--repair") as census:
            census.send(admission(1))
            assert comes(lambda: census.says("nothing is taken from the record") and len(server.searches) > 11)
            assert not census.record().get("compared")
            assert census.charts()["1"].allergies == ()
            assert list((home / "continuity").glob("tray/*")) == []
            server.failing_from = None
            assert comes(lambda: census.record().get("compared"))
            assert comes(lambda: census.charts()["1"].allergies)
            assert comes(lambda: not census.record()["failed"])


def test_messages_are_acknowledged_while_the_record_does_not_answer(home: Path) -> None:
    with running_server() as server:
        file_patient(server, 1)
        acknowledged = threading.Event()
        server.before_answer = lambda: acknowledged.wait(PATIENCE_SECONDS)
        with serving(home, "--fhir", server.base, *OFTEN) as census:
            assert comes(lambda: server.searches)
            census.send(*(admission(number) for number in range(1, 51)))
            assert not census.record().get("compared")
            acknowledged.set()
            assert comes(lambda: census.record().get("patients") == 50)
            assert census.record()["taken_in"] == 0


def test_a_comparison_by_hand_is_taken_in_by_whoever_serves(home: Path) -> None:
    with running_server() as server, serving(home) as census:
        file_patient(server, 1)
        server.put(LATEX)
        census.send(admission(1))
        asking = ("census", "compare", "--fhir", server.base, "--system", "urn:mrn", "--repair", "--home", home)
        assert "`census serve` takes in" in census.command.run(*asking).err
        assert comes(lambda: census.charts()["1"].allergies)


def test_the_census_is_made_again_when_its_process_dies_and_messages_are_kept_meanwhile(home: Path) -> None:
    with serving(home) as census:
        census.send(admission(1))
        assert comes(lambda: counted(home))
        child = counted(home)["pid"]
        os.kill(child, signal.SIGKILL)
        census.send(admission(2))
        assert comes(lambda: census.says("the census ended (-9)"))
        assert comes(lambda: counted(home)["pid"] != child and counted(home)["taken"] == 2)
    assert census.says("2 taken in, 2 understood, 0 rejected")


def test_a_checkpoint_that_cannot_be_read_is_named_and_set_aside_and_nobody_is_missing(home: Path) -> None:
    def served_once(number: int) -> None:
        with serving(home) as census:
            census.send(admission(number, number))
            assert comes(lambda: counted(home).get("taken") == number)

    checkpoints = home / "continuity" / "checkpoints"
    served_once(1)
    served_once(2)
    last = max(checkpoints.iterdir())
    last.write_bytes(last.read_bytes()[:-1])
    with serving(home) as census:
        assert comes(lambda: census.says(f"{last.name}: cannot be read: it is damaged; the census goes on from"))
        assert comes(lambda: [each.name for each in checkpoints.glob("*.unreadable")] == [f"{last.stem}.unreadable"])
        assert sorted(census.charts()) == ["1", "2"]
    assert len(list(checkpoints.glob("*.checkpoint"))) == 2
