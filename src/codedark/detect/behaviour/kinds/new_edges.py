"""Service and privileged accounts that come from, or reach, machines that they never did.

A service account does the same every day, so the first new machine is a sign. An administrator reaches a new machine
now and then: a sign is a day with more new machines than that account's own habit explains, by the tail of a Poisson
distribution whose mean is the account's decaying average of new machines a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US, Familiar, Met, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.kinds.whereabouts import is_movement, is_powerful, place_of
from codedark.detect.behaviour.observation import Logon, LogonKind, Observation
from codedark.hospital.account import AccountKind

_NOTHING: Final = 1e-18
_SAYS: Final = {
    "from": "came from {place} to {host}, for the first time",
    "to": "reached {host} from {origin}, for the first time",
    "onward": "went from {origin} to {host}, a way that no service and no administrator took",
}


@dataclass(slots=True)
class _Habit:
    """How often something new is done: ``mean`` a day, ``today`` on ``day``; ``last_new``, the day before that one."""

    first_us: int
    day: int
    today: int = 0
    mean: float = 0.0
    last_new: int = 0


class NewEdges:
    """Knows where each of those accounts comes from and goes to."""

    id: ClassVar[BehaviourId] = BehaviourId("new_edges")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._learning_days = number(settings, "learning_days")
        self._rareness = number(settings, "rareness")
        self._quiet_days = whole(settings, "quiet_days")
        self._fades = 0.5 ** (1 / max(number(settings, "half_life_days"), 0.1))
        self._most = whole(settings, "most_accounts")
        most, keeps = whole(settings, "most_pairs"), whole(settings, "keeps_days")
        self._edges: Familiar[tuple[str, str, str]] = Familiar(most, keeps)  # (account, "from" or "to", place)
        self._habits: dict[tuple[str, str], _Habit] = {}
        self._services: Familiar[str] = Familiar(self._most, keeps)
        self._begun_us = -1
        self._repeats: Repeats[tuple[str, str]] = Repeats(most)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon of an account that matters: where from, and where to?"""
        if not isinstance(seen, Logon) or not seen.succeeded or not self._matters(seen, context):
            return
        account, at_us = seen.account, seen.at_us
        signs: list[Sign] = []
        if self._begun_us < 0:
            self._begun_us = at_us
        held = context.held(seen.host, account) or context.held(seen.origin_host, "")
        if seen.origin_host and seen.origin_host != seen.host:
            place = place_of(context.places, seen.origin_host)
            signs += self._edge(seen, account, "from", place, held=held)
            if is_movement(seen):
                signs += self._edge(seen, place, "onward", seen.host, held=held)
        if is_movement(seen):
            signs += self._edge(seen, account, "to", seen.host, held=held)
        yield from signs[:1]  # what is new about one logon is said once
        if account not in self._services and seen.kind in {LogonKind.SERVICE, LogonKind.BATCH}:
            self._services.meet(account, at_us, held)

    def _matters(self, seen: Logon, context: Context) -> bool:
        """Service and privileged accounts of the model; where it does not know one, what runs as a service."""
        known = context.places.account_of(seen.account)
        if known is None:
            return seen.kind in {LogonKind.SERVICE, LogonKind.BATCH} or seen.account in self._services
        return known.kind is AccountKind.SERVICE or is_powerful(known)

    def _edge(self, seen: Logon, who: str, way: str, place: str, *, held: bool) -> Iterator[Sign]:
        """One end of a logon, or the way between both: ``who`` is the account, or the machine that it went on from.

        1. What is familiar, or waits, is nothing new.
        2. Until it has been watched for the days of learning, everything is only learnt.
        3. After days without anything new, the first counts. Else: so many today, does the habit explain them?
        """
        account, at_us = seen.account, seen.at_us
        key = (who, way, place)
        if self._edges.meet(key, at_us, held) is not Met.NEW:
            return
        habit = self._habit(who, way, at_us)
        habit.today += 1
        learnt = (at_us - (self._begun_us if way == "onward" else habit.first_us)) / DAY_US
        quiet = habit.last_new < habit.day - self._quiet_days
        if learnt < self._learning_days or not (quiet or _tail(habit.today, habit.mean) < self._rareness):
            return
        self._edges.doubt(key, at_us)
        if times := self._repeats.count((who, way), at_us):
            rate = (
                f"nothing was new for {habit.day - habit.last_new} days"
                if quiet and habit.last_new
                else f"today {habit.today} such new ones, {habit.mean:.1f} on a usual day"
            )
            yield Sign(
                at_us, seen.host, account,
                f"{account} {_SAYS[way].format(place=place, host=seen.host, origin=seen.origin_host or 'itself')} "
                f"in {learnt:.0f} days of learning: {rate}.",
                seen.row, None,
                {"times": times, "way": way, "place": place, "new_today": habit.today, "usual": round(habit.mean, 2),
                 "from": seen.origin_host},
                round(learnt, 1),
            )  # fmt: skip

    def _habit(self, who: str, way: str, at_us: int) -> _Habit:
        """The habit as it stands on the day of ``at_us``: days that have passed since are averaged in."""
        day = at_us // DAY_US
        habit = self._habits.get((who, way))
        if habit is None:
            if len(self._habits) >= self._most:
                del self._habits[next(iter(self._habits))]
            habit = self._habits[who, way] = _Habit(at_us, day)
        elif habit.day < day:
            if habit.today:
                habit.last_new = habit.day
            # The day that ended, then the days without anything new after it.
            habit.mean = habit.mean * self._fades + habit.today * (1 - self._fades)
            habit.mean *= self._fades ** (day - habit.day - 1)
            habit.day, habit.today = day, 0
        return habit


def _tail(count: int, mean: float) -> float:
    """The chance of ``count`` or more, where ``mean`` is usual (Poisson)."""
    term = below = exp(-mean)
    for each in range(1, count):
        term *= mean / each
        below += term
        if each > mean and term < _NOTHING:
            break  # what is left would change no figure
    return 1.0 - below
