"""The two ways to write a moment, and when and where the records of a group happened, with wrong clocks put right.

Within the program a moment is a whole number of microseconds since 1970 in UTC; towards people and in findings it is
an aware `datetime`. `moment_of` and `microseconds_of` lead from one to the other and lose nothing.

`envelope` takes one whole record; this takes the columns of many, for behaviour and for the event lake, which need
time and host of every record and not only of the few on which a rule fires.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from codedark.events.envelope import EPOCH, HOSTS, TIMES, Place, _said, parse_time
from codedark.events.record import ABSENT, Origin

_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR_US: Final = 3_600_000_000
AHEAD_US: Final = 300 * 1_000_000
"""How far in front of its arrival a record may say that it happened: five minutes, as Kerberos allows (RFC 4120)."""
BEHIND_US: Final = 30 * 86_400 * 1_000_000
"""How long after it happened a record may arrive and still be believed."""


def moment_of(at_us: int) -> datetime:
    """The time in UTC, ``at_us`` microseconds after 1970 began, exactly. Raises `OverflowError` outside of the years 1
    to 9999, which are all that a `datetime` has.
    """
    return EPOCH + timedelta(microseconds=at_us)


def microseconds_of(moment: datetime) -> int:
    """The microseconds from the beginning of 1970 in UTC to an aware time in any zone, exactly; less than 0 before.

    Every `datetime` has such a number. Raises `TypeError` for one without a zone, which is no moment.
    """
    return (moment - EPOCH) // _MICROSECOND


def times_of(origin: Origin) -> tuple[str, ...]:
    """The fields that may say when, the best first. Of Windows without those that only nested events have: asking for
    one would have every event taken apart as a whole.
    """
    places: tuple[Place, ...] = TIMES.get(_said_by(origin), TIMES[""])
    names = dict.fromkeys(name for place in places for name in ((place,) if isinstance(place, str) else place))
    return tuple(name for name in names if origin.product != "windows" or "." not in name)


def hosts_of(origin: Origin) -> tuple[str, ...]:
    """The fields that may say where, the best first. Of Windows only the first two: each costs time in every event."""
    names = HOSTS.get(_said_by(origin), HOSTS[""])
    return names[:2] if origin.product == "windows" else names


def times_us(origin: Origin, columns: Mapping[str, Sequence[Any]], count: int, arrived_us: Sequence[int]) -> list[int]:
    """When each record happened, in microseconds since 1970 UTC; when it arrived, where it does not say (1).

    1. A record without a readable time happened when it arrived.
    2. So did one whose clock is more than `AHEAD_US` ahead of its arrival, or more than `BEHIND_US` behind.
    """
    told: list[int | None] = [None] * count
    for column in _time_columns(origin, columns, count):
        read = [_microseconds(value, at // _HOUR_US) for value, at in zip(column, arrived_us, strict=True)]
        told = read if told.count(None) == count else [_first(*both) for both in zip(told, read, strict=True)]
        if None not in told:
            break
    return [
        at if moment is None or not -BEHIND_US <= moment - at <= AHEAD_US else moment
        for moment, at in zip(told, arrived_us, strict=True)
    ]


def hosts(origin: Origin, columns: Mapping[str, Sequence[Any]], count: int) -> list[str]:
    """On which host each record happened, as the record spells it; "" where it does not say."""
    told = [""] * count
    for name in hosts_of(origin):
        if name in columns:
            read = [_spelled(value) for value in columns[name]]
            told = read if told.count("") == count else [one or other for one, other in zip(told, read, strict=True)]
            if "" not in told:
                break
    return told


def _time_columns(origin: Origin, columns: Mapping[str, Sequence[Any]], count: int) -> list[Sequence[Any]]:
    """The columns that may say when, the best first; a date and a clock in two fields as one."""
    found: list[Sequence[Any]] = []
    for place in TIMES.get(_said_by(origin), TIMES[""]):
        if isinstance(place, str):
            if place in columns:
                found.append(columns[place])
        elif any(name in columns for name in place):
            days, clocks = (columns.get(name) or [ABSENT] * count for name in place)
            found.append([_together(day, clock) for day, clock in zip(days, clocks, strict=True)])
    return found


def _together(day: Any, clock: Any) -> str | None:
    """A clock with its day, as far as that is said; None without a clock."""
    told = ["" if part is ABSENT else _said(part) for part in (day, clock)]
    return " ".join(filter(None, told)) if told[1] else None


def _first(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


@lru_cache(maxsize=65_536)
def _spelled(value: Any) -> str:
    return "" if value is ABSENT else _said(value)


@lru_cache(maxsize=65_536)
def _microseconds(value: Any, arrived_hour: int) -> int | None:
    if value is ABSENT:
        return None
    # A time without a year is taken to be before the end of the hour after its arrival.
    moment = parse_time(value, EPOCH + timedelta(hours=arrived_hour + 2))
    return None if moment is None else microseconds_of(moment)


def _said_by(origin: Origin) -> str:
    return "auditd" if origin.service == "auditd" else origin.product
