"""What every log here is: a name, and one writer for each type of act that leaves something in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from zlib import crc32

from codedark.simulate.acts import Act
from codedark.simulate.truth import Deleted

Writer = Callable[[Any], Iterable[bytes]]
"""Takes an act of its type, gives the lines that it leaves."""


def no_header(day: date) -> bytes:  # noqa: ARG001 - most formats begin with their first record
    """Nothing stands before the first record."""
    return b""


class Log:
    """A `codedark.simulate.witness.Witness` made of writers."""

    def __init__(
        self,
        name: str,
        suffix: str,
        writers: Mapping[type, Writer],
        header: Callable[[date], bytes] = no_header,
    ) -> None:
        self.name = name
        self.suffix = suffix
        self._header = header
        self.write_with(writers)

    def write_with(self, writers: Mapping[type, Writer]) -> None:
        """Have these writers, for logs whose writers need the log itself."""
        self.watches: tuple[type, ...] = tuple(writers)
        self._writers = writers

    def lines(self, act: Act) -> Iterable[bytes]:
        """The records that an act leaves in this log."""
        return self._writers[type(act)](act)

    def header(self, day: date) -> bytes:
        """What stands before the first record of a day's file."""
        return self._header(day)


class Gaps:
    """Which records of a log were deleted afterwards: those that a host wrote within an interval."""

    def __init__(self, deleted: Sequence[Deleted], log: str) -> None:
        self._intervals: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for gone in deleted:
            if gone.log == log:
                self._intervals[gone.host].append((gone.from_us, gone.until_us))

    def hide(self, host: str, at_us: int) -> bool:
        """Whether what ``host`` wrote then is gone. An interval holds its first moment and not its last."""
        if host not in self._intervals:
            return False
        return any(start <= at_us < end for start, end in self._intervals[host])


class RecordNumbers:
    """Record numbers of a log, host by host: without holes, wherever they begin."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._last: dict[str, int] = {}

    def next(self, host: str) -> int:
        """The number of the next record of ``host``, which counts whether or not the record is kept."""
        last = self._last.get(host)
        if last is None:
            last = 1_000 + crc32(f"{self._log}\0{host}".encode()) % 900_000
        self._last[host] = last + 1
        return last + 1
