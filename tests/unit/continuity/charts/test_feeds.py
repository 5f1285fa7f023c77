"""Feeds that fall silent: each by its own habit."""

from __future__ import annotations

from codedark.continuity.charts.chart import Chart, Group, Heard, PatientId
from codedark.continuity.charts.feeds import LEAST_US, NEW_US, Feeds
from codedark.continuity.charts.silence import Silence
from codedark.continuity.charts.times import Times

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
MONDAY_US = 1_768_176_000 * SECOND_US  # 2026-01-12 00:00 UTC


def feeds_of(*gaps_seconds: int, start_us: int = MONDAY_US) -> tuple[Feeds, int]:
    """A feed that spoke with these gaps, and when it spoke last."""
    feeds, at_us = Feeds(Times("UTC")), start_us
    feeds.spoke("EHR", at_us)
    for gap in gaps_seconds:
        at_us += gap * SECOND_US
        feeds.spoke("EHR", at_us)
    return feeds, at_us


def test_a_busy_feed_is_stalled_early_enough_to_be_on_the_page_within_a_minute() -> None:
    feeds, last_us = feeds_of(*[5] * 100)
    assert LEAST_US <= 20 * SECOND_US
    assert feeds.stalled(last_us + LEAST_US) == {}
    assert feeds.stalled(last_us + LEAST_US + 1) == {"EHR": last_us}


def test_a_feed_with_long_gaps_is_given_three_times_its_longest() -> None:
    feeds, last_us = feeds_of(300, 100, 100)
    assert feeds.stalled(last_us + 900 * SECOND_US) == {}
    assert feeds.stalled(last_us + 901 * SECOND_US) == {"EHR": last_us}


def test_a_new_feed_is_given_ten_minutes() -> None:
    feeds, last_us = feeds_of()
    assert feeds.stalled(last_us + NEW_US) == {}
    assert feeds.stalled(last_us + NEW_US + 1)


def test_a_quiet_hour_is_known_again_the_next_day_and_a_busy_one_stays_busy() -> None:
    feeds, last_us = feeds_of(*[30] * 120, *[60] * 10, *[150] * 4, *[400] * 4, *[900] * 3, *[30] * 2400)
    quiet_us, busy_us = MONDAY_US + 25 * HOUR_US + HOUR_US // 2, MONDAY_US + 34 * HOUR_US
    assert last_us < quiet_us
    feeds.spoke("EHR", quiet_us)
    assert feeds.stalled(quiet_us + 1200 * SECOND_US) == {}
    for n in range(20):
        feeds.spoke("EHR", busy_us + n * SECOND_US)
    assert "EHR" in feeds.stalled(busy_us + 1200 * SECOND_US)


def test_one_outage_does_not_teach_that_silence_is_ordinary() -> None:
    feeds, last_us = feeds_of(*[10] * 50, 20 * 3600, *[10] * 50)
    assert feeds.stalled(last_us + HOUR_US) == {"EHR": last_us}


def test_a_chart_says_that_its_source_was_heard_though_nothing_was_said_of_the_patient() -> None:
    feeds, last_us = feeds_of(5, 5, 5)
    chart = Chart(PatientId("1"), as_of={Group.VISIT: (Heard("EHR", MONDAY_US), Heard("FHIR", MONDAY_US))})
    fresh = feeds.marked(chart, last_us + SECOND_US).as_of[Group.VISIT]
    assert fresh == (Heard("EHR", last_us), Heard("FHIR", MONDAY_US))
    late = feeds.marked(chart, last_us + HOUR_US).as_of[Group.VISIT]
    assert late[0] == Heard("EHR", last_us, is_stalled=True)
    assert feeds.silences(last_us + HOUR_US) == (Silence("EHR", last_us),)
    assert feeds.sentences(last_us + HOUR_US) == ("EHR has told nothing since 12.01.2026 00:00.",)


def test_what_comes_again_or_late_changes_nothing() -> None:
    feeds, last_us = feeds_of(10, 10)
    feeds.spoke("EHR", last_us - 5 * SECOND_US)
    assert feeds.last_us() == {"EHR": last_us}


def test_what_was_heard_in_a_time_to_come_is_doubtful_and_never_fresh() -> None:
    feeds, ahead_us = feeds_of(*[5] * 100, start_us=MONDAY_US + 5 * HOUR_US)
    now_us = ahead_us - 5 * HOUR_US
    assert feeds.doubtful(now_us) == ("EHR",)
    assert feeds.sentences(now_us)[0].startswith("EHR was heard last in a time to come")
    chart = Chart(PatientId("1"), as_of={Group.VISIT: (Heard("EHR", MONDAY_US),), Group.NOTES: (Heard("X", ahead_us),)})
    assert feeds.marked(chart, now_us).as_of == {Group.VISIT: (Heard("EHR", MONDAY_US),), Group.NOTES: (Heard("X", 0),)}
    assert feeds.doubtful(ahead_us) == ()


def test_a_little_ahead_counts_as_now() -> None:
    feeds, last_us = feeds_of(5, 5)
    chart = Chart(PatientId("1"), as_of={Group.VISIT: (Heard("EHR", last_us + 60 * SECOND_US),)})
    now_us = last_us + SECOND_US
    assert feeds.marked(chart, now_us).as_of[Group.VISIT] == (Heard("EHR", now_us),)
    assert feeds.doubtful(last_us - 299 * SECOND_US) == ()
    assert feeds.doubtful(last_us - 301 * SECOND_US) == ("EHR",)


def test_a_feed_that_lives_makes_good_what_its_source_said_of_a_time_to_come() -> None:
    feeds, last_us = feeds_of(5, 5)
    chart = Chart(PatientId("1"), as_of={Group.VISIT: (Heard("EHR", last_us + 5 * HOUR_US),)})
    assert feeds.marked(chart, last_us + SECOND_US).as_of[Group.VISIT] == (Heard("EHR", last_us),)


def test_behind_a_clock_that_was_set_back_a_silent_feed_is_silent_and_one_that_speaks_is_not() -> None:
    feeds, ahead_us = feeds_of(*[5] * 100, start_us=MONDAY_US + 5 * HOUR_US)
    feeds.spoke("LIS", ahead_us)
    back_us = ahead_us - 5 * HOUR_US
    feeds.set_back(back_us)
    feeds.spoke("LIS", back_us + 60 * SECOND_US)
    assert feeds.stalled(back_us + 61 * SECOND_US) == {"EHR": back_us}
    assert feeds.doubtful(back_us) == ()
    assert "EHR" in feeds.stalled(ahead_us + SECOND_US)
