"""Values that one request brings again and again: a pump's readings under one number, a value that was corrected.

What is told of another time is another value. A value that is preliminary or corrected is kept apart from the final one
(``!P``, ``!C`` behind its key's time), so that whatever comes first, it is known what took whose place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import GONE
from codedark.continuity.charts.record import Things

_TIME: Final = "@"
_MARK: Final = "!"
_MARKS: Final = {**dict.fromkeys("CDW", "!C"), **dict.fromkeys("PRSIO", "!P")}
"""HL7 table 0085: corrected, deleted, of the wrong patient; and what is not final yet."""
_Told = tuple[str, Mapping[str, Any], str]


def key_of(series: str, at_us: int | None, status: str) -> str:
    """The key of a value: its series, the time that was told for it (OBX-14, OBR-7), and whether it is final."""
    return f"{series}{_TIME}{at_us or ''}{_MARKS.get(status, '')}"


def standing(things: Things, group: Group) -> Iterator[_Told]:
    """Each value of a group that holds: its key, its fields, the source that spoke of it last.

    1. Of one time, what was said last.
    2. A correction of a time of which nothing else was told corrects what was said before it: some senders write when
       they corrected. A final value takes the place of the last preliminary one in the same way.
    3. What was taken back is left out, and what it took the place of too.
    """
    found: dict[str, list[tuple[Any, str, Mapping[str, Any]]]] = {}
    for key, told, said in things.of(group):
        series = key.rpartition(_TIME)[0] or key
        found.setdefault(series, []).append((said, key, told))
    for of_one in found.values():
        for said, key, told in _holding(sorted(of_one, key=lambda each: each[:2])) if of_one[1:] else of_one:
            if not told.get(GONE):  # (3)
                yield key, told, said.source


def _holding(said: list[tuple[Any, str, Mapping[str, Any]]]) -> list[tuple[Any, str, Mapping[str, Any]]]:
    """Of one series, in the order in which it was said."""
    at: dict[str, list[tuple[Any, str, Mapping[str, Any]]]] = {}
    for each in said:  # (1)
        at.setdefault(each[1].rpartition(_TIME)[2].partition(_MARK)[0], []).append(each)
    held: dict[str, tuple[Any, str, Mapping[str, Any]]] = {}
    preliminary: list[str] = []
    for each in sorted((of_time[-1] for of_time in at.values()), key=lambda one: one[:2]):
        key = each[1]
        is_alone = len(at[key.rpartition(_TIME)[2].partition(_MARK)[0]]) == 1
        if is_alone and held and not key.endswith("!P"):  # (2)
            before = [next(reversed(held))] if key.endswith("!C") else preliminary[-1:]
            for replaced in before:
                del held[replaced]
            if before == preliminary[-1:]:
                del preliminary[-1:]
        held[key] = each
        if key.endswith("!P"):
            preliminary.append(key)
    return list(held.values())
