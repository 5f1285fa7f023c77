"""What a set of findings says together: weights of evidence, added as far as each is news, fading with time.

Weights of dependent findings must not be added up as if they were independent (Good 1950; Pearl, Probabilistic
Reasoning in Intelligent Systems, 1988). Findings depend on each other that are of one rule, technique or moment.
"""

from __future__ import annotations

from codedark.respond.settings import DAY_US, SECOND_US, AlarmSettings

_MOST = 256
_REBASE = 300.0  # half-lives: 2**300 is far from what a float cannot hold


class Suspicion:
    """The evidence about one host, account or incident, in natural log-odds above its prior.

    All amounts are kept as they would weigh at ``_epoch_us``, so that fading costs nothing and the order of times
    matters little: what is found late counts as it would have, had it come in time.
    """

    __slots__ = ("_epoch_us", "_groups", "_moment", "_moment_number", "_moment_us", "_rules", "_score")

    def __init__(self, at_us: int) -> None:
        self._epoch_us = at_us
        self._score = 0.0
        self._rules: dict[str, tuple[float, float]] = {}
        self._groups: dict[str, tuple[float, int]] = {}
        self._moment_us = at_us - DAY_US
        self._moment = 0.0
        self._moment_number = 0

    def score(self, now_us: int, half_life_days: float) -> float:
        """What is left of it at ``now_us``."""
        return self._score / growth(now_us - self._epoch_us, half_life_days)

    def in_moment(self, at_us: int, settings: AlarmSettings) -> bool:
        """Whether ``at_us`` belongs to the last moment in which something was found."""
        return abs(at_us - self._moment_us) <= settings.dependence.moment_seconds * SECOND_US

    def add(self, key: str, groups: tuple[str, ...], weight: float, at_us: int, settings: AlarmSettings) -> float:
        """Take in a finding; returns what it added, at its own time. ``key`` is its rule, and where, for an incident.

        1. The same again only renews what has faded since.
        2. Of its techniques, the one with the heaviest evidence counts: what it weighs beyond that is news in full,
           the rest by a fraction that falls with each finding of that technique.
        3. In the same moment as something else, what it weighs beyond that is news in full, the rest by a fraction that
           falls with each finding of that moment.
        """
        if weight <= 0:
            return 0.0
        grown = self._growth_at(at_us, settings.belief.half_life_days)
        amount = weight * grown
        counted, share = self._rules.get(key, (0.0, 0.0))
        if amount <= counted:
            return 0.0
        if counted:
            news = (amount - counted) * share
        else:
            heaviest, number = max(self._groups.get(group, (0.0, 0)) for group in groups)
            news = _beyond(amount, heaviest, settings.dependence.same_technique ** max(1, number))
            if self.in_moment(at_us, settings):
                share = settings.dependence.same_moment**self._moment_number
                news = min(news, _beyond(amount, self._moment, share))
            share = news / amount
        self._remember(key, groups, amount, share, at_us, first=not counted, settings=settings)
        self._score += news
        return news / grown

    def raise_to(self, score: float, now_us: int, half_life_days: float) -> None:
        """Hold at least ``score`` at ``now_us``: what was known before two were joined is not lost by joining."""
        self._score = max(self._score, score * self._growth_at(now_us, half_life_days))

    def _remember(
        self, key: str, groups: tuple[str, ...], amount: float, share: float, at_us: int, *, first: bool,
        settings: AlarmSettings,
    ) -> None:  # fmt: skip
        self._rules[key] = (amount, share)
        for group in groups:
            heaviest, number = self._groups.get(group, (0.0, 0))
            self._groups[group] = (max(heaviest, amount), number + first)
        if self.in_moment(at_us, settings):
            self._moment, self._moment_number = max(self._moment, amount), self._moment_number + first
        else:
            self._moment_us, self._moment, self._moment_number = at_us, amount, 1
        if len(self._rules) > _MOST:
            self._rules = dict(sorted(self._rules.items(), key=lambda each: -each[1][0])[: _MOST // 2])
        if len(self._groups) > _MOST:
            self._groups = dict(sorted(self._groups.items(), key=lambda each: -each[1][0])[: _MOST // 2])

    def _growth_at(self, at_us: int, half_life_days: float) -> float:
        if at_us - self._epoch_us > _REBASE * half_life_days * DAY_US:  # nothing of before is left
            self._score, self._moment, self._epoch_us = 0.0, 0.0, at_us
            self._rules, self._groups = {}, {}
        return growth(at_us - self._epoch_us, half_life_days)


def _beyond(amount: float, before: float, fraction: float) -> float:
    """How much of ``amount`` is news after ``before``."""
    return amount - before + before * fraction if amount > before else amount * fraction


def growth(elapsed_us: int, half_life_days: float) -> float:
    """How many times as much as now a weight had to be, so long ago, to be the same now."""
    half_lives = elapsed_us / (half_life_days * DAY_US)
    return float(2.0 ** max(-2 * _REBASE, min(2 * _REBASE, half_lives)))
