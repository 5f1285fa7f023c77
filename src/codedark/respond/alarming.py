"""Whom to wake and when: at even odds, again when it gets worse, and never more often than people can bear."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from codedark.detect.finding import Level
from codedark.respond.case import Case
from codedark.respond.danger import Danger
from codedark.respond.next_steps import NextSteps
from codedark.respond.odds import log_odds, probability
from codedark.respond.settings import SECOND_US, AlarmSettings

_HOUR_US = 3_600 * SECOND_US
_ALIKE = 1e-9  # log-odds that differ by rounding only
_NEXT_TO_NOTHING = 0.005  # what would be rounded to 0 or 100 %


class Budget:
    """The alarms of the last hours. The more of them there are, the surer the next must be."""

    def __init__(self, settings: AlarmSettings) -> None:
        self._settings = settings.alarms
        self._sent: deque[_Sent] = deque(maxlen=max(64, settings.alarms.budget))

    def left(self, now_us: int) -> int:
        """How many may still be sent; never negative."""
        self._forget(now_us)
        return max(0, self._settings.budget - len(self._sent))

    def misuse_left(self, now_us: int) -> int:
        """How many of these may be for misuse alone: whoever makes many of those must not silence the rest."""
        self._forget(now_us)
        told = sum(each.for_misuse for each in self._sent)
        return max(0, min(self.left(now_us), self._settings.misuse_budget - told))

    def has_told(self, matter: str, now_us: int) -> bool:
        """Whether one of these alarms was about this matter of misuse."""
        self._forget(now_us)
        return any(matter in each.matters for each in self._sent)

    def _forget(self, now_us: int) -> None:
        since = now_us - int(self._settings.budget_hours * _HOUR_US)
        while self._sent and self._sent[0].at_us <= since:
            self._sent.popleft()

    def threshold(self, now_us: int) -> float:
        """The log-odds from which an alarm is sent: `threshold` with a full budget, in equal steps to `certain`."""
        low, high = log_odds(self._settings.threshold), log_odds(self._settings.certain)
        used = 1 - self.left(now_us) / self._settings.budget if self._settings.budget else 1.0
        return low + (high - low) * used

    def spend(self, now_us: int, matters: frozenset[str], *, for_misuse: bool) -> None:
        """An alarm was sent, about these ``matters`` of misuse among others, or ``for_misuse`` alone."""
        self._sent.append(_Sent(now_us, for_misuse, matters))


class _Sent(NamedTuple):
    at_us: int
    for_misuse: bool
    matters: frozenset[str]


class Call(NamedTuple):
    """That an alarm is due: its level, why now, and whether for misuse alone."""

    level: Level
    why_now: str
    for_misuse: bool


class Situation(NamedTuple):
    """How sure a case is (log-odds), what it puts at risk, and which accounts with privilege it believes held."""

    odds: float
    danger: Danger
    privileged: frozenset[str]


def due(
    case: Case, situation: Situation, budget: Budget, steps: NextSteps, now_us: int, settings: AlarmSettings
) -> Call | None:
    """Whether ``case`` wakes somebody now.

    1. An incident that was never told is told once it is past the threshold; one that cannot wait, at once.
    2. A told one is told again when it got worse, and not within `quiet_minutes`, unless by its first harm, or because
       it is surer by a band.
    3. Certain ones, and those with harm that are likelier than not, always pass; the others as the budget allows.
    4. Misuse of records is told by itself, as its share of the budget allows: of each account each kind of it once. The
       last of that share is for a matter of which nobody was told: many who open one record must not hide somebody
       who opens many.
    """
    odds, sending = situation.odds, settings.alarms
    new_harm = [what for what in case.harm if what not in case.told.harm]
    passes = (
        odds >= log_odds(sending.certain)
        or (case.at_once and bool(new_harm))
        or (bool(case.harm) and odds >= log_odds(sending.bands[0]))
    )
    affordable = budget.left(now_us) > 0 and odds >= budget.threshold(now_us) - _ALIKE
    untold = [matter for kind, matter in case.misuse.items() if kind not in case.told.misuse]
    kept_back = all(budget.has_told(matter, now_us) for matter in untold)
    misused = bool(untold) and budget.misuse_left(now_us) > kept_back
    if not (passes or affordable or misused):
        return None
    why = _worse(case, situation, steps, settings) if case.told.known else ["this is new"]
    quiet = case.told.known and now_us < case.told.at_us + int(sending.quiet_minutes * 60 * SECOND_US)
    surer = _band(odds, settings) > case.told.band
    if quiet and not surer and (case.told.harm or not new_harm):
        return None
    if new_harm:
        why.insert(0, f"this cannot wait: {' and '.join(dict.fromkeys(case.harm[what] for what in new_harm))}")
    if misused and case.told.known:
        why.insert(0, "records were opened in another way that nothing explains")
    level = Level.CRITICAL if passes else Level.HIGH if odds >= log_odds(sending.bands[0]) else Level.MEDIUM
    return Call(level, "; ".join(why), for_misuse=not (passes or affordable)) if why else None


def likely(odds: float, settings: AlarmSettings) -> bool:
    """Whether somebody is to be told of an incident of these odds while the budget is full."""
    return odds >= log_odds(settings.alarms.threshold) - _ALIKE


def untold_misuse(case: Case) -> bool:
    """Whether records were misused in a way that nobody was told of yet."""
    return not case.misuse.keys() <= case.told.misuse


def remember(case: Case, situation: Situation, now_us: int, settings: AlarmSettings) -> None:
    """Remember the state in which ``case`` is told now."""
    case.told.alarms += 1
    case.told.known = True
    case.told.at_us = now_us
    case.told.band = max(case.told.band, _band(situation.odds, settings))
    case.told.likely |= likely(situation.odds, settings)
    case.told.tactics |= case.tactics.keys()
    case.told.grave |= situation.danger.grave
    case.told.privileged |= situation.privileged
    case.told.harm |= case.harm.keys()
    case.told.misuse |= case.misuse.keys()


def _worse(case: Case, situation: Situation, steps: NextSteps, settings: AlarmSettings) -> list[str]:
    """What got worse since it was told last, in words."""
    out: list[str] = []
    grave = [
        steps.step(tactic, ()).sign or tactic
        for tactic in settings.alarms.grave_tactics
        if tactic in case.tactics and tactic not in case.told.tactics
    ]
    if grave:
        out.append(f"new signs: {' and '.join(grave)}")
    if new := sorted(situation.danger.grave - case.told.grave):
        out.append(f"now at risk: {', '.join(new[:3])}{f' and {len(new) - 3} more' if len(new) > 3 else ''}")
    if held := sorted(situation.privileged - case.told.privileged):
        out.append(f"an account with special rights is in it: {', '.join(held[:2])}")
    newly_likely = likely(situation.odds, settings) and not case.told.likely
    if newly_likely or _band(situation.odds, settings) > case.told.band:
        out.append(f"surer than before: {percent(probability(situation.odds))}")
    return out


def _band(odds: float, settings: AlarmSettings) -> int:
    return sum(odds >= log_odds(band) for band in settings.alarms.bands)


def percent(share: float) -> str:
    """A probability as people say it; never 100 %, which nothing is, and never 0 %, which it is not either."""
    if share < _NEXT_TO_NOTHING:
        return "under 1 %"
    return "over 99 %" if share >= 1 - _NEXT_TO_NOTHING else f"{int(share * 100 + 0.5)} %"
