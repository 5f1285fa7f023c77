"""The tally: exact counts, a fair and bounded choice of samples, parts that merge into the whole."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.app.histogram import BINS, Histogram
from codedark.app.ranking import hosts, ranked
from codedark.app.tally import MAX_FIELDS, MAX_VALUE_CHARS, NAMES, SAMPLES, Group, Tally
from codedark.detect.finding import Finding, Level, RuleInfo
from tests.finding_maker import finding, rule, summary, tally

LEVELS = st.sampled_from(list(Level))


@st.composite
def findings(draw: st.DrawFn) -> list[Finding]:
    rows = draw(st.lists(st.tuples(st.integers(0, 3), LEVELS, st.none() | st.integers(0, 10**6)), max_size=60))
    return [
        finding(rule(int(level), level), seconds, host=f"H{host}", record=number, user=f"u{number % 9}")
        for number, (host, level, seconds) in enumerate(rows)
    ]


def facts(of: Tally) -> dict[tuple[str, str], tuple[object, ...]]:
    return {
        (group.host, group.rule.id): (
            group.count,
            group.undated,
            group.first,
            group.last,
            group.times,
            [(sample.time, sample.record) for sample in group.samples],
        )
        for group in of
    }


@given(findings())
def test_every_finding_is_counted_where_it_belongs(rows: list[Finding]) -> None:
    result = tally(*rows)
    assert result.findings == len(rows)
    assert {key: fact[0] for key, fact in facts(result).items()} == Counter((row.host, row.rule.id) for row in rows)
    for group in result:
        times = [row.time for row in rows if row.host == group.host and row.rule == group.rule and row.time]
        assert (group.first, group.last) == (min(times, default=None), max(times, default=None))
        assert group.undated == group.count - len(times) == group.count - group.times.bins.total()


@given(findings(), st.randoms(use_true_random=False))
def test_the_order_of_reading_changes_nothing(rows: list[Finding], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert facts(tally(*rows)) == facts(tally(*shuffled))


@given(findings(), st.integers(0, 60))
def test_parts_merge_into_the_whole(rows: list[Finding], cut: int) -> None:
    whole, part = tally(*rows[:cut]), pickle.loads(pickle.dumps(tally(*rows[cut:])))
    whole.merge(part)
    assert facts(whole) == facts(tally(*rows))
    assert whole.by_level == tally(*rows).by_level


@given(findings())
def test_the_samples_hold_the_first_and_are_all_there_when_there_is_room(rows: list[Finding]) -> None:
    for group in tally(*rows):
        own = [row for row in rows if row.host == group.host and row.rule == group.rule]
        dated = [row.time for row in own if row.time]
        assert len(group.samples) == min(len(own), SAMPLES)
        assert not dated or group.samples[0].time == min(dated)
        assert all(sample in own for sample in group.samples)


def test_samples_are_spread_over_the_whole_time() -> None:
    (group,) = tally(*(finding(seconds=number, record=number) for number in range(10_000)))
    assert group.samples[0].record == 0
    assert max(sample.record for sample in group.samples) > 2_000


@given(st.lists(st.integers(0, 10**9), max_size=100, min_size=BINS), st.integers(0, 100))
def test_a_histogram_depends_on_the_times_alone(seconds: list[int], cut: int) -> None:
    def of(times: list[int]) -> Histogram:
        out = Histogram()
        for time in times:
            out.add(datetime.fromtimestamp(time, UTC))
        return out

    whole, merged = of(sorted(seconds)), of(seconds[:cut])
    merged.merge(of(seconds[cut:]))
    assert whole == merged
    assert len(whole.bins) <= BINS
    assert sum(count for *_, count in whole.spans()) == len(seconds)


def test_users_and_sources_are_the_first_few_and_say_that_there_are_more() -> None:
    (group,) = tally(*(finding(record=number, user=f"u{number}") for number in range(NAMES + 1)))
    assert (group.users.first, group.users.more) == ([f"u{number}" for number in range(NAMES)], True)
    assert (len(group.sources.first), group.sources.more) == (1, False)


def test_groups_beyond_the_limit_are_counted_and_the_serious_ones_stay() -> None:
    low, critical = rule(1, Level.LOW), rule(2, Level.CRITICAL)
    rows = [finding(low, host=f"H{number}") for number in range(10)] + [
        finding(critical, host="DC"),
        finding(critical),
    ]
    result = tally(*rows, max_groups=3)
    assert len(result) == 3
    assert Counter(group.rule.level for group in result) == {Level.CRITICAL: 2, Level.LOW: 1}
    assert result.unlisted == {Level.LOW: 9}
    assert result.by_level == {Level.LOW: 10, Level.CRITICAL: 2}


@given(findings(), findings(), st.integers(1, 6))
def test_listed_and_unlisted_together_are_all(one: list[Finding], other: list[Finding], limit: int) -> None:
    result = tally(*one, max_groups=limit)
    result.merge(tally(*other, max_groups=limit))
    assert len(result) <= limit
    assert sum(group.count for group in result) + result.unlisted.total() == len(one) + len(other) == result.findings


def test_sample_events_are_bounded_and_the_serious_ones_kept() -> None:
    event = {"Message": "x" * 3_000}
    result = tally(max_sample_chars=100_000)
    for number in range(300):
        of: RuleInfo = rule(number, Level.CRITICAL if number < 5 else Level.LOW)
        result.add_all(finding(of, seconds, record=seconds, event=event) for seconds in range(4))
    assert sum(group.sample_chars for group in result) <= 100_000
    assert all(group.samples for group in result if group.rule.level == Level.CRITICAL)
    assert any(group.thinned and not group.samples for group in result if group.rule.level == Level.LOW)
    assert result.findings == sum(group.count for group in result) == 1_200


def test_a_huge_event_is_cut_and_says_so() -> None:
    huge = {"Message": "x" * 1_000_000, "List": tuple(range(100_000))} | {f"f{n}": n for n in range(1_000)}
    (group,) = tally(finding(event=huge))
    event = group.samples[0].event
    assert len(str(event["Message"])) < MAX_VALUE_CHARS + 100
    assert "2,000 of 1,000,000 characters" in str(event["Message"])
    assert len(str(event["List"])) < MAX_VALUE_CHARS + 100
    assert len(event) == MAX_FIELDS + 1
    assert event["[fields not kept]"] == 1_002 - MAX_FIELDS


def test_ranked_is_most_serious_first_and_keeps_a_host_together() -> None:
    high, low = rule(1), rule(2, Level.LOW)
    rows = [
        *(finding(high, host="NOISY", record=number) for number in range(50)),
        *(finding(rule(number), seconds=-number, host="DC") for number in (3, 4)),
        finding(low, host="DC"),
        finding(rule(9, Level.CRITICAL), host="PACS"),
    ]
    result = tally(*rows)
    assert [total.host for total in hosts(result)] == ["PACS", "DC", "NOISY"]
    order: list[Group] = ranked(result)
    assert [(group.host, group.rule.id) for group in order] == [
        ("PACS", "rule-9"), ("DC", "rule-4"), ("DC", "rule-3"), ("NOISY", "rule-1"), ("DC", "rule-2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"events_read": 1001},
        {"events_judged": -1, "events_read": 9},
        {"not_runnable": {"x": 1}},
        {"rejected": {"x": 9}},
        {"findings_by_level": {"high": 1}},
    ],
)
def test_a_summary_whose_books_do_not_balance_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="summary"):
        summary(**change)


def test_the_summary_as_json_has_the_promised_keys() -> None:
    values = summary().to_json()
    promised = "files events_read events_judged events_rejected rules_loaded rules_not_runnable findings seconds"
    assert list(values)[:8] == promised.split()
    assert values["not_runnable"] == {"needs look-around": 15, "no such log source": 5}
    assert values["interrupted"] is False
