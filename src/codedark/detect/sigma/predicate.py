"""What one pattern says of one value, exactly: the definition that everything faster is held to.

`text_of` and `predicate` implement paragraphs 3 to 16 of the semantics, one value at a time. The bulk matcher
(`field_matcher`) uses them to confirm what its automaton only suggests, and `evaluate` uses them where an
expression looks at more than one field at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from codedark.detect.sigma.expression import (
    Cidr,
    Compare,
    Number,
    Pattern,
    Regex,
    Text,
    TimePart,
    Wildcard,
)
from codedark.detect.sigma.regex import compile_regex
from codedark.events.record import ABSENT

TextPredicate = Callable[[str], bool]

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_LONGEST_NUMBER = 400


def text_of(value: Any) -> str | None:
    """The text of a scalar value (3); None for null and absent."""
    if isinstance(value, str):
        return value
    if value is None or value is ABSENT:
        return None
    return number_text(value)


def number_text(number: float) -> str:
    """Decimal digits; an integral float as that integer, any other in its shortest form (3)."""
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    return str(number)


def as_number(text: str) -> int | float | None:
    """The number that the text wholly is (13), exact for integers; None for anything else."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.match(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def predicate(pattern: Pattern) -> TextPredicate:
    """A test on the text of one value; Null, Exists and FieldRef are not about a text and have none."""
    match pattern:
        case Text():
            return _text_predicate(pattern)
        case Regex():
            return _searched(pattern)
        case Number(number):
            wanted = number_text(number)
            return lambda text: text == wanted
        case Compare(operator, number):
            compare, bound = _COMPARE[operator], number
            return lambda text: (n := as_number(text)) is not None and compare(n, bound)
        case Cidr(network):
            return _cidr_predicate(network)
        case TimePart(unit, number):
            part = _TIME_PARTS[unit]
            return lambda text: (t := wall_clock(text)) is not None and part(t) == number
    raise TypeError(f"{type(pattern).__name__} is not a pattern on one text")


def _text_predicate(pattern: Text) -> TextPredicate:
    test = _literal_test(pattern.parts)
    return test if pattern.cased else lambda text: test(text.lower())


def _literal_test(parts: tuple[str | Wildcard, ...]) -> TextPredicate:
    any_ = Wildcard.ANY
    match parts:
        case ():
            return lambda text: text == ""
        case (Wildcard.ANY,):
            return lambda _: True
        case (str(literal),):
            return lambda text: text == literal
        case (str(literal), Wildcard.ANY):
            return lambda text: text.startswith(literal)
        case (Wildcard.ANY, str(literal)):
            return lambda text: text.endswith(literal)
        case (Wildcard.ANY, str(literal), Wildcard.ANY):
            return lambda text: literal in text
    glob = "".join(".*" if part is any_ else "." if part is Wildcard.ONE else _quote(str(part)) for part in parts)
    return _searched(Regex(rf"\A(?:{glob})\z", "s"))


def _searched(pattern: Regex) -> TextPredicate:
    program = compile_regex(pattern)
    return lambda text: program.search(text) is not None


def _quote(literal: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else f"\\x{{{ord(c):x}}}" for c in literal)


def _cidr_predicate(network: str) -> TextPredicate:
    net = ip_network(network)

    def inside(text: str) -> bool:
        address = _address(text)
        return address is not None and address in net

    return inside


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


_TIME_PARTS: dict[str, Callable[[datetime], int]] = {
    "minute": lambda t: t.minute,
    "hour": lambda t: t.hour,
    "day": lambda t: t.day,
    "week": lambda t: t.isocalendar().week,
    "month": lambda t: t.month,
    "year": lambda t: t.year,
}


def wall_clock(text: str) -> datetime | None:
    """The text read as a timestamp, as the wall clock that it writes (16); None when it is none."""
    seconds = as_number(text)
    try:
        return datetime.fromisoformat(text) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
