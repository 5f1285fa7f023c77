"""Times as people write them in a search: a day, an hour, a minute, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from codedark.events.moments import microseconds_of

_MOMENT: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,6})?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_AGO: Final = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
EXAMPLES: Final = "2026-01-12, 2026-01-12T10, 2026-01-12T10:30, 2026-01-12T10:30:05Z, 2h (two hours ago) or now"


class Span(NamedTuple):
    """From its first microsecond up to, and without, its last: microseconds since 1970 UTC."""

    start_us: int
    end_us: int


def span_of(text: str, now_us: int) -> Span | None:
    """What a time stands for: ``2026-01-12T10`` for that whole hour (UTC, where no zone is given); None for no time."""
    if text == "now":
        return Span(now_us, now_us + 1)
    if ago := _AGO.fullmatch(text):
        moment_us = now_us - int(ago[1]) * _SECONDS[ago[2]] * 1_000_000
        return Span(moment_us, moment_us + 1)
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    clock = f"{found['hour'] or '00'}:{found['minute'] or '00'}:{found['second'] or '00'}{found['fraction'] or ''}"
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{clock}{found['zone'] or '+00:00'}")
        start_us = microseconds_of(moment)
    except (ValueError, OverflowError):
        return None
    return Span(start_us, start_us + _length_us(found))


def _length_us(found: re.Match[str]) -> int:
    if found["fraction"]:
        return int(10 ** (7 - len(found["fraction"])))
    seconds = 1 if found["second"] else 60 if found["minute"] else 3_600 if found["hour"] else 86_400
    return seconds * 1_000_000
