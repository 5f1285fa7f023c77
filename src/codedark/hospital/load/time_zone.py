"""Which names of time zones are known (IANA)."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from codedark.hospital.load.report import suggestion


def unknown_time_zone(name: str) -> str:
    """What to do about a name that is no time zone; "" for one, and on a machine without a table of them."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
        return (suggestion(name, known) or "write an IANA name such as Europe/Brussels") if known else ""
    return ""
