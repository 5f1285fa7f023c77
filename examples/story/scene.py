"""The hospital of the story: its machines, its people, its clock.

Sint-Elders does not exist. Names are invented, addresses are private or for documentation, times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Body = dict[str, Any]
Entry = tuple[datetime, Any]
"""A time and what a log says of it: an object, a row or a line, as the log needs it."""
Happening = tuple[str, datetime, Any]
"""The log, and an entry of it."""

DOMAIN = "sint-elders.example"
ADDRESS = {
    "DC01": "10.10.1.10",
    "DC02": "10.10.1.11",
    "FS01": "10.10.5.20",
    "BKP01": "10.10.6.30",
    "EHR01": "10.10.20.11",
    "EHR02": "10.10.20.12",
    "IE01": "10.10.25.10",
    "PACS01": "10.10.30.5",
    "LIS01": "10.10.40.21",
    "PHARM01": "10.10.40.22",
    "PUMPGW01": "10.10.45.5",
    "WARD-1-PC02": "10.20.1.102",
    "WARD-2-PC05": "10.20.2.105",
    "WARD-3-PC01": "10.20.3.101",
    "WARD-4-PC07": "10.20.4.107",
    "WARD-4-PC08": "10.20.4.108",
    "ED-PC03": "10.20.9.103",
    "OR-PC02": "10.20.8.102",
    "ICU-PC04": "10.20.7.104",
    "HELPDESK-PC02": "10.20.5.22",
}
SERVERS = [name for name, address in ADDRESS.items() if address.startswith("10.10.")]
WORKSTATIONS = [name for name in ADDRESS if name not in SERVERS]
STAFF = [
    "a.claes",
    "b.janssens",
    "c.wouters",
    "d.peeters",
    "e.maes",
    "f.goossens",
    "g.willems",
    "h.dubois",
    "i.lambert",
    "j.hermans",
    "k.mertens",
    "l.desmet",
    "m.leclercq",
    "n.pauwels",
    "o.aerts",
    "p.renard",
]
EVIL, EVIL_TOO = "203.0.113.77", "198.51.100.66"
FOOTHOLD = "WARD-4-PC07"
SYSTEM32 = "C:\\Windows\\System32\\"


def at(clock: str, plus: float = 0) -> datetime:
    """A time of the night: from noon on it is the 17th of November 2026, before it the 18th."""
    hour, minute, second = (int(part) for part in clock.split(":"))
    return datetime(2026, 11, 17 if hour >= 12 else 18, hour, minute, second, tzinfo=UTC) + timedelta(seconds=plus)


def iso(time: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
