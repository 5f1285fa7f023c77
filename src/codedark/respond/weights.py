"""What a rule is worth in this hospital: from its level, from how often it fires on ordinary days, from verdicts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

from codedark.detect.finding import Level
from codedark.respond.incident import Verdict
from codedark.respond.settings import WeightSettings

_FORGOTTEN = 0.05  # days: what is left of a habit when it is dropped


@dataclass(slots=True)
class Learnt:
    """What was learnt of one rule: its ``weight`` anywhere, firings, host-days with a firing, verdicts."""

    level: Level
    weight: float
    firings: float = 0.0
    ordinary_host_days: float = 0.0
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))


class Firing(NamedTuple):
    """A rule fired for a host and an account, on one day."""

    rule: str
    host: str
    account: str


class Weights:
    """The weights of all rules. Ordinary days are learnt when they are over, without what is then under suspicion."""

    def __init__(self, settings: WeightSettings, most_habits: int, most_firings: int) -> None:
        self._settings = settings
        self._most_habits = most_habits
        self._most_firings = most_firings
        self._of_level = {level: settings.of_level(level) for level in Level}
        self._rules: dict[str, Learnt] = {}
        self._habits: dict[tuple[str, str], float] = {}
        self._today: dict[Firing, None] = {}
        self._days = 0.0
        self._host_days = 0.0

    def of(self, rule: str, level: Level, host: str, account: str) -> float:
        """The weight of a firing now, in natural log-odds; never negative."""
        known = self._rules.get(rule)
        weight = self._of_level[level] if known is None else known.weight
        return max(0.0, self._within_habit(weight, rule, host, account)) if weight > 0 else 0.0

    def unused_to(self, rule: str, level: Level, host: str, account: str) -> float:
        """What a firing would weigh if only this host and account had a past, and not the rule."""
        return max(0.0, self._within_habit(self._of_level[level], rule, host, account))

    def _within_habit(self, weight: float, rule: str, host: str, account: str) -> float:
        habits = self._habits
        done = max(habits.get((rule, host), 0.0), habits.get((rule, "@" + account), 0.0))
        if done > 1:  # once is no habit
            rate = (done - 1) / (self._settings.habit_days + self._days)
            weight = min(weight, log(self._settings.fires_in_attack / rate))
        return weight

    def saw(self, rule: str, level: Level, host: str, account: str) -> None:
        """Remember a firing until the day is over."""
        known = self._rules.get(rule)
        if known is None:
            known = self._rules[rule] = Learnt(level, self._of_level[level])
        known.firings += 1
        if len(self._today) < self._most_firings:
            self._today[Firing(rule, host, account)] = None

    def day_ends(self, hosts: int, suspected: Callable[[str, str], bool]) -> Iterable[Firing]:
        """Learn the day: ``hosts`` were watched. Returns the firings that count as ordinary: not of those suspected."""
        ordinary = [each for each in self._today if not suspected(each.host, each.account)]
        self._today = {}
        kept = 0.5 ** (1 / self._settings.memory_days)
        self._days = self._days * kept + 1
        self._host_days = self._host_days * kept + hosts
        for known in self._rules.values():
            known.ordinary_host_days *= kept
            known.firings *= kept
        self._habits = {key: left for key, days in self._habits.items() if (left := days * kept) > _FORGOTTEN}
        room = self._room()
        for rule, host in dict.fromkeys((each.rule, each.host) for each in ordinary):
            self._rules[rule].ordinary_host_days += 1
            self._add_habit((rule, host), 1, room)
        for rule, account in dict.fromkeys((each.rule, each.account) for each in ordinary if each.account):
            self._add_habit((rule, "@" + account), 1, room)
        for known in self._rules.values():
            known.weight = self._weigh(known)
        return ordinary

    def judge(self, verdict: Verdict, firings: Iterable[Firing]) -> None:
        """Learn what the team says of an incident with these firings. ``false`` and ``expected`` make them ordinary on
        their hosts and for their accounts; ``true`` and ``false`` also speak of the rules as such.
        """
        fired = dict.fromkeys(firings)  # no set: where there is no room for all habits, order decides
        for rule in dict.fromkeys(each.rule for each in fired):
            if known := self._rules.get(rule):
                known.verdicts[verdict] += 1
                if verdict is Verdict.FALSE:
                    known.ordinary_host_days += 1
                known.weight = self._weigh(known)
        if verdict is not Verdict.TRUE:
            days, room = 1 + self._settings.verdict_days, self._room()
            for each in fired:
                self._add_habit((each.rule, each.host), days, room)
                self._add_habit((each.rule, "@" + each.account), days, room)

    def learnt(self) -> Mapping[str, Learnt]:
        """What was learnt of every rule that fired."""
        return self._rules

    def firings_a_day(self, rule: str) -> float:
        """How often a rule fires on a day, of late."""
        known = self._rules.get(rule)
        return known.firings / max(1.0, self._days) if known else 0.0

    def _weigh(self, known: Learnt) -> float:
        """Gamma posterior of the ordinary rate and Beta posterior of the verdicts, as log-odds.

        1. The level's rate counts as ``shape`` firings; what was seen is added to it. Never having seen a rule makes
           it no heavier.
        2. Of judged incidents with this rule so many were true: odds of (true + 1) to (false + 1).
        """
        settings = self._settings
        usual = settings.ordinary_rate[known.level.name.lower()]
        rate = (settings.shape + known.ordinary_host_days) / (settings.shape / usual + self._host_days)
        weight = min(log(settings.fires_in_attack / rate), log(settings.fires_in_attack / usual))
        said = log((known.verdicts[Verdict.TRUE] + 1) / (known.verdicts[Verdict.FALSE] + 1))
        return max(0.0, weight + min(settings.most_raised, said))

    def _add_habit(self, key: tuple[str, str], days: float, room: OrderedDict[tuple[str, str], None]) -> None:
        """``room`` is what may be forgotten for it (`_room`); where that is nothing, it finds none."""
        if key[1] in {"", "@"}:
            return
        room.pop(key, None)
        before = self._habits.pop(key, None)
        if before is None and len(self._habits) >= self._most_habits:
            if not room:
                return
            del self._habits[room.popitem(last=False)[0]]
        self._habits[key] = (before or 0.0) + days  # what was seen last stands last

    def _room(self) -> OrderedDict[tuple[str, str], None]:
        """What is no habit yet (`_within_habit`), that which was longest not seen again first: whoever makes up hosts
        displaces what was made up before, and no habit.
        """
        return OrderedDict((key, None) for key, days in self._habits.items() if days <= 1)
