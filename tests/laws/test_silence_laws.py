"""Laws of what watches logs themselves: order and lateness do not matter much, and nothing is missed that is there."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.detect.behaviour.behaviour import Behaviour, Context, Sign
from codedark.detect.behaviour.kinds.backup_loss import BackupLoss
from codedark.detect.behaviour.kinds.log_gaps import LogGaps
from codedark.detect.behaviour.kinds.silence import Silence
from codedark.detect.behaviour.kinds.unmatched_audit import UnmatchedAudit
from codedark.detect.behaviour.observation import BackupRun, Heard, LogCleared, Observation, RecordAccess
from codedark.detect.behaviour.places import Places
from tests.behaviour_at_work import settings_of

MINUTE_US = 60_000_000
DAY_US = 86_400_000_000
BEGIN_US = 20_465 * DAY_US
CONTEXT = Context(Places())


def _heard(at_us: int, first: int, last: int, count: int, host: str = "dc01") -> Heard:
    return Heard(at_us, host, 0, "security", count, first, last, count)


def _fold(behaviour: Behaviour, seen: list[Observation], then_us: int = 0) -> list[Sign]:
    """Observations a minute apart, a tick after each, and ticks for ``then_us`` behind them."""
    signs: list[Sign] = []
    for each in seen:
        signs += behaviour.take(each, CONTEXT)
        signs += behaviour.tick(each.at_us, CONTEXT)
    end = seen[-1].at_us if seen else BEGIN_US
    for at_us in range(end, end + then_us, MINUTE_US):
        signs += behaviour.tick(at_us, CONTEXT)
    return signs


@given(st.lists(st.integers(1, 5), min_size=60, max_size=120), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_whole_log_has_no_gap_however_its_records_are_delayed(sizes: list[int], chance: Any) -> None:
    """Each delivery is up to ten minutes late; the wait is half an hour."""
    number, sent = 1, []
    for at, size in enumerate(sizes):
        happened_us = BEGIN_US + at * MINUTE_US
        sent.append((at + chance.randint(0, 10), _heard(happened_us, number, number + size - 1, size)))
        number += size
    behaviour = LogGaps(settings_of("log_gaps", whole_before=1))
    signs: list[Sign] = []
    for minute in range(len(sizes) + 120):
        for arrives, heard in sent:
            if arrives == minute:
                signs += behaviour.take(heard, CONTEXT)
        signs += behaviour.tick(BEGIN_US + minute * MINUTE_US, CONTEXT)
    assert not signs


@given(st.integers(100, 200), st.integers(3, 40))
@settings(max_examples=40, deadline=None)
def test_what_is_cut_out_of_a_whole_log_is_counted_exactly(before: int, lost: int) -> None:
    numbers = [*range(1, before), *range(before + lost, before + lost + 60)]
    seen: list[Observation] = [_heard(BEGIN_US + at * MINUTE_US, n, n, 1) for at, n in enumerate(numbers)]
    signs = _fold(LogGaps(settings_of("log_gaps")), seen, 60 * MINUTE_US)
    assert [sign.evidence["missing"] for sign in signs] == [lost]


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(-1, 10**9), st.integers(0, 50)), max_size=60))
@settings(max_examples=100, deadline=None)
def test_whatever_is_heard_nothing_is_raised_and_sentences_are_whole(heard: list[tuple[int, int, int]]) -> None:
    seen: list[Observation] = [_heard(BEGIN_US + at, n, n + more, more + 1) for at, n, more in heard]
    seen += [LogCleared(BEGIN_US + at, "dc01", 0, "", "event log service") for at, _, _ in heard[:2]]
    for behaviour in (LogGaps(settings_of("log_gaps", whole_before=0)), Silence(settings_of("silence", learn_days=0))):
        for sign in _fold(behaviour, seen, 60 * MINUTE_US):
            assert sign.says.endswith(".")


@given(st.integers(1, 3), st.integers(0, 20))
@settings(max_examples=15, deadline=None)
def test_a_source_that_goes_on_is_never_missed(every: int, late: int) -> None:
    """Also where its records come minutes late."""
    behaviour = Silence(settings_of("silence", learn_days=1))
    for slot in range(0, 4 * 288, every):
        now_us = BEGIN_US + slot * 5 * MINUTE_US
        assert not list(behaviour.take(_heard(now_us - late * MINUTE_US, -1, -1, 0), CONTEXT))
        for at_us in range(now_us, now_us + every * 5 * MINUTE_US, MINUTE_US):
            assert not list(behaviour.tick(at_us, CONTEXT))


@given(st.integers(1, 3))
@settings(max_examples=3, deadline=None)
def test_a_source_that_stops_is_missed_once(every: int) -> None:
    behaviour = Silence(settings_of("silence", learn_days=1))
    seen: list[Observation] = [_heard(BEGIN_US + slot * 5 * MINUTE_US, -1, -1, 0) for slot in range(0, 3 * 288, every)]
    signs: list[Sign] = []
    for each in seen:
        signs += behaviour.take(each, CONTEXT)
        for at_us in range(each.at_us, each.at_us + every * 5 * MINUTE_US, MINUTE_US):
            signs += behaviour.tick(at_us, CONTEXT)
    end = seen[-1].at_us + every * 5 * MINUTE_US
    for at_us in range(end, end + DAY_US, MINUTE_US):
        signs += behaviour.tick(at_us, CONTEXT)
    assert len(signs) == 1


@given(st.integers(1, 6), st.integers(10, 100))
@settings(max_examples=20, deadline=None)
def test_memory_of_logs_is_bounded_however_many_come(most: int, count: int) -> None:
    gaps = LogGaps(settings_of("log_gaps", most_logs=most))
    silence = Silence(settings_of("silence", most_sources=most))
    jobs = BackupLoss(settings_of("backup_loss", most_jobs=most))
    audits = UnmatchedAudit(settings_of("unmatched_audit", most_waiting=most, most_clients=most))
    for n in range(count):
        heard = _heard(BEGIN_US + n, n, n, 1, f"h{n}")
        stopped = LogCleared(BEGIN_US, f"h{n}", 0, "", "event log service")
        for behaviour, each in (
            (gaps, heard), (gaps, stopped), (silence, heard), (jobs, BackupRun(n, "b", 0, "", f"j{n}", "succeeded", n)),
            (audits, RecordAccess(n, "e", 0, f"a{n}", "p", "R", client=f"c{n}")),
        ):  # fmt: skip
            list(behaviour.take(each, CONTEXT))
    assert max(len(gaps._logs), len(gaps._stopped)) <= most
    assert len(silence._voices) <= most
    assert len(jobs._jobs) <= most
    assert max(len(audits._waiting), len(audits._habits)) <= most


@given(st.permutations(["client", "server"] * 6))
@settings(max_examples=40, deadline=None)
def test_audits_match_in_whatever_order_the_two_sides_arrive(sides: list[str]) -> None:
    behaviour = UnmatchedAudit(settings_of("unmatched_audit"))
    seen: list[Observation] = [
        RecordAccess(BEGIN_US + at, "ehr", 0, "anna", "p", "R", client="ws", reporter=side)
        for at, side in enumerate(sides)
    ]
    _fold(behaviour, seen, 60 * MINUTE_US)
    assert not behaviour._waiting
    assert all(not habit.alone for habit in behaviour._habits.values())
