"""The compiled form of a Sigma detection: a Boolean tree over atoms.

An atom asks one thing of one field (or, for a keyword, of any value). The tree has no reference to
pySigma, is hashable and picklable, and is what both the engine's plans and its exact evaluation work on. Its nodes
are tuples, because there are a hundred thousand of them to load and to look up; ``kind`` keeps equal
contents of different kinds apart.
Paragraph numbers in this package are those of ``docs/reference/sigma-semantics.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class Wildcard(Enum):
    """What stands between the literal parts of a text pattern."""

    ANY = "*"
    ONE = "?"

    __hash__ = object.__hash__  # Enum's own is slow, and members are compared by identity

    def __repr__(self) -> str:
        return self.value


class Text(NamedTuple):
    """A string with wildcards (5 to 7). ``parts`` never holds two strings or two ANY in a row.

    Unless ``cased``, the literal parts are already lowered.
    """

    parts: tuple[str | Wildcard, ...]
    cased: bool = False
    kind: str = "text"

    @property
    def literals(self) -> list[str]:
        """The literal parts, each of which a matching text contains."""
        return [part for part in self.parts if isinstance(part, str)]


class Regex(NamedTuple):
    """A linear-time regular expression, searched anywhere (11). ``flags`` out of ``ims``."""

    pattern: str
    flags: str = ""
    kind: str = "regex"


class Number(NamedTuple):
    """A number that the value equals (8)."""

    number: int | float
    kind: str = "number"


class Compare(NamedTuple):
    """A numeric comparison (13); ``operator`` is one of ``< <= > >=``."""

    operator: str
    number: int | float
    kind: str = "compare"


class Cidr(NamedTuple):
    """An IP network that the value lies in (12)."""

    network: str
    kind: str = "cidr"


class Null(NamedTuple):
    """Absent or null (9)."""

    kind: str = "null"


class Exists(NamedTuple):
    """The record has the field, whatever its value (10)."""

    kind: str = "exists"


class FieldRef(NamedTuple):
    """The text of another field of the same record (15); ``where``: equals, startswith, endswith or contains."""

    field: str
    where: str = "equals"
    kind: str = "fieldref"


class TimePart(NamedTuple):
    """A part of the value read as a timestamp (16)."""

    unit: str
    number: int
    kind: str = "timepart"


Pattern = Text | Regex | Number | Compare | Cidr | Null | Exists | FieldRef | TimePart


class Atom(NamedTuple):
    """One pattern on one field; ``field`` is None for a keyword (18)."""

    field: str | None
    pattern: Pattern
    kind: str = "atom"


class And(NamedTuple):
    """All of ``args``."""

    args: tuple[Expression, ...]
    kind: str = "and"


class Or(NamedTuple):
    """Any of ``args``."""

    args: tuple[Expression, ...]
    kind: str = "or"


class Not(NamedTuple):
    """Not ``arg``."""

    arg: Expression
    kind: str = "not"


class Constant(NamedTuple):
    """A truth value that is known before the record is seen."""

    value: bool
    kind: str = "constant"


Expression = Atom | And | Or | Not | Constant

TRUE = Constant(True)
FALSE = Constant(False)


def all_of(args: list[Expression]) -> Expression:
    """Conjunction, with constants folded and nested conjunctions flattened."""
    return _join(And, args, absorbing=FALSE, neutral=TRUE)


def any_of(args: list[Expression]) -> Expression:
    """Disjunction, with constants folded and nested disjunctions flattened."""
    return _join(Or, args, absorbing=TRUE, neutral=FALSE)


def negate(arg: Expression) -> Expression:
    """Negation, with constants and double negation folded."""
    match arg:
        case Constant(value):
            return FALSE if value else TRUE
        case Not(inner):
            return inner
        case _:
            return Not(arg)


def _join(kind: type[And | Or], args: list[Expression], *, absorbing: Constant, neutral: Constant) -> Expression:
    flat: dict[Expression, None] = {}
    for arg in args:
        if arg == absorbing:
            return absorbing
        if arg == neutral:
            continue
        for part in arg.args if isinstance(arg, kind) else (arg,):
            flat[part] = None
    if not flat:
        return neutral
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def plain_pattern(text: str) -> Text:
    """The pattern of a plain Sigma string that is known to have no escapes: `*` and `?` are wildcards."""
    parts = (part for part in re.split(r"([*?])", text.lower()) if part)
    return Text(tuple(Wildcard(part) if part in "*?" else part for part in parts))


def atoms(expression: Expression) -> Iterator[Atom]:
    """Every atom of the tree, with repetitions."""
    stack: list[Expression] = [expression]
    while stack:
        match stack.pop():
            case Atom() as atom:
                yield atom
            case And(args) | Or(args):
                stack.extend(args)
            case Not(arg):
                stack.append(arg)
            case Constant():
                pass


def bound_events(expression: Expression) -> frozenset[str] | None:
    """The values of EventID outside of which the expression is false; None when there is no such bound."""
    match expression:
        case Atom("EventID", Number(number)) if isinstance(number, int):
            return frozenset((str(number),))
        case Atom("EventID", Text((str(text),))):
            return frozenset((text,))
        case And(args):
            bounds = [bound for arg in args if (bound := bound_events(arg)) is not None]
            return frozenset.intersection(*bounds) if bounds else None
        case Or(args):
            alternatives = [bound_events(arg) for arg in args]
            known = [bound for bound in alternatives if bound is not None]
            return frozenset().union(*known) if len(known) == len(alternatives) else None
        case _:
            return None
