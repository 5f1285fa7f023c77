"""A query of the filter language as a condition of SQL, and what it says of time and type before a file is opened.

Values never become part of the SQL: each is a parameter. Every condition is true or false, never null, so that NOT
means what people mean by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import orjson

from codedark.app.search import language
from codedark.app.search.addresses import network_ends
from codedark.app.search.language import All, Not, Query, QueryError, Term, Text, Word
from codedark.app.search.times import EXAMPLES, Span, span_of
from codedark.events.moments import moment_of

COLUMNS: Final = ("seq", "time", "arrived", "source", "product", "service", "event", "host", "user", "type", "raw")
"""The names that mean a column; every other is a field of the record."""
TYPE_SQL: Final = "(product || CASE WHEN service = '' THEN '' ELSE '/' || service END)"
_TIMES: Final = ("time", "arrived")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_NUMBER_SQL: Final = "'[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?'"
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_.@ -]+", re.ASCII)
_LAST_US: Final = 253_402_300_799_999_999
_MOST_SEQ: Final = (1 << 63) - 1

Test = Callable[[str], str]
"""From an expression of SQL for a text to a condition on it."""


class Bounds(NamedTuple):
    """What every record that a query takes has: a time in ``[from_us, until_us)``, and this type, if one is named."""

    from_us: int = 0
    until_us: int = _LAST_US
    type: str | None = None

    def and_also(self, other: Bounds) -> Bounds:
        """What both say."""
        return Bounds(max(self.from_us, other.from_us), min(self.until_us, other.until_us), self.type or other.type)


class Compiled(NamedTuple):
    """A condition and its parameters."""

    sql: str
    parameters: dict[str, Any]
    bounds: Bounds


def compile_query(text: str, now_us: int) -> Compiled:
    """The condition for a query. Raises `QueryError`."""
    compiler = _Compiler(text, now_us)
    query = language.parse(text)
    return Compiled(compiler.condition(query), compiler.parameters, compiler.bounds(query))


def moment_sql(time_us: int) -> str:
    """A time as text that SQL takes for one; beyond the year 9999 it is the end of that."""
    return moment_of(max(0, min(time_us, _LAST_US))).isoformat()


class _Compiler:
    def __init__(self, text: str, now_us: int) -> None:
        self._text = text
        self._now_us = now_us
        self.parameters: dict[str, Any] = {}

    def condition(self, query: Query) -> str:
        match query:
            case All(parts):
                return f"({' AND '.join(map(self.condition, parts))})" if parts else "true"
            case language.Any(parts):
                return f"({' OR '.join(map(self.condition, parts))})"
            case Not(part):
                return f"(NOT {self.condition(part)})"
            case Word(value):
                return self._anywhere(value)
            case Term():
                return self._term(query)

    def bounds(self, query: Query) -> Bounds:
        match query:
            case All(parts):
                out = Bounds()
                for part in parts:
                    out = out.and_also(self.bounds(part))
                return out
            case Term(name, operator, value) if name.lower() == "time" and not _is_any(value):
                return Bounds(*self._span(operator, value))
            case Term(name, ":", value) if name.lower() == "type" and not value.wild:
                return Bounds(type=value.text.lower())
            case _:
                return Bounds()

    def _put(self, value: object) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _fail(self, value: Text, what: str, instead: str) -> QueryError:
        return QueryError(self._text, value.at, what, instead)

    def _anywhere(self, value: Text) -> str:
        """A text in the JSON of the record, as JSON writes it, or in what came where that was no JSON."""
        in_json = self._put(_pattern(value, lambda text: orjson.dumps(text).decode()[1:-1]))
        in_raw = self._put(_pattern(value, str))
        return f"(regexp_matches(record, {in_json}) OR coalesce(regexp_matches(raw, {in_raw}), false))"

    def _term(self, term: Term) -> str:
        name = term.name.lower()
        if name in _TIMES:
            return self._time(name, term)
        if name == "seq":
            return self._seq(term)
        if name in COLUMNS:
            column = TYPE_SQL if name == "type" else f'"{name}"'
            if _is_any(term.value) and term.operator == ":":
                return f"(coalesce({column}, '') <> '')"
            return f"coalesce({self._test(term, name)(column)}, false)"
        return self._field(term)

    def _field(self, term: Term) -> str:
        places = [self._put(pointer) for pointer in _pointers(term.name)]
        said = _at("json_extract_string", places)
        guard = _guard(term.name, self._put)
        if _is_any(term.value) and term.operator == ":":
            return f"({guard}{said} IS NOT NULL)"
        test = self._test(term, "")
        # A list has several values, any of which may be meant; as text it begins with a bracket.
        is_list = f"starts_with({said}, '[') AND {_at('json_type', places)} = 'ARRAY'"
        listed = f"""from_json({_at("json_extract", places)}, '["VARCHAR"]')"""
        among = f"len(list_filter({listed}, lambda one: coalesce({test('one')}, false))) > 0"
        return f"({guard}coalesce(CASE WHEN {is_list} THEN {among} ELSE {test(said)} END, false))"

    def _test(self, term: Term, column: str) -> Test:
        value, operator = term.value, term.operator
        if operator != ":":
            number = self._put(self._number(value))
            return lambda said: _compared(said, operator, number)
        if not value.quoted and ".." in value.text and (ends := self._ends(value)):
            tests = [(sign, self._put(end)) for sign, end in zip((">=", "<="), ends, strict=True) if end is not None]
            return lambda said: " AND ".join(_compared(said, sign, name) for sign, name in tests)
        if not value.quoted and (network := network_ends(value.text)):
            macro, low, high = network[0], self._put(network[1]), self._put(network[2])
            return lambda said: f"({macro}({said}) BETWEEN {low} AND {high})"
        return self._like(value, column)

    def _like(self, value: Text, column: str) -> Test:
        """Equal, without regard to case; a host also by what stands before its domain, a user by that behind it."""
        name = self._put(_like_pattern(value).lower())
        others: tuple[str, ...] = ()
        if column == "host" and "." not in value.text:
            others = (f"{name} || '.%'",)
        elif column == "user" and not re.search(r"[\\@]", value.text):
            others = (f"'%\\' || {name}", f"{name} || '@%'")
        return lambda said: f"({' OR '.join(_liked(said, pattern) for pattern in (name, *others))})"

    def _number(self, value: Text) -> float:
        if not _NUMBER.fullmatch(value.text):
            raise self._fail(value, f"'{value.text}' is not a number", "compare with a number, as in LogonType>=3")
        return float(value.text)

    def _ends(self, value: Text) -> tuple[float | None, float | None] | None:
        """The ends of a range of numbers, None where it is open; None when it is none."""
        low, _, high = value.text.partition("..")
        if not (low or high) or not all(not end or _NUMBER.fullmatch(end) for end in (low, high)):
            return None
        return (float(low) if low else None, float(high) if high else None)

    def _seq(self, term: Term) -> str:
        value = term.value
        if _is_any(value):
            return "true"
        low, dots, high = value.text.partition("..")
        ends = (low, high) if dots else (value.text, value.text)
        if not any(ends) or not all(not end or (end.isascii() and end.isdigit()) for end in ends):
            raise self._fail(value, f"'{value.text}' is no number of a record", "write seq:1234 or seq:1000..2000")
        if term.operator != ":":
            if dots:
                raise self._fail(value, "a range cannot be compared", "write seq:1000..2000, or seq>1000")
            return f"(seq {term.operator} {self._put(min(int(value.text), _MOST_SEQ))})"
        tests = [
            f"seq {sign} {self._put(min(int(end), _MOST_SEQ))}"
            for sign, end in zip((">=", "<="), ends, strict=True)
            if end
        ]
        return f"({' AND '.join(tests)})"

    def _time(self, column: str, term: Term) -> str:
        if _is_any(term.value):
            return "true"
        span = self._span(term.operator, term.value)
        low, high = (f"CAST({self._put(moment_sql(end))} AS TIMESTAMPTZ)" for end in span)
        return f"({column} >= {low} AND {column} < {high})"

    def _span(self, operator: str, value: Text) -> Span:
        """The times that are meant: both ends of a range count wholly, as far as they are told."""
        low, dots, high = value.text.partition("..")
        if dots and operator == ":" and (low or high):
            return Span(
                self._one(value, low).start_us if low else 0, self._one(value, high).end_us if high else _LAST_US
            )
        told = self._one(value, value.text)
        match operator:
            case "<":
                return Span(0, told.start_us)
            case "<=":
                return Span(0, told.end_us)
            case ">":
                return Span(told.end_us, _LAST_US)
            case ">=":
                return Span(told.start_us, _LAST_US)
            case _:
                return told

    def _one(self, value: Text, text: str) -> Span:
        span = span_of(text, self._now_us)
        if span is None:
            raise self._fail(value, f"'{text}' is no time", f"write it as {EXAMPLES}")
        return span


def _is_any(value: Text) -> bool:
    return value.text == "*" and not value.quoted


def field_sql(name: str, put: Callable[[object], str]) -> str:
    """The text of a field of the record, null where it has none; ``put`` makes a parameter of a value."""
    return _at("json_extract_string", [put(pointer) for pointer in _pointers(name)])


def has_field_sql(name: str, put: Callable[[object], str]) -> str:
    """Whether a record has a field, be it null; ``put`` makes a parameter of a value."""
    return f"({_guard(name, put)}{_at('json_type', [put(pointer) for pointer in _pointers(name)])} IS NOT NULL)"


def _guard(name: str, put: Callable[[object], str]) -> str:
    """A look for the name in the text, which is quicker than to take it apart: records have no needless escapes."""
    if not _PLAIN_NAME.fullmatch(name) or "." in name:
        return ""
    return f"contains(record, {put(orjson.dumps(name).decode())}) AND "


def _pointers(name: str) -> list[str]:
    """The places of a field in its record (RFC 6901): under its name, or within what the parts of it name."""
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return [pointer, pointer.replace(".", "/")] if "." in name else [pointer]


def _at(function: str, places: list[str]) -> str:
    """What a function says of the first of some places of the record at which there is something."""
    said = [f"TRY({function}(record, {place}))" for place in places]
    return said[0] if len(said) == 1 else f"coalesce({', '.join(said)})"


def _compared(said: str, sign: str, number: str) -> str:
    return f"(regexp_full_match({said}, {_NUMBER_SQL}) AND TRY_CAST({said} AS DOUBLE) {sign} {number})"


def _liked(said: str, pattern: str) -> str:
    return f"lower({said}) LIKE {pattern} ESCAPE '!'"


def _like_pattern(value: Text) -> str:
    escaped = re.sub(r"([!%_])", r"!\1", value.text)
    return escaped if value.quoted else escaped.replace("*", "%").replace("?", "_")


def _pattern(value: Text, written: Callable[[str], str]) -> str:
    """A regular expression for a text as it is ``written``, without regard to case."""
    parts = [value.text] if value.quoted else re.split(r"([*?])", value.text)
    wild = {} if value.quoted else {"*": ".*", "?": "."}
    return "(?is)" + "".join(wild.get(part) or re.escape(written(part)) for part in parts)
