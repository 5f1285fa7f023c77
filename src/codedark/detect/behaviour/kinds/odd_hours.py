"""A privileged account at an hour at which it is never used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US, HOUR_US, Familiar, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.kinds.whereabouts import is_movement, is_powerful
from codedark.detect.behaviour.observation import Logon, LogonKind, Observation
from codedark.hospital.account import AccountKind

_BY_SOMEBODY: Final = frozenset({LogonKind.INTERACTIVE, LogonKind.REMOTE, LogonKind.NETWORK, LogonKind.EXPLICIT})


class OddHours:
    """Learns the hours of each administrator's account; services have none."""

    id: ClassVar[BehaviourId] = BehaviourId("odd_hours")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._learning_days = number(settings, "learning_days")
        self._apart = whole(settings, "hours_apart")
        most, keeps = whole(settings, "most_pairs"), whole(settings, "keeps_days")
        self._hours: Familiar[tuple[str, int]] = Familiar(most, keeps)  # (account, hour of the day, UTC)
        self._since: dict[str, int] = {}
        self._most = most
        self._repeats: Repeats[str] = Repeats(most)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon of an administrator: is any hour near this one among those of the account?"""
        if not isinstance(seen, Logon) or seen.kind not in _BY_SOMEBODY or not is_movement(seen):
            return
        known = context.places.account_of(seen.account)
        if known is None or not is_powerful(known) or known.kind is AccountKind.SERVICE:
            return
        account, at_us = seen.account, seen.at_us
        if account not in self._since:
            if len(self._since) >= self._most:
                del self._since[next(iter(self._since))]
            self._since[account] = at_us
        learnt = round((at_us - self._since[account]) / DAY_US, 2)
        hour = at_us // HOUR_US % 24
        near = any((account, (hour + each) % 24) in self._hours for each in range(-self._apart, self._apart + 1))
        odd = learnt >= self._learning_days and not near
        held = context.held(seen.host, account)
        if odd:
            odd = self._hours.is_odd((account, hour), at_us, held)
        else:
            self._hours.meet((account, hour), at_us, held)
        # One night's work is one question, however much is done in it.
        if odd and self._repeats.count(account, at_us) == 1:
            yield Sign(
                at_us, seen.host, account,
                f"{account} logged on to {seen.host} from {seen.origin_host or 'the machine itself'}: in {learnt:.0f} "
                f"days this privileged account was never used within {self._apart} hours of this time of day.",
                seen.row, None, {"times": 1, "from": seen.origin_host, "hour_utc": hour}, learnt,
            )  # fmt: skip
