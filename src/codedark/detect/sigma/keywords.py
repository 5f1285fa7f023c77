"""Where in a batch a keyword may occur: one pass over the raw text of its records.

A keyword may be in any value of a record, also in those that no rule names. Instead of taking every record
apart, the raw text is searched for a literal that the keyword cannot do without and that no escaping changes; the
few records that have it are then asked exactly (`evaluate`). So this module says *maybe* or *no*, never *yes*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import hyperscan

from codedark.detect.sigma.expression import Pattern, Regex, Text
from codedark.detect.sigma.regex import required_literals
from codedark.events.record import Batch, plain_text

_UNESCAPED = re.compile(r"[ !#-.0-\[\]-~]+")
"""Runs of characters that stand in JSON as they are: printable ASCII without quote, slash and backslash."""
_NUMERIC = re.compile(r"-?\d*\.?\d*e?[+-]?\d*", re.ASCII)
"""What may be a piece of a number's text. Logs write numbers in other ways too (``1E3``), so it is not searched for."""
_DISGUISES = (r"\u00", r"\u017f", r"\u212a", r"\u0130", "\u017f", "\u212a", "\u0130")
"""What can hide an ASCII character from the search: JSON escapes, and the three characters outside ASCII whose lower
or folded case begins with an ASCII letter. A record that has one is searched again in its plain text, folded."""

Patterns = frozenset[Pattern]


class _Needle(NamedTuple):
    """A literal to be found through a gram of it, which stands at ``place`` in it; ``patterns`` it suggests."""

    text: bytes
    place: int
    patterns: Patterns


class KeywordScanner:
    """The keywords that some plans look for.

    The search is for *grams*, few and rare short strings of which every literal contains one: the fewer strings
    there are, the faster they are found, and where a gram is found the literal is looked for around it.
    """

    def __init__(self, keywords: Iterable[Pattern]) -> None:
        needles: dict[str, set[Pattern]] = {}
        always: set[Pattern] = set()
        for pattern in keywords:
            literals = _needles(pattern)
            if not literals:
                always.add(pattern)
            for literal in literals:
                needles.setdefault(literal, set()).add(pattern)
        self.always: Patterns = frozenset(always)
        self._grams = [
            (len(gram), [_Needle(each.encode(), each.index(gram), frozenset(needles[each])) for each in literals])
            for gram, literals in grams_of(needles).items()
        ]
        self._database = _compile([*grams_of(needles), *_DISGUISES])

    def scan(self, batch: Batch) -> dict[int, Patterns]:
        """The keywords that may be in each row, for the rows that may have one beside `always`."""
        haystack = batch.haystack()
        found, hidden = self._found(haystack)
        if not found and not hidden:
            return {}
        row_at = batch.row_finder()
        maybe: dict[int, Patterns] = {}
        for offset, patterns in found:
            row = row_at(offset)
            maybe[row] = maybe.get(row, self.always) | patterns
        for row in {row_at(offset) for offset in hidden} - {-1}:
            folded = plain_text(batch.record(row)).decode("utf-8", "surrogatepass").casefold()
            plain, _ = self._found(folded.encode("utf-8", "surrogatepass"))
            maybe[row] = self.always.union(*(patterns for _, patterns in plain))
        return maybe

    def _found(self, text: bytes) -> tuple[list[tuple[int, Patterns]], list[int]]:
        """Offset and patterns of each literal that is there, and the offsets of what may hide one."""
        found: list[tuple[int, Patterns]] = []
        hidden: list[int] = []
        for gram, end in self._hits(text):
            if gram >= len(self._grams):
                # Escapes below U+0020 and from U+0080 hide no printable ASCII.
                if text[end - 4 : end] != rb"\u00" or text[end : end + 1] in b"234567":
                    hidden.append(end - 1)
                continue
            length, needles = self._grams[gram]
            for needle in needles:
                start = end - length - needle.place
                if start >= 0 and text[start : start + len(needle.text)].lower() == needle.text:
                    found.append((start, needle.patterns))
        return found, hidden

    def _hits(self, text: bytes) -> list[tuple[int, int]]:
        """Number of the gram and offset behind it, for each occurrence."""
        hits: list[tuple[int, int]] = []

        def note(gram: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            hits.append((gram, end))

        self._database.scan(text, match_event_handler=note)
        return hits


def grams_of(literals: Iterable[str]) -> dict[str, list[str]]:
    """A few grams, each with the literals to be found through it, so that every literal has one.

    Grams are of four characters or more, or of two that are neither letters nor digits: both are rare in logs. The gram
    that serves most of the literals that are left comes first.
    """
    left = dict.fromkeys(literals)
    served: dict[str, list[str]] = {}
    for each in left:
        for gram in _candidates(each):
            served.setdefault(gram, []).append(each)
    chosen: dict[str, list[str]] = {}
    while left:
        gram = max(served, key=lambda each: (len(served[each]), len(each), each))
        chosen[gram] = served[gram]
        for each in chosen[gram]:
            left.pop(each)
        served = {gram: mine for gram, all_ in served.items() if (mine := [each for each in all_ if each in left])}
    return chosen


def _candidates(literal: str) -> set[str]:
    fours = {literal[i : i + 4] for i in range(len(literal) - 3)}
    marks = {pair for pair in map("".join, pairwise(literal)) if not any(map(str.isalnum, pair)) and " " not in pair}
    return {literal, *fours, *marks}


def _needles(pattern: Pattern) -> frozenset[str]:
    """Literals of which the lowered raw text contains one if the keyword is in it; empty if there is none for sure."""
    if isinstance(pattern, Text):
        found = (run.lower() for literal in pattern.literals for run in _UNESCAPED.findall(literal))
        runs = [run for run in found if not _NUMERIC.fullmatch(run)]
        return frozenset((max(runs, key=len),)) if runs else frozenset()
    literals = required_literals(pattern) if isinstance(pattern, Regex) else None
    if not literals:
        return frozenset()
    runs = [max(_UNESCAPED.findall(literal), key=len, default="") for literal in literals]
    return frozenset() if any(map(_NUMERIC.fullmatch, runs)) else frozenset(runs)


def _compile(needles: list[str]) -> hyperscan.Database:
    database = hyperscan.Database()
    database.compile(
        expressions=[b"".join(b"\\x%02x" % byte for byte in needle.encode()) for needle in needles],
        ids=list(range(len(needles))),
        elements=len(needles),
        flags=[hyperscan.HS_FLAG_CASELESS] * len(needles),
    )
    return database
