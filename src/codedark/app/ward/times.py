"""Times as people at the bedside say and read them: by the clock on the wall, in the zone of this machine."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from codedark.errors import UsageError
from codedark.events.moments import microseconds_of

EXAMPLES: Final = "06:30, 2026-02-01 06:30 (both by the clock here) or 20m for twenty minutes ago"
_AGO: Final = re.compile(r"([0-9]{1,4})([mhd])")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def moment_said(text: str, now_us: int) -> int:
    """Microseconds since 1970 of what somebody said. A clock time is the last one, not one to come: at one in the
    morning, 23:50 was yesterday. Raises `UsageError`.
    """
    now = _here(now_us)
    said = text.strip()
    try:
        if ago := _AGO.fullmatch(said):
            return now_us - int(timedelta(**{_UNITS[ago[2]]: int(ago[1])}) / timedelta(microseconds=1))
        if clock := _CLOCK.fullmatch(said):
            then = now.replace(tzinfo=None, hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
            day_ago = then - timedelta(days=1)
            return microseconds_of((then if then.astimezone() <= now else day_ago).astimezone())
        read = datetime.fromisoformat(said)
        return microseconds_of(read if read.tzinfo else read.astimezone())
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text}: is no time: write it as {EXAMPLES}") from error


def shown(at_us: int) -> str:
    """By the clock here, with its zone: ``2026-01-12 13:00 CET``."""
    return f"{_here(at_us):%Y-%m-%d %H:%M %Z}"


def _here(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone()
