"""Whatever is told to the state database comes back as it was, and telling it again, in any order, changes nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.app.notify.schedule import Repetition, due_us
from codedark.detect.finding import Finding, Level, RuleId, RuleInfo, Window
from codedark.events.logsource import LogSource
from codedark.events.record import SourceName
from codedark.respond.decision import Acknowledged, Judged, Lifted, Suppressed
from codedark.respond.incident import Alarm, AlarmId, AtRisk, Belief, Evidence, Incident, IncidentId, Status, Verdict
from codedark.store.state import as_json as written
from codedark.store.state.rows import Delivery, Outcome
from codedark.store.state.state import State

TEXT = st.text(st.characters(codec=None), max_size=20)  # with lone surrogates and NULs
WORDS = st.lists(TEXT, max_size=3).map(tuple)
NUMBERS = st.floats(allow_nan=False)
SCALARS = st.one_of(TEXT, st.integers(), NUMBERS, st.none())
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3).map(tuple))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=5))])
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=ZONES)  # noqa: DTZ001 - given zones by the strategy
MICROSECONDS = st.integers(0, 2**62)
LEVELS = st.sampled_from(Level)
RULES = st.builds(
    RuleInfo, TEXT.map(RuleId), TEXT, LEVELS, WORDS, st.builds(LogSource, TEXT, TEXT, TEXT), TEXT, TEXT, TEXT, TEXT,
    WORDS, WORDS,
)  # fmt: skip
WINDOWS = st.builds(Window, st.dictionaries(TEXT, TEXT, max_size=2), TIMES, TIMES, st.integers(0, 10**9))
FINDINGS = st.builds(
    Finding, RULES, st.none() | TIMES, TEXT, TEXT, TEXT.map(SourceName), st.integers(0, 2**62),
    st.dictionaries(TEXT, VALUES, max_size=4), st.none() | WINDOWS, TEXT,
)  # fmt: skip
BELIEFS = st.lists(st.builds(Belief, TEXT, NUMBERS, NUMBERS, WORDS), max_size=2).map(tuple)
EVIDENCE = st.builds(
    Evidence, TEXT, TEXT, TEXT, LEVELS, MICROSECONDS, TEXT, TEXT, TEXT, WORDS, NUMBERS, MICROSECONDS, MICROSECONDS
)  # fmt: skip
RISKS = st.builds(AtRisk, WORDS, WORDS, WORDS, WORDS)
IDS = st.integers(1, 9).map(lambda number: IncidentId(f"2026-{number:04d}"))
INCIDENTS = st.builds(
    Incident, IDS, st.sampled_from(Status), MICROSECONDS, MICROSECONDS, NUMBERS, NUMBERS, BELIEFS, BELIEFS,
    st.dictionaries(TEXT, MICROSECONDS, max_size=3), st.lists(EVIDENCE, max_size=2).map(tuple), RISKS, TEXT, TEXT,
    st.none() | st.sampled_from(Verdict), st.none() | IDS,
)  # fmt: skip
ALARMS = st.builds(
    Alarm, st.integers(1, 99).map(lambda number: AlarmId(f"2026-0001.{number}")), IDS, MICROSECONDS, LEVELS, TEXT,
    TEXT, TEXT, NUMBERS, RISKS,
)  # fmt: skip
DECISIONS: st.SearchStrategy[Any] = st.one_of(
    st.builds(Judged, TEXT, TEXT, IDS, st.sampled_from(Verdict), TEXT),
    st.builds(Acknowledged, TEXT, TEXT, IDS),
    st.builds(Suppressed, TEXT, TEXT, TEXT, MICROSECONDS, TEXT, TEXT, TEXT),
    st.builds(Lifted, TEXT, TEXT, TEXT),
)
OUTCOMES = st.lists(st.tuples(st.sampled_from(Outcome), st.sampled_from("ab"), st.integers(1, 10**6)), max_size=8)


def kinds(value: Any) -> Any:
    """The types in a record, which equality does not compare: 1 is 1.0 is True."""
    return [kinds(each) for each in value] if isinstance(value, tuple) else type(value)


@given(FINDINGS)
def test_a_finding_comes_back_as_it_was(finding: Finding) -> None:
    digest, rule = written.rule_to_json(finding.rule)
    back = written.finding_from_json(written.rule_from_json(rule), written.finding_to_json(finding))
    assert back == finding
    assert list(back.event) == list(finding.event)
    assert list(map(kinds, back.event.values())) == list(map(kinds, finding.event.values()))
    assert written.rule_to_json(back.rule)[0] == digest


@given(INCIDENTS, ALARMS, DECISIONS)
def test_incidents_alarms_and_decisions_come_back_as_they_were(incident: Incident, alarm: Alarm, decision: Any) -> None:
    assert written.incident_from_json(written.incident_to_json(incident)) == incident
    assert list(written.incident_from_json(written.incident_to_json(incident)).tactics) == list(incident.tactics)
    assert written.alarm_from_json(written.alarm_to_json(alarm)) == alarm
    assert written.decision_from_json(*written.decision_to_json(decision)) == decision


TELLINGS = st.lists(
    st.tuples(
        st.lists(st.tuples(FINDINGS, st.none() | IDS), max_size=3),
        st.lists(INCIDENTS, max_size=2),
        st.lists(ALARMS, max_size=2),
    ),
    max_size=4,
)


@settings(max_examples=15, deadline=None)
@given(TELLINGS, st.integers(0, 4))
def test_folding_the_journal_again_from_a_checkpoint_ends_in_the_same(tellings: list[Any], back: int) -> None:
    with TemporaryDirectory() as folder:
        straight, crashed = State(Path(folder) / "a"), State(Path(folder) / "b")
        with closing(straight), closing(crashed):
            for each in tellings:
                straight.tell(*each)
            for each in (*tellings, *tellings[max(len(tellings) - back, 0) :]):
                crashed.tell(*each)
            assert all_of(straight) == all_of(crashed)


def all_of(state: State) -> tuple[Any, ...]:
    found = {each.id: (each.incident, each.finding) for each in state.findings()}
    incidents = {each.id: each for status in Status for each in state.incidents(status=status)}
    return found, incidents, state.alarms()


@given(OUTCOMES, st.integers(0, 5), st.booleans())
def test_an_alarm_is_due_at_once_until_it_arrived_and_never_before_its_pause(
    tried: list[tuple[Outcome, str, int]], most: int, repeats: bool
) -> None:
    repetition = Repetition(every_seconds=10, factor=2, longest_seconds=60, most=most)
    deliveries = [Delivery(n, channel, n, at, outcome, at) for n, (outcome, channel, at) in enumerate(tried)]
    due = due_us(deliveries, {"a"}, repetition, repeats=repeats)
    arrived = [at for outcome, channel, at in tried if outcome is Outcome.DELIVERED and channel == "a"]
    if not arrived:
        assert due == 0
    elif due is None:
        assert not repeats or len(arrived) > most
    else:
        assert repeats
        assert 10_000_000 <= due - max(arrived) <= 60_000_000
