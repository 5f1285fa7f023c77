"""Misuse of records is told by itself: once for each kind, in its own words, within the budget, and never instead of an
attack.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.detect.finding import Level, RuleInfo
from codedark.errors import UsageError
from codedark.respond.alarming import percent
from codedark.respond.bearers import is_misuse
from codedark.respond.decision import Judged
from codedark.respond.incident import Alarm, Incident, IncidentId, Verdict
from codedark.respond.incidents import Incidents
from codedark.respond.suspicion import Suspicion
from codedark.respond.weights import Weights
from tests.story_maker import (
    DAY_US,
    DUMP,
    HOUR_US,
    LOOK,
    MACRO,
    MINUTE_US,
    MONDAY_US,
    RUN_KEY,
    SETTINGS,
    TACTICS,
    finding,
    incidents,
    latest,
    rule,
    told,
)

SAYS = "Nurse of 4B (account anna) opened the records of 9 patients in one shift with whom nothing ties them."
OPENED = rule("behaviour/record-access", Level.MEDIUM, "collection", "t1213")
MANY = rule("behaviour/record-volume", Level.HIGH, "collection", "t1213", "exfiltration")
SHARES = rule("files of a share gathered", Level.MEDIUM, "collection", "t1039")
OWN = rule("behaviour/record-patterns", Level.LOW, "collection", "t1213")


def takes(known: Incidents, fired: RuleInfo, minutes: float, **given_: Any) -> list[Incident | Alarm]:
    at_us = MONDAY_US + int(minutes * MINUTE_US)
    fields = {"host": "pc-1", "user": "anna", "record": int(minutes) + 1, **given_}
    return list(known.take([finding(fired, at_us, **fields)], at_us))


def test_misuse_is_told_however_unlikely_an_attack_is_and_says_so_in_its_own_words() -> None:
    (alarm,) = told(takes(incidents(), OPENED, 0, says=SAYS))
    assert alarm.level is Level.MEDIUM
    assert alarm.confidence < SETTINGS.alarms.threshold
    assert alarm.why_now == "this is new"
    assert alarm.sentence.startswith("Patients' records were opened for no reason that we know: since ")
    assert SAYS in alarm.sentence
    assert "%" not in alarm.sentence, "how likely an attack is says nothing of what was read"
    assert alarm.next_step.startswith("Ask whoever uses account anna by telephone why they need these records")


def test_the_heaviest_sign_of_something_else_does_not_stand_under_the_headline_of_misuse() -> None:
    known = incidents()
    takes(known, rule("behaviour/egress", Level.MEDIUM, "exfiltration", "t1041"), 0, says="pc-1 sent 30 MB out.")
    (alarm,) = told(takes(known, OPENED, 30, says=SAYS))
    assert alarm.sentence.startswith("Patients' records")
    assert SAYS in alarm.sentence
    assert "30 MB" not in alarm.sentence


@pytest.mark.parametrize(
    ("fired", "says", "is_told"),
    [
        (OPENED, SAYS, True),
        (MANY, SAYS, True),
        (OWN, "Nurse (account anna) opened their own record.", False),
        (OPENED, "", False),
        (rule("behaviour/egress", Level.MEDIUM, "exfiltration", "t1041"), "pc-1 sent 30 MB out.", False),
    ],
)
def test_what_a_behaviour_of_records_says_from_the_level_on_is_misuse_and_nothing_else(
    fired: RuleInfo, says: str, is_told: bool
) -> None:
    assert bool(told(takes(incidents(), fired, 0, says=says))) is is_told


def test_a_sub_technique_is_misuse_as_its_technique_is() -> None:
    known = TACTICS.known(rule("r", Level.MEDIUM, "collection", "t1213.002"))
    assert is_misuse(known, SETTINGS.alarms)


def test_each_kind_is_told_once_and_another_kind_after_the_pause() -> None:
    known = incidents()
    said = takes(known, OPENED, 0, says=SAYS) + takes(known, OPENED, 5, says=SAYS) + takes(known, OPENED, 60, says=SAYS)
    assert len(told(said)) == 1
    (second,) = told(takes(known, MANY, 90, says=SAYS))
    assert "records were opened in another way that nothing explains" in second.why_now


def test_misuse_that_had_to_wait_for_the_pause_is_told_when_time_has_passed() -> None:
    known = incidents()
    takes(known, OPENED, 0, says=SAYS)
    assert told(takes(known, rule("behaviour/x", Level.MEDIUM, "collection", "t1213"), 5, says=SAYS)) == []
    assert len(told(list(known.tick(MONDAY_US + 31 * MINUTE_US)))) == 1
    assert told(list(known.tick(MONDAY_US + 90 * MINUTE_US))) == []


def test_misuse_that_had_to_wait_for_the_budget_is_told_when_it_is_full_again() -> None:
    known = incidents(None, alarms={"budget": 1})
    takes(known, OPENED, 0, says=SAYS)
    assert told(takes(known, OPENED, 10, host="pc-2", user="bob", says=SAYS)) == []
    (later,) = told(list(known.tick(MONDAY_US + 25 * HOUR_US)))
    assert "bob" in later.sentence


def test_who_sits_at_the_same_machine_is_in_no_incident_of_misuse_together() -> None:
    known = incidents()
    (first,) = told(takes(known, OPENED, 0, user="anna", says=SAYS))
    (second,) = told(takes(known, OPENED, 60, user="bob", says=SAYS))
    assert first.incident != second.incident
    assert "bob" in second.sentence


def test_many_who_open_one_record_do_not_hide_who_opens_another() -> None:
    known = incidents()
    one = {"says": SAYS, "codedark.patient": "P-1"}
    for number in range(3):
        who = {"host": f"pc-{number}", "user": f"nurse{number}"}
        assert len(told(takes(known, OPENED, number * 60, **who, **one))) == (number < 2)
    assert told(takes(known, OPENED, 240, host="pc-9", user="zoe", **{**one, "codedark.patient": "P-2"}))
    assert not told(takes(known, OPENED, 300, host="pc-10", user="yan", **{**one, "codedark.patient": "P-3"}))


def test_an_attack_that_grows_out_of_misuse_is_told_when_it_is_likely() -> None:
    known = incidents()
    (first,) = told(takes(known, OPENED, 0, says=SAYS))
    (second,) = told(takes(known, RUN_KEY, 60))
    assert first.incident == second.incident
    assert SETTINGS.alarms.threshold <= second.confidence < SETTINGS.alarms.bands[0]
    assert second.why_now.startswith("surer than before")


def test_what_was_likely_and_had_to_wait_for_the_budget_is_told_when_it_is_full_again() -> None:
    known = incidents(None, alarms={"budget": 1})
    assert told(takes(known, OPENED, 0, host="pc-2", user="bob", says=SAYS))
    assert told(takes(known, MACRO, 10) + takes(known, LOOK, 40)) == []
    (waited,) = told(list(known.tick(MONDAY_US + 25 * HOUR_US)))
    assert SETTINGS.alarms.threshold <= waited.confidence
    assert waited.why_now == "this is new"


def test_what_the_team_calls_expected_is_no_misuse_of_that_account_any_more() -> None:
    known = incidents()
    takes(known, OPENED, 0, says=SAYS)
    list(known.decide(Judged("1", "dr", IncidentId("2026-0001"), Verdict.EXPECTED), MONDAY_US + HOUR_US))
    assert told(takes(known, OPENED, 1440, says=SAYS)) == []
    assert told(takes(known, OPENED, 1450, host="pc-2", user="bob", says=SAYS))


def test_that_many_open_records_for_no_reason_makes_none_of_it_right() -> None:
    known = incidents()
    for day in range(15):
        for nurse in range(5):
            who = {"host": f"pc-{day}-{nurse}", "user": f"nurse{day}-{nurse}"}
            takes(known, OPENED, 1440 * day + nurse, says=SAYS, **who)
        list(known.tick(MONDAY_US + (day + 1) * 1440 * MINUTE_US))
    weight = known.learnt()[f"{OPENED.id}/medium"].weight
    assert weight < SETTINGS.joining.least_weight, "the rule itself has become common"
    late = 1440 * 17
    assert told(takes(known, OPENED, late, host="pc-new", user="zoe", says=SAYS))


def test_a_trifle_is_never_said_to_be_nought_per_cent_nor_possible() -> None:
    for fired, begins in (
        (OWN, "Somebody may be in the hospital's network (under 1 %): "),
        (SHARES, "Somebody may be reading what they have no need to read (under 1 %): "),
    ):
        (incident,) = latest(takes(incidents(), fired, 0)).values()
        assert incident.sentence.startswith(begins)
    assert percent(0.004) == "under 1 %"
    assert percent(0.005) == "1 %"


kinds = st.sampled_from([OPENED, MANY, OWN, MACRO, DUMP, RUN_KEY])
people = st.sampled_from([("pc-1", "anna"), ("pc-2", "bob"), ("pc-3", "carl")])
acts = st.lists(st.tuples(kinds, people, st.integers(0, 600)), max_size=25)


@settings(max_examples=60, deadline=None)
@given(acts, st.integers(0, 8))
def test_misuse_alone_keeps_to_the_budget_and_is_told_once_for_each_kind(
    lived: list[tuple[RuleInfo, tuple[str, str], int]], budget: int
) -> None:
    known = incidents(None, alarms={"budget": budget})
    said: list[Incident | Alarm] = []
    minute = 0
    for fired, (host, user), pause in lived:
        minute += pause
        says = SAYS if fired.id.startswith("behaviour/") else ""
        said += takes(known, fired, minute, host=host, user=user, says=says)
        said += known.tick(MONDAY_US + (minute + 1) * MINUTE_US)
    alarms = told(said)
    assert all(alarm.why_now and len(alarm.sentence) <= 400 for alarm in alarms)
    for at in range(len(alarms)):
        day = [each for each in alarms[: at + 1] if each.at_us > alarms[at].at_us - DAY_US]
        certain = [each for each in day if each.level is Level.CRITICAL]
        assert len(day) - len(certain) <= budget
    assert all(alarm.confidence >= SETTINGS.alarms.certain for alarm in alarms if alarm.level is Level.CRITICAL)
    numbers = [alarm.id for alarm in alarms]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    "changed",
    [
        {"alarms": {"threshold": 0.0}},
        {"alarms": {"certain": 1.0}},
        {"alarms": {"bands": []}},
        {"alarms": {"misuse_level": "loud"}},
        {"belief": {"half_life_days": 0.0}},
        {"weights": {"habit_days": 0.0}},
    ],
)
def test_figures_that_would_end_the_watch_later_are_refused_at_once(changed: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(UsageError, match="alarms"):
        incidents(None, **changed)


def test_a_clock_that_goes_back_by_a_lifetime_divides_by_nothing() -> None:
    known = Suspicion(MONDAY_US)
    known.add("a", ("T1",), 3.0, MONDAY_US, SETTINGS)
    assert known.score(0, SETTINGS.belief.half_life_days) >= 3.0
    assert known.score(-(10**18), SETTINGS.belief.half_life_days) >= 3.0


def test_which_habits_have_room_depends_on_the_order_of_what_fired_and_on_nothing_else() -> None:
    weights = Weights(SETTINGS.weights, 3, 1000)
    for _ in range(4):
        for number in range(50):
            weights.saw("r", Level.HIGH, f"pc-{number}", "")
        weights.day_ends(100_000_000, lambda _host, _account: False)
    assert [number for number in range(50) if weights.of("r", Level.HIGH, f"pc-{number}", "") == 0] == [0, 1, 2]
