"""Times as records write them, in microseconds since 1970, UTC: HL7's ``20260112000427+0100`` and FHIR's ISO 8601.

A time without an offset is one of the hospital's own zone. A date alone is its midnight there.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from codedark.events.moments import microseconds_of, moment_of

DAY_US: Final = 86_400 * 1_000_000
_FIRST_YEAR: Final = 1800
_LAST_YEAR: Final = 2199
"""Systems write "without end" as 9999-12-31, which clocks of other zones cannot show: it is no time."""
_MOST_KNOWN: Final = 20_000
_SOON_US: Final = 1800 * 1_000_000
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$", re.ASCII)
_HL7: Final = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d{1,6})?([+-]\d{4})?")
_WHOLE: Final = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
"""As most records write it, which Python reads by itself."""
_ISO: Final = re.compile(
    r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)


class Times:
    """Reads times of one zone (an IANA name), and remembers those that it has read: messages repeat them."""

    def __init__(self, time_zone: str) -> None:
        self.zone: Final = ZoneInfo(time_zone)
        self._known: dict[str, int] = {}

    def us(self, text: str) -> int:
        """The moment that a text names; 0 where it names none."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[text] = self._read(text)
        return known

    def heard(self, text: str, heard_us: int) -> int:
        """The moment that a text names which was heard then. Of the hour that clocks show twice in autumn, it is the
        second one where it was heard within half an hour of that; a text with an offset names one.
        """
        at_us = self.us(text)
        if not at_us or _OFFSET.search(text):
            return at_us
        first = self.local(at_us)
        later = (first.utcoffset() or timedelta()) - (first.replace(fold=1).utcoffset() or timedelta())
        again_us = at_us + later // timedelta(microseconds=1)
        is_again = first.fold == 0 and later and abs(heard_us - again_us) < _SOON_US
        return again_us if is_again else at_us

    def local(self, at_us: int) -> datetime:
        """A moment as the hospital's clocks show it."""
        return moment_of(at_us).astimezone(self.zone)

    def at(self, day: date, hour: int, minute: int) -> int:
        """A moment by the hospital's clocks. What the change to summer time skips is the hour behind it."""
        return microseconds_of(datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone))

    def _read(self, text: str) -> int:
        if _WHOLE.fullmatch(text) and text[17:19] < "60":
            try:
                moment = datetime.fromisoformat(text)
                return max(0, int(moment.timestamp()) * 1_000_000) if moment.year <= _LAST_YEAR else 0
            except ValueError:
                return 0
        found = _HL7.fullmatch(text) or _ISO.fullmatch(text)
        if found is None or int(found[1]) > _LAST_YEAR:
            return 0
        year, month, day, hour, minute, second, fraction, offset = found.groups()
        try:
            moment = datetime(
                int(year),
                int(month or 1),
                int(day or 1),
                int(hour or 0),
                int(minute or 0),
                tzinfo=self._zone_of(offset),
            )
            part = int(float(fraction or 0) * 1_000_000)
            return max(0, microseconds_of(moment + timedelta(seconds=int(second or 0), microseconds=part)))
        except (ValueError, OverflowError):
            return 0

    def _zone_of(self, offset: str | None) -> ZoneInfo | timezone:
        if not offset:
            return self.zone
        if offset == "Z":
            return UTC
        digits = offset[1:].replace(":", "")
        ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-ahead if offset[0] == "-" else ahead)


def day_of(text: str) -> str:
    """A date as ``YYYY-MM-DD``, or as much of it as is there and can be: ``1950`` of ``19500000``, ``1950-02`` of
    ``19500230``; empty where it is none, as in ``00000000``.
    """
    found = re.match(r"([0-9]{4})-?([0-9]{2})?-?([0-9]{2})?", text)
    if found is None or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
        return ""
    year, month, day = found.groups()
    for parts in ((year, month, day), (year, month), (year,)):
        try:
            date(*(int(part) for part in (*parts, "1", "1")[:3] if part is not None))
        except (ValueError, TypeError):
            continue
        return "-".join(parts)
    return ""
