"""Correlations by brute force, straight from paragraphs 22 to 29 of docs/reference/sigma-semantics.md.

At every match the whole window is taken anew from all matches of its group that were read until then.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, NamedTuple

from .matcher import Record, Scalar, holds, number, text

SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2629746, "y": 31556952}
OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge, "eq": operator.eq,
    "neq": operator.ne,
}  # fmt: skip


class Match(NamedTuple):
    """A rule matched a record; ``time`` in seconds, None where the record has no readable time."""

    time: float | None
    rule: str
    record: Record


@dataclass(frozen=True, slots=True)
class Firing:
    """A correlation fired on ``record`` at ``time``; ``first``, ``last`` and ``count`` are of the matches in
    the window, ``value`` is what the condition was about."""

    time: float
    group: tuple[str, ...]
    count: int
    value: Fraction | int
    first: float
    last: float
    record: Record


def names(value: Any) -> list[str]:
    """A name or a list of names, as a list."""
    return [value] if isinstance(value, str) else list(value or [])


def referenced(correlation: Mapping[str, Any]) -> list[str]:
    """The rules of a correlation in their order, from its extended condition where it lists none (25)."""
    if correlation.get("rules"):
        return names(correlation["rules"])
    words = re.findall(r"\w+", correlation["condition"])
    return [word for word in dict.fromkeys(words) if word not in ("and", "or", "not")]


def elements(correlation: Mapping[str, Any], field: str, match: Match) -> list[Scalar]:
    """The elements of a field, or of what an alias stands for in this rule (23)."""
    alias = (correlation.get("aliases") or {}).get(field, {})
    value = match.record.get(alias.get(match.rule, field))
    return list(value) if isinstance(value, tuple) else [value]


def group_of(correlation: Mapping[str, Any], match: Match) -> tuple[str, ...] | None:
    """The texts of the group-by fields, None where one of them has none (23)."""
    found = [elements(correlation, field, match) for field in names(correlation.get("group-by"))]
    texts = [text(each[0]) if len(each) == 1 else None for each in found]
    return None if None in texts else tuple(t for t in texts if t is not None)


def percentile(values: Sequence[Fraction], percent: int) -> Fraction:
    """The nearest-rank percentile (24)."""
    rank = max(1, -(-percent * len(values) // 100))
    return sorted(values)[rank - 1]


def statistic(correlation: Mapping[str, Any], window: Sequence[Match]) -> Fraction | int | None:
    """What a count condition compares (24, 25); None where there is no number to sum or to rank."""
    kind, condition = correlation["type"], correlation.get("condition", {})
    if kind == "event_count":
        return len(window)
    if kind in ("temporal", "temporal_ordered"):
        return len({match.rule for match in window})
    found = [e for match in window for e in elements(correlation, condition["field"], match)]
    if kind == "value_count":
        return len({text(e) for e in found} - {None})
    values = [Fraction(n) for e in found if (n := number(e)) is not None]
    if not values:
        return None
    if kind == "value_sum":
        return sum(values, Fraction(0))
    if kind == "value_avg":
        return sum(values, Fraction(0)) / len(values)
    return percentile(values, condition.get("percentile", 50))


def compared(condition: Mapping[str, Any], value: Fraction | int | None) -> bool:
    """Whether every comparison of a condition holds (24)."""
    limits = {name: Fraction(number(condition[name]) or 0) for name in OPERATORS if name in condition}
    return value is not None and all(OPERATORS[name](value, limit) for name, limit in limits.items())


def satisfied(correlation: Mapping[str, Any], window: Sequence[Match]) -> bool:
    """Whether the condition holds for the matches of a window (24, 25)."""
    rules = referenced(correlation)
    condition = correlation.get("condition", {"gte": len(rules)})
    if isinstance(condition, str):
        held = holds(condition, {rule: any(m.rule == rule for m in window) for rule in rules})
    else:
        held = compared(condition, statistic(correlation, window))
    if correlation["type"] == "temporal_ordered":
        choices = combinations((match.rule for match in window), len(rules))
        held = held and any(list(choice) == rules for choice in choices)
    return held


def correlate(correlation_yaml: Mapping[str, Any], base_matches: Iterable[Match]) -> list[Firing]:
    """Every firing of a correlation over matches given in the order of reading, in the order of time.

    A match of a rule to which the correlation does not refer, without a time (22) or without a group (23),
    takes no part.
    """
    correlation = correlation_yaml["correlation"]
    spec = correlation["timespan"]
    span = int(spec[:-1]) * SECONDS[spec[-1]]
    part = [m for m in base_matches if m.time is not None and m.rule in referenced(correlation)]
    timed = sorted(((m.time or 0.0, m) for m in part), key=lambda pair: pair[0])  # stable: 22, 28
    grouped = [(time, match, group_of(correlation, match)) for time, match in timed]

    firings: list[Firing] = []
    previous: dict[tuple[str, ...], tuple[float, bool]] = {}
    for k, (time, match, group) in enumerate(grouped):
        if group is None:
            continue
        inside = [(t, m) for t, m, g in grouped[: k + 1] if g == group and t > time - span]  # 23
        window = [m for _, m in inside]
        held = satisfied(correlation, window)
        before, held_before = previous.get(group, (float("-inf"), False))
        if held and (not held_before or time - before >= span):  # 26
            value = statistic(correlation, window) or 0
            firings.append(Firing(time, group, len(window), value, inside[0][0], time, match.record))
        previous[group] = (time, held)
    return firings


def as_matches(name: str, correlation_yaml: Mapping[str, Any], firings: Iterable[Firing]) -> list[Match]:
    """What a correlation of correlations sees of this one: its last records with the group on top (27)."""
    group_by = names(correlation_yaml["correlation"].get("group-by"))
    return [Match(f.time, name, {**f.record, **dict(zip(group_by, f.group, strict=True))}) for f in firings]


def speaks(rule: str, correlations: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a rule gives findings of its own beside the correlations that refer to it (29)."""
    referring = [c["correlation"] for c in correlations if rule in referenced(c["correlation"])]
    return not referring or any(c.get("generate", False) for c in referring)
