"""Who makes up hosts does not make the watch forget those that there are."""

from __future__ import annotations

import pickle

from codedark.app.watching.alarm_settings import alarm_settings
from codedark.detect.behaviour.kinds.log_gaps import LogGaps
from codedark.detect.behaviour.observation import Heard, LogCleared
from codedark.detect.finding import Level
from codedark.respond.weights import Weights
from tests.behaviour_at_work import CONTEXT, MINUTE_US, MONDAY_US, settings_of

MOST = 64


def heard(minute: int, host: str, first: int, count: int = 10) -> Heard:
    return Heard(MONDAY_US + minute * MINUTE_US, host, 0, "security", count, first, first + count - 1, count)


def followed(minutes: int) -> LogGaps:
    behaviour = LogGaps(settings_of("log_gaps", most_logs=MOST, whole_before=20))
    for minute in range(minutes):
        for host in ("dc01", "fs01"):
            assert not [*behaviour.take(heard(minute, host, minute * 10 + 1), CONTEXT)]
        assert not [*behaviour.tick(MONDAY_US + minute * MINUTE_US, CONTEXT)]
    return behaviour


def test_made_up_hosts_displace_each_other_and_a_gap_is_still_noticed() -> None:
    behaviour = followed(40)
    for number in range(50 * MOST):
        assert not [*behaviour.take(heard(40 + number // 100, f"made-up-{number}", 1), CONTEXT)]
        assert len(behaviour._logs) <= MOST
    assert not [*behaviour.take(heard(80, "dc01", 501), CONTEXT)]
    again = pickle.loads(pickle.dumps(behaviour))
    for each in (behaviour, again):
        signs = [sign for minute in (80, 120) for sign in each.tick(MONDAY_US + minute * MINUTE_US, CONTEXT)]
        assert [sign.host for sign in signs] == ["dc01"]
        assert "never came" in signs[0].says


def test_a_new_host_finds_room_where_all_others_are_known() -> None:
    behaviour = LogGaps(settings_of("log_gaps", most_logs=MOST, whole_before=1))
    for minute in range(4):
        for number in range(MOST):
            assert not [*behaviour.take(heard(minute, f"host-{number}", minute * 10 + 1), CONTEXT)]
        assert not [*behaviour.tick(MONDAY_US + minute * MINUTE_US, CONTEXT)]
    for minute in range(4, 8):
        assert not [*behaviour.take(heard(minute, "new", minute * 10 + 1), CONTEXT)]
        assert not [*behaviour.tick(MONDAY_US + minute * MINUTE_US, CONTEXT)]
    assert ("new", "security") in behaviour._logs
    assert behaviour._logs["new", "security"].whole > 1


def test_made_up_hosts_whose_log_service_stops_do_not_hide_one_that_stops_later() -> None:
    behaviour = followed(2)
    for number in range(3 * MOST):
        stopped = LogCleared(MONDAY_US, f"made-up-{number}", 0, "", "event log service")
        assert not [*behaviour.take(stopped, CONTEXT)]
    assert not [*behaviour.take(LogCleared(MONDAY_US, "dc01", 0, "", "event log service"), CONTEXT)]
    later = Heard(MONDAY_US + 30 * MINUTE_US, "dc01", 0, "system", 0, 0, 0)
    assert [sign.host for sign in behaviour.take(later, CONTEXT)] == ["dc01"]


def weights(days: int) -> Weights:
    settings, _, _ = alarm_settings({})
    found = Weights(settings.weights, most_habits=MOST, most_firings=100 * MOST)
    for _ in range(days):
        found.saw("backup", Level.HIGH, "bk01", "svc_backup")
        list(found.day_ends(100, lambda *_: False))
    return found


def test_made_up_hosts_displace_no_habit() -> None:
    found = weights(5)
    usual = found.of("backup", Level.HIGH, "bk01", "svc_backup")
    assert usual < found.of("backup", Level.HIGH, "other", "other")
    for number in range(10 * MOST):
        found.saw("backup", Level.HIGH, f"made-up-{number}", f"nobody-{number}")
    list(found.day_ends(100, lambda *_: False))
    assert len(found._habits) <= MOST
    assert ("backup", "bk01") in found._habits


def test_a_new_habit_is_learnt_although_there_is_no_room() -> None:
    found = weights(5)
    for number in range(10 * MOST):
        found.saw("backup", Level.HIGH, f"made-up-{number}", "")
    list(found.day_ends(100, lambda *_: False))
    for _ in range(3):
        found.saw("restore", Level.HIGH, "bk02", "")
        list(found.day_ends(100, lambda *_: False))
    assert found._habits["restore", "bk02"] > 1
    assert pickle.loads(pickle.dumps(found))._habits == found._habits
