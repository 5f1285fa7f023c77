"""A record that does not allow us the rest in the middle of a comparison: what it told is kept, and nothing guessed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.census.tray import Taking, tray
from codedark.app.continuing.record.following import RecordFollowing
from codedark.app.continuing.record.plan import Plan
from codedark.app.continuing.record.report import last
from codedark.app.hospital_files import usable_hospital
from codedark.continuity.hl7v2.site import site
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotAllowed
from codedark.store.journal.journal import Journal
from tests.programs import comes
from tests.served_census import admission, furnished
from tests.small_fhir_server import SmallFhirServer, running_server

HOUR_US = 3_600_000_000
TOLD = {"meta": {"lastUpdated": "2026-01-12T09:00:00Z"}}
BEHIND_ALLERGIES = 4
"""Places, stays, patients and allergies are told before."""


@pytest.fixture
def server() -> Iterator[SmallFhirServer]:
    """A record with one patient, who is allergic."""
    with running_server() as running:
        mrn = {"identifier": [{"system": "urn:mrn", "value": "1"}], "name": [{"family": "Peeters", "given": ["An"]}]}
        whom = {"reference": "Patient/p1"}
        running.put({"resourceType": "Patient", "id": "p1", **TOLD, **mrn})
        running.put(
            {"resourceType": "AllergyIntolerance", "id": "a1", "code": {"text": "Latex"}, "patient": whom, **TOLD}
        )
        running.put({"resourceType": "Condition", "id": "c1", "code": {"text": "Asthma"}, "subject": whom, **TOLD})
        yield running


def census(home: Path) -> CensusState:
    """What the journal makes, and what lies in the tray."""
    with Journal(home / "continuity" / "journal", reserve_bytes=0) as journal:
        taking = Taking(home, journal)
        while taking.step():
            pass
    state = CensusState(usable_hospital(home / "hospital.yaml"), site())
    following = Following(home / "continuity" / "journal", state)
    following.catch_up()
    following.close()
    return state


@pytest.mark.parametrize("status", [401, 403])
def test_what_was_told_before_is_kept_it_is_said_and_asked_again_when_that_is_due(
    tmp_path: Path, server: SmallFhirServer, status: int
) -> None:
    home, said, at_us = furnished(tmp_path), list[str](), time.time_ns() // 1000
    with Journal(home / "continuity" / "journal", reserve_bytes=0) as journal:
        journal.append("mllp://10.0.0.1", "hl7v2", admission(1) + b"\n", 1, at_us)
    state = census(home)
    server.refusing = BEHIND_ALLERGIES, status
    plan = Plan(FhirClient(server.base, lambda _: "token"), "urn:mrn", HOUR_US, 0, repairs=True)
    following = RecordFollowing(home, plan, said.append)

    def stepped(at_us: int) -> dict[str, Any]:
        following.step(state, at_us)
        return last(home)

    assert comes(lambda: stepped(at_us).get("failed"))
    assert said == [
        f"2 resources are taken from the record: it does not allow us the rest: {server.base}/: answered {status}"
    ]
    assert last(home)["compared"] == ""
    assert len(list(tray(home).glob("*.ndjson"))) == 1
    kept = census(home)
    (chart,) = kept.charts(at_us).values()
    assert ([each.substance for each in chart.allergies], chart.problems) == (["Latex"], ())
    assert "FHIR" not in kept.feeds.last_us()
    asked = len(server.searches)
    for minutes in (1, 6, 59):
        stepped(at_us + minutes * HOUR_US // 60)
    assert len(server.searches) == asked
    server.refusing = None
    assert comes(lambda: stepped(at_us + HOUR_US).get("compared"))
    assert last(home)["failed"] == ""
    assert "FHIR" in census(home).feeds.last_us()


def test_a_new_token_is_asked_for_once_and_then_no_more(server: SmallFhirServer) -> None:
    asked = list[bool]()

    def bearer(anew: bool) -> str:
        asked.append(anew)
        return f"token{sum(asked)}"

    client = FhirClient(server.base, bearer)
    server.refusing = 0, 403
    for _ in range(3):
        with pytest.raises(NotAllowed, match="403"):
            client.search("Patient", [])
    assert sum(asked) == 1
    server.refusing = None
    assert len(client.search("Patient", [])) == 1


def test_a_server_that_answers_403_to_a_token_that_has_run_out_is_asked_with_a_new_one(server: SmallFhirServer) -> None:
    def bearer(anew: bool) -> str:
        server.refusing = None if anew else (0, 403)
        return "token"

    assert len(FhirClient(server.base, bearer).search("Patient", [])) == 1
