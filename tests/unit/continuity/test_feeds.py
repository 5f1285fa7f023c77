"""Feeds that fall silent: each by its own habit."""

from __future__ import annotations

from codedark.continuity.chart import Chart, Group, Heard, PatientId
from codedark.continuity.feeds import LEAST_US, NEW_US, Feeds
from codedark.continuity.times import Times

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


def test_a_busy_feed_is_stalled_after_a_minute() -> None:
    feeds, last_us = feeds_of(*[5] * 100)
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
    assert feeds.sentences(last_us + HOUR_US) == ("EHR has told nothing since 12.01.2026 00:00.",)


def test_what_comes_again_or_late_changes_nothing() -> None:
    feeds, last_us = feeds_of(10, 10)
    feeds.spoke("EHR", last_us - 5 * SECOND_US)
    assert feeds.last_us() == {"EHR": last_us}
