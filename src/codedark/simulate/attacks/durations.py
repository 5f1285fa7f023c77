"""How scripts write durations, numbers, hours and yes or no: ``40s``, ``2h..3d``, ``3..9``, ``06:32``."""

from __future__ import annotations

import re

from codedark.simulate.attacks.script import Count, Span
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US, SECOND_US

_UNITS = {"ms": SECOND_US // 1000, "s": SECOND_US, "m": MINUTE_US, "h": HOUR_US, "d": DAY_US, "w": 7 * DAY_US}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
_LONGEST_US = 366 * DAY_US
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def span(text: str) -> Span:
    """``40s`` or ``2h..3d``; ``0`` is no time. Raises ValueError that says what is wrong."""
    low, dots, high = text.replace(" ", "").partition("..")
    found = Span(_microseconds(low), _microseconds(high if dots else low))
    if found.high_us > _LONGEST_US:
        raise ValueError(f"{text!r} is longer than a year")
    if found.high_us < found.low_us:
        raise ValueError(f"{text!r} ends before it begins; write the shorter time first")
    return found


def count(text: str) -> Count:
    """``7`` or ``3..9``. Raises ValueError that says what is wrong."""
    low, dots, high = text.replace(" ", "").replace("_", "").partition("..")
    if not low.isdecimal() or not (high.isdecimal() if dots else True):
        raise ValueError(f"{text!r} is not a number; write 7 or 3..9")
    found = Count(int(low), int(high if dots else low))
    if found.high < found.low:
        raise ValueError(f"{text!r} ends before it begins; write the smaller number first")
    return found


def minute_of_day(text: str) -> int:
    """``06:32`` as minutes since midnight. Raises ValueError that says what is wrong."""
    match = _CLOCK.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a time of day; write 06:32 in quotes")
    return int(match[1]) * 60 + int(match[2])


def flag(text: str) -> bool:
    """``yes`` or ``no``. Raises ValueError that says what is wrong."""
    if text.lower() not in _FLAGS:
        raise ValueError(f"{text!r} is neither yes nor no")
    return _FLAGS[text.lower()]


def _microseconds(text: str) -> int:
    match = _DURATION.fullmatch(text)
    if match:
        return int(float(match[1]) * _UNITS[match[2]])
    if text == "0":
        return 0
    raise ValueError(f"{text!r} is not a duration; write a number with ms, s, m, h, d or w, or a range such as 2h..3d")
