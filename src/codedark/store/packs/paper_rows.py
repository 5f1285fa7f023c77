"""Which row numbers of a ward stand on printed forms already, kept by who builds packs: no number is printed twice.

A number is on disk as taken before the form that has it is sealed. One that is never printed is no harm; one on two
forms would make two acts on paper one entry. The numbers of a ward must last 28 days: forms that took a part of them
are printed anew after the same part of 28 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from codedark.continuity.packs.numbers import CAPACITY, PARTS, issued
from codedark.continuity.packs.pack import NumberBlock
from codedark.hospital.ward import WardId
from codedark.store.number_file import NumberFile

FILE: Final = "rows.json"
_LOST: Final = (
    "Forms would get row numbers that stand on paper already, and two acts would be one. Put it back from a backup of "
    "today; or find the highest row number on the newest forms of any ward, add 10000 to its six digits, move what is "
    "left of the file away, and say `codedark pack counters --above 0 --rows NUMBER`"
)
LAST_US: Final = 28 * 24 * 3_600_000_000
"""How long the paper numbers of a ward last at least."""


class Mark(msgspec.Struct, frozen=True):
    """``last``: the six digits of the highest number that was taken. ``until_us``: when new ones may be printed."""

    last: int = -1
    until_us: int = 0


class PaperRows:
    """The marks in a folder, by ward; under no name the one that is below none. Two builders wait for each other."""

    def __init__(self, folder: Path) -> None:
        self._file: Final = NumberFile(folder / FILE, Mark, _LOST)

    def begin(self, above: int = -1) -> None:
        """Let all wards' next numbers be above ``above`` (six digits). What is there already never falls."""
        with self._file.alone():
            known = self._file.known()
            marks = known | {"": known.get("", Mark())}
            self._file.write({ward: Mark(max(mark.last, above), mark.until_us) for ward, mark in marks.items()})

    def is_due(self, ward: WardId, now_us: int) -> bool:
        """Whether forms with new numbers may be printed. Raises `UnusableInput` where the marks are lost."""
        until_us = self._mark(self._file.read(), ward).until_us
        return not now_us < until_us <= now_us + LAST_US  # what is later was written by a clock that was wrong

    def take(self, ward: WardId, paper: NumberBlock, count: int, now_us: int) -> Iterator[str]:
        """At most ``count`` numbers of ``paper`` that stand on no form yet, durably taken; fewer where they end.

        Raises `UnusableInput` where the marks are lost, OSError.
        """
        with self._file.alone():
            known = self._file.read()
            mark = self._mark(known, ward)
            after = f"{paper.first[:3]}{mark.last:06}0" if mark.last >= 0 else ""
            numbers = list(islice(issued(paper, after), count))
            if numbers:
                last = int(numbers[-1][3:-1])
                until_us = now_us + LAST_US * (last - mark.last) // (CAPACITY // PARTS)
                self._file.write(known | {str(ward): Mark(last, until_us)})
        return iter(numbers)

    def _mark(self, known: dict[str, Mark], ward: WardId) -> Mark:
        return max(known.get(ward, Mark()), known.get("", Mark()), key=lambda mark: mark.last)
