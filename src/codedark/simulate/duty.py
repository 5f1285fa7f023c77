"""Teams and their duties: who of a team works on a day, and from when to when.

Teams in three shifts stand on a wheel with as many slots as they have members; every day everybody moves on by one
slot. So each shift has the same strength every day, turns go forward (early, late, night, free), and a day's duties
follow from its date alone. Physicians work by day and some stay for the night; all others keep office hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from codedark.simulate.site import Person, Role


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of work in minutes of local time after midnight, with how many minutes people come and go around them."""

    start: int
    end: int
    come_early: int
    come_late: int
    leave_early: int
    leave_late: int


# Shifts overlap for the handover by more than people are late, so that no ward is ever alone.
EARLY = Hours(6 * 60 + 45, 14 * 60 + 45, 12, 4, 4, 25)
LATE = Hours(14 * 60 + 15, 21 * 60 + 45, 12, 4, 4, 25)
NIGHT = Hours(21 * 60 + 15, 31 * 60, 12, 4, 4, 25)
MEDICAL_DAY = Hours(8 * 60, 18 * 60, 30, 30, 60, 90)
OFFICE = Hours(8 * 60 + 30, 16 * 60 + 45, 45, 45, 45, 75)
CALL = Hours(17 * 60 + 45, 32 * 60 + 15, 10, 10, 5, 30)
CALL_AT_WEEKEND = Hours(8 * 60, 32 * 60 + 15, 10, 10, 5, 30)
ALL_HOURS = (EARLY, LATE, NIGHT, MEDICAL_DAY, OFFICE, CALL, CALL_AT_WEEKEND)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Strength:
    """How a team in shifts is manned. ``at_work`` is the share there on a weekday, of which ``early`` and ``late`` come
    then and the rest at night; ``weekend`` is what a weekend keeps of the first two.
    """

    at_work: float
    early: float
    late: float
    weekend: float


SHIFT_ROLES = {
    Role.NURSE: Strength(0.36, 0.42, 0.34, 0.75),
    Role.PHYSICIAN: Strength(0.42, 0.42, 0.34, 0.80),
    Role.LABORATORY_TECHNICIAN: Strength(0.42, 0.65, 0.20, 0.35),
    Role.RADIOGRAPHER: Strength(0.42, 0.65, 0.22, 0.35),
    Role.TECHNICIAN: Strength(0.46, 0.62, 0.28, 0.45),
}
"""Roles that work in three shifts where their team is large enough. Part-time work and leave keep half at home."""
SMALLEST_WHEEL = 5
LONGEST_RUN = 4
CALL_ROLES = frozenset({Role.PHYSICIAN, Role.SURGEON, Role.ANAESTHETIST, Role.RADIOLOGIST})
CALL_FROM = 3
A_CALL_EACH = 25
"""One of so many physicians stays in the house for the night, from teams of `CALL_FROM` on."""
PRESENT = 0.72
"""Share of those with office hours who are there on a weekday: the others work part-time, are on leave or ill."""
WEEKEND_PRESENT = {Role.CLERK: 0.06, Role.PHARMACIST: 0.12, Role.THERAPIST: 0.08}
ILL = 0.04

Slot = tuple[Hours, bool] | None
"""A day on the wheel: hours, and whether it is free at weekends; None is a free day."""


@dataclass(frozen=True, slots=True)
class Team:
    """People who share a wheel, or office hours where it is empty. ``calls`` is how many of them stay for the night."""

    members: Sequence[Person]
    wheel: Sequence[Slot] = ()
    calls: int = 0


def team(role: Role, members: Sequence[Person], in_shifts: bool) -> Team:
    """The team of these people: on a wheel where they work ``in_shifts`` and are enough, else by day and on call."""
    if in_shifts and role in SHIFT_ROLES and len(members) >= SMALLEST_WHEEL:
        return Team(members, wheel(len(members), SHIFT_ROLES[role]))
    calls = max(1, len(members) // A_CALL_EACH) if role in CALL_ROLES and len(members) >= CALL_FROM else 0
    return Team(members, calls=calls)


def wheel(members: int, strength: Strength) -> tuple[Slot, ...]:
    """A slot for each of at least `SMALLEST_WHEEL` members: runs of at most four days, free days after every run."""
    work = max(3, round(members * strength.at_work))
    early = max(1, round(work * strength.early))
    late = max(1, round(work * strength.late))
    night = max(1, work - early - late)
    nights: list[Slot] = [(NIGHT, False)] * night
    days = [*_manned(EARLY, early, strength), *_manned(LATE, late, strength), *nights]
    runs = [days[at : at + LONGEST_RUN] for at in range(0, len(days), LONGEST_RUN)]
    free = members - len(days)
    slots: list[Slot] = []
    for at, run in enumerate(runs):
        slots += run
        slots += [None] * (free * (at + 1) // len(runs) - free * at // len(runs))
    return tuple(slots)


def at_work(group: Team, day: date, chance: Random) -> Iterator[tuple[Person, Hours]]:
    """Who of a team works on that day, and when. Draws from ``chance`` the same number of times for the same day."""
    if group.wheel:
        yield from _on_the_wheel(group, day, chance)
    else:
        yield from _by_day_and_on_call(group, day, chance)


def _manned(hours: Hours, count: int, strength: Strength) -> list[Slot]:
    """The slots of a shift; at least one of them is manned at weekends too."""
    weekend = max(1, round(count * strength.weekend))
    return [(hours, at >= weekend) for at in range(count)]


def _on_the_wheel(group: Team, day: date, chance: Random) -> Iterator[tuple[Person, Hours]]:
    """The shifts of a day. The first of each shift always comes; of the others some are ill."""
    weekend, today = day.weekday() >= SATURDAY, day.toordinal()
    manned: set[Hours] = set()
    for at, person in enumerate(group.members):
        slot = group.wheel[(at + today) % len(group.wheel)]
        if slot is None or (weekend and slot[1]):
            continue
        hours = slot[0]
        ill = chance.random() < ILL
        if hours not in manned or not ill:
            manned.add(hours)
            yield person, hours


def _by_day_and_on_call(group: Team, day: date, chance: Random) -> Iterator[tuple[Person, Hours]]:
    """Office hours. Who stays for the night comes in the evening, at weekends in the morning; the day after is free."""
    weekend, today, size = day.weekday() >= SATURDAY, day.toordinal(), len(group.members)
    called = [(today * group.calls + at) % size for at in range(group.calls)]
    resting = {((today - 1) * group.calls + at) % size for at in range(group.calls)}
    for at in called:
        yield group.members[at], CALL_AT_WEEKEND if weekend else CALL
    for at, person in enumerate(group.members):
        present = WEEKEND_PRESENT.get(person.role, 0.0) if weekend else PRESENT
        if chance.random() < present and at not in called and at not in resting:
            yield person, MEDICAL_DAY if person.role in CALL_ROLES else OFFICE
