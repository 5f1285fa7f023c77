"""Values of a chart as msgpack has them, and back: with the name of their type, and nothing but the types of the chart
is ever made of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from codedark.continuity.charts import chart

_ENUM, _TUPLE, _STRUCT = "e", "t", "s"
TYPES: Final[dict[str, Any]] = {
    name: each
    for name, each in vars(chart).items()
    if isinstance(each, type) and issubclass(each, msgspec.Struct | StrEnum) and each not in {msgspec.Struct, StrEnum}
}


def plain(value: Any) -> Any:
    """A value as msgpack has it. Raises TypeError for what no chart holds."""
    if isinstance(value, StrEnum):
        return (_ENUM, type(value).__name__, value.value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return (_TUPLE, *map(plain, value))
    name = type(value).__name__
    if name not in TYPES:
        raise TypeError(f"{value!r:.80} is nothing of a chart")
    return (_STRUCT, name, *map(plain, astuple(value)))


def made(value: Any) -> Any:
    """The value that was written so. Raises TypeError, ValueError, LookupError for what `plain` never wrote."""
    if not isinstance(value, list):
        return value
    kind, *rest = value
    if kind == _TUPLE:
        return tuple(map(made, rest))
    type_, *parts = rest
    return TYPES[type_](*map(made, parts))
