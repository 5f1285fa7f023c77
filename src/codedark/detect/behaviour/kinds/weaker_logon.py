"""Somebody is let in with less than this account always gave: a password alone where there was a second factor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import Familiar, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.observation import Logon, LogonKind, Observation

_SECOND_FACTOR: Final = re.compile(r"mfa|2fa|otp|token|second|fido|webauthn|certificate|smart ?card|push|saml")

_MOST_WAYS: Final = 100
"""Gateways with the methods that each takes: a handful in any hospital."""


class WeakerLogon:
    """Learns by which methods a VPN gateway lets people in, and each account."""

    id: ClassVar[BehaviourId] = BehaviourId("weaker_logon")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._learning_days = number(settings, "learning_days")
        most, keeps = whole(settings, "most_pairs"), whole(settings, "keeps_days")
        self._methods: Familiar[tuple[str, str]] = Familiar(most, keeps)  # (account, method)
        self._gateways: Familiar[tuple[str, str]] = Familiar(_MOST_WAYS, keeps)  # (gateway, method)
        self._repeats: Repeats[str] = Repeats(most)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One VPN logon whose gateway says how it was proved.

        1. A method with a second factor is never a sign.
        2. One without is a sign where it is new to the account, and new to the gateway or the account had a better one.
        """
        if not isinstance(seen, Logon) or not seen.succeeded or seen.kind is not LogonKind.VPN or not seen.reason:
            return
        method, at_us = seen.reason.lower(), seen.at_us
        learnt = self._methods.learnt_days(at_us)
        weak = not _SECOND_FACTOR.search(method)
        usual = (seen.host, method) in self._gateways
        held = context.held("", seen.account)
        better = any((seen.account, strong) in self._methods for strong in self._strong(seen.host))
        key = (seen.account, method)
        if weak and learnt >= self._learning_days and (better or not usual):
            if self._methods.is_odd(key, at_us, held) and (times := self._repeats.count(seen.account, at_us)):
                yield Sign(
                    at_us, seen.host, seen.account,
                    f"{seen.account} was let in by {seen.host} from {seen.origin_address} with {seen.reason} alone; "
                    f"in {learnt:.0f} days of learning {'it' if better else 'everybody'} gave a second factor.",
                    seen.row, None, {"times": times, "method": seen.reason, "from": seen.origin_address}, learnt,
                )  # fmt: skip
            return
        self._methods.meet(key, at_us, held)
        self._gateways.meet((seen.host, method), at_us, held)

    def _strong(self, gateway: str) -> list[str]:
        """The methods with a second factor that the gateway has been seen to take."""
        return [method for where, method in self._gateways if where == gateway and _SECOND_FACTOR.search(method)]
