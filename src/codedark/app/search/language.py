"""The filter language of `codedark search`: from its text to what it means. `docs/reference/search.md` is its page.

    query   = any-of ; any-of = all-of {"OR" all-of} ; all-of = one {["AND"] one}
    one     = "NOT" one | "-" one | "(" any-of ")" | term
    term    = [name (":" | "<" | "<=" | ">" | ">=")] value
    name, value = characters other than space, brackets and quotes | '"' anything, '""' for a quote '"'

What a value means follows from the operator and the field, and is decided in `search_terms`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from codedark.errors import UsageError

_LONGEST: Final = 10_000
_DEEPEST: Final = 60
_OPERATORS: Final = (":", "<=", ">=", "<", ">")
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"')
_BARE: Final = re.compile(r'[^\s()"]+')
_NAME: Final = re.compile(r"([^\s()\":<>=]+)(:|<=|>=|<|>|=)")
_OPERATOR: Final = re.compile(r":|<=|>=|<|>")
_SPACE: Final = re.compile(r"\s*")


class QueryError(UsageError):
    """A query that has no meaning. The message shows the place, and what may have been meant."""

    def __init__(self, query: str, at: int, what: str, instead: str) -> None:
        start = max(0, at - 60)
        shown = query[start : at + 40].replace("\n", " ").replace("\t", " ")
        super().__init__(f"the query cannot be read: {what}\n  {shown}\n  {' ' * (at - start)}^\n  {instead}")
        self.at = at


@dataclass(frozen=True, slots=True)
class Text:
    """A value as it was written. ``at`` is where; in what was ``quoted``, ``*`` and ``?`` are only themselves."""

    text: str
    at: int
    quoted: bool = False

    @property
    def wild(self) -> bool:
        """Whether it has a wildcard."""
        return not self.quoted and ("*" in self.text or "?" in self.text)


@dataclass(frozen=True, slots=True)
class Word:
    """A text anywhere in the record."""

    value: Text


@dataclass(frozen=True, slots=True)
class Term:
    """What a field is: ``operator`` is one of ``:``, ``<``, ``<=``, ``>``, ``>=``."""

    name: str
    operator: str
    value: Text
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """Records that ``part`` does not take."""

    part: Query


@dataclass(frozen=True, slots=True)
class All:
    """Records that every part takes; without parts: every record."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Records that some part takes."""

    parts: tuple[Query, ...]


Query = Word | Term | Not | All | Any


def parse(text: str) -> Query:
    """What a query means. Raises `QueryError`."""
    if len(text) > _LONGEST:
        raise QueryError(text[:_LONGEST], 0, f"it has {len(text):,} characters", f"use at most {_LONGEST:,}")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.open: list[int] = []

    def whole(self) -> Query:
        self._space()
        if self.at == len(self.text):
            return All(())
        found = self._any_of()
        if self.at < len(self.text):
            self._fail(self.at, "a bracket is closed that was never opened", "take it away, or put it in quotes")
        return found

    def _any_of(self) -> Query:
        parts = [self._all_of()]
        while self._took("OR"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all_of(self) -> Query:
        parts = [self._one()]
        while self._took("AND") or not self._is_end():
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _is_end(self) -> bool:
        return self.at == len(self.text) or self.text[self.at] == ")" or self._keyword() == "OR"

    def _one(self) -> Query:
        self.depth += 1
        if self.depth > _DEEPEST:
            self._fail(self.at, "it is nested too deep", f"use at most {_DEEPEST} levels")
        found = self._one_inside()
        self.depth -= 1
        return found

    def _one_inside(self) -> Query:
        if self._is_end() or self._keyword() == "AND":
            self._missing()
        if self._took("NOT"):
            return Not(self._one())
        if self.text[self.at] == "-" and self.text[self.at + 1 : self.at + 2].strip():
            self.at += 1
            return Not(self._one())
        if self.text[self.at] == "(":
            self.open.append(self.at)
            self.at += 1
            self._space()
            found = self._any_of()
            if self.text[self.at : self.at + 1] != ")":
                self._fail(self.open[-1], "this bracket is not closed", "add a ')' where the group ends")
            self.open.pop()
            self.at += 1
            self._space()
            return found
        return self._term()

    def _term(self) -> Query:
        start = self.at
        if self.text[start] == '"':
            value = self._quoted()
            operator = _OPERATOR.match(self.text, self.at)
            if not operator:
                self._space()
                return Word(value)
            name = value.text
            self.at = operator.end()
        elif named := _NAME.match(self.text, start):
            name = named[1]
            operator = _OPERATOR.match(self.text, start + len(name))
            if not operator:
                self._fail(start + len(name), "'=' is no operator", f"write {name}:value")
            self.at = operator.end()
        else:
            value = self._value()
            self._space()
            return Word(value)
        if self.at == len(self.text) or self.text[self.at].isspace() or self.text[self.at] in "()":
            self._fail(
                self.at, f"no value behind '{name}{operator[0]}'", f"write {name}{operator[0]}value, or {name}:*"
            )
        value = self._value()
        self._space()
        return Term(name, operator[0], value, start)

    def _value(self) -> Text:
        if self.text[self.at] == '"':
            return self._quoted()
        bare = _BARE.match(self.text, self.at)
        if not bare:
            self._fail(self.at, "a value was expected here", "write a word, or put it in quotes")
        start, self.at = self.at, bare.end()
        return Text(bare[0], start)

    def _quoted(self) -> Text:
        found = _QUOTED.match(self.text, self.at)
        if not found:
            self._fail(self.at, "this quote is not closed", "add a '\"'; write a quote within quotes twice")
        start, self.at = self.at, found.end()
        return Text(found[1].replace('""', '"'), start, quoted=True)

    def _keyword(self) -> str:
        bare = _BARE.match(self.text, self.at)
        return bare[0] if bare and bare[0] in {"AND", "OR", "NOT"} else ""

    def _took(self, keyword: str) -> bool:
        if self._keyword() != keyword:
            return False
        self.at += len(keyword)
        self._space()
        return True

    def _space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _missing(self) -> NoReturn:
        if self.at < len(self.text) and self.text[self.at] == ")":
            self._fail(self.at, "nothing stands before this bracket", "write what is sought in the group")
        word = self._keyword()
        if word:
            self._fail(self.at, f"nothing stands before {word}", f'write what comes first, or "{word}" for the word')
        self._fail(
            self.at, "it ends where something more was expected", "add what is sought, or take AND, OR, NOT away"
        )

    def _fail(self, at: int, what: str, instead: str) -> NoReturn:
        raise QueryError(self.text, at, what, instead)
