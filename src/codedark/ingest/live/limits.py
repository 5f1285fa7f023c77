"""How much a source may hold and how fast one sender may send: no sender's flood is another's drought."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_BURST_SECONDS: Final = 2.0
_MOST_RATED: Final = 4096


class TokenBucket:
    """A rate with a burst. Pure: it is told the time, in seconds of any clock that only goes forward.

    ``rate`` in units a second, 0 for no limit; ``burst`` in units: by how far the rate may be ahead of itself.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._then = -math.inf

    def take(self, amount: float, now: float) -> float:
        """Take ``amount`` and say how many seconds to wait before taking more. It may go into debt."""
        if not self._rate:
            return 0.0
        self._fill(now)
        self._level -= amount
        return max(0.0, -self._level / self._rate)

    def take_if_there(self, amount: float, now: float) -> bool:
        """Take ``amount`` if that needs no waiting; whether it was taken."""
        if not self._rate:
            return True
        self._fill(now)
        if self._level < amount:
            return False
        self._level -= amount
        return True

    def _fill(self, now: float) -> None:
        self._level = min(self._burst, self._level + (now - self._then) * self._rate)
        self._then = now


class Rates:
    """One `TokenBucket` for each sender, all of ``rate``, with bursts of what that gives in `_BURST_SECONDS`.

    Of more than `_MOST_RATED` senders, the one met first is forgotten: it begins with a full bucket when it comes back.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: dict[str, TokenBucket] = {}

    def of(self, sender: str) -> TokenBucket:
        """The bucket of a sender."""
        if len(self._buckets) >= _MOST_RATED and sender not in self._buckets:
            del self._buckets[next(iter(self._buckets))]
        return self._buckets.setdefault(sender, TokenBucket(self._rate, self._rate * _BURST_SECONDS))


class Budget:
    """Bytes that may be in flight together. Whoever asks for more waits until others are done."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._changed = asyncio.Condition()

    @property
    def used(self) -> int:
        """Bytes in flight now."""
        return self._used

    def has_room(self, size: int) -> bool:
        """Whether ``size`` bytes more may be held now. One that is larger than all may be held alone."""
        return self._used + size <= self._most or not self._used

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[None]:
        """Hold ``size`` bytes, when there is room for them."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.has_room(size))
            self._used += size
        try:
            yield
        finally:
            self._used -= size
            async with self._changed:
                self._changed.notify_all()


class Doorkeeper:
    """Counts open connections, overall and by address."""

    def __init__(self, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._by_address: Counter[str] = Counter()
        self.inside = 0

    def refusal(self, address: str) -> str:
        """Why one more connection from ``address`` cannot come in; "" where it can."""
        if self.inside >= self._most:
            return f"{self._most:,} connections are open, which is the limit"
        if self._by_address[address] >= self._most_per_address:
            return f"{self._most_per_address:,} connections are open from one address, which is the limit"
        return ""

    def enter(self, address: str) -> None:
        """Count a connection that was opened."""
        self.inside += 1
        self._by_address[address] += 1

    def leave(self, address: str) -> None:
        """Count a connection that was closed."""
        self.inside -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
