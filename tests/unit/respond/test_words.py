"""The parts that make the words, and the files that they come from."""

from __future__ import annotations

import pytest

from codedark.app.rules import _rule_files
from codedark.detect.finding import Level
from codedark.errors import UsageError
from codedark.respond.alarming import percent
from codedark.respond.incident import AtRisk
from codedark.respond.next_steps import NextSteps
from codedark.respond.sentence import at_risk_text, clock, lines, listed, zone_of
from codedark.respond.settings import AlarmSettings
from tests.story_maker import DAY_US, DUMP, MACRO, MONDAY_US, SETTINGS, STEPS, TACTICS, finding, incidents, latest, rule


def test_lists_are_read_aloud_as_people_say_them() -> None:
    assert listed([], 2, "machines") == ""
    assert listed(["a", "b"], 2, "machines") == "a and b"
    assert listed(["a", "b", "c"], 2, "machines") == "a, b and 1 more machine"
    assert listed(["a", "b", "c", "d"], 2, "machines") == "a, b and 2 more machines"


def test_nothing_is_ever_a_hundred_per_cent_sure() -> None:
    assert [percent(share) for share in (0.5, 0.954, 0.9949, 0.9999)] == ["50 %", "95 %", "99 %", "over 99 %"]


def test_times_are_said_in_the_hospitals_own_clock() -> None:
    brussels = zone_of("Europe/Brussels")
    assert clock(MONDAY_US, MONDAY_US, brussels) == "08:30"
    assert clock(MONDAY_US, MONDAY_US + DAY_US, brussels) == "Monday 08:30"
    assert clock(MONDAY_US, MONDAY_US + 30 * DAY_US, brussels) == "12 January 08:30"
    assert clock(MONDAY_US, MONDAY_US, zone_of("Nowhere/Atall")) == "07:30"


def test_what_is_at_risk_is_said_only_where_something_is_known() -> None:
    assert at_risk_text(AtRisk(), 2) == ""
    text = at_risk_text(AtRisk(("PACS", "LIS"), ("Surgery 1",), (), ("Nurse call",)), 2)
    assert text == " At risk: PACS and LIS; Surgery 1; lifeline Nurse call."


def test_the_longer_text_says_whom_why_and_since_when() -> None:
    known = incidents()
    said = list(
        known.take([finding(DUMP, MONDAY_US, "pc-1", "anna"), finding(MACRO, MONDAY_US, "pc-1", "anna")], MONDAY_US)
    )
    (incident,) = latest(said).values()
    text = "\n".join(lines(incident, "Europe/Brussels", MONDAY_US))
    assert text.startswith(incident.sentence)
    assert "Machine pc-1: 96 %" in text
    assert "08:30  Lsass dumped, on pc-1 as anna" in text


def test_every_tactic_has_a_sign_and_a_first_step_and_every_step_can_be_filled_in() -> None:
    assert set(STEPS.tactics) == set(TACTICS.order)
    for step in (*STEPS.tactics.values(), *STEPS.techniques.values()):
        assert step.sign
        filled = step.first.format(hosts="PC-1", accounts="account anna")
        assert "{" not in filled
        assert len(filled) < 180
    assert all(step.first for step in STEPS.tactics.values())
    assert set(STEPS.techniques) <= set(TACTICS.techniques) | {"T1685.005"}


def test_canaries_are_rules_that_ship() -> None:
    shipped = b"\n".join(text for _, text in _rule_files("hospital")).decode()
    assert all(f"id: {canary}" in shipped for canary in SETTINGS.alarms.canaries)


def test_a_rule_counts_for_the_furthest_of_its_tactics() -> None:
    known = TACTICS.known(
        rule("r", Level.LOW, "discovery", "defense-evasion", "lateral-movement", "t1021.002", "t1018")
    )
    assert known.tactic == "lateral-movement"
    assert known.groups == ("T1021", "T1018")
    assert TACTICS.known(rule("r", Level.LOW, "t1486")).tactic == "impact"
    assert TACTICS.known(rule("r", Level.LOW)).groups == ("r",)


@pytest.mark.parametrize("broken", [{}, {"weights": {}}])
def test_settings_that_lack_something_say_what(broken: dict[str, dict[str, float]]) -> None:
    with pytest.raises(UsageError, match=r"alarms\.yaml"):
        AlarmSettings.of(broken)


def test_steps_without_a_sign_are_refused() -> None:
    with pytest.raises(UsageError, match=r"tactics\.impact"):
        NextSteps.of({"tactics": {"impact": {"first": "Run."}}, "techniques": {}})
