"""The oracle itself is shown right: by examples per paragraph of docs/reference/sigma-semantics.md, made
by hand, and by SigmaHQ's own regression cases. The strategies are shown valid, and to reach both verdicts."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from .atoms import ATOMS, rule_of
from .correlate import Firing, Match, as_matches, correlate, speaks
from .matcher import Record, apply_filters, matches
from .strategies import (
    BASE_RULES,
    LETTERS,
    LINES,
    PLACEHOLDERS,
    REGEXES,
    SIGNS,
    WORDS,
    correlation_rules,
    rules_with_records,
)

CONDITIONS: list[tuple[int, Any, str, str]] = [  # paragraph, condition, names that make it true, names that do not
    (20, "a and b or x_1", "x_1", "a"),
    (20, "a and (b or x_1)", "ax", "x"),
    (20, "a or b", "a", "x"),
    (20, "not a and b", "b", ""),
    (20, "not (a and b)", "a", "ab"),
    (20, "1 of x_*", "x", "ab_"),
    (20, "all of x_*", "xy", "xab"),
    (20, "1 of them", "y", "_"),
    (20, "all of them", "abxy", "abx_"),
    (20, "a and not 1 of x_*", "a", "ay"),
    (20, ["a", "b"], "b", "x"),
]


@pytest.mark.parametrize(("paragraph", "detection", "yes", "no"), ATOMS)
def test_each_paragraph_on_atoms(paragraph: int, detection: Any, yes: Record, no: Record) -> None:
    rule = rule_of(detection)
    SigmaRule.from_dict(rule)
    assert matches(rule, yes, placeholders=PLACEHOLDERS)
    assert not matches(rule, no, placeholders=PLACEHOLDERS)


@pytest.mark.parametrize(("paragraph", "condition", "yes", "no"), CONDITIONS)
def test_each_form_of_condition(paragraph: int, condition: Any, yes: str, no: str) -> None:
    names = {"a": "a", "b": "b", "x_1": "x", "x_2": "y", "_own": "_"}
    rule = rule_of("")
    rule["detection"] = {name: {letter: 1} for name, letter in names.items()} | {"condition": condition}
    assert matches(rule, dict.fromkeys(yes, 1))
    assert not matches(rule, dict.fromkeys(no, 1))


def test_a_missing_placeholder_cannot_run() -> None:
    with pytest.raises(KeyError):
        matches(rule_of({"f|expand": "%nobody%"}), {"f": "x"})


def test_the_fieldmap_renames_fields_and_referenced_fields() -> None:
    rule = rule_of({"Image|fieldref": "ParentImage"})
    record = {"NewProcessName": "a", "ParentProcessName": "A"}
    assert matches(rule, record, fieldmap={"Image": "NewProcessName", "ParentImage": "ParentProcessName"})
    assert not matches(rule, record)


@pytest.mark.parametrize(
    ("rules", "logsource", "applies"),
    [
        ("any", {"product": "windows"}, True),
        (["an id"], {"category": "process_creation"}, True),
        (["another"], {"product": "windows"}, False),
        ("any", {"product": "linux"}, False),
        ("any", {"product": "windows", "service": "sysmon"}, False),
    ],
)
def test_filters_21(rules: Any, logsource: dict[str, str], applies: bool) -> None:
    sigma_filter = {
        "logsource": logsource,
        "filter": {"rules": rules, "own": {"u": "me"}, "condition": "not own"},
    }
    filtered = apply_filters({**rule_of({"f": "a"}), "id": "an id"}, [sigma_filter])
    assert matches(filtered, {"f": "a", "u": "me"}) is not applies
    assert matches(filtered, {"f": "a", "u": "you"})


# Correlations: matches are written (time, rule, user, value); firings (time, group, count) ------

A, B, C = "first", "second", "third"
COUNT2 = {"type": "event_count", "rules": [A], "timespan": "10s", "condition": {"gte": 2}}
BY_USER = COUNT2 | {"group-by": ["user"]}
VALUE = {"rules": [A], "timespan": "10s"}
TEMPORAL = {"type": "temporal", "rules": [A, B], "timespan": "10s"}
UNLISTED = {"type": "temporal", "timespan": "1m", "condition": "first or third"}
ORDERED = TEMPORAL | {"type": "temporal_ordered"}
ALIASED = BY_USER | {"rules": [A, B], "group-by": "who", "aliases": {"who": {A: "user", B: "value"}}}


def value_rule(kind: str, **condition: Any) -> dict[str, Any]:
    return VALUE | {"type": kind, "condition": {"field": "value", **condition}}


CORRELATIONS: list[tuple[int, dict[str, Any], list[tuple[Any, ...]], list[tuple[Any, ...]]]] = [
    (22, COUNT2, [(None, A), (1, A), (2, B)], []),
    (23, COUNT2, [(0, A), (9, A)], [(9, (), 2)]),
    (23, COUNT2, [(0, A), (10, A)], []),
    (23, BY_USER, [(0, A, "x"), (1, A, "y"), (2, A, "x"), (3, A), (4, A)], [(2, ("x",), 2)]),
    (23, BY_USER, [(0, A, 7), (1, A, "7"), (2, A, None)], [(1, ("7",), 2)]),
    (23, ALIASED, [(0, A, "x", "y"), (1, B, "y", "x")], [(1, ("x",), 2)]),
    (24, value_rule("value_count", gte=2), [(0, A, "", "a"), (1, A, "", "a"), (2, A, "", "b")], [(2, (), 3)]),
    (24, value_rule("value_count", gte=2), [(0, A, "", 1), (1, A, "", "1"), (2, A, "", None)], []),
    (24, value_rule("value_sum", gt=3), [(0, A, "", 1), (1, A, "", "2.5"), (2, A, "", "x")], [(1, (), 2)]),
    (24, value_rule("value_avg", lt=2), [(0, A, "", 3), (1, A, "", 1), (2, A, "", 1)], [(2, (), 3)]),
    (24, value_rule("value_median", eq=1), [(0, A, "", 2), (1, A, "", 1), (2, A, "", 5)], [(1, (), 2)]),
    (
        24,
        value_rule("value_percentile", eq=2, percentile=25),
        [(k, A, "", k) for k in range(9)],
        [(8, (), 9)],
    ),
    (24, value_rule("value_sum", gte=1, lt=3), [(0, A, "", 4), (1, A, "", -2), (2, A, "", 7)], [(1, (), 2)]),
    (25, TEMPORAL, [(0, B), (9, A)], [(9, (), 2)]),
    (25, TEMPORAL, [(0, B), (10, A), (11, C)], []),
    (25, TEMPORAL | {"rules": [A, B, C], "condition": {"gte": 2}}, [(0, A), (1, A), (2, C)], [(2, (), 3)]),
    (25, TEMPORAL | {"condition": "first and not second"}, [(0, B), (1, A), (10, A)], [(10, (), 2)]),
    (25, UNLISTED, [(0, B), (1, C)], [(1, (), 1)]),
    (25, ORDERED, [(0, B), (1, A), (2, B)], [(2, (), 3)]),
    (25, ORDERED, [(0, B), (0, A)], []),
    (25, ORDERED, [(0, A), (0, B)], [(0, (), 2)]),
    (26, COUNT2, [(0, A), (1, A), (2, A), (12, A), (13, A)], [(1, (), 2), (13, (), 2)]),
    (26, COUNT2 | {"condition": {"gte": 1}}, [(0, A), (9, A), (19, A)], [(0, (), 1), (19, (), 1)]),
    (26, COUNT2 | {"condition": {"lt": 2}}, [(0, A), (1, A), (11, A)], [(0, (), 1), (11, (), 1)]),
    (28, COUNT2, [(20, A), (9, A), (15, A)], [(15, (), 2)]),
]


def stream(rows: list[tuple[Any, ...]]) -> list[Match]:
    """Matches from rows; what a row does not say its record does not have."""
    return [Match(row[0], row[1], dict(zip(("user", "value"), row[2:], strict=False))) for row in rows]


@pytest.mark.parametrize(("paragraph", "correlation", "rows", "expected"), CORRELATIONS)
def test_each_paragraph_on_correlations(
    paragraph: int, correlation: dict[str, Any], rows: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]
) -> None:
    firings = correlate({"correlation": correlation}, stream(rows))
    assert [(f.time, f.group, f.count) for f in firings] == expected


def test_a_firing_is_a_match_with_its_group_27() -> None:
    below = {"correlation": ALIASED}
    found = stream([(0, A, "x"), (1, A, "x"), (2, B, "", "y"), (3, B, "", "y")])
    inner = as_matches("inner", below, correlate(below, found))
    assert inner == [
        Match(1, "inner", {"user": "x", "who": "x"}),
        Match(3, "inner", {"user": "", "value": "y", "who": "y"}),
    ]
    outer = {"correlation": COUNT2 | {"rules": ["inner"]}}
    assert correlate(outer, inner) == [Firing(3, (), 2, 2, 1, 3, inner[1].record)]


def test_base_rules_speak_only_when_asked_29() -> None:
    quiet, loud = {"correlation": COUNT2}, {"correlation": COUNT2 | {"generate": True}}
    assert (speaks(A, [quiet]), speaks(A, [loud]), speaks(B, [quiet])) == (False, True, True)


# The strategies ---------------------------------------------------------------------------------


SOME = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def test_generated_rules_are_valid_and_reach_both_verdicts() -> None:
    seen: Counter[bool] = Counter()

    @settings(SOME, max_examples=500)
    @given(rules_with_records())
    def run(case: tuple[dict[str, Any], list[Record]]) -> None:
        rule, found = case
        for condition in SigmaRule.from_dict(rule).detection.parsed_condition:
            assert condition.parsed is not None
        seen.update(matches(rule, record, placeholders=PLACEHOLDERS) for record in found)

    run()
    assert 0.25 < seen[True] / seen.total() < 0.65, seen


def test_generated_correlations_are_valid_and_fire() -> None:
    fired: Counter[str] = Counter()

    @settings(SOME, max_examples=300)
    @given(correlation_rules())
    def run(case: tuple[dict[str, Any], list[Match]]) -> None:
        document, found = case
        SigmaCorrelationRule.from_dict(document)
        assert all(matches(BASE_RULES[match.rule], match.record) for match in found)
        fired[document["correlation"]["type"]] += len(correlate(document, found))

    run()
    assert len(fired) == 8, fired
    assert min(fired.values()) > 0, fired


def test_generated_expressions_mean_the_same_to_re_and_re2() -> None:
    re2 = pytest.importorskip("re2")
    pieces = [*LETTERS, *SIGNS, *WORDS, *REGEXES.values(), *LINES.values()]
    subjects = ["", *pieces, *(a + b for a in pieces for b in pieces)]
    for flags in ("", "i", "s", "m", "ims"):
        for expression in REGEXES | LINES if "m" in flags else REGEXES:
            ours = re.compile(f"(?a{flags}){expression}")
            theirs = re2.compile(f"(?{flags}){expression}" if flags else expression)
            assert [s for s in subjects if bool(ours.search(s)) != bool(theirs.search(s))] == [], (
                flags,
                expression,
            )


# SigmaHQ's regression cases ---------------------------------------------------------------------


def flattened(event: dict[str, Any]) -> dict[str, Any]:
    """A Windows event as a flat record: the names under System that rules use, EventData and UserData."""
    system = event["System"]
    record = {name: system[name] for name in ("EventID", "Channel", "Computer")}
    record["Provider_Name"] = system["Provider"]["#attributes"]["Name"]
    for part in (event.get("EventData"), event.get("UserData")):
        record |= {k: "" if v is None else v for k, v in (part or {}).items() if k != "#attributes"}
    return record


def recorded(folder: Path) -> Iterator[dict[str, Any]]:
    """The records of a case: JSON values one after the other, or raw lines."""
    for raw in folder.glob("*.raw"):
        yield from ({"message": line} for line in raw.read_text("utf-8").splitlines())
    for twin in folder.glob("*.json"):
        rest = twin.read_text("utf-8-sig").strip()
        while rest:
            value, end = json.JSONDecoder().raw_decode(rest)
            yield flattened(value["Event"])
            rest = rest[end:].lstrip()


def field_names(rule: dict[str, Any], record: dict[str, Any]) -> dict[str, str]:
    """Defender writes `Source Name` for `SourceName`; Security 4688 has its own names for the process."""
    names = {name.replace(" ", ""): name for name in record if " " in name}
    if "category" in rule["logsource"] and record.get("EventID") == 4688:
        names |= {"Image": "NewProcessName", "ParentImage": "ParentProcessName"}
    return names


def test_every_regression_case_matches_its_rule(shared_data: Path) -> None:
    files = {}
    for path in (shared_data / "sigma" / "corpus").rglob("*.yml"):
        if found := re.search(r"^id:\s*(\S+)", path.read_text("utf-8"), re.MULTILINE):
            files[found[1]] = path
    cases = sorted((shared_data / "sigma" / "regression").rglob("info.yml"))
    assert len(cases) == 98
    missed = []
    for case in cases:
        for about in yaml.safe_load(case.read_text("utf-8"))["rule_metadata"]:
            rule = yaml.safe_load(files[about["id"]].read_text("utf-8"))
            events = list(recorded(case.parent))
            if not any(matches(rule, event, fieldmap=field_names(rule, event)) for event in events):
                missed.append(f"{case.parent.name}: none of {len(events)} records matches")
    assert missed == []
