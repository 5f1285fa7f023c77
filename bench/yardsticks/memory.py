"""Memory while records come, looked at every second: one moment is chance where memory goes up and down."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from yardsticks.claims import Claim

Look = Mapping[str, float]
"""MiB of each process at one moment."""


@dataclass(frozen=True)
class Stretch:
    """What was seen until so many ``records`` had come."""

    records: int
    looks: Sequence[Look]

    @property
    def totals(self) -> list[float]:
        """MiB of all processes together, look by look."""
        return [sum(look.values()) for look in self.looks]

    def line(self) -> str:
        """Median, least and most of each process."""
        names = self.looks[-1]
        seen = {name: [look[name] for look in self.looks if name in look] for name in names}
        each = ", ".join(f"{k} {statistics.median(v):.0f} ({min(v):.0f} to {max(v):.0f}) MiB" for k, v in seen.items())
        return f"{self.records:,} records: {each}, {len(self.looks)} looks"


@contextmanager
def looking(look: Callable[[], Look], seconds: float = 1.0) -> Iterator[list[Look]]:
    """What ``look`` saw every so many seconds within, and once at the end."""
    seen: list[Look] = []
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(seconds):
            seen.append(look())

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
        seen.append(look())


def claims_of(stretches: Sequence[Stretch]) -> list[Claim]:
    """Flat or not: the medians of the later half of the stretches against the median of those of the earlier half."""
    medians = [statistics.median(each.totals) for each in stretches]
    half = len(medians) // 2
    first, last = medians[:half], medians[-half:]
    flat = Claim(
        f"memory behind {stretches[-1].records:,} records: median of the last {half} stretches, each the median of a "
        f"look a second, times that of the first {half}",
        "times",
        [each / statistics.median(first) for each in last],
        "<= 1.1",
        lambda v: v <= 1.1,
    )
    later = [look for each in stretches[-half:] for look in each.looks]
    parts = [
        Claim(f"memory of the {name} in the last {half}", "MiB", seen, "told", lambda _: True)
        for name in later[-1]
        if (seen := [look[name] for look in later if name in look])
    ]
    total = [total for each in stretches[-half:] for total in each.totals]
    return [flat, Claim(f"memory in all in the last {half}", "MiB", total, "told", lambda _: True), *parts]
