"""When a drug is due next: from its frequency, the hospital's ordinary hours, and the last dose.

A dose counts for the hour nearest to it: one given an hour early is not followed by its own hour. What is overdue stays
due: the next time is the first after the last dose, whether or not it has passed. Where nobody can tell, no hour is
made up: a dose bound to meals has none, and hours of the day say nothing of an order that is for some days only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Final

import msgspec
from msgspec.structs import replace

from codedark.continuity.charts.chart import Drug
from codedark.continuity.charts.times import DAY_US, Times

_HOUR_US: Final = 3_600_000_000
_EVERY: Final = re.compile(r"Q(\d{1,3})(H|D|W|MIN)")
EVERY_HOURS: Final = {"H": 1.0, "D": 24.0, "W": 168.0, "MIN": 1 / 60}
_DAY_HOURS: Final = 24
_HALF_DAY_HOURS: Final = 12
_MARKS: Final = str.maketrans("", "", " ._:-")
_RANGE: Final = re.compile(r"\d\s*[-.,:_/]\s*\d")
"""``Q4-6H`` is not every 46 hours, nor ``Q1.5H`` every 15."""
_SHORT_DAY: Final = "(?:ma|di|wo|do|vr|za|zo|lun?|mar?|mer?|jeu?|ven?|sam?|dim?|mo|mi|fr|sa|so)"
_SOME_DAYS: Final = re.compile(
    r"\bQ\d*[JLW]|week|wk|month|year|other day|alternate"
    r"|\b(?:mon?|tue?s?|wed?|thu?r?s?|fri?|sat?|sun?)(?:day)?\b|\bm/?w/?f\b"
    r"|w(?:o|ö|oe)che|monat|semaine|/\s*sem\b|hebdo|mois|mensuel|maand|wekelijks|/\s*wo\b|om de|alterni?er"
    r"|un jour sur|(?:every|elke|iedere|alle|tous les|toutes les|jede[nr]?) +(?:\d+|[a-zü]+)[.e]?(?:nd|rd|th)?"
    r" *(?:days|th day|dagen|jours|tage\b|tag\b)|(?:second|third|fourth|fifth|tweede|derde|vierde) +(?:day|dag)"
    r"|(?:every|elke|iedere|alle|toutes les) *(?:36|48|7[2-9]|[89]\d|1\d\d) *(?:h|u|st)"
    r"|(?:maan|dins|woens|donder|vrij|zater|zon)dag|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend"
    rf"|\b{_SHORT_DAY}\b(?: *[,/+-] *| +)(?:en |et |und )?{_SHORT_DAY}\b",
    re.IGNORECASE,
)
"""Words of a frequency that is not for every day (HL7 table 0335: ``Q1J2``, ``Q2W``, ``Q1L``), in English, Dutch,
French and German. A word for a weekly drug that is not known makes it a daily one."""
_MOST_KNOWN: Final = 2_000
_HOUR: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


class Frequency(msgspec.Struct, frozen=True):
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
        self._known: dict[tuple[str, tuple[str, ...]], Frequency] = {}
        self._hours: dict[tuple[tuple[str, ...], int], int] = {}

    def frequency(self, drug: Drug) -> Frequency:
        """What an order's frequency means. Hours that the order names itself come before the hospital's.

        Hours that are none (``25:00``) are left out, and so are all of an order for some days of which we know no more.
        """
        told = drug.frequency, drug.times
        known = self._known.get(told)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[told] = self._meant(drug)
        return known

    def _meant(self, drug: Drug) -> Frequency:
        found = self.told(drug.frequency)
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
        3. Later ones at the first hour that lies more than a third of an interval behind the last dose, or half of
           the shortest one; where there are days between two doses, behind those.
        4. A dose behind the order's end is not due.
        """
        if drug.status != "active":
            return 0  # (1)
        how = self.frequency(drug)
        if drug.as_needed or how.as_needed or how.continuous or (how.once and last_us):
            return 0  # (1)
        if how.once:
            due_us = drug.begin_us
        elif not last_us:  # (2)
            due_us = self._first_us(drug, how, at_us)
        elif how.times:  # (3)
            slack_us = min(DAY_US // len(how.times) // 3, 3 * _HOUR_US, _shortest_us(how.times) // 2)
            if how.hours > _DAY_HOURS:
                slack_us = round((how.hours - min(how.hours / 6, _HALF_DAY_HOURS)) * _HOUR_US)
            due_us = self._hour_after(how.times, last_us + slack_us)
        else:
            due_us = last_us + round(how.hours * _HOUR_US) if how.hours else 0
        return 0 if drug.end_us and due_us >= drug.end_us else due_us  # (4)

    def next_untold_us(self, drug: Drug, at_us: int) -> int:
        """When the next dose is due where nobody tells what was given: unknown is not overdue.

        At the first ordinary hour from an hour ago on; of an order that keeps its own clock nobody can tell.
        """
        how = self.frequency(drug)
        if not how.times or how.hours > _DAY_HOURS or not self.next_us(drug, 0, at_us):
            return self.next_us(drug, 0, at_us)
        due_us = self._hour_after(how.times, max(drug.begin_us, at_us - _HOUR_US) - 1)
        return 0 if drug.end_us and due_us >= drug.end_us else due_us

    def _first_us(self, drug: Drug, how: Frequency, at_us: int) -> int:
        if how.times and how.hours <= _DAY_HOURS:
            return self._hour_after(how.times, max(drug.begin_us, at_us - DAY_US) - 1)
        if not (how.times or how.hours) or drug.begin_us < at_us - DAY_US:
            return 0
        return self._hour_after(how.times, drug.begin_us - 1) if how.times else drug.begin_us

    def told(self, frequency: str) -> Frequency | None:
        """A frequency without hours of the order's own; None for one that is not understood."""
        name = plain_name(frequency)
        known = self._frequencies.get(name)
        if known is None and name.endswith("PRN"):
            base = self.told(frequency.upper().rpartition("P")[0])
            return Frequency(hours=base.hours if base else 0, as_needed=True)
        if known is None and name.startswith("PRN"):  # as HL7 table 0335 writes it: PRNQ6H
            base = self.told(frequency.upper().partition("PRN")[2])
            return Frequency(hours=base.hours if base else 0, as_needed=True)
        return known if known is not None or _RANGE.search(frequency) else self._said_as_interval(name)

    def _hour_after(self, times: tuple[str, ...], after_us: int) -> int:
        """The first of these hours behind a moment, by the hospital's clocks. Many orders ask for the same one."""
        asked = times, after_us
        known_us = self._hours.get(asked)
        if known_us is None:
            if len(self._hours) >= _MOST_KNOWN:
                self._hours.clear()
            known_us = self._hours[asked] = self._found_after(times, after_us)
        return known_us

    def _found_after(self, times: tuple[str, ...], after_us: int) -> int:
        day = self._times.local(max(0, after_us)).date()
        for ahead in range(3):
            for text in sorted(times):
                at_us = self._times.at(day + timedelta(days=ahead), int(text[:2]), int(text[3:5]))
                if at_us > after_us:
                    return at_us
        return 0

    def _said_as_interval(self, name: str) -> Frequency | None:
        hours = interval_of(name)
        return Frequency(hours=hours) if hours else None


def _shortest_us(times: tuple[str, ...]) -> int:
    """The shortest time between two different hours of the day; a day where there is one."""
    minutes = sorted({int(text[:2]) * 60 + int(text[3:5]) for text in times})
    gaps = [after - before for before, after in pairwise([*minutes, minutes[0] + _DAY_HOURS * 60])]
    return min(gaps) * _HOUR_US // 60


def hours_of(drug: Drug) -> tuple[str, ...]:
    """The hours of the day that an order names, without what is no hour."""
    return tuple(hour for hour in drug.times if hour_of_day(hour))


def is_for_some_days(frequency: str) -> bool:
    """Whether words of a frequency say that it is not for every day: weekly, Monday, every other day."""
    return _SOME_DAYS.search(frequency) is not None


def hour_of_day(text: object) -> bool:
    """Whether it is an hour as ``08:00``."""
    return isinstance(text, str) and _HOUR.fullmatch(text) is not None


def interval_of(name: str) -> float:
    """The hours between two doses that a name says itself: ``Q8H``, ``Q2D``; 0 for any other."""
    found = _EVERY.fullmatch(name)
    return int(found[1]) * EVERY_HOURS[found[2]] if found else 0


def plain_name(frequency: str) -> str:
    """A frequency as it is looked up: in capitals, without blanks and points."""
    return frequency.upper().translate(_MARKS)
