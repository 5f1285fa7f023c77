"""The problems found so far in one file, and names that may be meant by one that is not known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from codedark.hospital.problem import Problem, Severity

MOST_SUGGESTIONS: Final = 200
"""Names for which a suggestion is looked up in a large inventory; comparing all names with all would take minutes."""
LARGE: Final = 1000


class Report:
    """Collects problems of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def error(self, line: int, what: str, mend: str) -> None:
        """Note what makes the model unusable."""
        self.problems.append(Problem(Severity.ERROR, self.file, line, what, mend))

    def warning(self, line: int, what: str, mend: str) -> None:
        """Note what the model can be used with."""
        self.problems.append(Problem(Severity.WARNING, self.file, line, what, mend))


class Names:
    """The names of one kind of thing, compared without regard to case where ``any_case``.

    Names in ``unread`` stand where they could not be read, or all of them if it is None: a reference to one of them
    is no problem of its own.
    """

    def __init__(
        self, kind: str, names: Iterable[str], *, any_case: bool = False, unread: Collection[str] | None = ()
    ) -> None:
        self.kind = kind
        self._any_case = any_case
        self._spelling = {name.casefold() if any_case else name: name for name in names}
        self._everything_unread = unread is None
        self._unread = {name.casefold() if any_case else name for name in unread or ()}
        self._mends: dict[str, str] = {}
        self._buckets: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self._spelling)

    def __iter__(self) -> Iterator[str]:
        return iter(self._spelling.values())

    def __contains__(self, name: str) -> bool:
        return self.spelled(name) is not None

    def spelled(self, name: str) -> str | None:
        """``name`` as the model spells it, or None. What could not be read is taken for right."""
        known = self._spelling.get(name.casefold() if self._any_case else name)
        if known is None and (self._everything_unread or (name.casefold() if self._any_case else name) in self._unread):
            return name
        return known

    def missing(self, name: str) -> tuple[str, str]:
        """What to say about a name that is not known, and what to do about it."""
        return f"names the {self.kind} `{name[:80]}`, which is not in the model", self.mend(name)

    def mend(self, name: str) -> str:
        """What to do about a name that is not known."""
        if name not in self._mends:
            similar = self._similar(name)
            self._mends[name] = similar or f"add the {self.kind}, or take the name away"
        return self._mends[name]

    def _similar(self, name: str) -> str:
        if len(self._spelling) < LARGE:
            return suggestion(name, self._spelling.values())
        if len(self._mends) >= MOST_SUGGESTIONS:
            return ""
        if not self._buckets:
            for spelling in self._spelling.values():
                for end in _ends(spelling):
                    self._buckets.setdefault(end, []).append(spelling)
        near = [each for end in _ends(name) for each in self._buckets.get(end, ()) if abs(len(each) - len(name)) <= 2]
        return suggestion(name, near[:LARGE])


def suggestion(word: str, known: Iterable[str]) -> str:
    """``did you mean `x`?``, or "" where nothing is similar."""
    by_fold = {each.casefold(): each for each in known}
    close = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f"did you mean `{by_fold[close[0]]}`?" if close else ""


def listed(words: Iterable[str], most: int = 12) -> str:
    """Words in code font, the first of them where there are many."""
    every = list(words)
    return ", ".join(f"`{word}`" for word in every[:most]) + (
        f" and {len(every) - most} more" if len(every) > most else ""
    )


def _ends(name: str) -> tuple[str, str]:
    folded = name.casefold()
    return f"{folded[:4]}…", f"…{folded[-4:]}"
