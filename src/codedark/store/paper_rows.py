"""Which row numbers of a ward stand on printed forms already, kept by who builds packs: no number is printed twice.

A number is on disk as taken before the form that has it is sealed. One that is never printed is no harm; one on two
forms would make two acts on paper one entry. The numbers of a ward must last 28 days: forms that took a part of them
are printed anew after the same part of 28 days.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from codedark.continuity.numbers import CAPACITY, PARTS, issued
from codedark.continuity.pack import NumberBlock
from codedark.errors import UnusableInput
from codedark.hospital.ward import WardId
from codedark.store.durable import put

FILE: Final = "rows.json"
LAST_US: Final = 28 * 24 * 3_600_000_000
"""How long the paper numbers of a ward last at least."""


class Mark(msgspec.Struct, frozen=True):
    """``last``: the six digits of the highest number that was taken. ``until_us``: when new ones may be printed."""

    last: int = -1
    until_us: int = 0


_decoder: Final = msgspec.json.Decoder(dict[str, Mark])


class PaperRows:
    """The marks in a folder, by ward; under no name the one that is below none. Two builders wait for each other."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def begin(self, above: int = -1) -> None:
        """Let all wards' next numbers be above ``above`` (six digits). What is there already never falls."""
        with self._alone():
            known = self._read() if self._path.exists() else {}
            marks = known | {"": known.get("", Mark())}
            self._write({ward: Mark(max(mark.last, above), mark.until_us) for ward, mark in marks.items()})

    def is_due(self, ward: WardId, now_us: int) -> bool:
        """Whether forms with new numbers may be printed. Raises `UnusableInput` where the marks are lost."""
        until_us = self._mark(self._read(), ward).until_us
        return not now_us < until_us <= now_us + LAST_US  # what is later was written by a clock that was wrong

    def take(self, ward: WardId, paper: NumberBlock, count: int, now_us: int) -> Iterator[str]:
        """At most ``count`` numbers of ``paper`` that stand on no form yet, durably taken; fewer where they end.

        Raises `UnusableInput` where the marks are lost, OSError.
        """
        with self._alone():
            known = self._read()
            mark = self._mark(known, ward)
            after = f"{paper.first[:3]}{mark.last:06}0" if mark.last >= 0 else ""
            numbers = list(islice(issued(paper, after), count))
            if numbers:
                last = int(numbers[-1][3:-1])
                until_us = now_us + LAST_US * (last - mark.last) // (CAPACITY // PARTS)
                self._write(known | {str(ward): Mark(last, until_us)})
        return iter(numbers)

    def _mark(self, known: dict[str, Mark], ward: WardId) -> Mark:
        return max(known.get(ward, Mark()), known.get("", Mark()), key=lambda mark: mark.last)

    def _read(self) -> dict[str, Mark]:
        try:
            return _decoder.decode(self._path.read_bytes())
        except FileNotFoundError as error:
            raise UnusableInput(self._lost("is lost")) from error
        except msgspec.MsgspecError as error:
            raise UnusableInput(self._lost(f"is damaged ({error})")) from error

    def _lost(self, what: str) -> str:
        return (
            f"{self._path} {what}. Forms would get row numbers that stand on paper already, and two acts would be one. "
            "Put it back from a backup of today; or find the highest row number on the newest forms of any ward, add "
            "10000 to its six digits, move what is left of the file away, and say "
            "`codedark pack counters --above 0 --rows NUMBER`"
        )

    def _write(self, marks: dict[str, Mark]) -> None:
        put(self._path, msgspec.json.encode(marks, order="sorted"), 0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        file = os.open(self._path.with_name("rows.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
