"""One account in two places at once: two countries, or two networks, in less time than somebody needs between them.

Countries count only where the log names them (Entra ID does). There is no database of where addresses are: it would
have to be bought and kept up to date. Where a log has addresses only (VPN), two sessions begun shortly after each other
from two networks of which one is new to the account are the sign, and it is a weaker one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import HOUR_US, Familiar, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.kinds.whereabouts import network_of
from codedark.detect.behaviour.observation import Logon, LogonKind, Observation
from codedark.detect.finding import Level

_FROM_OUTSIDE: Final = frozenset({LogonKind.VPN, LogonKind.CLOUD})
_MINUTE_US: Final = 60 * 1_000_000


class _Was(NamedTuple):
    at_us: int
    country: str
    network: str
    address: str


class ImpossibleTravel:
    """Remembers the last place of each account, and which countries and networks are its own."""

    id: ClassVar[BehaviourId] = BehaviourId("travel")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._learning_days = number(settings, "learning_days")
        self._between_countries_us = int(number(settings, "hours_between_countries") * HOUR_US)
        self._between_networks_us = int(number(settings, "minutes_between_networks") * _MINUTE_US)
        self._most = whole(settings, "most_accounts")
        most, keeps = whole(settings, "most_pairs"), whole(settings, "keeps_days")
        self._own: Familiar[tuple[str, str]] = Familiar(most, keeps)  # (account, country or network)
        self._last: dict[str, _Was] = {}
        self._repeats: Repeats[str] = Repeats(self._most)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon from outside that succeeded, against the one before it.

        1. Another country, sooner than one travels, and not one that this account is often in: a sign.
        2. Another network with no country known, sooner than one moves, and new to this account: a sign.
        3. Neither counts while learning, or where the address is the hospital's own.
        """
        if not isinstance(seen, Logon) or not seen.succeeded or seen.kind not in _FROM_OUTSIDE:
            return
        if not seen.origin_address or context.places.inside(seen.origin_address):
            return
        account, at_us = seen.account, seen.at_us
        network = network_of(seen.origin_address)
        was = self._last.pop(account, None)
        self._last[account] = _Was(at_us, seen.country, network, seen.origin_address)
        if len(self._last) > self._most:
            del self._last[next(iter(self._last))]
        learnt = self._own.learnt_days(at_us)
        places = [(account, each) for each in (seen.country, network) if each]
        fresh = [key for key in places if key not in self._own]
        sign = self._compare(seen, network, was, fresh, learnt) if was and learnt >= self._learning_days else None
        held = context.held("", account)
        for key in places:
            self._own.meet(key, at_us, held or sign is not None)
        if sign is not None:
            yield sign

    def _compare(
        self, seen: Logon, network: str, was: _Was, fresh: list[tuple[str, str]], learnt: float
    ) -> Sign | None:
        apart_us = abs(seen.at_us - was.at_us)
        account = seen.account
        if seen.country and was.country:
            far = seen.country != was.country and apart_us < self._between_countries_us
            if not far or (account, seen.country) not in fresh:
                return None
            one, other, level = was.country, seen.country, Level.HIGH
        else:
            if network == was.network or apart_us >= self._between_networks_us or (account, network) not in fresh:
                return None
            one, other, level = was.address, seen.origin_address, None
        times = self._repeats.count(account, seen.at_us)
        if not times:
            return None
        return Sign(
            seen.at_us, seen.host, account,
            f"{account} logged on from {other}, {apart_us / _MINUTE_US:.0f} minutes after {one}: {other} is new for "
            "this account, and nobody is in both so soon.",
            seen.row, level, {"times": times, "before": one, "now": other, "minutes": round(apart_us / _MINUTE_US)},
            learnt,
        )  # fmt: skip
