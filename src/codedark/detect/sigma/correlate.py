"""Correlation rules at work: base-rule matches in, in any order; findings out, as if they had come in order.

`Correlations` puts the matches in order of time, gives each to the windows of the correlations that refer to
its rule, and hands on each firing as a match of the correlation that fired (27). Of a match it keeps only the
fields that some correlation looks at, its host, user, source and record number; a firing's `event` is made of
these and of the group, and the whole record is found by source and number.

Source: `docs/reference/sigma-semantics.md`, 22 to 29.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any, Final

from codedark.detect import finding as found
from codedark.detect.finding import Finding, RuleId
from codedark.detect.sigma.correlation_rule import (
    COMPARE,
    NUMERIC,
    TEMPORAL,
    Comparison,
    CorrelationRule,
    CorrelationType,
    Number,
    renamed,
)
from codedark.detect.sigma.correlation_windows import (
    Distinct,
    Events,
    LiveOrder,
    OrderedRules,
    Percentile,
    Row,
    Rules,
    Several,
    Total,
    WholeOrder,
    Window,
    exact,
    numbers,
    text,
    texts,
)
from codedark.events.moments import microseconds_of, moment_of
from codedark.events.record import Record, SourceName

_BEFORE_ALL: Final = -(1 << 63)
_AFTER_ALL: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Linked:
    """A correlation that can run: ``ids`` are its references in order, ``aliases`` by rule id."""

    rule: CorrelationRule
    ids: tuple[RuleId, ...]
    aliases: Mapping[str, Mapping[RuleId, str]]

    def named_in(self, names: Sequence[str], rule: RuleId) -> list[str]:
        """What the fields ``names`` are called in the matches of ``rule``."""
        return [self.aliases.get(name, {}).get(rule, name) for name in names]


def link(
    rules: Sequence[CorrelationRule], base: Mapping[str, RuleId]
) -> tuple[list[Linked], list[tuple[CorrelationRule, str]]]:
    """Resolve references: the correlations that can run, inner before outer, and why the others cannot."""
    known: dict[str, set[RuleId]] = {name: {rule_id} for name, rule_id in base.items()}
    for rule in rules:
        for name in {rule.info.id, rule.info.name} - {""}:
            known.setdefault(name, set()).add(rule.info.id)
    problems: list[tuple[CorrelationRule, str]] = []
    waiting: dict[RuleId, Linked] = {}
    ready = set(base.values())
    for rule in rules:
        if rule.info.id in waiting or rule.info.id in ready:
            problems.append((rule, f"another rule has the id or name {rule.info.id!r} too; give it its own"))
            continue
        linked = _resolved(rule, known)
        if isinstance(linked, Linked):
            waiting[rule.info.id] = linked
        else:
            problems.append((rule, linked))
    running: list[Linked] = []
    while free := [rule_id for rule_id, linked in waiting.items() if ready.issuperset(linked.ids)]:
        running += [waiting.pop(rule_id) for rule_id in free]
        ready.update(free)
    problems += [(linked.rule, _why_not(linked, waiting, ready)) for linked in waiting.values()]
    return running, problems


def _resolved(rule: CorrelationRule, known: Mapping[str, set[RuleId]]) -> Linked | str:
    """The rule with its references as rule ids, or the reason why one cannot be resolved."""
    aliases = rule.aliases or {}
    ids: dict[str, RuleId] = {}
    for name in (*rule.references, *(name for mapping in aliases.values() for name in mapping)):
        matches = known.get(name) or known.get(name.lower()) or set()
        if len(matches) != 1:
            why = "is the name of several rules" if matches else "is not among the rules loaded"
            return f"it refers to the rule {name!r}, which {why}"
        (ids[name],) = matches
    by_id = {
        alias: {ids[name]: field_name for name, field_name in mapping.items()} for alias, mapping in aliases.items()
    }
    return Linked(rule, tuple(ids[name] for name in rule.references), by_id)


def _why_not(linked: Linked, waiting: Mapping[RuleId, Linked], ready: set[RuleId]) -> str:
    reached = deque(linked.ids)
    seen: set[RuleId] = set()
    while reached:
        rule_id = reached.popleft()
        if rule_id == linked.rule.info.id:
            return "it refers to itself, directly or through the correlations it refers to"
        if rule_id in waiting and rule_id not in seen:
            seen.add(rule_id)
            reached.extend(waiting[rule_id].ids)
    blocked = next(rule_id for rule_id in linked.ids if rule_id not in ready)
    return f"it refers to the correlation {blocked!r}, which cannot run itself"


def _texts(values: Sequence[Any], places: Sequence[int]) -> tuple[str, ...] | None:
    """The texts of the values at ``places``; None where one of them has none."""
    if len(places) == 1 and (value := values[places[0]]).__class__ is str:
        return (value,)  # the usual case: the loop below says the same in a third more time
    found_texts = []
    for place in places:
        value = values[place]
        if value.__class__ is not str and (value := text(value)) is None:
            return None
        found_texts.append(value)
    return tuple(found_texts)


def _distinct(values: Sequence[Any], places: Sequence[int]) -> str | tuple[str, ...] | Several | None:
    if len(places) > 1:
        return _texts(values, places)
    value = values[places[0]]
    return value if value.__class__ is str else texts(value)


def _numbers(values: Sequence[Any], places: Sequence[int]) -> Number | Several | None:
    return numbers(values[places[0]])


def _window_maker(linked: Linked) -> Callable[[], Window]:
    """Makes the empty window of a new group."""
    rule = linked.rule
    expression = rule.expression and renamed(rule.expression, dict(zip(rule.references, linked.ids, strict=True)))
    match rule.type:
        case CorrelationType.EVENT_COUNT:
            return Events
        case CorrelationType.VALUE_COUNT:
            return Distinct
        case CorrelationType.VALUE_SUM | CorrelationType.VALUE_AVG:
            return partial(Total, mean=rule.type is CorrelationType.VALUE_AVG)
        case CorrelationType.VALUE_PERCENTILE | CorrelationType.VALUE_MEDIAN:
            return partial(Percentile, percentile=rule.percentile or 0)
        case CorrelationType.TEMPORAL:
            return partial(Rules, expression=expression)
        case CorrelationType.TEMPORAL_ORDERED:
            return partial(OrderedRules, order=linked.ids, expression=expression)


def _criteria(linked: Linked) -> tuple[Comparison, ...]:
    """The comparisons that must hold; a temporal rule without any wants every rule, or its expression."""
    rule = linked.rule
    if rule.expression is not None:
        return (Comparison("gte", 1),)
    if rule.conditions or rule.type not in TEMPORAL:
        return rule.conditions
    return (Comparison("gte", len(set(linked.ids))),)


class Running:
    """One correlation with the windows of its groups."""

    def __init__(self, linked: Linked) -> None:
        self.rule = linked.rule
        self._span = linked.rule.timespan_seconds * 1_000_000
        self._new_window = _window_maker(linked)
        exactly = linked.rule.type in {CorrelationType.VALUE_SUM, CorrelationType.VALUE_AVG}
        self._criteria: list[tuple[Callable[[Any, Any], bool], Number | Fraction]] = [
            (COMPARE[test.operator], exact(test.threshold) if exactly else test.threshold) for test in _criteria(linked)
        ]
        self._windows: dict[tuple[str, ...], Window] = {}
        self._sweep_at = _BEFORE_ALL

    def take(self, time: int, feed: Feed, values: Sequence[Any]) -> found.Window | None:
        """Take a match at ``time``, not before the last one; what it fires, if it does (23 to 26)."""
        key = _texts(values, feed.key_places)
        if key is None:
            return None
        since = time - self._span
        if time >= self._sweep_at:
            self._forget(since)
            self._sweep_at = time + self._span
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = self._new_window()
        window.advance(time, since, feed.reader(values, feed.places) if feed.reader else feed.fixed)
        measure, held = window.measure(), window.held
        window.held = False
        if measure is None:
            return None
        for compare, threshold in self._criteria:
            if not compare(measure, threshold):
                return None
        window.held = True
        if held:
            return None
        group = dict(zip(self.rule.group_by, key, strict=True))
        return found.Window(group, moment_of(window.times[0]), moment_of(time), len(window.times))

    def _forget(self, since: int) -> None:
        """Drop the groups without a match in the window. Once a timespan, so a match pays for it O(1)."""
        self._windows = {key: window for key, window in self._windows.items() if window.times[-1] > since}


@dataclass(frozen=True, slots=True)
class Feed:
    """How the matches of one rule go to one correlation: where in their values they have group and measure.

    ``reader`` takes what is measured from the values at ``places``; without it, it is ``fixed`` for the rule.
    """

    to: Running
    key_places: tuple[int, ...]
    reader: Callable[[Sequence[Any], Sequence[int]], Any] | None
    places: tuple[int, ...]
    fixed: RuleId | None


@dataclass(slots=True)
class Followed:
    """A rule whose matches are fed on: the ``fields`` kept of each, and to which correlations they go."""

    fields: dict[str, int] = field(default_factory=dict)
    feeds: list[Feed] = field(default_factory=list)

    def places(self, names: Sequence[str]) -> tuple[int, ...]:
        """Where the values of the fields ``names`` are among those kept."""
        return tuple(self.fields[name] for name in names)


class Correlations:
    """The correlation rules over one run.

    ``base`` maps the name and the id of each loaded rule to its id. ``lateness_seconds`` is how long after
    its time a match may arrive when running live; None in a hunt, where nothing is final before the end.
    The whole state is picklable.

    ``needs``     the base rules whose matches must be fed.
    ``silenced``  rules without findings of their own: correlations refer to them, and none generates (29).
    ``problems``  the correlations that cannot run, each with the reason.
    ``undated``   how many matches had no readable time, and ``too_late`` how many came when the results for
                  their time were final already: these take no part.
    """

    def __init__(
        self, rules: Sequence[CorrelationRule], base: Mapping[str, RuleId], lateness_seconds: float | None
    ) -> None:
        linked, self.problems = link(rules, base)
        self.undated = 0
        self.too_late = 0
        self._lateness = None if lateness_seconds is None else timedelta(seconds=lateness_seconds)
        self._order: WholeOrder | LiveOrder = WholeOrder() if lateness_seconds is None else LiveOrder()
        self._sequence = 0
        self._final_until = _BEFORE_ALL
        self._followed = _followed(linked)
        correlations = {each.rule.info.id for each in linked}
        self.needs: frozenset[RuleId] = frozenset(map(RuleId, self._followed)) - correlations
        generating = {rule_id for each in linked if each.rule.generate for rule_id in each.ids}
        self.silenced: frozenset[RuleId] = frozenset(map(RuleId, self._followed)) - generating

    def feed(self, finding: Finding) -> None:
        """Take one match of a rule of `needs`, in any order; other findings are ignored."""
        rule = finding.rule.id
        if rule not in self.needs:
            return
        if finding.time is None:
            self.undated += 1
            return
        time = microseconds_of(finding.time)
        if time < self._final_until:
            self.too_late += 1
            return
        values = tuple(map(finding.event.get, self._followed[rule].fields))
        self._order.add(
            (time, self._sequence, rule, values, finding.host, finding.user, finding.source, finding.record)
        )
        self._sequence += 1

    def drain(self, watermark: datetime | None) -> Iterator[Finding]:
        """The firings that have become final, in order of time; to be exhausted.

        ``watermark`` is the newest time seen, aware UTC: with it, firings up to it less the lateness, and
        in a hunt none. With None, the end of the input, all.
        """
        cutoff = None
        if watermark is None:
            self._final_until = _AFTER_ALL
        elif self._lateness is None:
            return
        else:
            cutoff = microseconds_of(watermark - self._lateness)
            self._final_until = max(self._final_until, cutoff)
        for row in self._order.until(cutoff):
            time, values = row[0], row[3]
            fired = [
                (feed.to, window)
                for feed in self._followed[row[2]].feeds
                if (window := feed.to.take(time, feed, values)) is not None
            ]
            if fired:
                yield from self._findings(row, fired)

    def _findings(self, row: Row, fired: Sequence[tuple[Running, found.Window]]) -> Iterator[Finding]:
        """What the match in ``row`` fired, and what these firings fire in their turn (27)."""
        time, _, rule, values, host, user, source, number_in_source = row
        kept = zip(self._followed[rule].fields, values, strict=True)
        record: Record = {name: value for name, value in kept if value is not None}
        queue = deque((running, window, record) for running, window in fired)
        while queue:
            running, window, event = queue.popleft()
            event = {**event, **window.group}
            info = running.rule.info
            if info.id not in self.silenced:
                yield Finding(info, window.last, host, user, SourceName(source), number_in_source, event, window)
            if followed := self._followed.get(info.id):
                values = tuple(map(event.get, followed.fields))
                for feed in followed.feeds:
                    outer = feed.to.take(time, feed, values)
                    if outer is not None:
                        queue.append((feed.to, outer, event))


def _followed(linked: Sequence[Linked]) -> dict[str, Followed]:
    """Per rule that some correlation refers to, what is kept of its matches and where they go."""
    followed: dict[str, Followed] = {}
    for each in reversed(linked):  # outer before inner: what an inner one keeps depends on the outer ones
        own = followed.get(each.rule.info.id, Followed()).fields
        inherited = [name for name in own if name not in each.rule.group_by]
        for rule_id in dict.fromkeys(each.ids):
            fields = followed.setdefault(rule_id, Followed()).fields
            wanted = each.named_in((*each.rule.group_by, *each.rule.fields), rule_id)
            for name in (*wanted, *inherited):
                fields.setdefault(name, len(fields))
    for each in linked:
        running = Running(each)
        for rule_id in dict.fromkeys(each.ids):
            followed[rule_id].feeds.append(_feed(each, running, rule_id, followed[rule_id]))
    return followed


def _feed(linked: Linked, running: Running, rule_id: RuleId, followed: Followed) -> Feed:
    rule = linked.rule
    return Feed(
        to=running,
        key_places=followed.places(linked.named_in(rule.group_by, rule_id)),
        reader=_numbers if rule.type in NUMERIC else _distinct if rule.fields else None,
        places=followed.places(linked.named_in(rule.fields, rule_id)),
        fixed=rule_id if rule.type in TEMPORAL else None,
    )
