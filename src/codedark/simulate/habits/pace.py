"""How often things happen: draws per slice, things that act by the clock, and the hospital's own time of day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from codedark.events.moments import moment_of
from codedark.simulate.habit import SECOND_US, SLICE_US

T = TypeVar("T")

SLICES_PER_HOUR = 4

MACHINE_DAY = (
    *(0.45, 0.4, 0.4, 0.4, 0.45, 0.55, 0.9, 1.3, 1.5, 1.5, 1.5, 1.4),
    *(1.3, 1.4, 1.5, 1.5, 1.4, 1.2, 1.0, 0.9, 0.8, 0.75, 0.65, 0.5),
)
"""How busy unattended computers are by the hour of the day; 1 is the mean. They sleep less than their people."""


def local_time(time_zone: str, at_us: int) -> datetime:
    """The hospital's own time; ``time_zone`` is an IANA name."""
    return moment_of(at_us).astimezone(ZoneInfo(time_zone))


class Clockwork(Generic[T]):
    """Things that act once in every ``period`` slices, each at its own moment of it.

    A slice touches only what is due in it, however many there are. Jitter of ±5 s keeps moments from being exact.
    """

    def __init__(self, chance: Random, things: Iterable[T], period: int) -> None:
        self._due: list[list[tuple[T, int]]] = [[] for _ in range(period)]
        for thing in things:
            offset = int((0.01 + 0.98 * chance.random()) * SLICE_US)
            self._due[int(chance.random() * period)].append((thing, offset))

    def due(self, chance: Random, start_us: int) -> list[tuple[T, int]]:
        """What acts in the slice that begins at ``start_us``, and when."""
        random = chance.random
        base = start_us - 5 * SECOND_US
        ready = self._due[start_us // SLICE_US % len(self._due)]
        return [(thing, max(start_us, base + offset + int(random() * 10 * SECOND_US))) for thing, offset in ready]


class Weighted(Generic[T]):
    """A table to draw from by weight."""

    __slots__ = ("_sums", "things")

    def __init__(self, rows: Sequence[tuple[float, T]]) -> None:
        self.things = [thing for _, thing in rows]
        self._sums: list[float] = []
        total = 0.0
        for weight, _ in rows:
            total += weight
            self._sums.append(total)

    def draw(self, chance: Random, count: int) -> list[T]:
        """``count`` independent draws; none from an empty table."""
        return chance.choices(self.things, cum_weights=self._sums, k=count) if self.things else []
