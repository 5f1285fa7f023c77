"""The correlation engine against the semantics, recomputed here from scratch for every match.

The recomputation keeps all matches and looks at each window anew; the engine must say the same for any rule,
in any order of arrival, live or in a hunt, and across a checkpoint.
"""

from __future__ import annotations

import math
import operator
import pickle
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.detect.finding import Finding, Level, RuleId, RuleInfo
from codedark.detect.sigma.correlate import Correlations
from codedark.detect.sigma.correlation_rule import (
    All,
    Comparison,
    CorrelationRule,
    CorrelationType,
    Expression,
    Not,
    Occurs,
    Some,
)
from codedark.events.logsource import LogSource
from codedark.events.record import SourceName

START = datetime(2024, 5, 1, tzinfo=UTC)
NAMES = ("a", "b", "c")
NUMERIC_TEXTS = ("2", "1.5", "-3e0", "0.1")
OPERATORS = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}
ORDERED = CorrelationType.TEMPORAL_ORDERED
TEMPORAL = (CorrelationType.TEMPORAL, ORDERED)


class Match(NamedTuple):
    """``at`` in half seconds."""

    at: int
    rule: str
    group: str | None
    value: Any


def info(name: str) -> RuleInfo:
    return RuleInfo(RuleId(name), name, Level.LOW, (), LogSource(), "p.yml", name=name)


expressions: st.SearchStrategy[Expression] = st.recursive(
    st.sampled_from(NAMES).map(Occurs),
    lambda inner: st.one_of(
        inner.map(Not),
        st.tuples(inner, inner).map(All),
        st.tuples(inner, inner).map(Some),
    ),
    max_leaves=4,
)


@st.composite
def rules(draw: st.DrawFn) -> CorrelationRule:
    kind = draw(st.sampled_from(CorrelationType))
    criteria = draw(
        st.lists(
            st.builds(Comparison, st.sampled_from(sorted(OPERATORS)), st.sampled_from([0, 1, 2, 3, 1.5, 0.1])),
            min_size=0 if kind in TEMPORAL else 1,
            max_size=2,
        )
    )
    expression = draw(st.none() | expressions) if kind in TEMPORAL else None
    references = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    return CorrelationRule(
        info=info("correlation"),
        type=kind,
        references=NAMES if expression else tuple(references),
        timespan_seconds=draw(st.integers(1, 6)),
        group_by=draw(st.sampled_from([(), ("group",)])),
        conditions=() if expression else tuple(criteria),
        expression=expression,
        fields=() if kind in (*TEMPORAL, CorrelationType.EVENT_COUNT) else ("value",),
        percentile=draw(st.sampled_from([0, 33, 50, 90, 100])),
    )


values = st.sampled_from(
    [None, 0, 1, 2, 2.0, 0.1, 0.5, -1, 10**20, 1e-9, "x", "", "n/a", (), (1, "x", None, "2"), *NUMERIC_TEXTS]
)
matches = st.lists(
    st.builds(Match, st.integers(0, 24), st.sampled_from(NAMES), st.sampled_from(["g", "g", "h", None]), values),
    max_size=25,
)


def expected(rule: CorrelationRule, arrived: list[Match]) -> list[tuple[int, str | None, int, int]]:
    """Record number of the match that fires, its group, first time and number of matches in the window."""
    in_order = sorted(enumerate(arrived), key=lambda numbered: numbered[1].at)
    taking_part = [
        (number, match)
        for number, match in in_order
        if match.rule in rule.references and not (rule.group_by and match.group is None)
    ]
    firings = []
    for group in {match.group for _, match in taking_part} if rule.group_by else {None}:
        mine = [(n, m) for n, m in taking_part if not rule.group_by or m.group == group]
        held_before, last = False, -math.inf
        for place, (number, match) in enumerate(mine):
            since = match.at - 2 * rule.timespan_seconds
            window = [m for _, m in mine[: place + 1] if m.at > since]
            holds = condition_holds(rule, window)
            if holds and not (held_before and last > since):
                firings.append((number, group, window[0].at, len(window)))
            held_before, last = holds, match.at
    place_of = {number: place for place, (number, _) in enumerate(in_order)}
    return sorted(firings, key=lambda firing: place_of[firing[0]])


def condition_holds(rule: CorrelationRule, window: list[Match]) -> bool:
    present = {match.rule for match in window}
    if rule.expression is not None:
        wanted = [name for name in asked_for(rule.expression) if name in present]
        in_order = rule.type is not ORDERED or occurs_in_order(wanted, window)
        return in_order and truth(rule.expression, present)
    if rule.type is ORDERED and not occurs_in_order(rule.references, window):
        return False
    if rule.type in TEMPORAL and not rule.conditions:
        return present == set(rule.references)
    measure = measured(rule, window)
    return measure is not None and all(
        OPERATORS[c.operator](measure, Fraction(str(c.threshold))) for c in rule.conditions
    )


def measured(rule: CorrelationRule, window: list[Match]) -> int | Fraction | None:
    found = [e for m in window for e in (m.value if isinstance(m.value, tuple) else [m.value])]
    numbers = sorted(n for element in found if (n := number_of(element)) is not None)
    match rule.type:
        case CorrelationType.EVENT_COUNT:
            return len(window)
        case CorrelationType.VALUE_COUNT:
            return len({text_of(element) for element in found if element is not None})
        case CorrelationType.TEMPORAL | CorrelationType.TEMPORAL_ORDERED:
            return len({match.rule for match in window})
    if not numbers:
        return None
    match rule.type:
        case CorrelationType.VALUE_SUM:
            return sum(numbers, start=Fraction())
        case CorrelationType.VALUE_AVG:
            return sum(numbers, start=Fraction()) / Fraction(len(numbers))
    assert rule.percentile is not None
    return numbers[max(1, math.ceil(Fraction(rule.percentile, 100) * len(numbers))) - 1]


def text_of(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def number_of(value: Any) -> Fraction | None:
    return Fraction(str(value)) if value in NUMERIC_TEXTS or isinstance(value, int | float) else None


def occurs_in_order(names: Any, window: list[Match]) -> bool:
    places = [[place for place, match in enumerate(window) if match.rule == name] for name in names]
    return any(list(choice) == sorted(choice) for choice in product(*places))


def truth(expression: Expression, present: set[str]) -> bool:
    match expression:
        case Occurs(name):
            return name in present
        case Not(operand):
            return not truth(operand, present)
        case All((left, right)):
            return truth(left, present) and truth(right, present)
        case Some((left, right)):
            return truth(left, present) or truth(right, present)
    raise AssertionError(expression)


def asked_for(expression: Expression, negated: bool = False) -> list[str]:
    """The rules outside of any *not*, in the order in which the condition names them."""
    match expression:
        case Occurs(name):
            return [] if negated else [name]
        case Not(operand):
            return asked_for(operand, not negated)
        case All((left, right)) | Some((left, right)):
            first, second = asked_for(left, negated), asked_for(right, negated)
            return first + [name for name in second if name not in first]
    raise AssertionError(expression)


def finding(number: int, match: Match) -> Finding:
    event = {"group": match.group, "value": match.value, "other": "x"}
    time = START + timedelta(seconds=match.at / 2)
    return Finding(info(match.rule), time, "H", "U", SourceName("s"), number, event)


def said(findings: list[Finding]) -> list[tuple[int, str | None, int, int]]:
    out = []
    for each in findings:
        assert each.window is not None
        first = (each.window.first - START) / timedelta(seconds=0.5)
        out.append((each.record, each.window.group.get("group"), int(first), each.window.count))
    return out


def correlations(rule: CorrelationRule, lateness: float | None = None) -> Correlations:
    return Correlations([rule], {name: RuleId(name) for name in NAMES}, lateness)


def hunted(rule: CorrelationRule, numbered: list[tuple[int, Match]]) -> list[tuple[int, str | None, int, int]]:
    engine = correlations(rule)
    for number, match in numbered:
        engine.feed(finding(number, match))
    return said(list(engine.drain(None)))


@settings(max_examples=600, deadline=None)
@given(rules(), matches)
def test_the_engine_says_what_the_semantics_say(rule: CorrelationRule, arrived: list[Match]) -> None:
    assert hunted(rule, list(enumerate(arrived))) == expected(rule, arrived)


@settings(max_examples=150, deadline=None)
@given(rules(), matches, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(rule: CorrelationRule, arrived: list[Match], random: Any) -> None:
    at_one_time_each = list({match.at: (number, match) for number, match in enumerate(arrived)}.values())
    shuffled = random.sample(at_one_time_each, len(at_one_time_each))
    assert hunted(rule, shuffled) == hunted(rule, at_one_time_each)


@settings(max_examples=150, deadline=None)
@given(rules(), matches, st.integers(0, 10), st.sets(st.integers(0, 25)))
def test_live_within_the_lateness_and_over_checkpoints_is_the_same_as_a_hunt(
    rule: CorrelationRule, arrived: list[Match], lateness: int, checkpoints: set[int]
) -> None:
    newest = 0
    on_time = [match for match in arrived if match.at >= (newest := max(newest, match.at)) - lateness]
    engine = correlations(rule, lateness / 2)
    findings: list[Finding] = []
    newest = 0
    for number, match in enumerate(on_time):
        engine.feed(finding(number, match))
        newest = max(newest, match.at)
        findings += engine.drain(START + timedelta(seconds=newest / 2))
        if number in checkpoints:
            engine = pickle.loads(pickle.dumps(engine))
    findings += engine.drain(None)
    assert said(findings) == expected(rule, on_time)
    assert engine.too_late == 0


@settings(max_examples=150, deadline=None)
@given(rules(), matches, st.integers(0, 10))
def test_live_every_match_takes_part_or_is_counted(rule: CorrelationRule, arrived: list[Match], lateness: int) -> None:
    engine = correlations(rule, lateness / 2)
    took_part, newest = [], -math.inf
    findings: list[Finding] = []
    needed = [match for match in arrived if match.rule in rule.references]
    for match in needed:
        if match.at >= newest - lateness:
            took_part.append(match)
        engine.feed(finding(len(took_part) - 1, match))
        newest = max(newest, match.at)
        findings += engine.drain(START + timedelta(seconds=newest / 2))
    findings += engine.drain(None)
    assert engine.too_late == len(needed) - len(took_part)
    assert said(findings) == expected(rule, took_part)
