"""When a drug is due next: from its frequency, the hospital's ordinary hours, and the last dose.

A dose counts for the hour nearest to it: one given an hour early is not followed by its own hour. What is overdue stays
due: the next time is the first after the last dose, whether or not it has passed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from codedark.continuity.chart import Drug
from codedark.continuity.times import DAY_US, Times

_HOUR_US: Final = 3_600_000_000
_EVERY: Final = re.compile(r"Q(\d{1,3})(H|D|MIN)")
_MARKS: Final = str.maketrans("", "", " ._:-")


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
        """What an order's frequency means. Hours that the order names itself come first."""
        name = drug.frequency.upper().translate(_MARKS)
        found = self._frequencies.get(name) or self._said_as_interval(name)
        if found is None and name.endswith("PRN"):
            base = self._frequencies.get(name.removesuffix("PRN")) or self._said_as_interval(name.removesuffix("PRN"))
            found = Frequency(hours=base.hours if base else 0, as_needed=True)
        found = found or _UNKNOWN
        return Frequency(drug.times, found.hours, as_needed=found.as_needed) if drug.times else found

    def next_us(self, drug: Drug, last_us: int, at_us: int) -> int:
        """When the next dose is due; 0 where none is, or where nobody can tell.

        1. Not due: drugs that are not active, given as needed, running, or given once and given.
        2. A first dose is due at the first hour after the order began, looking back a day at most: an order of last
           week of which we were told no dose is not three weeks late.
        3. Later ones at the first hour that lies more than a third of an interval behind the last dose.
        4. A dose behind the order's end is not due.
        """
        how = self.frequency(drug)
        if drug.status != "active" or drug.as_needed or how.as_needed or how.continuous or (how.once and last_us):
            return 0  # (1)
        if not last_us:  # (2)
            from_us = max(drug.begin_us, at_us - DAY_US)
            due_us = from_us if how.once or not how.times else self._hour_after(how.times, from_us - 1)
            due_us = due_us if how.once or how.times or how.hours else 0
            due_us = drug.begin_us if how.once else due_us
        elif how.times:  # (3)
            slack_us = DAY_US // len(how.times) // 3
            due_us = self._hour_after(how.times, last_us + min(slack_us, 3 * _HOUR_US))
        else:
            due_us = last_us + round(how.hours * _HOUR_US) if how.hours else 0
        return 0 if drug.end_us and due_us >= drug.end_us else due_us  # (4)

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
        hours = int(found[1]) * {"H": 1.0, "D": 24.0, "MIN": 1 / 60}[found[2]]
        return Frequency(hours=hours)


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
