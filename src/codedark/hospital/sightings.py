"""What logs and flows show of machines, folded so that memory depends on the hospital and not on its logs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from codedark.hospital.importers.facts import FlowKey

MOST_FLOWS: Final = 2_000_000
MOST_MACHINES: Final = 300_000
MOST_NAMES: Final = 8
OUTSIDE: Final = "outside"
"""Stands for every address that is not the hospital's: the internet has more than any memory."""


@dataclass(slots=True)
class Span:
    """The first and the last time that something was seen (aware; None where no record said when)."""

    first: datetime | None = None
    last: datetime | None = None

    def widen(self, first: datetime | None, last: datetime | None) -> None:
        """Take in two times, in any order."""
        for time in (first, last):
            if time is not None:
                self.first = time if self.first is None or time < self.first else self.first
                self.last = time if self.last is None or time > self.last else self.last


@dataclass(slots=True)
class Sighting:
    """One machine as logs know it: under one address, or under a name without any.

    ``evidence`` counts records by log.
    """

    names: dict[str, None] = field(default_factory=dict)
    mac: str = ""
    evidence: Counter[str] = field(default_factory=Counter)
    span: Span = field(default_factory=Span)


@dataclass(slots=True)
class Sightings:
    """All that was seen. ``left_out`` counts what came after the limits were reached."""

    by_address: dict[str, Sighting] = field(default_factory=dict)
    by_name: dict[str, Sighting] = field(default_factory=dict)
    flows: Counter[FlowKey] = field(default_factory=Counter)
    logs: Counter[str] = field(default_factory=Counter)
    span: Span = field(default_factory=Span)
    left_out: int = 0

    def saw(
        self, log: str, count: int, span: Span, *, address: str = "", name: str = "", mac: str = "", talks: bool = True
    ) -> None:
        """A machine in ``count`` records of ``log``. What has neither name nor address is nobody.

        Without ``talks`` a record only says which name belongs to an address, and the machine has not been heard.
        """
        place, key = (self.by_address, address) if address else (self.by_name, name.casefold())
        if not key:
            return
        found = place.get(key)
        if found is None:
            if len(self.by_address) + len(self.by_name) >= MOST_MACHINES:
                self.left_out += count
                return
            found = place[key] = Sighting()
        if name and len(found.names) < MOST_NAMES:
            found.names[name] = None
        found.mac = found.mac or mac
        if talks:
            found.evidence[log] += count
            found.span.widen(span.first, span.last)

    def flowed(self, key: FlowKey, count: int) -> None:
        """Connections that were answered."""
        if key in self.flows or len(self.flows) < MOST_FLOWS:
            self.flows[key] += count
        else:
            self.left_out += count
