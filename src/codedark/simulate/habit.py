"""What a part of the simulated hospital does, slice of time by slice of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from codedark.simulate.acts import Act

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
SLICE_US = 15 * MINUTE_US
"""How much is lived at once: a day of 1,500 beds must not be in memory as a whole."""


class Habit(Protocol):
    """Something that goes on all the time: a clinic, sessions at workstations, servers talking, attackers.

    Habits live through every slice, in order, in every worker process, and may keep state between slices. All chance
    comes from
    `codedark.simulate.chance.stream`, so that the same seed gives the same acts.
    """

    def live(self, start_us: int, end_us: int) -> Iterable[Act]:
        """The acts that begin in this slice. They may come unsorted; an act may lie behind ``end_us``, none before
        ``start_us``.
        """


class Numbers:
    """The counters that an operating system keeps for each host. Shared by all habits of one run."""

    def __init__(self) -> None:
        self._logon_ids: defaultdict[str, int] = defaultdict(lambda: 0x3E7A0)
        self._process_ids: defaultdict[str, int] = defaultdict(lambda: 2000)
        self._ports: defaultdict[str, int] = defaultdict(lambda: 49151)

    def logon_id(self, host: str) -> int:
        """The next logon id of a host."""
        self._logon_ids[host] += 0x1A7
        return self._logon_ids[host]

    def process_id(self, host: str) -> int:
        """The next process id of a host: a multiple of four, as on Windows."""
        self._process_ids[host] = 2000 + (self._process_ids[host] - 1996) % 60000
        return self._process_ids[host]

    def port(self, host: str) -> int:
        """The next ephemeral port of a host."""
        self._ports[host] = 49152 + (self._ports[host] - 49151) % 16384
        return self._ports[host]
