"""What a behaviour has learnt, and the one rule by which an attack does not teach it.

The rule, for every behaviour that learns what is usual:

1. What is met for the first time in good standing is familiar from then on.
2. What was said as a sign, or done by a host or account under suspicion (`Context.held`), is not. It waits, and is
   familiar only once it has been met again on a later day while neither was under suspicion.
3. What has not been met for ``keeps_days`` is forgotten. Where there is no room, the longest unseen goes first.

So an intruder who does the same thing twice on one night is new both times, and an administrator's new duty is asked
about once. Whoever is not found for days teaches what they do: no baseline is proof against that.

Days are days of UTC. All of it is plain data, bounded by ``most`` whatever comes in.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

DAY_US: Final = 86_400 * 1_000_000
HOUR_US: Final = 3_600 * 1_000_000

Key = TypeVar("Key", bound=Hashable)


class Met(Enum):
    """How something stood when it was met. Only `NEW` is a reason for a sign."""

    FAMILIAR = "familiar"
    WAITING = "waiting"  # not new any more, and not yet familiar
    NEW = "new"


class Known(NamedTuple):
    """When something familiar was first and last met, as days since 1970, and on how many days."""

    first_day: int
    last_day: int
    days: int


class Familiar(Generic[Key]):
    """A set of things that are usual: at most ``most``, each forgotten ``keeps_days`` after it was last met."""

    def __init__(self, most: int, keeps_days: int) -> None:
        self._most = most
        self._keeps_days = keeps_days
        self._known: dict[Key, Known] = {}  # in order of the day of the last meeting
        self._waiting: dict[Key, int] = {}  # since which day
        self._begun_us = -1

    def __contains__(self, key: Key) -> bool:
        return key in self._known

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._known)

    def get(self, key: Key) -> Known | None:
        """When ``key`` was met, where it is familiar."""
        return self._known.get(key)

    def learnt_days(self, now_us: int) -> float:
        """How long this has been learning."""
        return 0.0 if self._begun_us < 0 else max(0.0, round((now_us - self._begun_us) / DAY_US, 2))

    def meet(self, key: Key, at_us: int, suspect: bool = False) -> Met:
        """Meet ``key``, and learn it by the rule above. ``suspect``: its host or account is held.

        The caller who makes a sign of what is `Met.NEW` calls `doubt`, so that the sign does not teach itself.
        """
        day = at_us // DAY_US
        known = self._known.get(key)
        if known is not None:
            if known.last_day < day:
                del self._known[key]
                self._known[key] = Known(known.first_day, day, known.days + 1)
            return Met.FAMILIAR
        if self._begun_us < 0:
            self._begun_us = at_us
        since = self._waiting.get(key)
        if since is None:
            if suspect:
                self._wait(key, day)
            else:
                self._learn(key, day)
            return Met.NEW
        if not suspect and day > since:
            del self._waiting[key]
            self._learn(key, day)
        return Met.WAITING

    def is_odd(self, key: Key, at_us: int, suspect: bool = False) -> bool:
        """Meet ``key``, and whether it is neither familiar nor has become so by this meeting. It is then doubted, so
        that it is odd again and again until it has been met in good standing on a later day.
        """
        met = self.meet(key, at_us, suspect)
        if met is Met.NEW:
            self.doubt(key, at_us)
        return key not in self._known

    def doubt(self, key: Key, at_us: int) -> None:
        """Unlearn ``key``, of which a sign has been made: it waits, by rule 2."""
        if self._known.pop(key, None) is not None:
            self._wait(key, at_us // DAY_US)

    def _wait(self, key: Key, day: int) -> None:
        self._waiting[key] = day
        if len(self._waiting) > self._most:
            del self._waiting[next(iter(self._waiting))]

    def _learn(self, key: Key, day: int) -> None:
        self._known[key] = Known(day, day, 1)
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        oldest = day - self._keeps_days
        while (first := next(iter(self._known))) != key and self._known[first].last_day < oldest:
            del self._known[first]


class Repeats(Generic[Key]):
    """One sign a day for one thing: when it is said again, and with what count.

    It is said when it happens, and again at the third, tenth, thirtieth, hundredth … time of the day, so that a hundred
    equal acts are five signs, each with its count (``evidence["times"]``), and the first is not late.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: dict[Key, tuple[int, int]] = {}

    def count(self, key: Key, at_us: int) -> int:
        """How often ``key`` has happened this day, this time counted in, where that is to be said; else 0."""
        day = at_us // DAY_US
        then, times = self._times.pop(key, (day, 0))
        times = times + 1 if then >= day else 1
        self._times[key] = (max(then, day), times)
        if len(self._times) > self._most:
            del self._times[next(iter(self._times))]
        return times if _is_said(times) else 0


def _is_said(times: int) -> bool:
    while times % 10 == 0:
        times //= 10
    return times in {1, 3}
