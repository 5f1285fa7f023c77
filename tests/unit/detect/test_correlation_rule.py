"""Reading correlation documents: every type, what is refused, and that the compiled form stands alone."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import pytest

from codedark.detect.finding import Level
from codedark.detect.sigma.correlation_rule import (
    All,
    Comparison,
    CorrelationType,
    Not,
    Occurs,
    Some,
    evaluate,
    load_correlation,
    occurring,
)
from codedark.errors import RuleError

ID = "0e95725d-7320-415d-80f7-004da920fc12"


def document(correlation: dict[str, Any], **more: Any) -> dict[str, Any]:
    defaults = {"type": "event_count", "rules": ["login"], "timespan": "5m", "condition": {"gte": 3}}
    return {"title": "Many logins", "id": ID, "correlation": {**defaults, **correlation}, **more}


def test_everything_a_document_says_is_kept() -> None:
    rule = load_correlation(
        document(
            {
                "type": "value_count",
                "rules": ["login", "vpn"],
                "group-by": ["Computer", "source"],
                "aliases": {"source": {"login": "IpAddress", "vpn": "src_ip"}},
                "condition": {"gt": 5, "lte": 20, "field": ["User", "Domain"]},
                "timespan": "2h",
                "generate": True,
            },
            level="high",
            status="test",
            tags=["attack.t1110"],
            name="many_logins",
        ),
        "rules/many.yml",
    )
    assert (rule.info.id, rule.info.name, rule.info.level, rule.info.path) == (
        ID,
        "many_logins",
        Level.HIGH,
        "rules/many.yml",
    )
    assert rule.info.tags == ("attack.t1110",)
    assert rule.type is CorrelationType.VALUE_COUNT
    assert rule.references == ("login", "vpn")
    assert rule.timespan_seconds == 7200
    assert rule.group_by == ("Computer", "source")
    assert rule.aliases == {"source": {"login": "IpAddress", "vpn": "src_ip"}}
    assert set(rule.conditions) == {Comparison("gt", 5), Comparison("lte", 20)}
    assert rule.fields == ("User", "Domain")
    assert rule.generate


def test_group_by_and_rules_may_be_one_text_and_group_by_may_be_missing() -> None:
    assert load_correlation(document({"rules": "login", "group-by": "User"}), "p").group_by == ("User",)
    assert load_correlation(document({}), "p").group_by == ()


def test_generate_is_also_read_where_the_specification_puts_it() -> None:
    assert load_correlation(document({}, generate=True), "p").generate
    assert not load_correlation(document({}), "p").generate


@pytest.mark.parametrize(
    ("kind", "condition", "percentile"),
    [
        ("value_sum", {"gte": 10.5, "field": "Bytes"}, None),
        ("value_avg", {"gte": 10, "field": "Bytes"}, None),
        ("value_percentile", {"gte": 10, "field": "Bytes", "percentile": 95}, 95),
        ("value_median", {"gte": 10, "field": "Bytes"}, 50),
    ],
)
def test_numeric_types(kind: str, condition: dict[str, Any], percentile: int | None) -> None:
    rule = load_correlation(document({"type": kind, "condition": condition}), "p")
    assert rule.fields == ("Bytes",)
    assert rule.percentile == percentile
    assert rule.conditions == (Comparison("gte", condition["gte"]),)


def test_a_temporal_rule_without_condition_wants_every_rule() -> None:
    section = {"type": "temporal", "rules": ["a", "b"], "timespan": "5m"}
    rule = load_correlation({"title": "t", "correlation": section}, "p")
    assert rule.conditions == ()
    assert rule.expression is None


def test_an_extended_condition_names_its_rules() -> None:
    section = {"type": "temporal", "timespan": "5m", "condition": "(a or b) and not c"}
    rule = load_correlation({"title": "t", "correlation": section}, "p")
    assert rule.expression == All((Some((Occurs("a"), Occurs("b"))), Not(Occurs("c"))))
    assert rule.references == ("a", "b", "c")
    assert occurring(rule.expression) == ["a", "b"]
    assert evaluate(rule.expression, {"b"})
    assert not evaluate(rule.expression, {"b", "c"})


@pytest.mark.parametrize(
    ("correlation", "reason"),
    [
        ({"type": "value_max"}, "no valid Sigma correlation type"),
        ({"type": 7}, "int"),
        ({"timespan": "5 minutes"}, "Timespan"),
        ({"timespan": "0s"}, "greater than zero"),
        ({"rules": []}, "at least one text"),
        ({"rules": [["a"]]}, "texts"),
        ({"rules": {"a": 1}}, "plain string or list"),
        ({"condition": {}}, "exactly one"),
        ({"condition": {"gte": "many"}}, "no valid Sigma correlation condition count"),
        ({"condition": {"gte": 1, "about": 5}}, "invalid items"),
        ({"condition": "login and vpn"}, "temporal"),
        ({"type": "value_count"}, "field"),
        ({"type": "value_count", "condition": {"gte": 1, "field": []}}, "at least one text"),
        ({"type": "value_sum", "condition": {"gte": 1, "field": ["a", "b"]}}, "one name"),
        ({"type": "value_percentile", "condition": {"gte": 1, "field": "a"}}, "percentile"),
        (
            {"type": "value_percentile", "condition": {"gte": 1, "field": "a", "percentile": 101}},
            "percentile",
        ),
        ({"aliases": {"ip": {"login": 5}}}, "aliases"),
        ({"type": "temporal", "rules": ["a", "b"], "condition": "a and"}, "parse"),
        ({"type": "temporal", "rules": ["a", "b"], "condition": "a and c"}, "not referenced"),
        ({"type": "temporal", "rules": ["a"], "condition": "not " * 3000 + "a"}, "nested|Recursion"),
    ],
)
def test_what_cannot_be_read_is_a_rule_error_that_says_where(correlation: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuleError, match=reason) as caught:
        load_correlation(document(correlation), "rules/x.yml")
    assert str(caught.value).startswith("rules/x.yml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("broken", [{}, {"title": "t"}, {"correlation": []}, {"correlation": {}, "id": 5}])
def test_what_is_no_correlation_document_is_a_rule_error(broken: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match=r"rules/x\.yml"):
        load_correlation(broken, "rules/x.yml")


def test_a_compiled_rule_is_loaded_without_pysigma() -> None:
    section = {"type": "temporal_ordered", "timespan": "5m", "condition": "a and not b"}
    rule = load_correlation({"title": "t", "correlation": section}, "p")
    assert pickle.loads(pickle.dumps(rule)) == rule
    program = (
        "import pickle, sys; rule = pickle.load(sys.stdin.buffer); "
        "import codedark.detect.sigma.correlate; "
        "sys.exit('sigma' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(rule), check=False)
    assert done.returncode == 0
