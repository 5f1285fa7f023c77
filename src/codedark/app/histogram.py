"""How many findings fell when, in bounded memory, whatever their number and span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

BINS = 32


@dataclass(slots=True)
class Histogram:
    """Counts in bins of 2**shift seconds since 1970, at most ``BINS`` of them occupied.

    The bins are always as narrow as that allows. So the result depends on the times alone, not on their order
    nor on how they were split over histograms that were merged.
    """

    shift: int = 0
    bins: Counter[int] = field(default_factory=Counter)

    def add(self, time: datetime) -> None:
        """Count one time (aware)."""
        self.bins[int(time.timestamp()) >> self.shift] += 1
        if len(self.bins) > BINS:
            self._coarsen(self.shift + 1)

    def merge(self, other: Histogram) -> None:
        """Count everything that ``other`` has counted."""
        self._coarsen(max(self.shift, other.shift))
        for number, count in other.bins.items():
            self.bins[number >> (self.shift - other.shift)] += count
        while len(self.bins) > BINS:
            self._coarsen(self.shift + 1)

    def spans(self) -> Iterator[tuple[float, float, int]]:
        """The occupied bins in order of time: begin and end in Unix seconds, and the count."""
        width = 1 << self.shift
        for number, count in sorted(self.bins.items()):
            yield number * width, (number + 1) * width, count

    def _coarsen(self, shift: int) -> None:
        while self.shift < shift or len(self.bins) > BINS:
            self.shift += 1
            coarser: Counter[int] = Counter()
            for number, count in self.bins.items():
                coarser[number >> 1] += count
            self.bins = coarser
