"""Times as people at the bedside say and read them: by the clock on the wall, in the hospital's zone.

The zone is the station's (`live_in`), which the ward's pack told it: a PC that was started from a stick stands in
another. Where no pack told one, it is the zone of this machine.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from codedark.continuity.charts.times import Times
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError
from codedark.events.moments import microseconds_of

EXAMPLES: Final = "06:30, 2026-02-01 06:30, or 20m for twenty minutes ago"
_AGO: Final = re.compile(r"([0-9]{1,4})([mhd])")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_DAY: Final = timedelta(days=1)
_NEARLY_A_DAY: Final = timedelta(hours=23)
_ZONE: Final[ContextVar[ZoneInfo | None]] = ContextVar("zone", default=None)


class ClockHere(Times):
    """The clock on the wall, for hours of the day where no pack told the hospital's zone."""

    def __init__(self) -> None:
        super().__init__("UTC")

    def local(self, at_us: int) -> datetime:
        """A moment as the clock here shows it."""
        return _here(at_us)

    def at(self, day: date, hour: int, minute: int) -> int:
        """A moment by the clock here."""
        return _readings(datetime(day.year, day.month, day.day, hour, minute))[0]  # noqa: DTZ001 - of the wall


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises `UsageError` where this PC does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"time zone {name}: this PC does not know it: install the package tzdata") from error


def live_in(name: str) -> None:
    """From here on, in this thread or program, times are those of the zone of that IANA name; "" is this machine's."""
    _ZONE.set(zone_named(name) if name else None)


def zone_told() -> Sentence:
    """In which zone times are shown and read, and who told it."""
    if (zone := _ZONE.get()) is not None:
        return Sentence("Times here are those of {zone}, as the pack says.", zone=zone.key)
    own = f"{datetime.now(UTC).astimezone():%Z}"
    return Sentence("No pack told the hospital's time zone: times here are by this PC's own, {zone}.", zone=own)


def is_foreign(at_us: int) -> bool:
    """Whether the clock of this machine shows another hour than the hospital's."""
    at = datetime.fromtimestamp(at_us / 1_000_000, UTC)
    return at.astimezone().utcoffset() != at.astimezone(_ZONE.get()).utcoffset()


def moment_said(text: str, now_us: int) -> int:
    """Microseconds since 1970 of what somebody said. A clock time is the last one, not one to come: at one in the
    morning, 23:50 was yesterday; and of an hour that comes twice, the later that is over. Raises `UsageError`.
    """
    now = _here(now_us)
    said = text.strip()
    try:
        if ago := _AGO.fullmatch(said):
            return now_us - int(timedelta(**{_UNITS[ago[2]]: int(ago[1])}) / timedelta(microseconds=1))
        if clock := _CLOCK.fullmatch(said):
            today = _at_clock(now, clock)
            return max(us for each in (today, today - _DAY) for us in _readings(each) if us <= now_us)
        read = datetime.fromisoformat(said)
        return microseconds_of(read) if read.tzinfo else _readings(read)[0]
    except (ValueError, OverflowError) as error:
        raise UsageError(
            Sentence("{text}: is no time: write it as {examples}", text=text, examples=EXAMPLES)
        ) from error


def shown(at_us: int) -> str:
    """By the clock here, with its zone: ``2026-01-12 13:00 CET``."""
    return f"{_here(at_us):%Y-%m-%d %H:%M %Z}"


def wall_said(text: str, now_us: int) -> int:
    """Microseconds since 1970 of what a watch shows here: date and time, or the time alone, which is of today by
    ``now_us``. Just about midnight that is the day to which it is near, and of an hour that comes twice the nearer one.
    Raises `UsageError`.
    """
    said, now = text.strip(), _here(now_us)
    try:
        if clock := _CLOCK.fullmatch(said):
            read = _at_clock(now, clock)
            late = read - now.replace(tzinfo=None)
            read += _DAY if late < -_NEARLY_A_DAY else -_DAY if late > _NEARLY_A_DAY else timedelta(0)
        elif len(said) < len("2026-02-01 06:30"):
            raise ValueError(said)
        else:
            read = datetime.fromisoformat(said)
        return microseconds_of(read) if read.tzinfo else min(_readings(read), key=lambda us: abs(us - now_us))
    except (ValueError, OverflowError) as error:
        raise UsageError(
            Sentence("{text}: is no time: write it as 06:30, or with the date, as 2026-02-01 06:30", text=text)
        ) from error


def clock_shown(at_us: int) -> str:
    """Date and time without the zone: ``2026-01-12 13:00``."""
    return f"{_here(at_us):%Y-%m-%d %H:%M}"


def sayable(at_us: int) -> str:
    """As `moment_said` reads it back: ``2026-01-12 13:00``, with its offset in an hour that comes twice."""
    text = clock_shown(at_us)
    is_twice = len(set(_readings(datetime.fromisoformat(text)))) > 1
    return _here(at_us).isoformat(" ", "minutes") if is_twice else text


def near(at_us: int, now_us: int) -> str:
    """As short as it can be said: ``13:00`` of today, else with its date."""
    at, now = _here(at_us), _here(now_us)
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def weekday(at_us: int) -> int:
    """0 is Monday."""
    return _here(at_us).weekday()


def _here(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone(_ZONE.get())


def _at_clock(now: datetime, clock: re.Match[str]) -> datetime:
    return now.replace(tzinfo=None, fold=0, hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)


def _readings(read: datetime) -> tuple[int, int]:
    """The two moments that a wall clock's time may mean here (PEP 495), which are one but when the clocks change."""
    zone = _ZONE.get()
    both = (read.replace(fold=fold) for fold in (0, 1))
    first, second = (each.replace(tzinfo=zone) if zone else each.astimezone() for each in both)
    return microseconds_of(first), microseconds_of(second)
