"""Cuts the journal into slots of time: what is folded together must follow from the journal alone.

After a crash the same parcels are folded again, and must be put together as they were before, however many of them can
be read at once. So a slot is a stretch of arrival time, and it is whole when a parcel of a later one is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codedark.events.parcel import Parcel

SLOT_US = 250_000
MOST_BYTES = 8 << 20
"""A flood makes more slots, not larger ones."""


@dataclass(slots=True)
class Slots:
    """Takes parcels in their order, and hands over whole slots; what is not whole yet waits."""

    slot_us: int = SLOT_US
    _waiting: list[Parcel] = field(default_factory=list)
    _octets: int = 0

    def take(self, parcels: Iterable[Parcel]) -> Iterator[list[Parcel]]:
        """The slots that these parcels complete, in order."""
        for parcel in parcels:
            waiting = self._waiting
            if waiting and (
                parcel.arrived_us // self.slot_us != waiting[0].arrived_us // self.slot_us or self._octets >= MOST_BYTES
            ):
                self._waiting, self._octets = [], 0
                yield waiting
            self._waiting.append(parcel)
            self._octets += len(parcel.data)
