"""What a log is: something that saw some of the acts and wrote them down in its own format."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from codedark.simulate.acts import Act


class Witness(Protocol):
    """One log of the hospital. Its file of a day is ``logs/<name>/<date><suffix>``.

    A witness keeps its own counters (record numbers, connection ids) and no clock. Only one worker process runs it,
    which shows it the acts of the whole run in order of time; so its bytes depend on the acts alone.
    """

    name: str
    suffix: str
    watches: tuple[type, ...]

    def lines(self, act: Act) -> Iterable[bytes]:
        """The records that an act leaves in this log, complete with their line ends; none where nothing saw it."""

    def header(self, day: date) -> bytes:
        """What stands before the first record of a day's file; empty for most formats."""
