"""Accounts that wake: not used for weeks, never used since learning began, or switched off in the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US, Familiar, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.kinds.whereabouts import is_powerful
from codedark.detect.behaviour.observation import Logon, Observation
from codedark.detect.finding import Level
from codedark.hospital.account import Account, AccountKind

_RARE_BY_NATURE = frozenset({AccountKind.VENDOR, AccountKind.BREAK_GLASS})


class DormantAccounts:
    """Remembers when each account was last used."""

    id: ClassVar[BehaviourId] = BehaviourId("dormant")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._days = number(settings, "dormant_days")
        self._powerful_days = number(settings, "dormant_powerful_days")
        self._used: Familiar[str] = Familiar(whole(settings, "most_accounts"), whole(settings, "keeps_days"))
        self._repeats: Repeats[str] = Repeats(whole(settings, "most_accounts"))

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone: an account that is not used is no sign."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon that succeeded.

        1. An account that the model has switched off is not used at all.
        2. One that was used within its days is awake.
        3. One never seen is new, or sleeps since before learning began: a sign only once learning is that old.
        """
        if not isinstance(seen, Logon) or not seen.succeeded:
            return
        account, at_us = seen.account, seen.at_us
        known = context.places.account_of(account)
        learnt = self._used.learnt_days(at_us)
        before = self._used.get(account)
        if known is not None and not known.enabled:
            yield from self._sign(seen, "which is switched off in the model of the hospital", learnt, Level.HIGH)
        elif before is None or at_us // DAY_US > before.last_day:
            quiet = learnt if before is None else at_us // DAY_US - before.last_day
            if quiet >= self._days_of(known):
                since = "since learning began" if before is None else "since it was last used"
                yield from self._sign(seen, f"which had not been used in the {quiet:.0f} days {since}", learnt, None)
        self._used.meet(account, at_us, context.held(seen.host, account))

    def _days_of(self, known: Account | None) -> float:
        """Accounts from which much is gained are asked about sooner, except those that are meant to be rare."""
        if known is None or known.kind in _RARE_BY_NATURE:
            return self._days
        return self._powerful_days if is_powerful(known) or known.kind is AccountKind.SERVICE else self._days

    def _sign(self, seen: Logon, why: str, learnt: float, level: Level | None) -> Iterator[Sign]:
        if times := self._repeats.count(seen.account, seen.at_us):
            where = seen.host or "the cloud"
            yield Sign(
                seen.at_us, seen.host, seen.account,
                f"{seen.account}, {why}, logged on to {where} from {seen.origin_host or 'the machine itself'}.",
                seen.row, level, {"times": times, "from": seen.origin_host}, learnt,
            )  # fmt: skip
