"""How long the disk takes to make records safe: every sender that is acknowledged waits for it."""

from __future__ import annotations

from collections import deque
from typing import Final

_WINDOW_SECONDS: Final = 300.0
_MOST: Final = 2_000


class SyncTimes:
    """The syncs of the last five minutes, at most `_MOST` of them. One thread adds, others may ask."""

    def __init__(self) -> None:
        self._taken: deque[tuple[float, float]] = deque(maxlen=_MOST)

    def add(self, at_seconds: float, seconds: float) -> None:
        """A sync that ended at ``at_seconds`` of any clock that only goes forward took so long."""
        while self._taken and self._taken[0][0] < at_seconds - _WINDOW_SECONDS:
            self._taken.popleft()
        self._taken.append((at_seconds, seconds))

    @property
    def median(self) -> float:
        """Half of them took no longer, in seconds; 0 where there was none."""
        return self._rank(0.5)

    @property
    def p99(self) -> float:
        """99 of 100 took no longer, in seconds; 0 where there was none."""
        return self._rank(0.99)

    def _rank(self, share: float) -> float:
        taken = sorted(seconds for _, seconds in self._taken.copy())
        return taken[min(int(len(taken) * share), len(taken) - 1)] if taken else 0.0
