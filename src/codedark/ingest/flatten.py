"""Nested JSON as a flat record: the rules of `codedark.events.record`, applied to any object.

Objects are joined with dots, a list of scalars is a tuple, a list of objects gives one tuple per leaf
name, booleans are ``"true"`` and ``"false"``. An empty object or list is the empty tuple, so that its
field exists. Two members that end up under one name (``{"a.b": 1, "a": {"b": 2}}``) share a tuple.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from codedark.events.record import Record, Scalar, Value

DEPTH_LIMIT: Final = 64
"""Levels of nesting that are taken apart; what lies deeper is kept as its JSON text."""

PLAIN_TYPES: Final = frozenset({str, int, float, type(None)})
"""The types of JSON values that are record values as they are."""


def flatten(obj: Mapping[str, Any]) -> Record:
    """The whole of ``obj`` as a record. Total on JSON objects of any depth."""
    record: Record = {}
    _add_object(record, "", obj, 0)
    return record


def add(record: Record, name: str, value: Any) -> None:
    """Put one JSON value of any shape into ``record`` under ``name``, taken apart as far as needed."""
    _add(record, name, value, 0)


def join(record: Record, name: str, value: Value) -> None:
    """Give ``name`` a value; where it has another one already, it gets the tuple of both."""
    if name not in record:
        record[name] = value
    elif record[name] != value:
        record[name] = _as_tuple(record[name]) + _as_tuple(value)


def json_text(value: Any) -> str:
    """``value`` as JSON without spaces. Not recursive, for values of any depth."""
    out: list[str] = []
    pending: list[tuple[bool, Any]] = [(False, value)]
    while pending:
        is_text, item = pending.pop()
        if is_text:
            out.append(item)
        elif isinstance(item, dict):
            pending.extend(_enclosed("{", [(_quoted(name) + ":", item[name]) for name in item], "}"))
        elif isinstance(item, list):
            pending.extend(_enclosed("[", [("", member) for member in item], "]"))
        else:
            out.append(_quoted(item))
    return "".join(out)


def embedded(text: str) -> Any:
    """The JSON object or array that a string holds; None where it holds none."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict | list) else None


def pairs(items: Any, name_key: str, value_key: str) -> list[tuple[str, str]]:
    """A list of objects with a name and a text each, as pairs."""
    return [
        (item[name_key], item[value_key])
        for item in (items if type(items) is list else [])
        if type(item) is dict and type(item.get(name_key)) is str and type(item.get(value_key)) is str
    ]


def add_names(record: Record, names: Mapping[str, Iterable[str]]) -> None:
    """Give fields second names: for each name the value of the first of the others that is there."""
    for name, others in names.items():
        if name not in record:
            for other in others:
                if other in record:
                    record[name] = record[other]
                    break


def add_texts(record: Record, obj: Mapping[str, Any], names: Iterable[str]) -> None:
    """The JSON text of whole members, for rules that look for words anywhere in them."""
    """Give whole members their JSON text as value, for rules that look for words anywhere in them."""
    for name in names:
        if type(obj.get(name)) in {dict, list}:
            record.setdefault(name, json_text(obj[name]))


def _add_object(record: Record, prefix: str, obj: Mapping[str, Any], depth: int) -> None:
    for key, value in obj.items():
        name = prefix + key
        if type(value) in PLAIN_TYPES and name not in record:
            record[name] = value
        else:
            _add(record, name, value, depth)


def _add(record: Record, name: str, value: Any, depth: int) -> None:
    if isinstance(value, dict | list) and depth >= DEPTH_LIMIT:
        join(record, name, json_text(value))
    elif isinstance(value, dict) and value:
        _add_object(record, name + ".", value, depth + 1)
    elif isinstance(value, dict | list):
        _add_list(record, name, value, depth + 1)
    else:
        join(record, name, _scalar(value))


def _add_list(record: Record, name: str, items: Iterable[Any], depth: int) -> None:
    if PLAIN_TYPES.issuperset(map(type, items)):
        join(record, name, tuple(items))
        return
    members: list[Scalar] = []
    leaves: dict[str, list[Scalar]] = {}
    for item in items:
        if isinstance(item, dict | list):
            part: Record = {}
            _add(part, name, item, depth)
            for leaf, value in part.items():
                leaves.setdefault(leaf, []).extend(_as_tuple(value))
        else:
            members.append(_scalar(item))
    if members:
        leaves[name] = members + leaves.get(name, [])
    for leaf, values in leaves.items():
        join(record, leaf, tuple(values))


def _scalar(value: Any) -> Scalar:
    if value is True:
        return "true"
    if value is False:
        return "false"
    return value  # type: ignore[no-any-return]  # JSON has no other scalars


def _as_tuple(value: Value) -> tuple[Scalar, ...]:
    return value if isinstance(value, tuple) else (value,)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _enclosed(opening: str, members: list[tuple[str, Any]], closing: str) -> list[tuple[bool, Any]]:
    """The parts of a list or object, last first, for a stack."""
    parts: list[tuple[bool, Any]] = []
    for label, member in members:
        parts += [(True, ("," if parts else opening) + label), (False, member)]
    parts.append((True, closing if parts else opening + closing))
    return parts[::-1]
