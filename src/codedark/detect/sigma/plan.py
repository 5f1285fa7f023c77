"""What to do with the records of an origin: which rules can fire on them, which fields those look at, and how.

1. The patterns that the rules have on one field are matched together by one `FieldMatcher`, and each value becomes
   its class.
2. A record becomes the tuple of the classes of its values, and the rules that fire are remembered by that
   tuple, so that a rule's Boolean tree is evaluated once for each tuple and not once for each record.
3. For a new tuple only those rules are evaluated of which an atom of the cover holds.

Keywords and field references depend on more than single values. In step 2 they are taken in the direction that
lets the rule fire; the rule is then marked `unsure`, and asked of the record: of its columns, unless it has keywords.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from codedark.detect.sigma.evaluate import evaluate
from codedark.detect.sigma.expression import (
    TRUE,
    And,
    Atom,
    Constant,
    Expression,
    FieldRef,
    Not,
    Null,
    Or,
    Pattern,
    all_of,
    any_of,
    atoms,
    plain_pattern,
)
from codedark.detect.sigma.field_matcher import AtomId, FieldMatcher, Verdict
from codedark.detect.sigma.keywords import Patterns
from codedark.detect.sigma.placement import Placement, place
from codedark.detect.sigma.prepared import Prepared, Rule
from codedark.events.logsource import Route
from codedark.events.record import Record

Truth = Callable[[Verdict], bool]
Column = str | None
AtomIdOf = Callable[[Column, Pattern], AtomId]
_MOST_REMEMBERED = 200_000


class Applied(NamedTuple):
    """A rule as it applies to an origin: its expression with the origin's facts folded in, and its route.

    ``has_keywords``: to be sure of it takes the whole record, and not just the columns.
    """

    rule: Rule
    prepared: Prepared
    route: Route
    has_keywords: bool

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for rules that apply in the same way."""
        untouched = self.prepared is self.rule.prepared
        folded = None if untouched else self.prepared.expression
        return self.rule.info.id, folded, tuple(self.route.names.items()), tuple(self.route.where.items())

    def holds(self, record: Record) -> bool:
        """The exact answer for one record."""
        return evaluate(self.prepared.expression, record, self.route.names)


class _Candidate:
    """An applied rule within a plan; its truth as a function of atoms is worked out when it is first needed."""

    __slots__ = ("_truth", "applied")

    def __init__(self, applied: Applied) -> None:
        self.applied = applied
        self._truth: Truth | None = None

    def truth(self, holding: Verdict, atom_id: AtomIdOf) -> bool:
        if self._truth is None:
            names, where = self.applied.route.names, restriction(self.applied.route)
            self._truth = _truth(self.applied.prepared.optimistic, names, atom_id)
            if where != TRUE:
                self._truth = _both(self._truth, _truth(where, {}, atom_id))
        return self._truth(holding)


class Plan:
    """The rules for records whose origins have the same rules; ``fields`` are the columns that it needs.

    Atoms are numbered column by column: the number of an atom is where its column begins plus its number in
    the matcher of that column, which other plans may share.
    """

    def __init__(
        self, rules: Sequence[Applied], matcher_of: Callable[[Mapping[Pattern, Placement]], FieldMatcher]
    ) -> None:
        patterns = _patterns(rules)
        self.keywords: Patterns = frozenset(patterns.pop(None, ()))
        self.fields = tuple(sorted(column for column in patterns if column is not None))
        self.matchers = [matcher_of(patterns[field]) for field in self.fields]
        self._keyword_number = {pattern: number for number, pattern in enumerate(self.keywords)}
        self._keyword_class: dict[Patterns, int] = {}
        self._keyword_verdicts: list[Verdict] = []
        sizes = [len(matcher.numbers) for matcher in self.matchers]
        self._begins = list(accumulate(sizes, initial=0))
        self._verdicts = [*(matcher.classes for matcher in self.matchers), self._keyword_verdicts]
        self._column_of = {field: position for position, field in enumerate(self.fields)}
        self._remembered: dict[tuple[int, ...], tuple[Applied, ...]] = {}
        self._by_atom: dict[AtomId, list[_Candidate]] = {}
        self._anyway: list[_Candidate] = []
        for applied in rules:
            self._add(applied)

    def _add(self, applied: Applied) -> None:
        candidate = _Candidate(applied)
        cover = applied.prepared.cover
        if cover is None:
            self._anyway.append(candidate)
            return
        for atom in cover:
            number = self._atom_id(_column(atom, applied.route.names), atom.pattern)
            self._by_atom.setdefault(number, []).append(candidate)

    def _atom_id(self, column: Column, pattern: Pattern) -> AtomId:
        if column is None:
            return self._begins[-1] + self._keyword_number[pattern]
        position = self._column_of[column]
        return self._begins[position] + self.matchers[position].numbers[pattern]

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

    def _keyword_code(self, patterns: Patterns) -> int:
        code = self._keyword_class.get(patterns)
        if code is None:
            code = self._keyword_class[patterns] = len(self._keyword_verdicts)
            mine = self.keywords & patterns
            self._keyword_verdicts.append(frozenset(self._keyword_number[pattern] for pattern in mine))
        return code

    def fired(self, tuples: Sequence[tuple[int, ...]]) -> list[tuple[Applied, ...]]:
        """For each tuple of classes (one for each field, and the keywords), the rules that fire."""
        answers = list(map(self._remembered.get, tuples))
        if None in answers:
            for position, answer in enumerate(answers):
                if answer is None:
                    answers[position] = self._fire(tuples[position])
        return answers  # type: ignore[return-value]

    def _fire(self, classes: tuple[int, ...]) -> tuple[Applied, ...]:
        known = self._remembered.get(classes)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            holding = frozenset(
                begin + atom
                for begin, verdict_of, code in zip(self._begins, self._verdicts, classes, strict=False)
                for atom in verdict_of[code]
            )
            known = self._remembered[classes] = self._evaluate(holding)
        return known

    def _evaluate(self, holding: Verdict) -> tuple[Applied, ...]:
        candidates = dict.fromkeys(self._anyway)
        for atom in holding & self._by_atom.keys():
            candidates.update(dict.fromkeys(self._by_atom[atom]))
        return tuple(each.applied for each in candidates if each.truth(holding, self._atom_id))


def restriction(route: Route) -> Expression:
    """What the log source asks of a record beside its origin, under the names that the record has."""
    return all_of(
        [
            any_of([Atom(field, Null() if text is None else plain_pattern(text)) for text in texts])
            for field, texts in route.where.items()
        ]
    )


def _column(atom: Atom, names: Mapping[str, str]) -> Column:
    return None if atom.field is None else names.get(atom.field, atom.field)


def _patterns(rules: Sequence[Applied]) -> dict[Column, dict[Pattern, Placement]]:
    """All patterns that the truth of the rules depends on, by column; a column may be there just to be compared."""
    patterns: defaultdict[Column, dict[Pattern, Placement]] = defaultdict(dict)
    for applied in rules:
        names = applied.route.names
        for field, pattern, placement in applied.prepared.asked:
            patterns[field if field is None else names.get(field, field)][pattern] = placement
        for atom in atoms(restriction(applied.route)):
            patterns[atom.field][atom.pattern] = place(atom.pattern)
        for field in _referred(applied):
            patterns.setdefault(field, {})
    return {**patterns}


def _referred(applied: Applied) -> Iterator[str]:
    """The fields that are looked at, and those they are compared with, where columns can answer an unsure rule."""
    if applied.prepared.unsure and not applied.has_keywords:
        for atom in atoms(applied.prepared.expression):
            for field in (atom.field, atom.pattern.field if isinstance(atom.pattern, FieldRef) else None):
                if field is not None:
                    yield applied.route.names.get(field, field)


def _both(one: Truth, other: Truth) -> Truth:
    return lambda holding: one(holding) and other(holding)


def _numbers(args: Sequence[Expression], names: Mapping[str, str], atom_id: AtomIdOf) -> Verdict:
    return frozenset(atom_id(_column(arg, names), arg.pattern) for arg in args if isinstance(arg, Atom))


def _truth(expression: Expression, names: Mapping[str, str], atom_id: AtomIdOf) -> Truth:
    match expression:
        case Atom(_, pattern):
            number = atom_id(_column(expression, names), pattern)
            return lambda holding: number in holding
        case And(args):
            every = _numbers(args, names, atom_id)
            rest = [_truth(arg, names, atom_id) for arg in args if not isinstance(arg, Atom)]
            return lambda holding: every <= holding and (not rest or all(part(holding) for part in rest))
        case Or(args):
            some = _numbers(args, names, atom_id)
            others = [_truth(arg, names, atom_id) for arg in args if not isinstance(arg, Atom)]
            return lambda holding: not some.isdisjoint(holding) or any(part(holding) for part in others)
        case Not(arg):
            inner = _truth(arg, names, atom_id)
            return lambda holding: not inner(holding)
        case Constant(value):
            return lambda _: value
    raise TypeError(f"not an expression: {expression!r}")
