"""What came of one slot: what is told to the state, and what could not be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from codedark.app.own_errors import apart
from codedark.detect.finding import Finding
from codedark.events.parcel import NOTE, Parcel
from codedark.events.record import Rejected, SourceName
from codedark.respond.incident import Alarm, Incident


@dataclass(slots=True)
class Told:
    """What came of one slot. ``next`` is the number of the first record behind it, ``now_us`` its time."""

    next: int
    now_us: int
    findings: list[Finding] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    aside: list[Rejected] = field(default_factory=list)
    """What could not be judged because of an error of ours: records, which are rejected too, or observations."""

    def set_aside(self, parcel: Parcel, reason: str) -> None:
        """The only record of a parcel could not be judged, or the only note not taken."""
        self.aside.append(Rejected(SourceName(parcel.source), parcel.first, reason))
        if parcel.format != NOTE:
            self.rejected.append(self.aside[-1])

    def passed_over(self, part: str, reason: str) -> None:
        """A behaviour could not take one observation, or what joins findings one of them, because of an error of
        ours.
        """
        self.aside.append(Rejected(SourceName(part), self.next - 1, f"{part}: {reason}"))

    def going_on(self, part: str) -> AbstractContextManager[None]:
        """What ``part`` cannot get past is passed over, and said. Raises MemoryError: that says nothing about it."""
        return apart(partial(self.passed_over, part))

    def change(self, changes: Iterator[Incident | Alarm]) -> None:
        """What the incidents said: of an incident, its last state counts."""
        for change in changes:
            if isinstance(change, Alarm):
                self.alarms.append(change)
            else:
                self.incidents[change.id] = change
