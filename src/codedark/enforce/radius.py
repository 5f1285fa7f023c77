"""Switches and access points over RADIUS (RFC 5176): sessions of 802.1X and MAB into quarantine, or ended, and back.

A thing of this device is a session (`codedark.enforce.radius_things`), its value what that session may do.

RFC 5176 has no question for what stands. So only this is known:

1. A switch that says yes has done all of it, one that says no nothing of it (section 3). So it was *then*.
2. A session that is over has nothing of ours any more, and what the machine does next is another session.
3. What the log of sessions says later, if switches write there what a session may do.

Everything else is told as not known. A switch that authenticates again within a session (every hour, often) takes the
quarantine away without a word; so each renewal says all of it again. Who lifts it by hand clears the session, and a
session that is over is not touched again. Where the log still says otherwise after a renewal, the switch lies, and its
yes counts no more.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from codedark.contain.action import ActionKind
from codedark.enforce.contract import Change, DeviceId, Foreseen, Keep, Order, Reading, raise_refusals
from codedark.enforce.radius_exchange import Answer, Nas, Verb, exchange
from codedark.enforce.radius_sessions import Session, Sessions, machine_of
from codedark.enforce.radius_things import (
    AS_SERVER,
    DISCONNECTED,
    attributes_of,
    request_of,
    thing_of,
    told_switch,
    words_of,
)
from codedark.enforce.radius_words import SESSION_NOT_FOUND

_AUTHENTICATE_AGAIN: Final = 1
_LONGEST_LEASE_SECONDS: Final = 7 * 86_400
_clock_seconds: Final = time.time


class Radius:
    """The switches and access points ``switches``, by address, as one device, with the ``sessions`` on them.

    ``quarantine`` is what an isolated session may do (``Filter-Id=quarantine``, ``Tunnel-Private-Group-Id=666``), or ""
    where sessions can only be ended. ``has_leases``: whether these switches take a Session-Timeout in a change, at the
    end of which they authenticate the machine again and so end the quarantine (RFC 3580 3.17). ``protected`` are the
    addresses of lifelines. ``try_seconds`` says how long each try of a request waits.
    """

    def __init__(
        self,
        device: DeviceId,
        switches: Mapping[str, Nas],
        sessions: Sessions,
        quarantine: str = "",
        protected: Iterable[str] = (),
        *,
        has_leases: bool = True,
        try_seconds: Sequence[float] = (1.0, 2.0, 3.0),
    ) -> None:
        self.device: Final = device
        self.ends_by_itself: Final = has_leases or not quarantine
        self._switches = switches
        self._sessions = sessions
        self._after = quarantine or DISCONNECTED
        _ = attributes_of(quarantine)
        self._protected = {str(ip_address(address)) for address in protected}
        self._has_leases = has_leases
        self._try_seconds = tuple(try_seconds)
        self._said_yes: dict[str, float] = {}
        self._again: dict[str, int] = {}
        self._said_no: set[str] = set()
        self._doubted: set[str] = set()

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """Which sessions would be put into quarantine or ended, by the log; the switches themselves are not asked."""
        self._sessions.refresh()
        return tuple(self._foresee(order) for order in orders)

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """All switches at once. What one of them refuses or does not answer is told, session by session."""
        foreseen = self.check(orders)
        raise_refusals(foreseen)
        leases: dict[Change, int] = {}
        for order, each in zip(orders, foreseen, strict=True):
            for change in each.changes:
                leases[change] = max(order.lease_seconds, leases.get(change, 0))
        keep(foreseen)
        for change in leases:
            self._again.pop(change.thing, None)
        return self._change(leases, is_first=True)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What the log of sessions says since, and where it says nothing, that it is not known."""
        self._sessions.refresh()
        return tuple(self._told(change) for change in changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """The whole quarantine once more, to sessions that are not over by the log; see the module's heading."""
        self._sessions.refresh()
        known = {change: self._told(change) for change in changes}
        lies = {change.thing: said for change in changes if (said := self._otherwise(change))}
        for change in changes:
            if change.thing in lies and change.thing in self._doubted:
                why = f"{known[change].why}, and again after a renewal"
                known[change] = Reading(change.thing, lies[change.thing], why)
        self._doubted = self._doubted - {change.thing for change in changes} | set(lies)
        renewed = [each for each in changes if known[each].value in {None, each.after} and each.after != DISCONNECTED]
        known |= zip(renewed, self._change(dict.fromkeys(renewed, lease_seconds)), strict=True)
        return tuple(known[change] for change in changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What a session might do before; where that is not known it is ended, and authenticates again. A session that
        was ended holds nothing that could be set back, nor does one that its switch refused to change.
        """
        held = [each for each in changes if each.after != DISCONNECTED and each.thing not in self._said_no]
        requests = [
            request_of(change.thing, Verb.DISCONNECT)
            if change.before == AS_SERVER
            else request_of(change.thing, Verb.CHANGE, attributes_of(change.before))
            for change in held
        ]
        answers = dict(zip(held, exchange(requests, self._switches, self._try_seconds), strict=True))
        return tuple(self._after_return(change, answers.get(change, Answer(is_done=True))) for change in changes)

    def _foresee(self, order: Order) -> Foreseen:
        try:
            sessions = self._wanted(order)
        except ValueError as error:
            return Foreseen(order.id, (), refusal=str(error))
        changes = tuple(Change(thing_of(each), self._before(each), self._after) for each in sessions)
        says = []
        for each in sessions:
            where = f"{self.device}: {each.machine} on {each.nas}, session {each.id}"
            if self._after == DISCONNECTED:
                says.append(f"{where}: is ended; the machine comes back at once unless its RADIUS server refuses it")
                continue
            ends = "ends by itself with its lease" if self._has_leases else "stands until it is taken back"
            says.append(f"{where}: may do {self._after}, and nothing else; that {ends}")
        if without := sorted(set(order.addresses) - {each.address for each in sessions}):
            says.append(f"{self.device}: not told in any session: {', '.join(without)}")
        return Foreseen(order.id, changes, tuple(says))

    def _before(self, session: Session) -> str:
        """What is to be set back; nobody's quarantine is, its server is asked anew."""
        is_known = session.authorised not in {"", self._after} and self._after != DISCONNECTED
        return session.authorised if is_known else AS_SERVER

    def _wanted(self, order: Order) -> list[Session]:
        """The sessions of an order. Raises `ValueError` with the reason why it is refused."""
        if order.kind is not ActionKind.ISOLATE_HOST:
            raise ValueError(f"{self.device} has ports of switches and cannot do '{order.kind}'")
        if not 0 < order.lease_seconds <= _LONGEST_LEASE_SECONDS:
            raise ValueError(f"a lease of {order.lease_seconds} s: give one of 1 s to {_LONGEST_LEASE_SECONDS} s")
        addresses = {str(ip_address(address)) for address in order.addresses}
        if held := self._protected & addresses:
            raise ValueError(f"{min(held)} is a lifeline's address: its port stays open")
        found = {each.machine: each for address in sorted(addresses) if (each := self._sessions.of(address))}
        if not found:
            raise ValueError(f"{', '.join(sorted(addresses)) or 'nothing'}: in no session of {self._sessions.path}")
        if unknown := {each.nas for each in found.values()} - set(self._switches):
            raise ValueError(f"the secret of switch {min(unknown)} is not configured")
        return list(found.values())

    def _change(self, leases: Mapping[Change, int], *, is_first: bool = False) -> tuple[Reading, ...]:
        """Send each its quarantine with its lease, or its end. Who refuses a renewal still has what it had: that is not
        what it had before us, and another program may have been told its yes.
        """
        requests = []
        for change, lease in leases.items():
            if change.after == DISCONNECTED:
                requests.append(request_of(change.thing, Verb.DISCONNECT))
                continue
            attributes = attributes_of(change.after)
            if self._has_leases:
                attributes += (("Session-Timeout", lease), ("Termination-Action", _AUTHENTICATE_AGAIN))
            requests.append(request_of(change.thing, Verb.CHANGE, attributes))
        sent = _clock_seconds()
        answers = exchange(requests, self._switches, self._try_seconds)
        for change, answer in zip(leases, answers, strict=True):
            if answer.is_done is not False:  # silence may be a yes that was lost
                self._said_no.discard(change.thing)
            if answer.is_done:
                self._said_yes[change.thing] = sent
                self._again.setdefault(change.thing, self._again_by_now(change.thing))
            elif answer.is_done is False and is_first and change.thing not in self._said_yes:
                self._said_no.add(change.thing)
        return tuple(self._after_change(change, answer) for change, answer in zip(leases, answers, strict=True))

    def _after_change(self, change: Change, answer: Answer) -> Reading:
        if answer.is_done:
            return Reading(change.thing, change.after)
        why = f"{self.device}: {told_switch(change.thing)}: {answer.why}"
        if answer.cause == SESSION_NOT_FOUND:
            return Reading(change.thing, change.after if change.after == DISCONNECTED else change.before, why)
        # What it refuses it has not begun (RFC 5176 3): it has what it had, which is known at the first time.
        return Reading(change.thing, change.before if change.thing in self._said_no else None, why)

    def _after_return(self, change: Change, answer: Answer) -> Reading:
        if answer.is_done or answer.cause == SESSION_NOT_FOUND:
            self._said_yes.pop(change.thing, None)
            self._again.pop(change.thing, None)
            return Reading(change.thing, change.before)
        return Reading(change.thing, None, f"{self.device}: {told_switch(change.thing)}: {answer.why}")

    def _told(self, change: Change) -> Reading:
        """What the log tells of a thing; the numbers are those of the heading."""
        if past := self._past(change):
            return past
        session, said = self._session(change.thing), self._said_yes.get(change.thing)
        if session is not None and session.authorised == change.after:  # (3)
            return Reading(change.thing, change.after)
        now = self._otherwise(change)
        says = f"says {now} since" if now else "says nothing"
        when = "" if said is None else f"; it said yes at {datetime.fromtimestamp(said, UTC):%H:%M:%S} UTC"  # (1)
        why = f"{told_switch(change.thing)} cannot be asked what stands, and its log {says}{when}"
        return Reading(change.thing, None, f"{self.device}: {why}")

    def _otherwise(self, change: Change) -> str:
        """What the log says that a session may do, where that is later than the switch's yes and something else."""
        session, said = self._session(change.thing), self._said_yes.get(change.thing)
        if session is None or said is None or change.after == DISCONNECTED or self._past(change):
            return ""
        return session.authorised if session.authorised_seconds > said and session.authorised != change.after else ""

    def _past(self, change: Change) -> Reading | None:
        """What is known because a session is over by the log (2); None while it goes on."""
        nas, name, station = words_of(change.thing)
        newest = self._sessions.newest(machine_of(nas, name, station))
        by_now = self._again_by_now(change.thing)
        is_another = newest is not None and (newest.nas, newest.id) != (nas, name)
        is_another |= by_now > self._again.get(change.thing, by_now)
        if newest is None or not (newest.is_over or is_another):
            return None
        if newest.is_over and change.after == DISCONNECTED:
            return Reading(change.thing, DISCONNECTED)
        now = "is over" if newest.is_over else f"is over, and {newest.machine} has another one on {newest.nas}"
        return Reading(change.thing, change.before, f"{self.device}: {told_switch(change.thing)} {now}")

    def _session(self, thing: str) -> Session | None:
        return self._sessions.now(*words_of(thing)[:2])

    def _again_by_now(self, thing: str) -> int:
        session = self._session(thing)
        return 0 if session is None else session.again
