"""Two audits of one act that no longer match: the client's and the server's (FHIR AuditEvents of both, IHE BALP).

A server's record without the client's: something else than the usual program asked, with a stolen session or a script.
A client's record without the server's: the server's audit was stopped, filtered, or its records were taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US, HOUR_US, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.observation import Observation, RecordAccess
from codedark.detect.finding import Level

_MINUTE_US: Final = 60_000_000
_EVERYBODY: Final = ""
_MOST_COUNTED: Final = 2_000
"""Then the past counts half, so that what changes is followed."""

_Act = tuple[str, str, str, str]
"""Account, client, patient and action."""


@dataclass(slots=True)
class _Waiting:
    """Acts of one key that wait for the other audit: above zero more are the server's, below the client's. No row: that
    of another batch would be no record of this one.
    """

    at_us: int
    host: str
    more: int = 0


@dataclass(slots=True)
class _Habit:
    """How often both audits told of a client's acts, and how often only one; ``missing`` in the hour ``hour``."""

    matched: float = 0.0
    alone: float = 0.0
    hour: int = 0
    missing: int = 0


class UnmatchedAudit:
    """Remembers of each client, and of the server's audit as a whole, whether both sides usually tell.

    Of a client and not of an account: whether the program writes an audit is decided by where it runs.
    """

    id: ClassVar[BehaviourId] = BehaviourId("unmatched_audit")
    version: ClassVar[int] = 2
    watches: ClassVar[tuple[type[Observation], ...]] = (RecordAccess,)

    def __init__(self, settings: Settings) -> None:
        self._wait_us = int(number(settings, "minutes") * _MINUTE_US)
        self._least = whole(settings, "acts_in_an_hour")
        self._least_server = whole(settings, "acts_without_server_in_an_hour")
        self._least_matched = whole(settings, "matched_before")
        self._share = number(settings, "share_alone")
        self._learn_days = number(settings, "learn_days")
        self._most_waiting = whole(settings, "most_waiting")
        self._most_clients = whole(settings, "most_clients")
        self._waiting: dict[_Act, _Waiting] = {}
        self._habits: dict[str, _Habit] = {}
        self._server = _Habit()
        self._first_us = -1
        self._repeats: Repeats[tuple[str, str]] = Repeats(self._most_clients)

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One audit record: matched with one of the other side, or waiting for it."""
        if not isinstance(seen, RecordAccess) or not seen.account:
            return
        if self._first_us < 0:
            self._first_us = seen.at_us
        act = (seen.account, seen.client, seen.patient or seen.query, seen.action)
        waiting = self._waiting.get(act)
        if waiting is None:
            waiting = self._waiting[act] = _Waiting(seen.at_us, seen.host)
        side = 1 if seen.reporter == "server" else -1
        if waiting.more * side < 0:
            self._matched(seen.client)
        waiting.more += side
        if not waiting.more:
            del self._waiting[act]
        elif len(self._waiting) > self._most_waiting:
            yield from self._close(next(iter(self._waiting)), seen.at_us, context)

    def tick(self, now_us: int, context: Context) -> Iterator[Sign]:
        """What has waited long enough stays alone."""
        while self._waiting:
            act = next(iter(self._waiting))
            if now_us - self._waiting[act].at_us < self._wait_us:
                return
            yield from self._close(act, now_us, context)

    def _matched(self, client: str) -> None:
        for habit in (self._habit(client), self._server):
            habit.matched += 1
            if habit.matched >= _MOST_COUNTED:
                habit.matched /= 2
                habit.alone /= 2

    def _habit(self, client: str) -> _Habit:
        habit = self._habits.pop(client, None) or _Habit()
        self._habits[client] = habit
        if len(self._habits) > self._most_clients:
            del self._habits[next(iter(self._habits))]
        return habit

    def _close(self, act: _Act, now_us: int, context: Context) -> Iterator[Sign]:
        account, client, *_ = act
        waiting = self._waiting.pop(act)
        by_server = waiting.more > 0
        habit = self._habit(client) if by_server else self._server
        hour = waiting.at_us // HOUR_US
        if hour != habit.hour:
            habit.hour, habit.missing = hour, 0
        habit.missing += abs(waiting.more)
        usually_both = habit.matched >= self._least_matched and habit.alone <= self._share * habit.matched
        learnt = round((now_us - self._first_us) / DAY_US, 2)
        enough = habit.missing >= (self._least if by_server else self._least_server)
        if not (enough and usually_both and learnt >= self._learn_days):
            if not context.held(waiting.host, account):
                habit.alone += abs(waiting.more)
            return
        if by_server and self._repeats.count((client, "client"), now_us) == 1:
            yield Sign(
                now_us, client or waiting.host, account,
                f"{habit.missing} accesses to records from {client} within an hour, the last by {account}, are in the "
                "server's audit and not in the client's, which usually has them too.",
                -1, None, {"acts": habit.missing, "client": client}, learnt,
            )  # fmt: skip
        elif not by_server and self._repeats.count((_EVERYBODY, "server"), now_us) == 1:
            yield Sign(
                now_us, "", account,
                f"{habit.missing} accesses to records that clients wrote down within an hour are missing in the "
                "server's audit.",
                -1, Level.HIGH, {"acts": habit.missing, "client": client}, learnt,
            )  # fmt: skip
