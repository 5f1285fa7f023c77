"""All patterns that rules have on one field, matched against each distinct value once.

A value's *verdict* is the set of atoms that hold for it. Verdicts repeat far more than values do, so each
distinct set gets a small number, its class, and everything behind this module works on classes. How a new value
finds its verdict:

1. patterns without a wildcard: one look-up of the lowered text;
2. starts with, ends with, contains: one pass of an Aho-Corasick automaton over all new values together, with
   a separator between them;
3. everything else: suggested by a needle (by the same automaton), or always, and then confirmed by its exact
   predicate.

The cache of known values is bounded; a value too long to be worth keeping is matched each time it comes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from ahocorasick_rs import BytesAhoCorasick, Implementation

from codedark.detect.sigma.expression import Exists, Null, Pattern, Regex, Text
from codedark.detect.sigma.placement import NOWHERE, SEPARATOR, Placement
from codedark.detect.sigma.predicate import TextPredicate, predicate, text_of
from codedark.events.record import ABSENT

AtomId = int
Verdict = frozenset[AtomId]

_LONGEST_CACHED = 4096
_LONG = 1000
_CACHED_CHARACTERS = 16_000_000


class FieldMatcher:
    """The patterns that rules have on a field. ``numbers`` gives the number of each, its atom id here."""

    def __init__(self, patterns: Mapping[Pattern, Placement]) -> None:
        self._placements = patterns.values()
        self.numbers = {pattern: number for number, pattern in enumerate(patterns)}
        self.classes: list[Verdict] = [frozenset()]
        self._class_of: dict[Verdict, int] = {frozenset(): 0}
        self._equal: dict[str, list[AtomId]] = {}
        self._confirm: dict[AtomId, Pattern] = {}
        self._tests: dict[AtomId, TextPredicate] = {}
        self._always: list[AtomId] = []
        self._regexes: list[AtomId] = []
        self._if_text: set[AtomId] = set()
        self._if_there: set[AtomId] = set()
        self._if_null: set[AtomId] = set()
        self._needle_atoms: list[list[AtomId]] = []
        self._automaton: BytesAhoCorasick | None = None
        self._built = False
        for pattern, atom in self.numbers.items():
            if isinstance(pattern, Exists):
                self._if_there.add(atom)
            elif isinstance(pattern, Null):
                self._if_null.add(atom)
        self._cache: dict[Any, int] = {}
        self._cached_characters = 0
        self._forget()

    def _build(self) -> None:
        """Make ready for texts: put off until the first one, because many fields never have one."""
        self._built = True
        needles: dict[bytes, list[AtomId]] = {}
        for (pattern, atom), placement in zip(self.numbers.items(), self._placements, strict=True):
            if placement == NOWHERE:
                if isinstance(pattern, Text):
                    self._if_text.add(atom)
                continue
            if placement.confirm:
                self._confirm[atom] = pattern
            if placement.equal is not None:
                self._equal.setdefault(placement.equal, []).append(atom)
            for needle in placement.needles:
                needles.setdefault(needle, []).append(atom)
            if placement.always:
                self._always.append(atom)
            if isinstance(pattern, Regex):
                self._regexes.append(atom)
        self._needle_atoms = list(needles.values())
        if needles:
            self._automaton = BytesAhoCorasick(list(needles), implementation=Implementation.ContiguousNFA)

    def codes(self, column: Sequence[Any]) -> list[int]:
        """The class of each value of a column; `classes` says which atoms it stands for."""
        codes = list(map(self._cache.get, column))
        if None in codes:
            learned = self._learn({value for value, code in zip(column, codes, strict=True) if code is None})
            codes = [learned[value] if code is None else code for value, code in zip(column, codes, strict=True)]
        return codes  # type: ignore[return-value]

    def _learn(self, values: set[Any]) -> dict[Any, int]:
        texts = [value for value in values if isinstance(value, str)]
        verdicts: dict[Any, Verdict] = dict(zip(texts, self._match(texts), strict=True))
        for value in values:
            if not isinstance(value, str):
                verdicts[value] = self._match_other(value)
        codes = {value: self._code(verdict) for value, verdict in verdicts.items()}
        self._remember(codes)
        return codes

    def _match_other(self, value: Any) -> Verdict:
        """A number by its text; a tuple by the union over its elements (4)."""
        if not isinstance(value, tuple):
            return self._match([text_of(value) or ""])[0]
        verdict = self._if_there | self._if_null if None in value else self._if_there
        texts = [text for element in value if (text := text_of(element)) is not None]
        return frozenset(verdict.union(*self._match(texts)))

    def _match(self, texts: list[str]) -> list[Verdict]:
        """The verdict of each text."""
        if not self._built:
            self._build()
        lowered = [text.lower() for text in texts]
        found: defaultdict[int, set[AtomId]] = defaultdict(set)
        equal = self._equal
        for index, low in enumerate(lowered):
            if low in equal:
                found[index].update(equal[low])
        self._suggest(lowered, found)
        for index, text in enumerate(texts):
            if self._always:
                found[index].update(self._always)
            # Case folding of regular expressions knows non-ASCII twins of ASCII letters that lowering does not.
            if self._regexes and not text.isascii():
                found[index].update(self._regexes)
        usual = frozenset(self._if_text | self._if_there)
        verdicts = [usual] * len(texts)
        for index, atoms in found.items():
            text = texts[index]
            refuted = [atom for atom in self._confirm.keys() & atoms if not self._test(atom)(text)]
            verdicts[index] = usual | (atoms.difference(refuted) if refuted else atoms)
        return verdicts

    def _test(self, atom: AtomId) -> TextPredicate:
        if atom not in self._tests:
            self._tests[atom] = predicate(self._confirm[atom])
        return self._tests[atom]

    def _suggest(self, lowered: list[str], found: defaultdict[int, set[AtomId]]) -> None:
        """Add to ``found`` the atoms whose needles are in each text: short texts together, long ones by themselves."""
        if self._automaton is None:
            return
        search, atoms_of = self._automaton.find_matches_as_indexes, self._needle_atoms
        short: list[int] = []
        encoded: list[bytes] = []
        for index, text in enumerate(lowered):
            raw = text.encode("utf-8", "surrogatepass")
            if len(raw) <= _LONG:
                short.append(index)
                encoded.append(raw)
                continue
            # A long text holds the same needles many times over.
            for needle in {match[0] for match in search(b"".join((SEPARATOR, raw, SEPARATOR)), overlapping=True)}:
                found[index].update(atoms_of[needle])
        ends = list(accumulate(len(raw) + 1 for raw in encoded))
        together = b"".join((SEPARATOR, SEPARATOR.join(encoded), SEPARATOR))
        for needle, _start, end in search(together, overlapping=True):
            found[short[bisect_right(ends, end - 2)]].update(atoms_of[needle])

    def _code(self, verdict: Verdict) -> int:
        code = self._class_of.get(verdict)
        if code is None:
            code = self._class_of[verdict] = len(self.classes)
            self.classes.append(verdict)
        return code

    def _remember(self, codes: dict[Any, int]) -> None:
        if self._cached_characters > _CACHED_CHARACTERS:
            self._forget()
        for value, code in codes.items():
            size = len(value) if isinstance(value, str | tuple) else 8
            if size <= _LONGEST_CACHED:
                self._cache[value] = code
                self._cached_characters += size + 64

    def _forget(self) -> None:
        self._cached_characters = 0
        self._cache.clear()
        self._cache[ABSENT] = self._code(frozenset(self._if_null))
        self._cache[None] = self._code(frozenset(self._if_null | self._if_there))
