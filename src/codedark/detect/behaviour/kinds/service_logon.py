"""Somebody sits at a screen, or in a shell, as an account that only programs use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import Familiar, Met, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.kinds.whereabouts import kind_of
from codedark.detect.behaviour.observation import Logon, LogonKind, Observation
from codedark.hospital.account import AccountKind

_BY_HAND: Final = frozenset({LogonKind.INTERACTIVE, LogonKind.REMOTE, LogonKind.UNLOCK, LogonKind.VPN})
_BY_PROGRAM: Final = frozenset({LogonKind.SERVICE, LogonKind.BATCH})


class ServiceInteractive:
    """Learns from where a service account opens its shells (copying by SSH is one, a scanner that tries passwords
    another), and at which screens it sits; names every other.
    """

    id: ClassVar[BehaviourId] = BehaviourId("service_logon")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._learning_days = number(settings, "learning_days")
        most, keeps = whole(settings, "most_pairs"), whole(settings, "keeps_days")
        self._shells: Familiar[tuple[str, str, str]] = Familiar(most, keeps)  # (account, how, place)
        self._services: Familiar[str] = Familiar(most, keeps)
        self._sitting: Familiar[str] = Familiar(most, keeps)
        self._repeats: Repeats[tuple[str, bool]] = Repeats(most)
        self._begun_us = -1

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon by hand, succeeded or not, of an account that is a service's.

        1. A service's account is one that the model calls so. Where it does not know an account, one that services
           and tasks run as, and nobody had been seen to sit with.
        2. A remote shell that was usual while learning is let be. At a keyboard it is a sign from the first day, where
           the model says what the account is.
        """
        if not isinstance(seen, Logon):
            return
        if self._begun_us < 0:
            self._begun_us = seen.at_us
        by_hand = seen.kind in _BY_HAND
        if not by_hand and seen.kind not in _BY_PROGRAM:
            return
        known = kind_of(context.places, seen.account)
        held = context.held(seen.host, seen.account)
        if not by_hand:
            if known is None and seen.account not in self._sitting:
                self._services.meet(seen.account, seen.at_us, held)
            return
        if known is not AccountKind.SERVICE and not (known is None and seen.account in self._services):
            if known is None:
                self._sitting.meet(seen.account, seen.at_us, held)
            return
        yield from self._sits(seen, held=held, by_model=known is not None)

    def _sits(self, seen: Logon, *, held: bool, by_model: bool) -> Iterator[Sign]:
        learnt = round((seen.at_us - self._begun_us) / 86_400e6, 2)
        at_keyboard = seen.kind in {LogonKind.INTERACTIVE, LogonKind.UNLOCK}
        way = f"{'screen' if at_keyboard else 'shell'} {'given' if seen.succeeded else 'refused'}"
        key = (seen.account, way, seen.host if at_keyboard else seen.origin_host)
        new = self._shells.meet(key, seen.at_us, held) is Met.NEW
        if not new or (learnt < self._learning_days and not (at_keyboard and by_model)):
            return
        self._shells.doubt(key, seen.at_us)
        if times := self._repeats.count((seen.account, seen.succeeded), seen.at_us):
            how = "at the keyboard of" if at_keyboard else "by a remote session on"
            did = "logged on" if seen.succeeded else "tried to log on"
            yield Sign(
                seen.at_us, seen.host, seen.account,
                f"{seen.account}, which only programs use, {did} {how} {seen.host}"
                f"{f' from {seen.origin_host}' if seen.origin_host else ''}: it had not done so in "
                f"{learnt:.0f} days of learning.",
                seen.row, None, {"times": times, "from": seen.origin_host, "succeeded": str(seen.succeeded).lower()},
                learnt,
            )  # fmt: skip
