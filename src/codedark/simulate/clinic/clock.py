"""The hospital's own time: days and hours as its people live them, and how records write a moment."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from codedark.events.moments import moment_of
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US, SECOND_US

_EPOCH_DAY = date(1970, 1, 1)


class Clock:
    """Local time of one IANA time zone. Moments are microseconds since 1970 in UTC; days are numbered from
    1970-01-01, local.

    Offsets are kept by hour: no zone in use changes its clocks within an hour of UTC.
    """

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self._offsets: dict[int, tuple[int, str, str]] = {}
        self._hours: dict[int, tuple[str, str]] = {}

    def _offset(self, at_us: int) -> tuple[int, str, str]:
        hour = at_us // HOUR_US
        known = self._offsets.get(hour)
        if known is None:
            delta = moment_of(hour * HOUR_US).astimezone(self._zone).utcoffset() or timedelta()
            minutes = round(delta.total_seconds()) // 60
            ahead = "-" if minutes < 0 else "+"
            hours, rest = divmod(abs(minutes), 60)
            text = f"{ahead}{hours:02d}"
            known = self._offsets[hour] = (minutes * MINUTE_US, f"{text}{rest:02d}", f"{text}:{rest:02d}")
        return known

    def _hour(self, local_us: int) -> tuple[str, str]:
        hour = local_us // HOUR_US
        known = self._hours.get(hour)
        if known is None:
            moment = moment_of(hour * HOUR_US)
            known = self._hours[hour] = (moment.strftime("%Y%m%d%H"), moment.strftime("%Y-%m-%dT%H"))
        return known

    def day(self, at_us: int) -> int:
        """The local day of a moment."""
        return (at_us + self._offset(at_us)[0]) // DAY_US

    def hour(self, at_us: int) -> int:
        """The local hour of a moment, 0 to 23."""
        return (at_us + self._offset(at_us)[0]) % DAY_US // HOUR_US

    def midnight(self, day: int) -> int:
        """When a local day begins."""
        guess = day * DAY_US - self._offset(day * DAY_US)[0]
        return day * DAY_US - self._offset(guess)[0]

    def at(self, day: int, hours: float) -> int:
        """So many hours into a local day."""
        return self.midnight(day) + int(hours * HOUR_US)

    @staticmethod
    def date(day: int) -> date:
        """The calendar date of a day."""
        return _EPOCH_DAY + timedelta(days=day)

    @staticmethod
    def weekday(day: int) -> int:
        """Monday is 0: 1970 began on a Thursday."""
        return (day + 3) % 7

    def stamp(self, at_us: int) -> str:
        """``20261117172000+0100``: an HL7 v2 time stamp (DTM, HL7 v2.5.1, 2A.22)."""
        offset, zone, _ = self._offset(at_us)
        local = at_us + offset
        rest = local % HOUR_US // SECOND_US
        return f"{self._hour(local)[0]}{rest // 60:02d}{rest % 60:02d}{zone}"

    def iso(self, at_us: int) -> str:
        """``2026-11-17T17:20:00+01:00``: a FHIR dateTime."""
        offset, _, zone = self._offset(at_us)
        local = at_us + offset
        rest = local % HOUR_US // SECOND_US
        return f"{self._hour(local)[1]}:{rest // 60:02d}:{rest % 60:02d}{zone}"
