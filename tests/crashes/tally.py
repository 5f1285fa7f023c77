"""What was tried, counted, and what was found wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.crashes.oracle import Wrong


@dataclass(slots=True)
class Tally:
    """What was tried, by part and kind, and what the oracle found."""

    points: Counter[tuple[str, str]] = field(default_factory=Counter)
    on_the_way: Counter[str] = field(default_factory=Counter)
    """What networks and servers did meanwhile."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, where: str, found: Wrong) -> None:
        """What one look found."""
        self.lost += [f"{where}: {each}" for each in found.lost]
        self.doubled += [f"{where}: {each}" for each in found.doubled]
        self.wrong += [f"{where}: {each}" for each in found.wrong]

    def join(self, other: Tally) -> None:
        """What another process tried."""
        self.points += other.points
        self.on_the_way += other.on_the_way
        self.lost += other.lost
        self.doubled += other.doubled
        self.wrong += other.wrong
