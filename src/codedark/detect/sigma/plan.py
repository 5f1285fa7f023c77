"""What to do with the records of one origin: which rules can fire on them, which fields those look at, and how.

A plan is made once for each origin from the rules whose log source it belongs to:

1. the origin's own facts (channel, event id, provider) are folded into each rule as constants, which ends most
   rules of a service before any record is seen;
2. what is left is numbered by atoms; each field gets one `FieldMatcher` over the patterns of all rules;
3. a record becomes the tuple of the classes of its values, and the rules that fire are remembered by that tuple,
   so that a rule's Boolean tree is evaluated once for each tuple and not once for each record;
4. for a new tuple only those rules are evaluated of which a required atom holds.

Keywords and field references depend on more than single values. In step 3 they are taken in the direction that
lets the rule fire; the rule is then marked for an exact evaluation of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from codedark.detect.sigma.evaluate import evaluate
from codedark.detect.sigma.expression import (
    FALSE,
    TRUE,
    And,
    Atom,
    Constant,
    Exists,
    Expression,
    FieldRef,
    Not,
    Null,
    Number,
    Or,
    Pattern,
    Rule,
    Text,
    all_of,
    any_of,
    atoms,
    negate,
    plain_pattern,
)
from codedark.detect.sigma.field_matcher import AtomId, FieldMatcher, Verdict
from codedark.detect.sigma.keywords import Patterns
from codedark.events.logsource import Route
from codedark.events.record import Origin

Truth = Callable[[Verdict], bool]
_MOST_REMEMBERED = 200_000


class Firing(NamedTuple):
    """A rule that fires on a class tuple; ``unsure`` when the record itself has to be asked by ``expression``."""

    rule: Rule
    expression: Expression
    unsure: bool


@dataclass(frozen=True, slots=True)
class _Planned:
    """One rule within a plan: its truth as a function of the atoms that hold."""

    firing: Firing
    truth: Truth


class Plan:
    """The rules for one origin. ``rules`` are those whose log source applies, with the way they apply."""

    def __init__(self, origin: Origin, rules: Sequence[tuple[Rule, Route]]) -> None:
        self._ids: dict[Atom, AtomId] = {}
        self._by_atom: dict[AtomId, list[_Planned]] = {}
        self._anyway: list[_Planned] = []
        self._remembered: dict[tuple[int, ...], tuple[Firing, ...]] = {}
        facts = origin_facts(origin)
        for rule, route in rules:
            there = all_of([rename(rule.expression, route.names), restriction(route)])
            self._add(rule, fold(there, facts))
        fields: dict[str, list[tuple[AtomId, Atom]]] = {}
        for atom, number in self._ids.items():
            if atom.field is not None and not isinstance(atom.pattern, FieldRef):
                fields.setdefault(atom.field, []).append((number, atom))
        self._keywords = {atom.pattern: number for atom, number in self._ids.items() if atom.field is None}
        self.keywords: Patterns = frozenset(self._keywords)
        self.fields = tuple(sorted(fields))
        self.matchers = [
            FieldMatcher([(number, atom.pattern) for number, atom in fields[name]]) for name in self.fields
        ]
        self._keyword_class: dict[Patterns, int] = {}
        self._keyword_verdicts: list[Verdict] = []
        self._verdicts = [matcher.classes for matcher in self.matchers]
        if self._keywords:
            self._verdicts.append(self._keyword_verdicts)

    def _add(self, rule: Rule, expression: Expression) -> None:
        optimistic = _optimistic(expression)
        if optimistic == FALSE:
            return
        unsure = optimistic is not expression or any(atom.field is None for atom in atoms(expression))
        for atom in atoms(optimistic):
            self._ids.setdefault(atom, len(self._ids))
        planned = _Planned(Firing(rule, expression, unsure), _truth(optimistic, self._ids))
        cover = _cover(optimistic)
        if cover is None:
            self._anyway.append(planned)
            return
        for atom in cover:
            self._by_atom.setdefault(self._ids[atom], []).append(planned)

    @property
    def is_empty(self) -> bool:
        """True when no rule can fire on any record of this origin."""
        return not self._anyway and not self._by_atom

    def keyword_codes(self, rows: Sequence[int], maybe: Mapping[int, Patterns], always: Patterns) -> list[int]:
        """The class of each row by the keywords that may be in it: one more column for `fired`.

        ``always`` are those that may be in any record, ``maybe`` those of the rows that may have others too.
        """
        usual = self._keyword_code(always)
        if not maybe:
            return [usual] * len(rows)
        return [self._keyword_code(maybe[row]) if row in maybe else usual for row in rows]

    def fired(self, tuples: Sequence[tuple[int, ...]]) -> list[tuple[Firing, ...]]:
        """For each tuple of classes (one for each field, and the keywords), the rules that fire."""
        answers = list(map(self._remembered.get, tuples))
        if None in answers:
            for position, answer in enumerate(answers):
                if answer is None:
                    answers[position] = self._fire(tuples[position])
        return answers  # type: ignore[return-value]

    def _fire(self, classes: tuple[int, ...]) -> tuple[Firing, ...]:
        known = self._remembered.get(classes)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            verdicts = [verdict_of[code] for verdict_of, code in zip(self._verdicts, classes, strict=True)]
            known = self._remembered[classes] = self._evaluate(frozenset().union(*verdicts))
        return known

    def _keyword_code(self, patterns: Patterns) -> int:
        code = self._keyword_class.get(patterns)
        if code is None:
            code = self._keyword_class[patterns] = len(self._keyword_verdicts)
            mine = self._keywords.keys() & patterns
            self._keyword_verdicts.append(frozenset(self._keywords[pattern] for pattern in mine))
        return code

    def _evaluate(self, holding: Verdict) -> tuple[Firing, ...]:
        candidates = {id(planned): planned for planned in self._anyway}
        for atom in holding & self._by_atom.keys():
            candidates.update((id(planned), planned) for planned in self._by_atom[atom])
        return tuple(planned.firing for planned in candidates.values() if planned.truth(holding))


def origin_facts(origin: Origin) -> dict[str, str]:
    """The fields of a record that its origin already tells."""
    if origin.product != "windows":
        return {}
    facts = {"EventID": origin.event, "Channel": origin.service, "Provider_Name": origin.provider}
    return {name: fact for name, fact in facts.items() if fact}


def restriction(route: Route) -> Expression:
    """What the log source asks of a record beside its origin."""
    return all_of(
        [
            any_of([Atom(field, Null() if text is None else plain_pattern(text)) for text in texts])
            for field, texts in route.where.items()
        ]
    )


def rename(expression: Expression, names: Mapping[str, str]) -> Expression:
    """The expression over the names that the record has."""
    if not names:
        return expression

    def renamed(atom: Atom) -> Expression:
        if atom.field is None:
            return atom
        pattern = atom.pattern
        if isinstance(pattern, FieldRef):
            pattern = FieldRef(names.get(pattern.field, pattern.field), pattern.where)
        return Atom(names.get(atom.field, atom.field), pattern)

    return _map_atoms(expression, renamed)


def fold(expression: Expression, facts: Mapping[str, str]) -> Expression:
    """The expression with every atom on a known field replaced by its truth."""

    def folded(atom: Atom) -> Expression:
        if atom.field not in facts or not _ignores_case(atom.pattern):
            return atom
        return TRUE if evaluate(atom, dict(facts)) else FALSE

    return _map_atoms(expression, folded)


def _ignores_case(pattern: Pattern) -> bool:
    """Origins are in lower case, so only these patterns can be asked of them."""
    return isinstance(pattern, Number | Null | Exists) or (isinstance(pattern, Text) and not pattern.cased)


def _map_atoms(expression: Expression, change: Callable[[Atom], Expression]) -> Expression:
    """The expression with its atoms changed; the very same object where nothing changes."""
    match expression:
        case Atom():
            return change(expression)
        case And(args) | Or(args):
            changed = [_map_atoms(arg, change) for arg in args]
            if all(new is old for new, old in zip(changed, args, strict=True)):
                return expression
            return all_of(changed) if isinstance(expression, And) else any_of(changed)
        case Not(arg):
            changed_arg = _map_atoms(arg, change)
            return expression if changed_arg is arg else negate(changed_arg)
        case _:
            return expression


def _is_special(atom: Atom) -> bool:
    return atom.field is None or isinstance(atom.pattern, FieldRef)


def _optimistic(expression: Expression, *, positive: bool = True) -> Expression:
    """What must hold of single values for the expression to hold at all; the same object where nothing is special.

    A keyword in positive position stays: its column says *maybe*. A keyword under *not*, and a field
    reference anywhere, become what lets the rule fire.
    """
    match expression:
        case Atom():
            if not _is_special(expression) or (expression.field is None and positive):
                return expression
            return Constant(positive)
        case And(args) | Or(args):
            changed = [_optimistic(arg, positive=positive) for arg in args]
            if all(new is old for new, old in zip(changed, args, strict=True)):
                return expression
            return all_of(changed) if isinstance(expression, And) else any_of(changed)
        case Not(arg):
            changed_arg = _optimistic(arg, positive=not positive)
            return expression if changed_arg is arg else negate(changed_arg)
        case _:
            return expression


def _truth(expression: Expression, ids: Mapping[Atom, AtomId]) -> Truth:
    match expression:
        case Atom():
            number = ids[expression]
            return lambda holding: number in holding
        case And(args):
            if all(isinstance(arg, Atom) for arg in args):
                every = frozenset(ids[arg] for arg in args if isinstance(arg, Atom))
                return every.issubset
            parts = [_truth(arg, ids) for arg in args]
            return lambda holding: all(part(holding) for part in parts)
        case Or(args):
            some = frozenset(ids[arg] for arg in args if isinstance(arg, Atom))
            rest = [_truth(arg, ids) for arg in args if not isinstance(arg, Atom)]
            return lambda holding: not some.isdisjoint(holding) or any(part(holding) for part in rest)
        case Not(arg):
            inner = _truth(arg, ids)
            return lambda holding: not inner(holding)
        case Constant(value):
            return lambda _: value
    raise TypeError(f"not an expression: {expression!r}")


def _cover(expression: Expression) -> frozenset[Atom] | None:
    """Atoms of which at least one holds whenever the expression does; the smallest such set that is easy to find."""
    match expression:
        case Atom():
            return frozenset((expression,))
        case And(args):
            covers = [cover for arg in args if (cover := _cover(arg)) is not None]
            return min(covers, key=_commonness, default=None)
        case Or(args):
            union: frozenset[Atom] = frozenset()
            for arg in args:
                cover = _cover(arg)
                if cover is None:
                    return None
                union |= cover
            return union
        case _:
            return None


def _commonness(cover: frozenset[Atom]) -> float:
    """A guess at how often one of the atoms holds: the shorter the literals, the oftener."""
    return sum(1 / (1 + _specificity(atom)) for atom in cover)


def _specificity(atom: Atom) -> int:
    return sum(len(literal) for literal in getattr(atom.pattern, "literals", ()))
