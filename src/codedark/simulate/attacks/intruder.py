"""The attacker as a habit: lives through the run slice by slice and leaves the traces that were planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

from codedark.simulate.acts import Act, LoggedOff, VpnUsed


@dataclass(slots=True)
class Planned:
    """One trace from its first act at ``at_us``; ``acts`` are made only when they are asked for, in order of time."""

    at_us: int
    order: int
    acts: Iterator[Act]
    pending: Act | None = None

    def __lt__(self, other: Planned) -> bool:
        """Earlier first; of two at the same time the one that the script names first."""
        return (self.at_us, self.order) < (other.at_us, other.order)


class Intruder:
    """Everything that an attacker does, trace by trace, and the ``ends`` of sessions that traces have opened.

    Encrypting 20,000 files takes the memory of one.
    """

    def __init__(self, planned: Iterable[Planned], ends: MutableMapping[Any, LoggedOff | VpnUsed]) -> None:
        self._waiting = list(planned)
        self._ends = ends
        heapify(self._waiting)

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - what is waiting begins no earlier
        """The acts that begin in this slice."""
        while self._waiting and self._waiting[0].at_us < end_us:
            trace = heappop(self._waiting)
            if trace.pending:
                yield trace.pending
            told_us = trace.at_us
            for act in trace.acts:
                assert act.at_us >= told_us, f"step {act.step} tells {type(act).__name__} too late"
                told_us = act.at_us
                if act.at_us >= end_us:
                    heappush(self._waiting, Planned(act.at_us, trace.order, trace.acts, act))
                    break
                yield act
        for session in [session for session, act in self._ends.items() if act.at_us < end_us]:
            yield self._ends.pop(session)
