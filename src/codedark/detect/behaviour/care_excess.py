"""More of something than usual in one shift: counts of different things, judged against one's own past and the role's.

A shift is what somebody does without a rest of ``rest_hours``. In it different things are counted (patients, rows),
over the whole shift or over any window of it; at its end the highest count is learnt. A count is said when it is so
unlikely that chance alone would make no more than ``chances_a_month`` such signs a month in the whole hospital.

The mean is shrunk from the person to the role to the hospital (Gelman and others, Bayesian Data Analysis, 3rd ed., 5);
how likely a count is with it says `care_past.tail`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from codedark.detect.behaviour.care_past import Past, tail

HOUR_US: Final = 3_600 * 1_000_000
DAY_US: Final = 24 * HOUR_US


class Limits(NamedTuple):
    """How an `Excess` counts and when it speaks.

    ``window_us`` is the window within a shift, 0 for all of it. ``least`` is the count below which nothing is said.
    ``prior`` and ``prior_spread`` are the mean and the ratio of variance to mean before anything is learnt, which
    weigh as much as ``prior_shifts`` shifts.
    """

    least: int
    prior: float
    prior_spread: float = 3.0
    prior_shifts: float = 20.0
    window_us: int = 0
    rest_us: int = 6 * HOUR_US
    chances_a_month: float = 2.0
    own_shifts: float = 5.0
    keeps_shifts: float = 60.0
    most_accounts: int = 20_000
    most_things: int = 5_000


class Excessive(NamedTuple):
    """A count to be said, with what is usual: means a shift, and the highest so far."""

    number: int
    usual: float
    usual_of_role: float
    highest: int
    chance: float
    learnt_days: float


@dataclass(slots=True)
class _Shift:
    role: str
    begun_us: int
    last_us: int
    things: dict[Hashable, tuple[int, int]] = field(default_factory=dict)
    count: int = 0
    peak: int = 0
    said: int = 0
    held: bool = False


class Excess:
    """Counts different things for each account and shift."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, _Shift] = {}
        self._own: dict[str, Past] = {}
        self._roles: dict[str, Past] = {}
        self._all = Past()
        self._waiting: dict[str, int] = {}
        self._begun_us = -1
        self._closed = 0

    def learnt_days(self, now_us: int) -> float:
        """How long this has been learning."""
        return 0.0 if self._begun_us < 0 else max(0.0, (now_us - self._begun_us) / DAY_US)

    def touch(self, account: str, role: str, at_us: int, held: bool = False) -> None:
        """Somebody is at work, whether or not there is anything to count: a shift without anything counts 0."""
        self._shift(account, role, at_us, held)

    def count(
        self, account: str, role: str, thing: Hashable, at_us: int, weight: int = 1, held: bool = False, least: int = 0
    ) -> Excessive | None:
        """Count a thing, once while it is in the window; what is to be said of the count then, if anything.

        ``least`` is another `Limits.least` where the circumstances are other ones.
        """
        limits, shift = self._limits, self._shift(account, role, at_us, held)
        known = shift.things.pop(thing, None)
        shift.things[thing] = (at_us, weight if known is None else known[1])
        if known is None:
            shift.count += weight
        if limits.window_us:
            self._slide(shift, at_us)
        if len(shift.things) > limits.most_things:
            self._drop_oldest(shift)
        if known is not None:
            return None
        shift.peak = max(shift.peak, shift.count)
        if shift.count < (least or limits.least) or shift.count < 3 * shift.said:
            return None
        return self._judge(account, shift, at_us)

    def excuse(self, account: str, role: str, thing: Hashable, at_us: int, held: bool = False) -> None:
        """A thing does not count while it is in the window, whether it has been counted or not."""
        shift = self._shift(account, role, at_us, held)
        known = shift.things.pop(thing, None)
        if known is not None:
            shift.count -= known[1]
        shift.things[thing] = (at_us, 0)
        if len(shift.things) > self._limits.most_things:
            self._drop_oldest(shift)

    def tick(self, now_us: int) -> None:
        """Close the shifts of those who have gone home."""
        ended = [account for account, shift in self._open.items() if now_us - shift.last_us > self._limits.rest_us]
        for account in ended:
            self._close(account)

    def things(self, account: str) -> Iterator[Hashable]:
        """What has been counted in the shift that somebody is in."""
        shift = self._open.get(account)
        return (thing for thing, (_, weight) in shift.things.items() if weight) if shift else iter(())

    def _slide(self, shift: _Shift, at_us: int) -> None:
        from_us = at_us - self._limits.window_us
        while next(iter(shift.things.values()))[0] < from_us:
            self._drop_oldest(shift)
        if shift.count < shift.said // 3:
            shift.said = 0

    def _drop_oldest(self, shift: _Shift) -> None:
        """Make room; in a window what is dropped no longer counts, over a whole shift it was counted."""
        _, weight = shift.things.pop(next(iter(shift.things)))
        if self._limits.window_us:
            shift.count -= weight

    def _shift(self, account: str, role: str, at_us: int, held: bool) -> _Shift:
        shift = self._open.get(account)
        if shift is not None and (at_us - shift.last_us > self._limits.rest_us or at_us - shift.begun_us > DAY_US):
            self._close(account)
            shift = None
        if shift is None:
            if self._begun_us < 0:
                self._begun_us = at_us
            if len(self._open) >= self._limits.most_accounts:
                self._close(next(iter(self._open)))
            shift = self._open[account] = _Shift(role, at_us, at_us)
        shift.last_us = max(shift.last_us, at_us)
        shift.held = shift.held or held
        return shift

    def _close(self, account: str) -> None:
        """Learn a shift. One that was said, or whose account was held, is learnt when its like comes a second time on
        another day without suspicion, as `learning` has it for what is new.
        """
        shift = self._open.pop(account)
        if shift.said or shift.held:
            first_day = self._waiting.get(account)
            if shift.held or first_day is None or shift.begun_us // DAY_US <= first_day:
                self._waiting[account] = shift.begun_us // DAY_US
                if len(self._waiting) > self._limits.most_accounts:
                    del self._waiting[next(iter(self._waiting))]
                return
            del self._waiting[account]
        self._closed += 1
        keeps = self._limits.keeps_shifts
        own = self._own.pop(account, None) or Past()
        self._own[account] = own
        own.learn(shift.peak, keeps)
        if len(self._own) > self._limits.most_accounts:
            del self._own[next(iter(self._own))]
        if len(self._roles) < _MOST_ROLES or shift.role in self._roles:
            self._roles.setdefault(shift.role, Past()).learn(shift.peak, keeps * 20)
        self._all.learn(shift.peak, keeps * 100)

    def _judge(self, account: str, shift: _Shift, at_us: int) -> Excessive | None:
        limits = self._limits
        own, role = self._own.get(account, Past()), self._roles.get(shift.role, Past())
        # 1. The mean: of the hospital (the shifts under way counted in, so that the first day is not all news), drawn
        #    to the role, drawn to the person.
        under_way = [each.peak for each in self._open.values() if each is not shift] if self._closed < _FEW else []
        mean = (limits.prior * limits.prior_shifts + self._all.total + sum(under_way)) / (
            limits.prior_shifts + self._all.shifts + len(under_way)
        )
        usual_of_role = (mean * limits.prior_shifts + role.total) / (limits.prior_shifts + role.shifts)
        usual = (usual_of_role * limits.own_shifts + own.total) / (limits.own_shifts + own.shifts)
        # 2. The spread: how much more uneven than chance the role's shifts are.
        spread = (limits.prior_spread * limits.prior_shifts + role.spread * role.shifts) / (
            limits.prior_shifts + role.shifts
        )
        # 3. How often chance alone would come to this, against how many shifts there are.
        chance = tail(shift.count, usual, max(1.0, spread))
        days = max(1.0, self.learnt_days(at_us))
        shifts_a_month = 30 * max(20.0, (self._closed + len(self._open)) / days)
        if chance > limits.chances_a_month / shifts_a_month or shift.count <= own.highest:
            return None
        shift.said = shift.count
        return Excessive(shift.count, usual, usual_of_role, round(own.highest), chance, self.learnt_days(at_us))


_MOST_ROLES: Final = 1_000
_FEW: Final = 200
"""Learnt shifts below which those that are under way speak too."""
