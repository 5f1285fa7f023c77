"""The clock by which records arrive: the wall's, or one that runs faster, to replay a simulated day in minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from codedark.errors import UsageError


def wall_us() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def clock_of(text: str | None) -> Callable[[], int]:
    """The clock for ``2026-01-12T13:00:00Z@600``: that moment now, and 600 seconds in each one from here on.

    Without ``text`` the wall's. Raises `UsageError` for what is none.
    """
    if text is None:
        return wall_us
    start, _, speed = text.partition("@")
    try:
        begins = datetime.fromisoformat(start)
        factor = float(speed or "1")
    except ValueError as error:
        raise UsageError(f"--clock {text}: write it as 2026-01-12T13:00:00Z@600") from error
    if begins.tzinfo is None or factor <= 0:
        raise UsageError(f"--clock {text}: needs a time with its zone (Z or +01:00) and a speed above 0")
    begins_us = int((begins - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
    began = time.monotonic()
    return lambda: begins_us + int((time.monotonic() - began) * 1e6 * factor)
