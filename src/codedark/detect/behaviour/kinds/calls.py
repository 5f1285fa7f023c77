"""Calls by the clock: a machine that asks the same address again and again at even intervals, as implants do.

The measure is that of RITA (Active Countermeasures): the median absolute deviation of the intervals against their
median. Jitter that implants add is a share of the interval, so a share is asked for.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from codedark.detect.behaviour.behaviour import Settings
from codedark.detect.behaviour.kinds.settings import number, whole

_SECOND_US = 1_000_000


class Calls:
    """The last calls of at most ``most_calls`` pairs."""

    def __init__(self, settings: Settings) -> None:
        self._least = whole(settings, "calls")
        self._unevenness = number(settings, "unevenness")
        self._most = whole(settings, "most_calls")
        self._times: dict[tuple[str, str], deque[int]] = {}

    def take(self, host: str, peer: str, at_us: int) -> float:
        """One call; gives the usual interval in seconds once it is even, else 0."""
        key = (host, peer)
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = deque(maxlen=self._least)
            if len(self._times) > self._most:
                del self._times[next(iter(self._times))]
        if times and at_us - times[-1] < _SECOND_US:
            return 0.0  # told by another witness, or one of several at once
        times.append(at_us)
        if len(times) < self._least:
            return 0.0
        pauses = [after - before for before, after in zip(times, list(times)[1:], strict=False)]
        middle = median(pauses)
        spread = median(abs(pause - middle) for pause in pauses)
        times.popleft()
        return middle / _SECOND_US if spread <= self._unevenness * middle else 0.0
