"""Where in a batch a keyword may occur: one pass over the raw text of its records.

A keyword may be in any value of a record, also in those that no rule names. Instead of taking every record
apart, the raw text is searched for a literal that the keyword cannot do without and that no escaping changes; the
few records that have it are then asked exactly (`evaluate`). So this module says *maybe* or *no*, never *yes*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import hyperscan

from codedark.detect.sigma.expression import Pattern, Regex, Text
from codedark.detect.sigma.regex import required_literals
from codedark.events.record import Batch, Record, plain_text

_UNESCAPED = re.compile(r"[ !#-.0-\[\]-~]+")
"""Runs of characters that stand in JSON as they are: printable ASCII without quote, slash and backslash."""
_DISGUISES = (r"\u00", r"\u212", r"\u0130", "\u212a", "\u0130")
"""What can hide an ASCII character from the search: JSON escapes, and the two characters outside ASCII whose lower
case begins with an ASCII letter. A record that has one is searched again in its plain text."""

Patterns = frozenset[Pattern]


class KeywordScanner:
    """The keywords that some plans look for."""

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
        self._patterns = [frozenset(patterns) for patterns in needles.values()]
        self._database = _compile([*needles, *_DISGUISES])

    def scan(self, batch: Batch) -> dict[int, Patterns]:
        """The keywords that may be in each row, for the rows that may have one beside `always`."""
        hits = self._hits(batch.haystack())
        if not hits:
            return {}
        row_at = batch.row_finder()
        found: dict[int, Patterns] = {}
        disguised: set[int] = set()
        for needle, offset in hits:
            row = row_at(offset)
            if needle < len(self._patterns):
                found[row] = found.get(row, self.always) | self._patterns[needle]
            elif row >= 0:
                disguised.add(row)
        for row in disguised:
            found[row] = self._undisguised(batch.record(row))
        return found

    def _undisguised(self, record: Record) -> Patterns:
        lowered = plain_text(record).decode("utf-8", "surrogatepass").lower()
        needles = {needle for needle, _ in self._hits(lowered.encode("utf-8", "surrogatepass"))}
        return self.always.union(*(self._patterns[n] for n in needles if n < len(self._patterns)))

    def _hits(self, text: bytes) -> list[tuple[int, int]]:
        """Needle and offset of its last byte, for each occurrence."""
        hits: list[tuple[int, int]] = []

        def note(needle: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            hits.append((needle, end - 1))

        self._database.scan(text, match_event_handler=note)
        return hits


def _needles(pattern: Pattern) -> frozenset[str]:
    """Literals of which the raw text contains one if the keyword is in it; empty if there is none to rely on."""
    if isinstance(pattern, Text):
        runs = [run for literal in pattern.literals for run in _UNESCAPED.findall(literal)]
        return frozenset((max(runs, key=len),)) if runs else frozenset()
    literals = required_literals(pattern) if isinstance(pattern, Regex) else None
    if not literals:
        return frozenset()
    runs = [max(_UNESCAPED.findall(literal), key=len, default="") for literal in literals]
    return frozenset(runs) if all(runs) else frozenset()


def _compile(needles: list[str]) -> hyperscan.Database:
    database = hyperscan.Database()
    database.compile(
        expressions=[b"".join(b"\\x%02x" % byte for byte in needle.encode()) for needle in needles],
        ids=list(range(len(needles))),
        elements=len(needles),
        flags=[hyperscan.HS_FLAG_CASELESS] * len(needles),
    )
    return database
