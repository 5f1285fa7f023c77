"""What is worked out about a rule once, when it is compiled, so that planning for an origin is quick.

An expression is prepared by taking its *optimistic* part, which depends on single values only and holds
whenever the expression may hold, and by choosing a *cover*: atoms of which at least one holds whenever the
optimistic part does. `fold` replaces what the origin of a record already answers by its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from codedark.detect.finding import RuleInfo
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
    Text,
    all_of,
    any_of,
    atoms,
    bound_events,
    negate,
)
from codedark.detect.sigma.placement import Placement, place
from codedark.events.record import Origin

ORIGIN_FIELDS = frozenset({"EventID", "Channel", "Provider_Name"})
"""Fields of Windows events that their origin tells."""


class Asked(NamedTuple):
    """An atom of the optimistic part, and how its pattern is found."""

    field: str | None
    pattern: Pattern
    placement: Placement


@dataclass(frozen=True)  # without slots, which are slow to unpickle
class Prepared:
    """An expression with its optimistic part; ``unsure`` when the record itself has to be asked in the end.

    ``asked`` are the atoms of the optimistic part. ``cover`` is None when that can hold without any of them (a rule
    of filters only).
    """

    expression: Expression
    optimistic: Expression
    asked: tuple[Asked, ...]
    unsure: bool
    cover: tuple[Atom, ...] | None


@dataclass(frozen=True)
class Rule:
    """One Sigma rule, ready to be planned.

    ``events`` are the event ids outside of which it cannot fire, None when it is not bound to any;
    ``asks_origin`` says whether its expression looks at `ORIGIN_FIELDS`.
    """

    info: RuleInfo
    prepared: Prepared
    events: frozenset[str] | None
    asks_origin: bool

    def may_fire_on(self, event: str) -> bool:
        """False only when no record with this event id can match."""
        return self.events is None or not event.isdecimal() or event in self.events


def rule_of(info: RuleInfo, expression: Expression) -> Rule:
    """The rule that an expression makes."""
    asks_origin = any(atom.field in ORIGIN_FIELDS for atom in atoms(expression))
    return Rule(info, prepare(expression), bound_events(expression), asks_origin)


def prepare(expression: Expression) -> Prepared:
    """Work out the optimistic part and the cover."""
    optimistic = _optimistic(expression)
    unsure = optimistic is not expression or has_keywords(expression)
    asked = tuple(Asked(atom.field, atom.pattern, place(atom.pattern)) for atom in dict.fromkeys(atoms(optimistic)))
    cover = _cover(optimistic)
    return Prepared(expression, optimistic, asked, unsure, None if cover is None else tuple(cover))


def has_keywords(expression: Expression) -> bool:
    """Whether anything is looked for in all of a record."""
    return any(atom.field is None for atom in atoms(expression))


def origin_facts(origin: Origin) -> dict[str, str]:
    """The fields of a record that its origin already tells."""
    if origin.product != "windows":
        return {}
    facts = {"EventID": origin.event, "Channel": origin.service, "Provider_Name": origin.provider}
    return {name: fact for name, fact in facts.items() if fact}


def fold(expression: Expression, facts: Mapping[str, str]) -> Expression:
    """The expression with every atom on a known field replaced by its truth; the same object if there is none."""

    def folded(atom: Atom) -> Expression:
        if atom.field not in facts or not _ignores_case(atom.pattern):
            return atom
        return TRUE if evaluate(atom, dict(facts)) else FALSE

    return _map_atoms(expression, folded)


def _ignores_case(pattern: Pattern) -> bool:
    """Origins are in lower case, so only these patterns can be asked of them."""
    return isinstance(pattern, Number | Null | Exists) or (isinstance(pattern, Text) and not pattern.cased)


def _map_atoms(expression: Expression, change: Callable[[Atom], Expression]) -> Expression:
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


def _optimistic(expression: Expression, *, positive: bool = True) -> Expression:
    """What must hold of single values for the expression to hold at all; the same object if that is all of it.

    A keyword in positive position stays: its column says *maybe*. A keyword under *not*, and a field
    reference anywhere, become what lets the rule fire.
    """
    match expression:
        case Atom(field, pattern):
            special = field is None or isinstance(pattern, FieldRef)
            return Constant(positive) if special and not (field is None and positive) else expression
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


def _cover(expression: Expression) -> dict[Atom, None] | None:
    """Atoms of which at least one holds whenever the expression does; the rarest such set that is easy to find."""
    match expression:
        case Atom():
            return {expression: None}
        case And(args):
            covers = [cover for arg in args if (cover := _cover(arg)) is not None]
            return min(covers, key=_commonness, default=None)
        case Or(args):
            union: dict[Atom, None] = {}
            for arg in args:
                cover = _cover(arg)
                if cover is None:
                    return None
                union.update(cover)
            return union
        case Constant(value=False):
            return {}
        case _:
            return None


def _commonness(cover: Mapping[Atom, None]) -> float:
    """A guess at how often one of the atoms holds: the shorter the literals, the oftener."""
    return sum(1 / (1 + _specificity(atom)) for atom in cover)


def _specificity(atom: Atom) -> int:
    return sum(len(literal) for literal in getattr(atom.pattern, "literals", ()))
