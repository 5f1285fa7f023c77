"""Who is at work when, and at which computer. Any time can be asked: a day follows from its date and the seed."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, MutableMapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from codedark.events.moments import microseconds_of, moment_of
from codedark.hospital.ward import WardId
from codedark.simulate.chance import stream
from codedark.simulate.duty import ALL_HOURS, SMALLEST_WHEEL, Team, at_work, team
from codedark.simulate.habit import MINUTE_US
from codedark.simulate.site import Host, Person, Role, Shift, Site

HALF_HOUR_US = 30 * MINUTE_US
HALF_HOURS = 48
ROUND_THE_CLOCK = frozenset({"emergency department", "intensive care", "neonatal care"})
"""Specialties whose physicians work in shifts too."""
AT_THE_BED = frozenset({Role.NURSE, Role.PHYSICIAN})
"""Roles that work in shifts on their own ward only; elsewhere they keep office hours."""
MOVES = (0.6, 0.8, 0.92, 0.97)
"""How likely somebody sits at the first, second, third … of the own computers, added up; else the last."""
KEPT_DAYS = 6
KEPT_MINUTES = 256
KEPT_WALKS = 1 << 14

Key = TypeVar("Key")
Value = TypeVar("Value")


class Roster:
    """Shifts of everybody who works here. Times are microseconds since 1970 in UTC; work begins by local time."""

    def __init__(self, site: Site) -> None:
        self._seed = site.seed
        self._zone = ZoneInfo(site.hospital.time_zone)
        self._hosts = site.hosts
        self._teams = _teams(site)
        self._days: dict[date, tuple[Shift, ...]] = {}
        self._present: dict[int, tuple[Person, ...]] = {}
        self._walks: dict[tuple[str, int], tuple[Host, ...]] = {}

    def on_duty(self, at_us: int) -> Sequence[Person]:
        """Everybody who is at work in that minute, in the order in which they came."""
        minute = at_us // MINUTE_US
        if minute not in self._present:
            _forget(self._present, KEPT_MINUTES)
            day = self._date(at_us)
            at = minute * MINUTE_US
            shifts = (*self._shifts_of(day - timedelta(days=1)), *self._shifts_of(day))
            self._present[minute] = tuple(shift.person for shift in shifts if shift.start_us <= at < shift.end_us)
        return self._present[minute]

    def shifts(self, start_us: int, end_us: int) -> Sequence[Shift]:
        """The shifts that begin at or after ``start_us`` and before ``end_us``, in order of time."""
        day, last = self._date(start_us), self._date(end_us)
        found: list[Shift] = []
        while day <= last:
            today = self._shifts_of(day)
            low = bisect_left(today, start_us, key=_start)
            found += today[low : bisect_left(today, end_us, key=_start)]
            day += timedelta(days=1)
        return found

    def place(self, person: Person, at_us: int) -> Host:
        """The computer that a person uses at that time, on duty or not: mostly the first of the own ones."""
        if len(person.workstations) == 1:
            return self._hosts[person.workstations[0]]
        day, half_hour = divmod(at_us // HALF_HOUR_US, HALF_HOURS)
        key = (person.account, day)
        if key not in self._walks:
            _forget(self._walks, KEPT_WALKS)
            self._walks[key] = self._walk(person, day)
        return self._walks[key][half_hour]

    def _walk(self, person: Person, day: int) -> tuple[Host, ...]:
        """The computers of a person in every half hour of a day."""
        own = person.workstations[: len(MOVES) + 1]
        likely = [*MOVES[: len(own) - 1], 1.0]
        picks = stream(self._seed, "place", person.account, day).choices(own, cum_weights=likely, k=HALF_HOURS)
        return tuple(self._hosts[pick] for pick in picks)

    def _date(self, at_us: int) -> date:
        return moment_of(at_us).astimezone(self._zone).date()

    def _shifts_of(self, day: date) -> tuple[Shift, ...]:
        """All shifts that begin on a local day, in order of time."""
        if day not in self._days:
            _forget(self._days, KEPT_DAYS)
            self._days[day] = tuple(sorted(self._planned(day), key=_start))
        return self._days[day]

    def _planned(self, day: date) -> Iterator[Shift]:
        """The shifts of a day as the teams plan them; people come a little early or late."""
        chance = stream(self._seed, "roster", day.isoformat())
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)

        def clock(
            minute: int,
        ) -> int:  # adding to a local time keeps the clock on the wall, across changes of summer time
            return microseconds_of(midnight + timedelta(minutes=minute))

        times = {hours: (clock(hours.start), clock(hours.end)) for hours in ALL_HOURS}
        for group in self._teams:
            for person, hours in at_work(group, day, chance):
                start_us, end_us = times[hours]
                come = int(chance.random() * (hours.come_early + hours.come_late)) - hours.come_early
                go = int(chance.random() * (hours.leave_early + hours.leave_late)) - hours.leave_early
                yield Shift(person, start_us + come * MINUTE_US, end_us + go * MINUTE_US)


def _teams(site: Site) -> list[Team]:
    """Those of one role on a ward share a roster where it works in shifts there, else those of it in the house."""
    groups: defaultdict[tuple[Role, WardId | None], list[Person]] = defaultdict(list)
    for person in site.people:
        ward = site.hospital.wards[person.ward] if person.ward else None
        always = ward is not None and (
            (person.role is Role.NURSE and len(ward.beds) > 0)
            or (person.role is Role.PHYSICIAN and ward.specialty in ROUND_THE_CLOCK)
        )
        groups[person.role, person.ward if always else None].append(person)
    for role, ward_id in [key for key, members in groups.items() if key[1] and len(members) < SMALLEST_WHEEL]:
        groups[role, None] += groups.pop((role, ward_id))
    return [
        team(role, members, in_shifts=ward is not None or role not in AT_THE_BED)
        for (role, ward), members in groups.items()
    ]


def _start(shift: Shift) -> int:
    return shift.start_us


def _forget(kept: MutableMapping[Key, Value], most: int) -> None:
    """Drops the oldest entry where the most are kept."""
    if len(kept) >= most:
        del kept[next(iter(kept))]
