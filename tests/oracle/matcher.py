"""One rule, one record, straight from docs/reference/sigma-semantics.md: clarity before speed.

The numbers in brackets are that page's paragraphs. Nothing of the engine and nothing of pySigma is
imported here, so that both are checked. The one thing that Python's `re` cannot say as RE2 does is
left to the strategies to avoid: ``$`` before a last newline, and ``i`` beyond ASCII.
"""

from __future__ import annotations

import operator
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import product
from types import MappingProxyType
from typing import Any, Final

Scalar = str | int | float | None
Record = Mapping[str, Scalar | tuple[Scalar, ...]]
Placeholders = Mapping[str, list[str]]
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Wildcard(Enum):
    """The two characters of a pattern that stand for others."""

    MANY = "*"
    ONE = "?"


Pattern = tuple[str | Wildcard, ...]

DASHES: Final = ("-", "/", "\N{EN DASH}", "\N{EM DASH}", "\N{HORIZONTAL BAR}")
BYTE_ORDER_MARK: Final = "\ufeff"
WIDE: Final = {"wide": "utf-16-le", "utf16": "utf-16-le", "utf16be": "utf-16-be"}
FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge,
}  # fmt: skip
PARTS: Final[dict[str, Callable[[datetime], int]]] = {
    "week": lambda moment: moment.isocalendar().week,
    **{part: operator.attrgetter(part) for part in ("minute", "hour", "day", "month", "year")},
}


# Values -----------------------------------------------------------------------------------------


def text(value: Scalar) -> str | None:
    """The text of a value (3)."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)


def number(value: Scalar) -> Decimal | None:
    """The number that a value is or spells (13)."""
    spelled = text(value)
    if spelled is None or not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", spelled):
        return None
    return Decimal(spelled)


def moment(value: Scalar) -> datetime | None:
    """The wall-clock time that a value is (16)."""
    seconds = number(value)
    try:
        if seconds is not None:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(seconds))
        return datetime.fromisoformat(text(value) or "")
    except (ValueError, OverflowError):
        return None


def in_network(value: Scalar, network: str) -> bool:
    """Whether a value is an address in ``network``; a zone plays no part there (12)."""
    try:
        address = ip_address(text(value) or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped in ip_network(network)
    return address in ip_network(network)


# Patterns (5, 6, 7, 17) -------------------------------------------------------------------------


@lru_cache(maxsize=200_000)
def parse(value: str) -> Pattern:
    """Plain stretches and wildcards of a string value; a backslash escapes ``*``, ``?`` and itself (5)."""
    pattern: list[str | Wildcard] = []
    plain = ""
    for piece in re.findall(r"\\[*?\\]|.", value, re.DOTALL):
        if piece in ("*", "?"):
            pattern += [plain, Wildcard(piece)]
            plain = ""
        else:
            plain += piece[-1]
    return tuple(part for part in [*pattern, plain] if part != "")


def glob(pattern: Pattern, subject: str | None, cased: bool) -> bool:
    """Whether the whole of ``subject`` is what the pattern says (5, 6, 7)."""
    if subject is None:
        return False
    return spelled(pattern, cased).fullmatch(subject if cased else subject.lower()) is not None


@lru_cache(maxsize=200_000)
def spelled(pattern: Pattern, cased: bool) -> re.Pattern[str]:
    """The regular expression that says the same of a text, lowered unless ``cased``."""
    if not cased:
        pattern = tuple(part if isinstance(part, Wildcard) else part.lower() for part in pattern)
    spell = {Wildcard.MANY: ".*", Wildcard.ONE: "."}
    return re.compile("".join(spell[p] if isinstance(p, Wildcard) else re.escape(p) for p in pattern), re.DOTALL)


def expanded(pattern: Pattern, choices: Callable[[str], Iterable[str]]) -> list[Pattern]:
    """Every pattern that arises when each plain stretch becomes one of its choices."""
    options: list[Iterable[str | Wildcard]]
    options = [[part] if isinstance(part, Wildcard) else choices(part) for part in pattern]
    return list(product(*options))


def dashed(plain: str) -> list[str]:
    """The ways to write a stretch with other dashes (5, windash)."""
    pieces = re.split(r"(\B[-/]\b)", plain)
    return ["".join(way) for way in product(*(DASHES if k % 2 else [p] for k, p in enumerate(pieces)))]


def filled(plain: str, placeholders: Placeholders) -> list[str]:
    """The stretch with each ``%name%`` replaced by each of its values (17); KeyError where there are none."""
    pieces = re.split(r"%([^%\\]+)%", plain)
    return ["".join(way) for way in product(*(placeholders[p] if k % 2 else [p] for k, p in enumerate(pieces)))]


def widened(pattern: Pattern, modifier: str) -> Pattern:
    """UTF-16, as text whose characters are the bytes; ``utf16`` sets the byte order mark before (5)."""
    wide = tuple(p if isinstance(p, Wildcard) else p.encode(WIDE[modifier]).decode() for p in pattern)
    return (BYTE_ORDER_MARK, *wide) if modifier == "utf16" else wide


def base64(pattern: Pattern, mods: list[str]) -> list[Pattern]:
    """Base64 of a value: whole, or with ``base64offset`` what stays of it at each of three offsets (5)."""
    plain = "".join(part for part in pattern if isinstance(part, str))
    data = plain.encode()
    if "utf16" in mods:
        data = b"\xff\xfe" + data.removeprefix(BYTE_ORDER_MARK.encode())
    if "base64" in mods:
        return [(b64encode(data).decode(),)]
    cut = (None, -3, -2)
    return [(b64encode(b" " * k + data)[(0, 2, 3)[k] : cut[(len(data) + k) % 3]].decode(),) for k in range(3)]


def patterns(mods: list[str], start: Pattern, placeholders: Placeholders = NOTHING) -> list[Pattern]:
    """The patterns, any of which may match, that the modifiers make of one value, in their order."""
    found = [start]
    for mod in mods:
        if mod in ("contains", "endswith"):
            found = [(Wildcard.MANY, *pattern) for pattern in found]
        if mod in ("contains", "startswith"):
            found = [(*pattern, Wildcard.MANY) for pattern in found]
        if mod == "windash":
            found = [way for pattern in found for way in expanded(pattern, dashed)]
        if mod == "expand":
            found = [w for pattern in found for w in expanded(pattern, lambda p: filled(p, placeholders))]
        if mod in WIDE:
            found = [widened(pattern, mod) for pattern in found]
        if mod in ("base64", "base64offset"):
            found = [way for pattern in found for way in base64(pattern, mods)]
    return found


# Atoms, detections, rules -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """A record with what a rule may need to read it."""

    record: Record
    fieldmap: Mapping[str, str]
    placeholders: Placeholders

    def has(self, field: str) -> bool:
        """Whether the record has the field, whatever its value (2)."""
        return self.fieldmap.get(field, field) in self.record

    def elements(self, field: str) -> list[Scalar]:
        """The elements of a field, none where it is absent (4); of every value for a keyword (18)."""
        names = [self.fieldmap.get(field, field)] if field else list(self.record)
        values = [self.record[name] for name in names if name in self.record]
        return [e for value in values for e in (value if isinstance(value, tuple) else (value,))]

    def item(self, key: str, values: Any) -> bool:
        """One line of a map: ``field|modifier|modifier: values`` (14, 19); without a field, keywords (18)."""
        field, *mods = key.split("|")
        join = all if "all" in mods else any
        held = join(self.value(field, mods, v) for v in (values if isinstance(values, list) else [values]))
        return held != ("neq" in mods)

    def value(self, field: str, mods: list[str], value: Any) -> bool:
        """One value of an item."""
        if "exists" in mods:  # 10
            return self.has(field) is value
        if value is None:  # 9
            return not self.has(field) or None in self.elements(field)
        if "fieldref" in mods:  # 15
            places = [mod for mod in mods if mod != "cased"]
            others = [(other,) for e in self.elements(value) if (other := text(e)) is not None]
            return any(self.like(places, other, e) for other in others for e in self.elements(field))
        return any(self.atom(mods, value, e, keyword=not field) for e in self.elements(field))

    def like(self, mods: list[str], start: Pattern, element: Scalar) -> bool:
        """A string value, or what it became, against the text of one element (5, 6)."""
        found = patterns(mods, start, self.placeholders)
        return any(glob(pattern, text(element), "cased" in mods) for pattern in found)

    def atom(self, mods: list[str], value: Any, element: Scalar, keyword: bool) -> bool:
        """One value that is not null against one element of a field."""
        if "re" in mods:  # 11
            flags = sum((FLAGS[mod] for mod in mods if mod in FLAGS), re.ASCII)
            subject = text(element)
            return subject is not None and re.search(value, subject, flags) is not None
        if "cidr" in mods:  # 12
            return in_network(element, value)
        for mod in mods:
            if mod in COMPARE:  # 13
                left = number(element)
                return left is not None and COMPARE[mod](left, number(value))
            if mod in PARTS:  # 16
                when = moment(element)
                return when is not None and PARTS[mod](when) == value
        if isinstance(value, bool):  # 8
            return isinstance(element, str) and element.lower() == str(value).lower()
        if keyword:  # 18
            return self.like([*mods, "contains"], parse(text(value) or ""), element)
        if isinstance(value, int | float):  # 8
            return element == (text(value) if isinstance(element, str) else value)
        return self.like(mods, parse(value), element)

    def detection(self, definition: Any) -> bool:
        """A map is *and*, a list is *or*, a plain value is a keyword (18, 19)."""
        if isinstance(definition, Mapping):
            return all(self.item(key, values) for key, values in definition.items())
        if isinstance(definition, list):
            return any(self.detection(part) for part in definition)
        return self.item("", definition)

    def section(self, section: Mapping[str, Any]) -> bool:
        """The ``detection`` of a rule or the ``filter`` of a filter (20)."""
        held = {
            name: self.detection(definition)
            for name, definition in section.items()
            if name not in ("condition", "rules")
        }
        conditions = section["condition"] if isinstance(section["condition"], list) else [section["condition"]]
        return any(holds(condition, held) for condition in conditions)


class Condition:
    """Recursive descent over a condition: ``not`` binds closer than ``and``, that closer than ``or`` (20)."""

    def __init__(self, condition: str, held: Mapping[str, bool]) -> None:
        self.words = re.findall(r"[()]|[^\s()]+", condition)
        self.held = held

    def take(self, *expected: str) -> str:
        """The next word, if it is one of those expected (any word when none is named), else ""."""
        if self.words and (not expected or self.words[0] in expected):
            return str(self.words.pop(0))
        return ""

    def either(self) -> bool:
        """a or b or ..."""
        value = self.both()
        while self.take("or"):
            value = self.both() or value  # the right side first: it must be read whatever the left one is
        return value

    def both(self) -> bool:
        """a and b and ..."""
        value = self.one()
        while self.take("and"):
            value = self.one() and value
        return value

    def one(self) -> bool:
        """not a, (a), 1 of a*, all of them, a"""
        if self.take("not"):
            return not self.one()
        if self.take("("):
            value = self.either()
            assert self.take(")"), "a bracket is not closed"
            return value
        word = self.take()
        if word in ("1", "any", "all") and self.take("of"):
            pattern = self.take().replace("them", "*")
            names = [n for n in self.held if fnmatchcase(n, pattern) and (n[0] != "_" or pattern[0] == "_")]
            assert names, f"{pattern} names no detection"
            return (all if word == "all" else any)(self.held[name] for name in names)
        return self.held[word]


def holds(condition: str, held: Mapping[str, bool]) -> bool:
    """Whether a condition holds, given which of its names do."""
    parser = Condition(condition, held)
    value = parser.either()
    assert not parser.words, f"not understood: {parser.words}"
    return value


def apply_filters(rule: Mapping[str, Any], filters: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The rule with those filters that name it, or any rule, with its or a more general log source (21)."""

    def applies(document: Mapping[str, Any]) -> bool:
        named = document["filter"]["rules"]
        named = [named] if isinstance(named, str) else named
        general = {k: v for k, v in document["logsource"].items() if k in ("category", "product", "service")}
        meant = named in ([], ["any"]) or rule.get("id") in named or rule.get("name") in named
        return meant and general.items() <= rule["logsource"].items()

    return {**rule, "filters": [document for document in filters if applies(document)]}


def matches(
    rule_yaml: Mapping[str, Any],
    record: Record,
    *,
    fieldmap: Mapping[str, str] = NOTHING,
    placeholders: Placeholders = NOTHING,
) -> bool:
    """Whether a rule, as read from YAML and perhaps through `apply_filters`, matches a record.

    ``fieldmap`` gives the record's name of a field where the rule's is another; ``placeholders`` the values
    of ``%name%`` (17). A filter's own condition says what passes: ``not selection`` (21).
    """
    event = Event(record, fieldmap, placeholders)
    passed = all(event.section(document["filter"]) for document in rule_yaml.get("filters", ()))
    return event.section(rule_yaml["detection"]) and passed
