"""A supplier outside its window: at an hour that is neither agreed nor usual, or on a machine that it never reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import Familiar, Met, Repeats
from codedark.detect.behaviour.kinds.settings import names, number, switch, whole
from codedark.detect.behaviour.kinds.whereabouts import is_movement, kind_of
from codedark.detect.behaviour.observation import Logon, Observation
from codedark.events.moments import moment_of
from codedark.hospital.account import AccountKind


class VendorWindow:
    """Knows the hours and the machines of each supplier's account."""

    id: ClassVar[BehaviourId] = BehaviourId("vendor_window")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._learning_days = number(settings, "learning_days")
        self._from_hour = whole(settings, "from_hour")
        self._until_hour = whole(settings, "until_hour")
        self._workdays_only = switch(settings, "workdays_only")
        self._accounts = names(settings, "accounts")
        most, keeps = whole(settings, "most_pairs"), whole(settings, "keeps_days")
        self._hours: Familiar[tuple[str, bool, int]] = Familiar(most, keeps)  # (account, at the weekend, hour)
        self._machines: Familiar[tuple[str, str]] = Familiar(most, keeps)
        self._repeats: Repeats[tuple[str, str]] = Repeats(most)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon of a supplier's account, or an attempt: is it the hour, is it the machine?

        Attempts count for the hour, because whoever guesses a password at night is outside the window too; only
        logons that succeeded are learnt.
        """
        if not isinstance(seen, Logon) or not self._is_vendor(seen.account, context):
            return
        yield from self._hour(seen, context)
        if is_movement(seen):
            yield from self._machine(seen, context)

    def _is_vendor(self, account: str, context: Context) -> bool:
        return account in self._accounts or kind_of(context.places, account) is AccountKind.VENDOR

    def _hour(self, seen: Logon, context: Context) -> Iterator[Sign]:
        """Agreed hours need no learning; what is outside of them and was often done is let be."""
        local = _local(seen.at_us, context)
        weekend = local.weekday() >= 5
        agreed = self._from_hour <= local.hour < self._until_hour and not (weekend and self._workdays_only)
        if agreed:
            return
        key = (seen.account, weekend, local.hour)
        learnt = self._hours.learnt_days(seen.at_us)
        held = context.held(seen.host, seen.account)
        if (self._hours.meet(key, seen.at_us, held) if seen.succeeded else self._standing(key)) is not Met.NEW:
            return
        self._hours.doubt(key, seen.at_us)
        if times := self._repeats.count((seen.account, "hour"), seen.at_us):
            did = "logged on" if seen.succeeded else "tried to log on"
            yield Sign(
                seen.at_us, seen.host, seen.account,
                f"{seen.account}, a supplier's account, {did} to {seen.host or 'the hospital'} on "
                f"{local:%A at %H:%M}, outside the window of {self._from_hour} to {self._until_hour} o'clock"
                f"{' on workdays' if self._workdays_only else ''} and not an hour at which it is usual.",
                seen.row, None, {"times": times, "hour": local.hour, "from": seen.origin_host}, learnt,
            )  # fmt: skip

    def _standing(self, key: tuple[str, bool, int]) -> Met:
        return Met.FAMILIAR if key in self._hours else Met.NEW

    def _machine(self, seen: Logon, context: Context) -> Iterator[Sign]:
        learnt = self._machines.learnt_days(seen.at_us)
        key = (seen.account, seen.host)
        held = context.held(seen.host, seen.account)
        if self._machines.meet(key, seen.at_us, held) is not Met.NEW or learnt < self._learning_days:
            return
        if not any(account == seen.account for account, _ in self._machines if _ != seen.host):
            return  # the account itself is new: dormant accounts are another behaviour's
        self._machines.doubt(key, seen.at_us)
        if times := self._repeats.count((seen.account, "machine"), seen.at_us):
            yield Sign(
                seen.at_us, seen.host, seen.account,
                f"{seen.account}, a supplier's account, reached {seen.host} from {seen.origin_host or 'itself'}: it "
                f"had not been there in {learnt:.0f} days of learning.",
                seen.row, None, {"times": times, "from": seen.origin_host}, learnt,
            )  # fmt: skip


def _local(at_us: int, context: Context) -> datetime:
    """The hospital's time; UTC where the model names a zone that this machine does not know."""
    moment = moment_of(at_us)
    try:
        return moment.astimezone(ZoneInfo(context.places.hospital.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment
