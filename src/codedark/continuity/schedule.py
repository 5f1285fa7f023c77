"""When a drug is due next: from its frequency, the hospital's ordinary hours, and the last dose.

A dose counts for the hour nearest to it: one given an hour early is not followed by its own hour. What is overdue stays
due: the next time is the first after the last dose, whether or not it has passed. Where nobody can tell, no hour is
made up: a dose bound to meals has none, and hours of the day say nothing of an order that is for some days only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from codedark.continuity.chart import Drug
from codedark.continuity.times import DAY_US, Times

_HOUR_US: Final = 3_600_000_000
_EVERY: Final = re.compile(r"Q(\d{1,3})(H|D|W|MIN)")
_EVERY_HOURS: Final = {"H": 1.0, "D": 24.0, "W": 168.0, "MIN": 1 / 60}
_DAY_HOURS: Final = 24
_HALF_DAY_HOURS: Final = 12
_MARKS: Final = str.maketrans("", "", " ._:-")
_RANGE: Final = re.compile(r"\d\s*[-.,:_/]\s*\d")
"""``Q4-6H`` is not every 46 hours, nor ``Q1.5H`` every 15."""
_SOME_DAYS: Final = re.compile(
    r"\bQ\d*[JLW]|week|wk|month|year|other day|alternate"
    r"|\b(?:mon?|tue?s?|wed?|thu?r?s?|fri?|sat?|sun?)(?:day)?\b|\bm/?w/?f\b"
    r"|woche|monat|semaine|mois|maand|om de|un jour sur|jeden zweiten",
    re.IGNORECASE,
)
"""Words of a frequency that is not for every day (HL7 table 0335: ``Q1J2``, ``Q2W``, ``Q1L``)."""
_HOUR: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often. ``times`` are hours of the day, ``hours`` the time between doses; neither: no next dose is known."""

    times: tuple[str, ...] = ()
    hours: float = 0
    once: bool = False
    continuous: bool = False
    as_needed: bool = False


_UNKNOWN: Final = Frequency()


class Schedule:
    """The frequencies of a hospital, in its time zone."""

    def __init__(self, frequencies: Mapping[str, Frequency], times: Times) -> None:
        self._frequencies = frequencies
        self._times = times

    def frequency(self, drug: Drug) -> Frequency:
        """What an order's frequency means. Hours that the order names itself come before the hospital's.

        Hours that are none (``25:00``) are left out, and so are all of an order for some days of which we know no more.
        """
        found = self._told(drug.frequency)
        hours = hours_of(drug)
        if found is None:
            return _UNKNOWN if _SOME_DAYS.search(drug.frequency) else Frequency(hours)
        return replace(found, times=hours) if hours else found

    def next_us(self, drug: Drug, last_us: int, at_us: int) -> int:
        """When the next dose is due; 0 where none is, or where nobody can tell.

        1. Not due: drugs that are not active, given as needed, running, or given once and given.
        2. A first dose is due at the first hour after the order began, looking back a day at most: an order of last
           week of which we were told no dose is not three weeks late. Of one that is not for every day, or that keeps
           its own clock, nobody can tell by then.
        3. Later ones at the first hour that lies more than a third of an interval behind the last dose; where there
           are days between two doses, behind those.
        4. A dose behind the order's end is not due.
        """
        how = self.frequency(drug)
        if drug.status != "active" or drug.as_needed or how.as_needed or how.continuous or (how.once and last_us):
            return 0  # (1)
        if how.once:
            due_us = drug.begin_us
        elif not last_us:  # (2)
            due_us = self._first_us(drug, how, at_us)
        elif how.times:  # (3)
            slack_us = min(DAY_US // len(how.times) // 3, 3 * _HOUR_US)
            if how.hours > _DAY_HOURS:
                slack_us = round((how.hours - min(how.hours / 6, _HALF_DAY_HOURS)) * _HOUR_US)
            due_us = self._hour_after(how.times, last_us + slack_us)
        else:
            due_us = last_us + round(how.hours * _HOUR_US) if how.hours else 0
        return 0 if drug.end_us and due_us >= drug.end_us else due_us  # (4)

    def _first_us(self, drug: Drug, how: Frequency, at_us: int) -> int:
        if how.times and how.hours <= _DAY_HOURS:
            return self._hour_after(how.times, max(drug.begin_us, at_us - DAY_US) - 1)
        if not (how.times or how.hours) or drug.begin_us < at_us - DAY_US:
            return 0
        return self._hour_after(how.times, drug.begin_us - 1) if how.times else drug.begin_us

    def _told(self, frequency: str) -> Frequency | None:
        """A frequency without hours of the order's own; None for one that is not understood."""
        name = frequency.upper().translate(_MARKS)
        known = self._frequencies.get(name)
        if known is None and name.endswith("PRN"):
            base = self._told(frequency.upper().rpartition("P")[0])
            return Frequency(hours=base.hours if base else 0, as_needed=True)
        return known if known is not None or _RANGE.search(frequency) else self._said_as_interval(name)

    def _hour_after(self, times: tuple[str, ...], after_us: int) -> int:
        """The first of these hours behind a moment, by the hospital's clocks."""
        day = self._times.local(max(0, after_us)).date()
        for ahead in range(3):
            for text in sorted(times):
                at_us = self._times.at(day + timedelta(days=ahead), int(text[:2]), int(text[3:5]))
                if at_us > after_us:
                    return at_us
        return 0

    def _said_as_interval(self, name: str) -> Frequency | None:
        found = _EVERY.fullmatch(name)
        if found is None or not int(found[1]):
            return None
        return Frequency(hours=int(found[1]) * _EVERY_HOURS[found[2]])


def hours_of(drug: Drug) -> tuple[str, ...]:
    """The hours of the day that an order names, without what is no hour."""
    return tuple(hour for hour in drug.times if _HOUR.fullmatch(hour))


@cache
def frequencies() -> Mapping[str, Frequency]:
    """`content/continuity/frequencies.yaml`, by each of their names."""
    told: dict[str, Any] = yaml.safe_load((files("codedark") / "content/continuity/frequencies.yaml").read_bytes())
    found: dict[str, Frequency] = {}
    for name, entry in told["frequencies"].items():
        names = [name, *entry.pop("names", [])]
        entry["times"] = tuple(entry.get("times", ()))
        found |= dict.fromkeys((str(each).upper().translate(_MARKS) for each in names), Frequency(**entry))
    return found
