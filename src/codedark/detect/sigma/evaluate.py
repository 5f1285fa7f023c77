"""A whole expression on a whole record, exactly. Used where one field at a time is not enough.

The engine asks this only for the few records on which a rule with a keyword or a field reference may fire; for
everything else the answer follows from the classes of the values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from codedark.detect.sigma.expression import (
    And,
    Atom,
    Constant,
    Exists,
    Expression,
    FieldRef,
    Not,
    Null,
    Or,
    Pattern,
)
from codedark.detect.sigma.predicate import TextPredicate, predicate, text_of
from codedark.events.record import ABSENT, Record

_WHERE: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
_SAME_NAMES: Mapping[str, str] = {}
_predicate = lru_cache(maxsize=20_000)(predicate)


def evaluate(expression: Expression, record: Record, names: Mapping[str, str] = _SAME_NAMES) -> bool:
    """Whether ``expression`` holds for ``record``; ``names`` maps fields of the rule to those of the record."""
    match expression:
        case And(args):
            return all(evaluate(arg, record, names) for arg in args)
        case Or(args):
            return any(evaluate(arg, record, names) for arg in args)
        case Not(arg):
            return not evaluate(arg, record, names)
        case Constant(value):
            return value
        case Atom(None, pattern):
            test = _predicate(pattern)
            return any(test(text) for value in record.values() for text in _texts(value))
        case Atom(str(field), FieldRef(other, where)):
            compare = _WHERE[where]
            theirs = [text.lower() for text in _texts(record.get(names.get(other, other)))]
            ours = [text.lower() for text in _texts(record.get(names.get(field, field)))]
            return any(compare(a, b) for a in ours for b in theirs)
        case Atom(str(field), pattern):
            return _holds(pattern, record.get(names.get(field, field), ABSENT))
    raise TypeError(f"not an expression: {expression!r}")


def _holds(pattern: Pattern, value: Any) -> bool:
    if isinstance(pattern, Exists):
        return value is not ABSENT
    if isinstance(pattern, Null):
        return value is None or value is ABSENT or (isinstance(value, tuple) and None in value)
    test: TextPredicate = _predicate(pattern)
    return any(test(text) for text in _texts(value))


def _texts(value: Any) -> list[str]:
    if type(value) is str:
        return [value]
    parts = value if isinstance(value, tuple) else (value,)
    return [text for part in parts if (text := text_of(part)) is not None]
