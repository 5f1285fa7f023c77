"""What the record deletes stays on the chart until a person ends it, and is named in each comparison."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.census.tray import Taking
from codedark.app.continuing.record.following import RecordFollowing
from codedark.app.continuing.record.plan import Plan
from codedark.app.continuing.record.report import last
from codedark.app.hospital_files import usable_hospital
from codedark.continuity.charts.comparison import DELETED
from codedark.continuity.hl7v2.site import site
from codedark.exchange.fhir_client import FhirClient
from codedark.store.journal.journal import Journal
from tests.programs import comes
from tests.served_census import admission, furnished
from tests.small_fhir_server import SmallFhirServer, running_server

HOUR_US = 3_600_000_000
WHOM = {"reference": "Patient/p1"}
FILED: tuple[dict[str, Any], ...] = (
    {"resourceType": "Flag", "id": "f1", "status": "active", "code": {"text": "No resuscitation"}, "subject": WHOM},
    {"resourceType": "Condition", "id": "c1", "code": {"text": "Asthma"}, "subject": WHOM},
    {"resourceType": "Condition", "id": "c2", "code": {"text": "Gout"}, "subject": WHOM},
    {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "code": {"text": "CT head"}, "subject": WHOM},
    {"resourceType": "AllergyIntolerance", "id": "a1", "code": {"text": "Latex"}, "patient": WHOM},
)


class Compared:
    """A census beside a record, compared as often as it is asked for."""

    def __init__(self, home: Path, server: SmallFhirServer) -> None:
        self.home, self.at_us = home, time.time_ns() // 1000
        with Journal(home / "continuity" / "journal", reserve_bytes=0) as journal:
            journal.append("mllp://10.0.0.1", "hl7v2", admission(1) + b"\n", 1, self.at_us)
        self._following = RecordFollowing(
            home, Plan(FhirClient(server.base), "urn:mrn", HOUR_US, 0, repairs=True), lambda _: None
        )

    def census(self) -> CensusState:
        """What the journal makes, and what lies in the tray."""
        with Journal(self.home / "continuity" / "journal", reserve_bytes=0) as journal:
            taking = Taking(self.home, journal)
            while taking.step():
                pass
        state = CensusState(usable_hospital(self.home / "hospital.yaml"), site())
        following = Following(self.home / "continuity" / "journal", state)
        following.catch_up()
        following.close()
        return state

    def told(self) -> dict[tuple[str, str], str]:
        """What the next comparison tells: group and side of the census, and the side of the record."""
        state, before = self.census(), last(self.home).get("compared", "")
        self.at_us += HOUR_US + 1_000_000

        def is_done() -> bool:
            self._following.step(state, self.at_us)
            return bool(last(self.home).get("compared", "") != before)

        assert comes(is_done)
        return {(each["group"], each["census"]): each["record"] for each in last(self.home)["differences"]}


@pytest.fixture
def server() -> Iterator[SmallFhirServer]:
    """A record with one patient of whom it tells much."""
    told = {"meta": {"lastUpdated": "2026-01-12T09:00:00Z"}}
    with running_server() as running:
        mrn = {"identifier": [{"system": "urn:mrn", "value": "1"}], "name": [{"family": "Peeters", "given": ["An"]}]}
        running.put({"resourceType": "Patient", "id": "p1", **told, **mrn})
        for each in FILED:
            running.put({**each, **told})
        yield running


@pytest.fixture
def compared(tmp_path: Path, server: SmallFhirServer) -> Compared:
    """Compared once, with everything taken in."""
    made = Compared(furnished(tmp_path), server)
    made.told()
    assert DELETED not in made.told().values()
    return made


def test_what_was_deleted_is_named_each_hour_and_stays_on_the_chart(
    compared: Compared, server: SmallFhirServer
) -> None:
    for name in ("Flag/f1", "Condition/c1", "ServiceRequest/s1", "AllergyIntolerance/a1"):
        del server.resources[name]
    for _ in range(2):
        told = compared.told()
        gone = {text for (_, text), side in told.items() if side == DELETED}
        assert {each.split(" 2026")[0] for each in gone} == {
            "code-status No resuscitation",
            "Asthma",
            "imaging CT head",
        }
        assert told["allergies", "latex"] == ""
    (chart,) = compared.census().charts(compared.at_us).values()
    assert [each.text for each in chart.problems] == ["Asthma", "Gout"]
    assert chart.alerts
    assert chart.allergies


def test_what_the_record_ended_is_not_called_deleted(compared: Compared, server: SmallFhirServer) -> None:
    for name, status in (("Flag/f1", "inactive"), ("ServiceRequest/s1", "completed")):
        server.put({**server.resources[name], "status": status, "meta": {"lastUpdated": "2026-01-12T10:00:00Z"}})
    assert DELETED not in compared.told().values()
    assert DELETED not in compared.told().values()


def test_of_a_patient_who_was_deleted_he_himself_is_named_and_what_messages_told_is_not(
    compared: Compared, server: SmallFhirServer
) -> None:
    server.resources.clear()
    told = compared.told()
    assert [key for key, side in told.items() if side == DELETED] == [("identity", "Peeters An")]
    messages_only = Compared(furnished(compared.home.parent / "other"), server)
    assert DELETED not in messages_only.told().values()
