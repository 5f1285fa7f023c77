"""The benches count for an attack what is the attack's, and nothing else."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from codedark.detect.finding import Level
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.respond.incident import Incident
from codedark.simulate.truth import Held, Truth
from tests.house.repository import ROOT
from tests.story_maker import MINUTE_US, MONDAY_US, finding, incidents, latest, rule

TRUTH = Truth(
    "a script",
    MONDAY_US,
    held=(
        Held(AssetId("WS01"), AccountId(""), MONDAY_US + 10 * MINUTE_US),
        Held(AssetId(""), AccountId("Anna"), MONDAY_US + 20 * MINUTE_US),
    ),
)


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bench."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module("alarms")


def _incident(minute: int, host: str, user: str, record: int = 5) -> Incident:
    at_us = MONDAY_US + minute * MINUTE_US
    found = finding(rule("r", Level.HIGH, "execution"), at_us, host, user, record)
    return latest(list(incidents().take([found], at_us)))["2026-0001"]


@pytest.mark.parametrize(
    ("incident", "is_about"),
    [
        (_incident(30, "ws77", ""), False),
        (_incident(30, "", "carl"), False),
        (_incident(5, "ws01", ""), False),
        (_incident(15, "ws01", "anna"), True),
        (_incident(15, "ws77", "anna"), False),
        (_incident(25, "ws77", "HOSP\\anna"), True),
        (_incident(5, "ws77", "carl", 9), True),
    ],
)
def test_an_incident_is_of_the_attack_only_by_its_records_or_by_whom_it_held_then(
    alarms: ModuleType, incident: Incident, is_about: bool
) -> None:
    """Noise of a machine for which no account is named is nobody's, and noise before a machine was held is noise."""
    traces = {9: ("step", MONDAY_US)}
    assert alarms.about(incident, traces, alarms.held_by(TRUTH)) is is_about
