"""Where in a batch a keyword may occur: one pass over the raw text of its records.

A keyword may be in any value of a record, also in those that no rule names. Instead of taking every record
apart, the raw text is searched for a literal that the keyword cannot do without and that no escaping changes; the
few records that have it are then asked exactly (`evaluate`). So this module says *maybe* or *no*, never *yes*.
"""

from __future__ import annotations

import re
from typing import Any

import hyperscan

from codedark.detect.sigma.expression import Pattern, Regex, Text
from codedark.detect.sigma.regex import required_literals
from codedark.events.record import Batch, plain_text

_UNESCAPED = re.compile(r"[ !#-.0-\[\]-~]+")
"""Runs of characters that stand in JSON as they are: printable ASCII without quote, slash and backslash."""
_NUMERIC = re.compile(r"-?\d*\.?\d*e?[+-]?\d*", re.ASCII)
"""What may be a piece of a number's text. Logs write numbers in other ways too (``1E3``), so it is not searched for."""
_DISGUISES = (r"\u017f", r"\u212a", r"\u0130", "\u017f", "\u212a", "\u0130")
"""What can hide an ASCII character from the search, beside its own JSON escape: the three characters outside ASCII
whose lower or folded case begins with an ASCII letter, escaped or not. A record that has one is searched again in its
plain text, folded."""

Patterns = frozenset[Pattern]


class KeywordScanner:
    """Looks for ``keywords``."""

    def __init__(self, keywords: Patterns) -> None:
        self.keywords = keywords
        needles: dict[str, set[Pattern]] = {}
        always: set[Pattern] = set()
        for pattern in keywords:
            literals = _needles(pattern)
            if not literals:
                always.add(pattern)
            for literal in literals:
                needles.setdefault(literal, set()).add(pattern)
        self.always: Patterns = frozenset(always)
        self._suggested: list[Patterns] = list(map(frozenset, needles.values()))
        letters = {letter for needle in needles for letter in needle + needle.upper()}
        self._database = _compile([*needles, *_DISGUISES, *(rf"\u{ord(letter):04x}" for letter in sorted(letters))])

    def scan(self, batch: Batch, wanted: Patterns) -> dict[int, Patterns]:
        """Those of the ``wanted`` keywords that may be in each row, and `always`, for the rows that may have one."""
        suggested = [patterns & wanted for patterns in self._suggested]
        found, hidden = self._found(batch.haystack(), suggested)
        if not found and not hidden:
            return {}
        row_at = batch.row_finder()
        maybe: dict[int, Patterns] = {}
        for offset, patterns in found:
            row = row_at(offset)
            maybe[row] = maybe.get(row, self.always) | patterns
        for row in {row_at(offset) for offset in hidden} - {-1}:
            folded = plain_text(batch.record(row)).decode("utf-8", "surrogatepass").casefold()
            plain, _ = self._found(folded.encode("utf-8", "surrogatepass"), suggested)
            maybe[row] = self.always.union(*(patterns for _, patterns in plain))
        return maybe

    def _found(self, text: bytes, suggested: list[Patterns]) -> tuple[list[tuple[int, Patterns]], list[int]]:
        """Offset and patterns of each literal that is there, and the offsets of what may hide one."""
        found: list[tuple[int, Patterns]] = []
        hidden: list[int] = []

        def note(needle: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            if needle < len(suggested):
                if suggested[needle]:
                    found.append((end - 1, suggested[needle]))
            else:
                hidden.append(end - 1)

        self._database.scan(text, match_event_handler=note)
        return found, hidden


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
