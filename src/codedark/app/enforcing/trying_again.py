"""When to try again what failed: after ever longer waits, and never not at all. Pure: who asks says what time it is.

Without it, what cannot be done would be tried at each heartbeat, every five seconds, each time with all devices asked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_FIRST_SECONDS: Final = 10.0
_MOST_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class _Failed:
    times: int
    until: float
    why: str


class TryingAgain:
    """Remembers what failed, by name. Times are seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self._failed: dict[str, _Failed] = {}

    def failed(self, name: str, why: str, now: float) -> bool:
        """It failed now; whether that is the first time since it was well, so that it has to be said."""
        times = self._failed[name].times + 1 if name in self._failed else 1
        wait = min(_FIRST_SECONDS * 2 ** min(times - 1, 20), _MOST_SECONDS)
        self._failed[name] = _Failed(times, now + wait, why)
        return times == 1

    def waiting(self, now: float) -> frozenset[str]:
        """What is not to be tried yet."""
        return frozenset(name for name, each in self._failed.items() if now < each.until)

    def well(self, name: str) -> None:
        """It was done."""
        self._failed.pop(name, None)

    def asked(self, names: Collection[str]) -> None:
        """Nothing else is asked for any more."""
        self._failed = {name: each for name, each in self._failed.items() if name in names}

    @property
    def names(self) -> frozenset[str]:
        """What failed last time."""
        return frozenset(self._failed)

    @property
    def stuck(self) -> tuple[str, ...]:
        """What failed last time and is tried again, and why, for those who look."""
        return tuple(f"{name} could not be done, and is tried again: {each.why}" for name, each in self._failed.items())
