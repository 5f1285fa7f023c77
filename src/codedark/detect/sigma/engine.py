"""Every rule on every record of a batch.

`Engine` holds the rules, makes a `Plan` for each origin when it first meets it, and judges batches column by
column. It reads no file and no clock; what it needs of a record it takes from the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codedark.detect.sigma.expression import FALSE, Pattern
from codedark.detect.sigma.field_matcher import FieldMatcher
from codedark.detect.sigma.keywords import KeywordScanner, Patterns
from codedark.detect.sigma.placement import Placement
from codedark.detect.sigma.plan import Applied, Plan
from codedark.detect.sigma.prepared import Rule, fold, has_keywords, origin_facts, prepare
from codedark.detect.sigma.rulebook import Rulebook
from codedark.events.logsource import LogSource, Route, Routing
from codedark.events.record import ABSENT, Batch, Group, Origin, Record

_NONE: Patterns = frozenset()
_MOST_PLANS = 4096
"""Origins are named by the logs, which may be hostile."""


class Hit(NamedTuple):
    """A rule fired on the record at ``row`` of the batch."""

    rule: Rule
    row: int
    origin: Origin


class Engine:
    """Runs the rules of a ``rulebook`` over batches; ``routing`` says which log source a record belongs to."""

    def __init__(self, rulebook: Rulebook, routing: Routing) -> None:
        self._rulebook = rulebook
        self._routing = routing
        self._plans: dict[Origin, Plan] = {}
        self._shared: dict[tuple[object, ...], Plan] = {}
        self._matchers: dict[Patterns, FieldMatcher] = {}
        self._met: set[LogSource] = set()
        self._scanner = KeywordScanner(_NONE)

    @property
    def met(self) -> frozenset[LogSource]:
        """The log sources of rules that some record until now belonged to."""
        return frozenset(self._met)

    def fields(self, origin: Origin) -> tuple[str, ...]:
        """The fields that rules for ``origin`` look at (the engine is what readers call `Wanted`)."""
        return self._plan(origin).fields

    def judge(self, batch: Batch) -> Iterator[Hit]:
        """The rules that fire on each record of the batch, origin by origin, in order of rows."""
        plans = [self._plan(group.origin) for group in batch.groups]
        keywords = _NONE.union(*(plan.keywords for plan in plans))
        scanner = self._scanner_for(keywords)
        maybe = scanner.scan(batch, keywords) if scanner else {}
        for plan, group in zip(plans, batch.groups, strict=True):
            if plan.is_empty:
                continue
            columns = [matcher.codes(column) for matcher, column in zip(plan.matchers, group.columns, strict=True)]
            if scanner and plan.keywords:
                columns.append(plan.keyword_codes(group.rows, maybe, scanner.always))
            yield from _fire(plan, columns, group, batch)

    def _scanner_for(self, keywords: Patterns) -> KeywordScanner | None:
        """A scanner for some keywords; one for all that were met is as fast, and is made again less often."""
        if keywords and not keywords <= self._scanner.keywords:
            self._scanner = KeywordScanner(self._scanner.keywords | keywords)
        return self._scanner if keywords else None

    def _plan(self, origin: Origin) -> Plan:
        plan = self._plans.get(origin)
        if plan is None:
            routes = self._routing.routes(self._rulebook.packed, origin)
            self._met.update(routes)
            rules = [applied for source, route in routes.items() for applied in self._applied(source, route, origin)]
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
                self._shared.clear()
                self._matchers.clear()
            # Most origins of a product have the same few rules, and one plan with what it has learnt serves them all.
            key = tuple(each.identity for each in rules)
            if key not in self._shared:
                self._shared[key] = Plan(rules, self._matcher)
            plan = self._plans[origin] = self._shared[key]
        return plan

    def _matcher(self, patterns: Mapping[Pattern, Placement]) -> FieldMatcher:
        key = frozenset(patterns)
        if key not in self._matchers:
            self._matchers[key] = FieldMatcher(patterns)
        return self._matchers[key]

    def _applied(self, source: LogSource, route: Route, origin: Origin) -> Iterator[Applied]:
        """The rules of a log source that can fire on an origin, with its facts folded in."""
        facts = origin_facts(origin)
        for rule in self._rulebook.rules(source):
            if rule.may_fire_on(origin.event):
                prepared = rule.prepared
                if rule.asks_origin:
                    folded = fold(prepared.expression, facts)
                    prepared = prepared if folded is prepared.expression else prepare(folded)
                if prepared.optimistic != FALSE:
                    yield Applied(rule, prepared, route, prepared.unsure and has_keywords(prepared.expression))


def _fire(plan: Plan, columns: list[list[int]], group: Group, batch: Batch) -> Iterator[Hit]:
    tuples = list(zip(*columns, strict=True)) if columns else [()] * len(group.rows)
    for place, firings in enumerate(plan.fired(tuples)):
        for firing in firings:
            row = group.rows[place]
            if firing.prepared.unsure:
                record = batch.record(row) if firing.has_keywords else _of_columns(plan, group, place)
                if not firing.holds(record):
                    continue
            yield Hit(firing.rule, row, group.origin)


def _of_columns(plan: Plan, group: Group, place: int) -> Record:
    """As much of a record as its columns tell."""
    values = zip(plan.fields, group.columns, strict=True)
    return {field: value for field, column in values if (value := column[place]) is not ABSENT}
