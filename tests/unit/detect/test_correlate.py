"""The correlation engine, read as transcripts: which matches come in, what fires."""

from __future__ import annotations

import pickle
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from codedark.detect.finding import Finding, Level, RuleId, RuleInfo
from codedark.detect.sigma.correlate import Correlations
from codedark.detect.sigma.correlation_rule import CorrelationRule, load_correlation
from codedark.detect.sigma.correlation_windows import Row, WholeOrder
from codedark.events.logsource import LogSource
from codedark.events.record import SourceName

START = datetime(2024, 5, 1, tzinfo=UTC)
BASE = {name: RuleId(f"id-{name}") for name in ("login", "vpn", "exit")}
BASE |= {str(rule_id): rule_id for rule_id in BASE.values()}


def rule(name: str = "many", **correlation: Any) -> CorrelationRule:
    defaults = {"type": "event_count", "rules": ["login"], "timespan": "10s", "condition": {"gte": 3}}
    section = {**defaults, **{key.replace("_", "-"): value for key, value in correlation.items()}}
    return load_correlation({"title": name, "name": name, "level": "high", "correlation": section}, "p.yml")


def temporal(kind: str, rules: Sequence[str], condition: Any = None, **more: Any) -> CorrelationRule:
    section = {"type": kind, "rules": list(rules), "timespan": "10s", **more}
    if condition is not None:
        section["condition"] = condition
    return load_correlation({"title": kind, "name": kind, "correlation": section}, "p.yml")


def match(seconds: float | None, name: str = "login", **event: Any) -> Finding:
    info = RuleInfo(BASE[name], name, Level.LOW, (), LogSource(), "p.yml", name=name)
    time = None if seconds is None else START + timedelta(seconds=seconds)
    number = 0 if seconds is None else int(seconds * 10)
    return Finding(info, time, "HOST", "USER", SourceName("a.evtx"), number, event)


def hunt(rules: Sequence[CorrelationRule], matches: Sequence[Finding]) -> list[Finding]:
    correlations = Correlations(rules, BASE, None)
    assert correlations.problems == []
    for each in matches:
        correlations.feed(each)
    return list(correlations.drain(None))


def fired(rules: Sequence[CorrelationRule], matches: Sequence[Finding]) -> list[float]:
    """Seconds at which something fires."""
    return [(each.time - START).total_seconds() for each in hunt(rules, matches) if each.time]


def test_a_finding_says_what_fired_where_and_over_what() -> None:
    events = [match(second, User="bob", Other="kept out") for second in (1, 2, 3)]
    (finding,) = hunt([rule(group_by=["User"])], events)
    assert (finding.rule.title, finding.rule.level) == ("many", Level.HIGH)
    assert (finding.host, finding.user, finding.source, finding.record) == ("HOST", "USER", "a.evtx", 30)
    assert finding.event == {"User": "bob"}
    assert finding.window is not None
    assert finding.window.group == {"User": "bob"}
    assert (finding.window.first, finding.window.last) == (START + timedelta(seconds=1), finding.time)
    assert finding.window.count == 3


def test_the_window_is_open_at_its_old_end() -> None:
    assert fired([rule()], [match(0), match(5), match(10)]) == []
    assert fired([rule()], [match(0.000001), match(5), match(10)]) == [10]


def test_it_fires_once_while_the_condition_holds_and_again_after_it_did_not() -> None:
    assert fired([rule()], [match(second) for second in (1, 2, 3, 4, 5)]) == [3]
    assert fired([rule()], [match(second) for second in (1, 2, 3, 12.5, 12.6)]) == [3, 12.6]
    assert fired([rule(condition={"gte": 1})], [match(0), match(9), match(18)]) == [0]
    assert fired([rule(condition={"gte": 1})], [match(0), match(10)]) == [0, 10]


def test_a_group_fires_again_after_a_silence_through_which_others_spoke() -> None:
    events = [match(0, User="b"), match(5, User="a"), match(10, User="b"), match(15, User="a")]
    assert fired([rule(group_by=["User"], condition={"gte": 1})], events) == [0, 5, 10, 15]


def test_conditions_of_several_operators_all_hold() -> None:
    between = rule(condition={"gt": 1, "lt": 4})
    assert fired([between], [match(second) for second in (1, 2, 3, 4)]) == [2]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("lt", [1]), ("lte", [1]), ("gt", [3]), ("gte", [2]), ("eq", [2]), ("neq", [1, 3])],
)
def test_operators(operator: str, expected: list[float]) -> None:
    assert fired([rule(condition={operator: 2})], [match(1), match(2), match(3)]) == expected


def test_groups_are_apart_and_a_match_without_the_field_takes_no_part() -> None:
    users: list[Any] = ["a", "b", "a", None, "b", 7, "a"]
    events = [match(second, User=user) for second, user in enumerate(users)]
    assert fired([rule(group_by=["User"])], [*events, match(6.5), match(6.6)]) == [6]


def test_a_number_and_its_text_are_one_group() -> None:
    events = [match(1, Id=7), match(2, Id="7"), match(3, Id=7.0)]
    assert fired([rule(group_by=["Id"])], events) == [3]


def test_value_count_counts_distinct_texts() -> None:
    distinct = rule(type="value_count", condition={"gte": 3, "field": "User"})
    names: list[Any] = ["a", "a", 7, "7", None, "b"]
    assert fired([distinct], [match(second, User=name) for second, name in enumerate(names)]) == [5]


def test_value_count_over_several_fields_counts_their_combinations() -> None:
    distinct = rule(type="value_count", condition={"gte": 3, "field": ["User", "Host"]})
    pairs = [("a", "x"), ("a", "x"), ("a", "y"), ("a", None), ("b", "x")]
    events = [match(second, User=user, Host=host) for second, (user, host) in enumerate(pairs)]
    assert fired([distinct], events) == [4]


def test_a_sum_is_exact_and_forgets_what_left() -> None:
    total = rule(type="value_sum", condition={"eq": 1, "field": "n"})
    assert fired([total], [match(second / 10, n=0.1) for second in range(10)]) == [0.9]
    assert fired([total], [match(0, n=1e300), match(11, n="1.0")]) == [11]
    assert fired([total], [match(0, n=1e300), match(5, n=0.1), match(10, n=0.9)]) == [10]


def test_where_nothing_is_measured_nothing_holds() -> None:
    for kind in ("value_sum", "value_avg", "value_median"):
        low = rule(type=kind, condition={"lt": 5, "field": "n"})
        assert fired([low], [match(0, n="x"), match(1), match(2, n="4"), match(3, n="n/a")]) == [2]


def test_average_and_percentiles() -> None:
    values = [match(second, n=value) for second, value in enumerate((10, 20, "30", 40.0, 50))]
    assert fired([rule(type="value_avg", condition={"eq": 25, "field": "n"})], values) == [3]
    assert fired([rule(type="value_median", condition={"gte": 30, "field": "n"})], values) == [4]
    ninety = {"gte": 50, "field": "n", "percentile": 81}
    assert fired([rule(type="value_percentile", condition=ninety)], values) == [4]
    lowest = {"gt": 10, "field": "n", "percentile": 0}
    assert fired([rule(type="value_percentile", condition=lowest)], values) == []


def test_temporal_wants_every_rule_in_any_order() -> None:
    both = temporal("temporal", ["login", "vpn"])
    assert fired([both], [match(1, "vpn"), match(2, "vpn"), match(3, "login")]) == [3]
    assert fired([both], [match(1, "vpn"), match(11, "login")]) == []


def test_temporal_with_a_count_of_rules() -> None:
    two_of_three = temporal("temporal", ["login", "vpn", "exit"], {"gte": 2})
    assert fired([two_of_three], [match(1, "vpn"), match(2, "vpn"), match(3, "exit")]) == [3]


def test_temporal_with_an_extended_condition() -> None:
    unless = temporal("temporal", ["login", "vpn"], "login and not vpn")
    assert fired([unless], [match(1, "vpn"), match(2), match(11), match(12)]) == [11]


def test_temporal_ordered_wants_the_listed_order() -> None:
    ordered = temporal("temporal_ordered", ["login", "vpn", "exit"])
    assert fired([ordered], [match(1, "vpn"), match(2, "login"), match(3, "exit")]) == []
    assert fired([ordered], [match(1), match(2, "vpn"), match(3), match(4, "exit")]) == [4]
    # The first login has left, the second came after the vpn: no choice is left.
    assert fired([ordered], [match(1), match(2, "vpn"), match(3), match(11, "exit")]) == []
    # An older chain has a later twin.
    assert fired([ordered], [match(1), match(2), match(3, "vpn"), match(11, "exit")]) == [11]


def test_temporal_ordered_equal_times_count_in_order_of_reading() -> None:
    ordered = temporal("temporal_ordered", ["login", "vpn"])
    assert fired([ordered], [match(1), match(1, "vpn")]) == [1]
    assert fired([ordered], [match(1, "vpn"), match(1)]) == []


def test_temporal_ordered_with_a_rule_listed_twice_wants_two_matches_of_it() -> None:
    around = temporal("temporal_ordered", ["login", "vpn", "login"])
    assert fired([around], [match(1), match(2, "vpn"), match(3)]) == [3]
    assert fired([temporal("temporal_ordered", ["login", "login"])], [match(1), match(2)]) == [2]


def test_temporal_ordered_with_a_count_still_wants_the_order() -> None:
    two = temporal("temporal_ordered", ["login", "vpn"], {"gte": 1})
    assert fired([two], [match(1, "vpn"), match(2), match(3, "vpn")]) == [3]


def test_a_field_of_several_values_counts_each_and_names_no_group() -> None:
    distinct = rule(type="value_count", condition={"gte": 3, "field": "User"})
    assert fired([distinct], [match(0, User=("a", "b")), match(9, User=("b",)), match(10, User=("c", "d", "c"))]) == [
        10
    ]
    assert fired([rule(type="value_sum", condition={"eq": 6, "field": "n"})], [match(0, n=(1, "2", "x", 3.0))]) == [0]
    one = rule(group_by=["User"], condition={"gte": 2})
    assert fired([one], [match(0, User=("a", "b")), match(1, User=("a", "b"))]) == []
    assert fired([one], [match(0, User=("a",)), match(1, User="a")]) == [1]


def test_temporal_ordered_with_an_extended_condition() -> None:
    unless = temporal("temporal_ordered", ["login", "vpn", "exit"], "login and vpn and not exit")
    assert fired([unless], [match(1, "vpn"), match(2)]) == []
    assert fired([unless], [match(1), match(2, "vpn")]) == [2]
    assert fired([unless], [match(0, "exit"), match(1), match(2, "vpn"), match(10, "vpn")]) == [10]


def test_aliases_are_resolved_per_rule_by_name_or_id() -> None:
    aliases = {"source": {"login": "IpAddress", "id-vpn": "src"}}
    both = temporal("temporal", ["login", "vpn"], aliases=aliases, **{"group-by": ["source"]})
    (finding,) = hunt([both], [match(1, IpAddress="10.0.0.1"), match(2, "vpn", src="10.0.0.1")])
    assert finding.window is not None
    assert finding.window.group == {"source": "10.0.0.1"}
    assert finding.event == {"src": "10.0.0.1", "source": "10.0.0.1"}


def test_a_correlation_of_correlations() -> None:
    many = rule("many", group_by=["User"])
    then = temporal("temporal_ordered", ["many", "vpn"], **{"group-by": ["User", "Host"]})
    events = [match(second, User="bob", Host="h") for second in (1, 2, 3)]
    (finding,) = hunt([then, many], [*events, match(4, "vpn", User="bob", Host="h")])
    assert (finding.rule.name, finding.event) == ("temporal_ordered", {"User": "bob", "Host": "h"})
    assert finding.window is not None
    assert finding.window.count == 2
    assert hunt([then, many], [*events, match(4, "vpn", User="eve", Host="h")]) == []


def test_what_is_referred_to_speaks_only_when_generated() -> None:
    many = rule("many", condition={"gte": 1})
    for generate, titles in ((False, ["temporal"]), (True, ["many", "temporal"])):
        outer = temporal("temporal", ["many", "login"], generate=generate)
        correlations = Correlations([many, outer], BASE, None)
        assert correlations.needs == {"id-login"}
        assert correlations.silenced == ({"id-login", "many"} if not generate else frozenset())
        correlations.feed(match(1))
        assert [each.rule.title for each in correlations.drain(None)] == titles


@pytest.mark.parametrize(
    ("references", "reason"),
    [
        ({"one": ["nobody"]}, "'nobody', which is not among the rules loaded"),
        ({"one": ["two"], "two": ["one"]}, "refers to itself"),
        ({"one": ["one"]}, "refers to itself"),
        ({"one": ["two"], "two": ["nobody"]}, "'two', which cannot run"),
        ({"one": ["vpn"], "vpn": ["login"]}, "name of several rules"),
    ],
)
def test_what_cannot_run_is_named_and_the_rest_runs(references: Mapping[str, list[str]], reason: str) -> None:
    rules = [rule(name, rules=names) for name, names in references.items()]
    rules += [rule("good", condition={"gte": 1})]
    correlations = Correlations(rules, {**BASE}, None)
    assert reason in {blocked.info.name: why for blocked, why in correlations.problems}["one"]
    correlations.feed(match(1))
    assert "good" in [each.rule.title for each in correlations.drain(None)]


def test_an_unknown_rule_in_an_alias_and_an_id_used_twice_cannot_run() -> None:
    alias = rule("alias", aliases={"ip": {"nobody": "x"}})
    correlations = Correlations([rule("twice"), rule("twice"), alias], BASE, None)
    assert [problem[0].info.name for problem in correlations.problems] == ["twice", "alias"]


def test_undated_and_unasked_matches_take_no_part() -> None:
    correlations = Correlations([rule(condition={"gte": 1})], BASE, None)
    correlations.feed(match(None))
    correlations.feed(match(1, "vpn"))
    assert list(correlations.drain(None)) == []
    assert (correlations.undated, correlations.too_late) == (1, 0)


def test_a_hunt_waits_for_its_end() -> None:
    correlations = Correlations([rule(condition={"gte": 1})], BASE, None)
    correlations.feed(match(1))
    assert list(correlations.drain(START + timedelta(days=1))) == []
    assert len(list(correlations.drain(None))) == 1


def test_live_a_firing_is_final_after_the_lateness_and_what_comes_later_is_counted() -> None:
    correlations = Correlations([rule()], BASE, 5)
    for second in (3, 1):
        correlations.feed(match(second))
    assert list(correlations.drain(START + timedelta(seconds=7))) == []
    correlations.feed(match(2))
    correlations.feed(match(1.9))
    assert correlations.too_late == 1
    assert list(correlations.drain(START + timedelta(seconds=7.5))) == []
    restored: Correlations = pickle.loads(pickle.dumps(correlations))
    for each in (correlations, restored):
        assert [finding.record for finding in each.drain(START + timedelta(seconds=8))] == [30]
        assert list(each.drain(None)) == []


def test_groups_without_a_recent_match_are_forgotten() -> None:
    correlations = Correlations([rule(group_by=["User"])], BASE, 0)
    for second in range(1000):
        correlations.feed(match(second, User=f"u{second}"))
        list(correlations.drain(START + timedelta(seconds=second)))
    assert len(pickle.dumps(correlations)) < 10_000


@pytest.mark.parametrize("count", [0, 1, 99, 100, 2999])
def test_matches_beyond_the_limit_are_sorted_on_disk(count: int) -> None:
    rows: list[Row] = [
        (time, number, "r", (None, "\udcff", ("a", 2**70), 1.5), "h", "u", "s", number)
        for number, time in enumerate(random.Random(1).choices(range(500), k=count))
    ]
    order = WholeOrder(limit=100)
    for row in rows:
        order.add(row)
    copy: WholeOrder = pickle.loads(pickle.dumps(order))
    assert list(order.until(0)) == []
    assert list(order.until(None)) == list(copy.until(None)) == sorted(rows)
    assert list(order.until(None)) == []
