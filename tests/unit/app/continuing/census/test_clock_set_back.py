"""A clock that was hours ahead and was set right: nothing that was heard then is fresh, and nothing stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
import pytest

from codedark.app.continuing.census.clock import Clock
from codedark.app.continuing.census.intake import Intake
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.census.tray import Taking, lay
from codedark.app.continuing.record.following import RecordFollowing
from codedark.app.continuing.record.plan import Plan
from codedark.app.continuing.record.report import last
from codedark.app.continuing.serving import keeping as census_keeping
from codedark.app.continuing.serving.keeping import NAME, Keeping
from codedark.app.hospital_files import usable_hospital
from codedark.app.watching.part import Part
from codedark.continuity.charts.chart import Chart, Group
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.continuity.packs.ages import ages, is_old
from codedark.events.moments import moment_of
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.mllp_receiver import Received
from codedark.hospital.hospital import Hospital
from codedark.store.journal.journal import Journal
from tests.programs import comes
from tests.served_census import admission, furnished
from tests.small_fhir_server import running_server

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
BEGIN_US = 1_768_204_800 * SECOND_US  # 2026-01-12 08:00 UTC
AHEAD_US = BEGIN_US + 5 * HOUR_US
BEHIND_US = BEGIN_US + 60 * SECOND_US
HOSPITAL = Hospital("Test", "UTC")


def heard(journal: Journal, at_us: int, *messages: bytes) -> None:
    """Take messages in, by a clock that shows this."""
    intake = Intake(journal, Reader(site(), "UTC"), lambda: at_us)
    intake([Received(f"mllp://10.0.0.{n}", message) for n, message in enumerate(messages)])


def of(sender: str, number: int) -> bytes:
    """An admission that this system tells, without saying when: its time is when it was heard."""
    return admission(number, at="").replace(b"|EHR|", f"|{sender}|".encode())


def census(home: Path) -> CensusState:
    """What the journal makes."""
    state = CensusState(HOSPITAL, site())
    following = Following(home / "continuity" / "journal", state)
    following.catch_up()
    following.close()
    assert not state.books.rejected
    return state


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a small hospital."""
    return furnished(tmp_path)


@pytest.fixture
def journal(home: Path) -> Iterator[Journal]:
    """A journal whose clock was five hours ahead when two systems spoke."""
    with Journal(home / "continuity" / "journal", reserve_bytes=0) as opened:
        heard(opened, AHEAD_US, of("EHR", 1), of("LIS", 2))
        yield opened


def visits(charts: Mapping[str, Chart]) -> dict[str, int]:
    """Up to when whoever told of each stay was heard."""
    return {str(name): chart.as_of[Group.VISIT][0].until_us for name, chart in charts.items()}


def test_a_moment_ahead_is_not_known_and_never_fresh(home: Path, journal: Journal) -> None:
    state = census(home)
    charts = {str(name): chart for name, chart in state.charts(BEHIND_US).items()}
    assert visits(charts) == {"1": 0, "2": 0}
    found = ages(charts.values())
    assert is_old(found.oldest_us, BEHIND_US)
    assert len(state.feeds.sentences(BEHIND_US)) == 2


def test_when_the_clock_was_set_right_the_silent_feed_is_silent_and_the_other_speaks(
    home: Path, journal: Journal
) -> None:
    assert Clock(journal).look(BEHIND_US)
    heard(journal, BEHIND_US + 60 * SECOND_US, of("LIS", 3))
    state, now_us = census(home), BEHIND_US + 61 * SECOND_US
    assert state.feeds.last_us() == {"EHR": BEHIND_US, "LIS": BEHIND_US + 60 * SECOND_US}
    assert list(state.feeds.stalled(BEHIND_US + 1200 * SECOND_US)) == ["EHR", "LIS"]
    charts = {str(name): chart for name, chart in state.charts(now_us).items()}
    assert visits(charts) == {"1": BEHIND_US, "2": BEHIND_US + 60 * SECOND_US, "3": BEHIND_US + 60 * SECOND_US}
    assert "EHR" in state.feeds.stalled(AHEAD_US + SECOND_US)


def test_it_is_written_down_once_each_time_and_not_for_a_step_of_seconds(journal: Journal) -> None:
    clock = Clock(journal)
    assert not clock.look(AHEAD_US - 9 * SECOND_US)
    assert clock.look(BEHIND_US)
    assert not clock.look(BEHIND_US + SECOND_US)
    assert not clock.look(BEHIND_US + HOUR_US)
    assert clock.look(BEHIND_US + HOUR_US // 2)


def test_what_the_record_told_behind_it_was_said_when_it_was_asked(home: Path, journal: Journal) -> None:
    patient = {"resourceType": "Patient", "id": "p1", "identifier": [{"value": "9"}], "name": [{"family": "Maes"}]}
    lay(home, "fhir+http://r", BEHIND_US, [orjson.dumps(patient)])
    taking = Taking(home, journal)
    assert Clock(journal).look(BEHIND_US)
    while taking.step():
        pass
    state = census(home)
    assert state.feeds.last_us()["FHIR"] == BEHIND_US
    assert state.charts(BEHIND_US)


def test_a_time_to_come_ends_no_order(home: Path, journal: Journal) -> None:
    order = {
        "resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
        "meta": {"lastUpdated": "2026-01-12T07:00:00Z"}, "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "Heparin"},
        "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"end": "2026-01-12T09:00:00Z"}}}}],
    }  # fmt: skip
    lay(home, "fhir+http://r", AHEAD_US, [orjson.dumps(order)])
    assert Taking(home, journal).step()
    state = census(home)

    def active(at_us: int) -> list[str]:
        return [drug.status for chart in state.charts(at_us).values() for drug in chart.drugs]

    assert active(AHEAD_US) == ["completed"]
    assert active(BEHIND_US) == ["active"]
    assert active(AHEAD_US) == ["completed"]


class Quiet(Part):
    """A part that changes no signals of this process."""

    def __init__(self, home: Path) -> None:
        self._home, self._name, self._parent = home, NAME, os.getppid()
        (home / "run").mkdir(exist_ok=True)
        self._asked = self._hurried = False


def test_who_is_silent_is_told_while_the_process_goes_on(
    home: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, clock = list[str](), [AHEAD_US]
    monkeypatch.setattr(census_keeping, "now_us", lambda: clock[0])
    monkeypatch.setattr(census_keeping, "_LOOK_SECONDS", 0.0)
    keeping, part = Keeping(home, usable_hospital(home / "hospital.yaml"), site(), None, said.append), Quiet(home)
    while keeping.step(part):
        pass
    assert said == []
    clock[0] = BEHIND_US
    Clock(journal).look(BEHIND_US)
    while keeping.step(part):
        pass
    clock[0] = BEHIND_US + 1200 * SECOND_US
    keeping.step(part)
    assert any("EHR has told nothing since" in each for each in said)


def test_the_record_is_asked_at_once_and_not_in_six_hours(home: Path) -> None:
    (home / "continuity").mkdir()
    with running_server() as server:
        plan = Plan(FhirClient(server.base), "", HOUR_US, 0, repairs=False)
        following, state = RecordFollowing(home, plan, lambda _: None), CensusState(HOSPITAL, site())

        def compared(at_us: int) -> bool:
            following.step(state, at_us)
            return last(home).get("compared") == f"{moment_of(at_us):%Y-%m-%dT%H:%M:%SZ}"

        assert comes(lambda: compared(AHEAD_US))
        before = len(server.searches)
        following.step(state, AHEAD_US + SECOND_US)
        assert len(server.searches) == before
        assert comes(lambda: compared(BEHIND_US))
