"""Stories of a hospital: what is one incident, who is woken, what is learnt, and what is let be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from codedark.detect.finding import Level
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import AllOf, OnAsset, Service, ServiceId, Tier
from codedark.hospital.ward import Ward, WardId
from codedark.respond.decision import Acknowledged, Judged, Lifted, Suppressed, refusal
from codedark.respond.incident import Alarm, Incident, IncidentId, Status, Verdict
from codedark.respond.incidents import Incidents
from tests.story_maker import (
    BACKUP,
    DAY_US,
    DUMP,
    HOUR_US,
    LOGOFF,
    LOOK,
    MACRO,
    MINUTE_US,
    MONDAY_US,
    RDP,
    RUN_KEY,
    SETTINGS,
    finding,
    incidents,
    latest,
    rule,
    told,
)

HOSPITAL = Hospital(
    "Sint-Elders",
    time_zone="Europe/Brussels",
    assets={
        AssetId(name): Asset(AssetId(name), kind, addresses=(address,))
        for name, kind, address in (
            ("DC01", AssetKind.DOMAIN_CONTROLLER, "10.0.0.1"),
            ("PACS01", AssetKind.SERVER, "10.0.0.2"),
            ("PC-1", AssetKind.WORKSTATION, "10.0.1.1"),
            ("PC-2", AssetKind.WORKSTATION, "10.0.1.2"),
        )
    },
    accounts={
        AccountId("adm-bob"): Account(AccountId("adm-bob"), AccountKind.ADMINISTRATOR, privileged=True),
        AccountId("svc_mon"): Account(AccountId("svc_mon"), AccountKind.SERVICE),
    },
    services={
        ServiceId("pacs"): Service(
            ServiceId("pacs"), "Images (PACS)", Tier.ONE, AllOf((OnAsset(AssetId("PACS01")),)), patient_facing=True
        )
    },
    wards={
        WardId("OR"): Ward(WardId("OR"), "Operating theatre", "operating theatre"),
        WardId("INT"): Ward(WardId("INT"), "Internal medicine", "internal medicine"),
    },
)


def story(known: Incidents, *steps: tuple[Any, ...], host: str = "PC-1", user: str = "anna") -> list[Incident | Alarm]:
    """Each step is (minutes after Monday 07:30 UTC, rule, fields of the finding and of its record)."""
    out: list[Incident | Alarm] = []
    for number, (minutes, fired, *more) in enumerate(steps, 1):
        at_us = MONDAY_US + int(minutes * MINUTE_US)
        fields = {"host": host, "user": user, "record": number, **(more[0] if more else {})}
        out += known.take([finding(fired, at_us, **fields)], at_us)
    return out


INTRUSION = ((0, MACRO), (20, LOOK), (180, RUN_KEY), (400, DUMP))


def test_an_intrusion_is_one_incident_and_wakes_somebody_before_passwords_are_taken() -> None:
    said = story(incidents(HOSPITAL), *INTRUSION)
    alarms = told(said)
    assert len(latest(said)) == 1
    assert alarms[0].at_us < MONDAY_US + 400 * MINUTE_US
    assert alarms[0].why_now == "this is new"
    assert "new signs: passwords being stolen" in alarms[-1].why_now
    assert list(latest(said)["2026-0001"].tactics) == ["execution", "persistence", "credential-access", "discovery"]


def test_the_sentence_says_what_where_how_sure_and_what_first_in_plain_words() -> None:
    first, second, *_, last = told(story(incidents(HOSPITAL), *INTRUSION))
    assert first.sentence == (
        "Somebody may be in the hospital's network (9 %): since 08:30 on PC-1, as anna. Signs: strange programs. "
        "First: Ask whoever uses or looks after PC-1 whether this is theirs; if nobody knows of it, take it as real."
    )
    assert second.sentence == (
        "Somebody is very likely (94 %) in the hospital's network: since 08:30 on PC-1, as anna. Signs: strange "
        "programs and somebody looking around. First: Ask whoever uses PC-1 by telephone what they opened; if nobody "
        "knows, take it off the network, but leave it switched on."
    )
    assert last.sentence.startswith("Somebody is almost certainly (over 99 %) in the hospital's network: since 08:30")
    assert all(len(each.sentence) <= 400 for each in (first, second, last))


def test_a_month_of_the_same_noise_is_asked_about_once_and_ends_near_nothing() -> None:
    known = incidents(HOSPITAL)
    minutes = [day * 1440 + each for day in range(30) for each in range(3)]
    noise = sorted(
        [*((each, RUN_KEY) for each in minutes), *((each + 0.5, LOOK) for each in minutes)], key=lambda n: n[0]
    )
    (asked,) = told(story(known, *noise))
    assert asked.at_us < MONDAY_US + DAY_US
    assert asked.sentence.startswith("Somebody may be in the hospital's network")
    assert list(known.take([finding(RUN_KEY, MONDAY_US + 31 * DAY_US, "PC-1", "anna")], MONDAY_US + 31 * DAY_US)) == []


def test_eight_weeks_of_rare_traces_add_up() -> None:
    week = 7 * 1440
    traces = [rule(f"trace {number}", Level.MEDIUM, f"t10{number}0") for number in range(1, 9)]
    alarms = told(story(incidents(HOSPITAL), *[(number * week, each) for number, each in enumerate(traces)]))
    assert alarms
    assert alarms[0].at_us < MONDAY_US + 8 * 7 * DAY_US


def test_a_rule_that_fires_on_ten_hosts_every_day_ends_near_zero_by_itself() -> None:
    known = incidents()
    for day in range(20):
        now_us = MONDAY_US + day * DAY_US
        list(known.take([finding(LOOK, now_us, f"pc-{(day * 10 + at) % 100}", record=at) for at in range(10)], now_us))
    list(known.tick(MONDAY_US + 20 * DAY_US))
    assert known.learnt()["whoami"].weight < 0.5
    assert known.firings_a_day("whoami") == pytest.approx(10, rel=0.25)


def test_a_rule_never_seen_keeps_the_weight_of_its_level() -> None:
    known = incidents()
    story(known, *[(day * 1440, LOGOFF) for day in range(30)])
    said = story(known, (30 * 1440, BACKUP), host="pc-9")
    assert latest(said).popitem()[1].evidence[0].weight == SETTINGS.weights.of_level(Level.CRITICAL)


def test_two_noises_on_two_machines_stay_two() -> None:
    known = incidents(HOSPITAL)
    said = story(known, (0, RUN_KEY)) + story(known, (5, LOOK), host="PC-2", user="bea")
    assert len(latest(said)) == 2


def test_machines_that_only_share_a_domain_controller_or_a_service_account_are_not_joined() -> None:
    known = incidents(HOSPITAL)
    said = story(
        known,
        (0, LOOK, {"IpAddress": "10.0.1.1", "user": ""}),
        (5, LOOK, {"IpAddress": "10.0.1.2", "user": ""}),
        host="DC01",
    )
    assert [[host.name for host in each.hosts] for each in latest(said).values()] == [["pc-1"], ["pc-2"]]
    said = story(known, (9, RUN_KEY, {"host": "PC-7"}), (9, RUN_KEY, {"host": "PC-8"}), user="svc_mon")
    assert len(latest(said)) == 2


def test_the_machine_that_a_log_on_came_from_ties_two_hosts_together() -> None:
    known = incidents(HOSPITAL)
    said = story(known, (0, MACRO)) + story(
        known, (30, DUMP, {"IpAddress": "::ffff:10.0.1.1"}), host="PACS01", user="adm-bob"
    )
    (incident,) = latest(said).values()
    assert {each.name for each in incident.hosts} == {"pc-1", "pacs01"}


def test_incidents_that_turn_out_to_be_one_keep_the_older_number() -> None:
    known = incidents(HOSPITAL)
    said = story(known, (0, MACRO)) + story(known, (5, RUN_KEY), host="PC-2", user="bea")
    said += story(known, (9, RDP, {"DestinationIp": "10.0.1.2"}))
    seen = latest(said)
    assert (seen["2026-0002"].merged_into, seen["2026-0002"].status) == ("2026-0001", Status.CLOSED)
    assert len(seen["2026-0001"].evidence) == 3
    assert [each.id for each in known.open(MONDAY_US + HOUR_US)] == ["2026-0001"]


def test_the_number_that_people_were_told_stays_when_an_older_noise_joins() -> None:
    known = incidents(HOSPITAL)
    said = story(known, (0, RUN_KEY), host="PC-2", user="bea") + story(known, (10, MACRO), (15, DUMP), (20, LOOK))
    assert told(said)[0].incident == "2026-0002"
    assert latest(story(known, (60, RDP, {"DestinationIp": "10.0.1.2"})))["2026-0001"].merged_into == "2026-0002"


def test_a_deleted_backup_wakes_somebody_at_once_even_when_the_budget_is_spent() -> None:
    known = incidents(HOSPITAL, alarms={"budget": 0})
    (alarm,) = told(story(known, (0, BACKUP), host="PACS01", user="adm-bob"))
    assert alarm.level is Level.CRITICAL
    assert alarm.why_now.startswith("this cannot wait: backups being destroyed")
    assert "Unplug the backup store" in alarm.next_step
    said = story(known, (1, MACRO), (20, LOOK))
    (likely,) = latest(said).values()
    assert told(said) == []
    assert 0.5 < likely.confidence < 0.99, "likely enough for an alarm, had there been any left"


def test_what_it_puts_at_risk_is_asked_of_the_model() -> None:
    (alarm,) = told(story(incidents(HOSPITAL), (0, BACKUP), host="PACS01", user="adm-bob"))
    assert alarm.at_risk.services == ("Images (PACS)",)
    assert alarm.at_risk.operations == ("Operating theatre",)
    assert "At risk: Images (PACS); all wards and operations." in alarm.sentence


def test_not_two_alarms_of_one_incident_within_half_an_hour_unless_it_is_surer_by_a_band() -> None:
    known = incidents(HOSPITAL)
    alarms = told(
        story(known, (0, MACRO), (2, RUN_KEY), (4, LOOK), (6, DUMP), (8, RDP), (9, rule("x", Level.HIGH, "t1048")))
    )
    bands = [sum(alarm.confidence >= band for band in (0.5, 0.9, 0.99)) for alarm in alarms]
    assert bands == sorted(set(bands))
    assert bands[-1] == 3
    (waited,) = told(list(known.tick(alarms[-1].at_us + 31 * MINUTE_US)))
    assert "data leaving the house" in waited.sentence


def test_acknowledging_marks_the_incident_until_something_new_is_told() -> None:
    known = incidents(HOSPITAL)
    story(known, *INTRUSION[:3])
    now_us = MONDAY_US + 200 * MINUTE_US
    (seen,) = latest(list(known.decide(Acknowledged("1", "dr", IncidentId("2026-0001")), now_us))).values()
    assert seen.status is Status.ACKNOWLEDGED
    assert latest(story(known, (400, DUMP)))["2026-0001"].status is Status.OPEN


def test_what_the_team_calls_expected_is_not_told_again_on_that_host_and_is_elsewhere() -> None:
    known = incidents(HOSPITAL)
    scan = [(0, MACRO), (3, DUMP), (6, RUN_KEY)]
    assert told(story(known, *scan))
    list(
        known.decide(Judged("1", "dr", IncidentId("2026-0001"), Verdict.EXPECTED, "our own test"), MONDAY_US + HOUR_US)
    )
    assert not known.held("pc-1", "anna")
    assert told(story(known, *[(minute + 1440, fired) for minute, fired in scan])) == []
    assert told(story(known, *[(minute + 1500, fired) for minute, fired in scan], host="PC-2", user="bea"))


def test_a_false_verdict_makes_the_rule_lighter_everywhere() -> None:
    known = incidents(HOSPITAL)
    story(known, (0, MACRO), (3, DUMP))
    list(known.decide(Judged("1", "dr", IncidentId("2026-0001"), Verdict.FALSE), MONDAY_US + HOUR_US))
    learnt = known.learnt()["lsass dumped"]
    assert learnt.weight < SETTINGS.weights.of_level(Level.HIGH) - 1
    assert learnt.verdicts[Verdict.FALSE] == 1


def test_a_host_is_held_from_when_it_is_suspected_until_somebody_says_that_it_was_nothing() -> None:
    known = incidents(HOSPITAL)
    assert not known.held("pc-1", "")
    story(known, *INTRUSION)
    assert known.held("pc-1", "")
    assert not known.held("", "")
    assert not known.held("pc-2", "")
    list(known.decide(Judged("1", "dr", IncidentId("2026-0001"), Verdict.FALSE), MONDAY_US + DAY_US))
    assert not known.held("pc-1", "anna")


def test_what_an_intruder_does_every_day_does_not_become_ordinary() -> None:
    known = incidents(HOSPITAL)
    story(known, *INTRUSION, *[(day * 1440, DUMP) for day in range(1, 15)])
    list(known.tick(MONDAY_US + 16 * DAY_US))
    assert known.learnt()["lsass dumped"].ordinary_host_days == 0


@pytest.mark.parametrize(
    "end",
    [
        lambda known: known.decide(Lifted("l", "chief", "s"), MONDAY_US),
        lambda known: known.tick(MONDAY_US + DAY_US),
    ],
)
def test_a_suppression_keeps_quiet_until_it_is_lifted_or_ends_by_itself(
    end: Callable[[Incidents], Iterator[object]],
) -> None:
    known = incidents(HOSPITAL)
    quiet = Suppressed("s", "chief", "test by our own team", MONDAY_US + DAY_US, host="pc-1.hospital.example")
    list(known.decide(quiet, MONDAY_US))
    assert story(known, *INTRUSION) == []
    list(end(known))
    assert not known.suppressions
    assert told(story(known, *[(minute + 2000, fired) for minute, fired in INTRUSION]))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": " "}, "needs a reason"),
        ({"until_us": MONDAY_US}, "needs an end"),
        ({"host": ""}, "of everything"),
        ({"by": ""}, "who decides"),
    ],
)
def test_a_suppression_without_owner_reason_end_or_object_is_refused(changes: dict[str, Any], why: str) -> None:
    asked = replace(Suppressed("s", "chief", "a test", MONDAY_US + DAY_US, host="pc-1"), **changes)
    known = incidents()
    list(known.decide(asked, MONDAY_US))
    assert why in refusal(asked, MONDAY_US)
    assert not known.suppressions


def test_an_incident_that_nothing_was_added_to_closes_by_itself_and_its_verdict_is_still_heard() -> None:
    known = incidents()
    story(known, (0, RUN_KEY))
    (closed,) = latest(list(known.tick(MONDAY_US + 8 * DAY_US))).values()
    assert (closed.status, closed.verdict) == (Status.CLOSED, None)
    list(known.decide(Judged("1", "dr", closed.id, Verdict.FALSE), MONDAY_US + 9 * DAY_US))
    assert known.learnt()["run key"].verdicts[Verdict.FALSE] == 1


def test_times_that_cannot_be_are_taken_as_now() -> None:
    for year_us in (0, MONDAY_US + 73 * 365 * DAY_US):
        known = incidents()
        (incident,) = latest(list(known.take([finding(RUN_KEY, year_us, "pc-1")], MONDAY_US))).values()
        assert (incident.began_us, incident.id) == (MONDAY_US, "2026-0001")


def test_signs_of_a_behaviour_are_learnt_by_level_and_speak_for_themselves() -> None:
    told_by = [rule("behaviour/record-access", level, "collection", "t1213") for level in (Level.LOW, Level.HIGH)]
    known = incidents()
    says = "anna opened 60 records of patients whom she does not treat."
    story(known, *[(day * 1440, told_by[0]) for day in range(20)])
    alarms = told(story(known, (21 * 1440, replace(told_by[1]), {"says": says}), (21 * 1440 + 90, MACRO)))
    assert set(known.learnt()) == {
        "behaviour/record-access/low",
        "behaviour/record-access/high",
        "office starts a shell",
    }
    assert says in alarms[0].sentence


def test_one_more_finding_says_less_the_more_machines_an_incident_has() -> None:
    few, many = incidents(), incidents()
    spread = [(minute, RDP, {"host": f"pc-{minute}"}) for minute in range(10, 30, 2)]
    story(few, spread[0])
    story(many, *spread)
    last = {"host": "pc-99"}
    (of_few,), (of_many,) = (latest(story(known, (60, DUMP, last))).values() for known in (few, many))
    assert [each.evidence[-1].title for each in (of_few, of_many)] == ["Lsass dumped"] * 2
    assert of_many.evidence[-1].weight < of_few.evidence[-1].weight - 1
