"""When a simulation begins and ends, from what a person typed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from codedark.app.simulation.files import iso
from codedark.errors import UsageError
from codedark.events.moments import moment_of
from codedark.simulate.building import TIME_ZONE
from codedark.simulate.habit import DAY_US, MINUTE_US, SECOND_US, SLICE_US

_ZONE = ZoneInfo(TIME_ZONE)
DEFAULT_START = "2026-01-12"
"""A Monday, the day before the attack that this project is named for: fixed, so that the same command gives the
same bytes.
"""


def moment(text: str) -> int:
    """``2026-01-13``, ``2026-01-13T06:30`` (local time of the hospital) or with an offset, in microseconds since
    1970.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text}: is not a time: write it as 2026-01-13 or 2026-01-13T06:30") from error
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=_ZONE)
    try:
        return int(aware.astimezone(UTC).timestamp()) * SECOND_US
    except (OverflowError, ValueError) as error:
        raise UsageError(f"{text}: is out of the range of times: write one between 1971 and 2199") from error


def period(start: str, days: float) -> tuple[int, int]:
    """First and last microsecond of whole quarters of an hour that hold ``start`` and ``days`` from there.

    ``days`` are cut to quarters, at least one.
    """
    start_us = moment(start)
    first_us = start_us // SLICE_US * SLICE_US
    if not datetime(1971, 1, 1, tzinfo=UTC) <= moment_of(first_us):
        raise UsageError(f"{start}: begins before 1971")
    quarters = max(round(days * DAY_US) // SLICE_US, 1) + (start_us > first_us)
    return first_us, first_us + quarters * SLICE_US


def attack_begins(attack_start: str | None, first_us: int, last_us: int) -> int:
    """When the attacker begins: as asked, else after a sixth of the period, so that there is quiet before it."""
    if attack_start is None:
        return first_us + (last_us - first_us) // 6 // MINUTE_US * MINUTE_US
    begins_us = moment(attack_start)
    if not first_us <= begins_us < last_us:
        raise UsageError(f"--attack-start {attack_start}: lies outside of what is simulated; see --start and --days")
    return begins_us


def told(at_us: int) -> str:
    """A moment as ``2026-01-13 06:30 CET (2026-01-13T05:30:00Z)``: in the hospital's time, then in UTC."""
    return f"{moment_of(at_us).astimezone(_ZONE):%Y-%m-%d %H:%M %Z} ({iso(at_us)})"
