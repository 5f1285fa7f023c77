"""The clock by which records arrive: the wall's with its jumps taken out, or one that runs faster, for replays."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from codedark.app.wall_clock import now_us
from codedark.errors import UsageError
from codedark.events.moments import microseconds_of

_SLIP_US: Final = 2 * 1_000_000
"""What NTP moves a clock by without our asking (its step threshold is 0.128 s; a busy machine adds some)."""
_PATIENCE_US: Final = 600 * 1_000_000
"""How long a clock that jumped must go on as it is to be believed: somebody has set it right, or wrong, for good."""
_SLEWED: Final = 0.9
"""How fast time goes while it is ahead of the clock. Records say themselves when they happened, so it may take long."""


class Clock(Protocol):
    """Says when it is, in microseconds since 1970 UTC, and never less than before."""

    problem: str
    """What is wrong with it, a sentence; "" when nothing is."""

    def __call__(self) -> int:
        """Now."""

    def begin(self) -> None:
        """The first record has come."""

    def not_before(self, at_us: int) -> None:
        """Something arrived at ``at_us`` already, in the life before this one: it is later now."""


class WallClock:
    """The wall's clock. A jump is not followed until the clock has stayed where it jumped to for `_PATIENCE_US`.

    One step to 2099 would otherwise make every later record seem old, and a step back every later alarm late.

    Where it was set back, or is behind what arrived in the life before, time here does not stand still until it has
    caught up, because nothing would be judged so long: it goes on a little more slowly (as clocks do that are slewed).
    """

    def __init__(
        self,
        wall: Callable[[], int] = now_us,
        steady: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._ahead_us = wall() - steady()
        self._jumped: tuple[int, int] | None = None
        self._told_us, self._told_at = 0, steady()
        self.problem = ""

    def __call__(self) -> int:
        """Now: the steady clock, with what the wall's is ahead of it, or a little after what was told last."""
        steady = self._steady()
        ahead = self._wall() - steady
        if abs(ahead - self._ahead_us) <= _SLIP_US:
            self._ahead_us, self._jumped, self.problem = ahead, None, ""
        elif self._jumped is None or abs(ahead - self._jumped[0]) > _SLIP_US:
            self._jumped = (ahead, steady)
            by = (ahead - self._ahead_us) / 1e6
            self.problem = f"The clock of this machine jumped by {by:,.0f} s; it is not followed for ten minutes."
        elif steady - self._jumped[1] >= _PATIENCE_US:
            self._ahead_us, self._jumped, self.problem = ahead, None, ""
        now = steady + self._ahead_us
        passed, self._told_at = steady - self._told_at, steady
        self._told_us = max(now, self._told_us + math.ceil(passed * _SLEWED))
        if self._told_us - now > _SLIP_US:
            by = (self._told_us - now) / 1e6
            self.problem = f"The clock of this machine is {by:,.0f} s behind records that arrived: time is slowed down."
        return self._told_us

    def begin(self) -> None:
        """It runs already."""

    def not_before(self, at_us: int) -> None:
        """As `Clock` has it."""
        self._told_us = max(self._told_us, at_us)


class ReplayClock:
    """Stands at ``begins_us`` until the first record comes, and then runs ``speed`` times as fast as life."""

    def __init__(self, begins_us: int, speed: float) -> None:
        self._begins_us, self._speed = begins_us, speed
        self._began: float | None = None
        self.problem = ""

    def __call__(self) -> int:
        """Now, in the time that is replayed."""
        passed = 0.0 if self._began is None else time.monotonic() - self._began
        return self._begins_us + int(passed * 1e6 * self._speed)

    def begin(self) -> None:
        """From here on it runs."""
        if self._began is None:
            self._began = time.monotonic()

    def not_before(self, at_us: int) -> None:
        """As `Clock` has it: a replay goes on where the one before ended."""
        if self._began is None:
            self._begins_us = max(self._begins_us, at_us)


def clock_of(text: str | None) -> Clock:
    """The clock for ``2026-01-12T13:00:00Z@600``: that moment at the first record, and 600 seconds in each one from
    there.

    Without ``text`` the wall's. Raises `UsageError` for what is none.
    """
    if text is None:
        return WallClock()
    start, _, speed = text.partition("@")
    try:
        begins = datetime.fromisoformat(start)
        factor = float(speed or "1")
    except ValueError as error:
        raise UsageError(f"--clock {text}: write it as 2026-01-12T13:00:00Z@600") from error
    if begins.tzinfo is None or factor <= 0:
        raise UsageError(f"--clock {text}: needs a time with its zone (Z or +01:00) and a speed above 0")
    return ReplayClock(microseconds_of(begins), factor)
