"""Switches and access points over RADIUS (RFC 5176): sessions of 802.1X and MAB into quarantine, or ended, and back.

A thing of this device is a session (`codedark.enforce.radius.things`), its value what that session may do.

RFC 5176 has no question for what stands. So only this is known:

1. A switch that says yes has done all of it, one that says no nothing of it (section 3). So it was *then*.
2. A session that is over has nothing of ours any more, and what the machine does next is another session. A switch says
   that it has none when it is asked for a change of nothing, and that is what a dry run does.
3. What the log of sessions says later, if switches write there what a session may do.

Everything else is told as not known. A machine that has just left is in no session: nothing is done, and when it comes
back people are told. A switch that authenticates again within a session (every hour, often) takes the
quarantine away without a word; so each renewal says all of it again. Who lifts it by hand clears the session, and a
session that is over is not touched again. Where the log still says otherwise after a renewal, the switch lies, and its
yes counts no more.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import Final

from codedark.contain.action import ActionKind
from codedark.enforce.contract import Change, DeviceId, Foreseen, Keep, Order, Reading, raise_refusals
from codedark.enforce.leases import refuse_lease
from codedark.enforce.radius.exchange import Answer, Nas, Verb, exchange
from codedark.enforce.radius.knowledge import Knowledge
from codedark.enforce.radius.sessions import Session, Sessions
from codedark.enforce.radius.things import (
    AS_SERVER,
    DISCONNECTED,
    NO_SESSION,
    absent_thing,
    attributes_of,
    request_of,
    thing_of,
    told_switch,
    words_of,
)
from codedark.enforce.radius.words import SESSION_NOT_FOUND

_AUTHENTICATE_AGAIN: Final = 1
_clock_seconds: Final = time.time


class Radius:
    """The switches and access points ``switches``, by address, as one device, with the ``sessions`` on them.

    ``quarantine`` is what an isolated session may do (``Filter-Id=quarantine``, ``Tunnel-Private-Group-Id=666``), or ""
    where sessions can only be ended. ``has_leases``: whether these switches take a Session-Timeout in a change, at the
    end of which they authenticate the machine again and so end the quarantine (RFC 3580 3.17). ``protected`` are the
    addresses of lifelines. ``asks_first``: whether switches are asked for a session by a change of nothing before
    anything is done, because logs miss ends. ``try_seconds`` says how long each try of a request waits.
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
        asks_first: bool = True,
        try_seconds: Sequence[float] = (1.0, 2.0, 3.0),
    ) -> None:
        self.device: Final = device
        self.ends_by_itself: Final = has_leases or not quarantine
        self._switches = switches
        self._after = quarantine or DISCONNECTED
        _ = attributes_of(quarantine)
        self._protected = {str(ip_address(address)) for address in protected}
        self._has_leases = has_leases
        self._asks_first = asks_first
        self._try_seconds = tuple(try_seconds)
        self._sessions = sessions
        self._known = Knowledge(device, sessions)

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """Which sessions would be put into quarantine or ended. Their switches are asked whether they have them.

        For a machine in no session that is nothing, so that nobody takes it for isolated.
        """
        return tuple(replace(each, changes=_acts(each.changes)) for each in self._foreseen(orders))

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """All switches at once. What one of them refuses or does not answer is told, session by session."""
        foreseen = self._foreseen(orders)
        raise_refusals(foreseen)
        leases: dict[Change, int] = {}
        for order, each in zip(orders, foreseen, strict=True):
            for change in each.changes:
                leases[change] = max(order.lease_seconds, leases.get(change, 0))
        absent = [change for change in leases if change.after == NO_SESSION]
        keep(foreseen)
        wanted = {change: leases[change] for change in _acts(leases)}
        return (*self._change(wanted, is_first=True), *map(self._known.told, absent))

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What the log of sessions says since, and where it says nothing, that it is not known."""
        self._sessions.refresh()
        return tuple(map(self._known.told, changes))

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """The whole quarantine once more, to sessions that are not over by the log; see the module's heading."""
        self._sessions.refresh()
        known = {change: self._known.told(change) for change in changes} | self._known.lies(changes)
        kept = {DISCONNECTED, NO_SESSION}
        renewed = [each for each in changes if known[each].value in {None, each.after} and each.after not in kept]
        known |= zip(renewed, self._change(dict.fromkeys(renewed, lease_seconds), is_first=False), strict=True)
        return tuple(known[change] for change in changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What a session might do before; where that is not known it is ended, and authenticates again. A session that
        was ended holds nothing that could be set back, nor does one that its switch refused to change.
        """
        nothing = {DISCONNECTED, NO_SESSION}
        held = [each for each in changes if each.after not in nothing and not self._known.was_refused(each)]
        requests = [
            request_of(change.thing, Verb.DISCONNECT)
            if change.before == AS_SERVER
            else request_of(change.thing, Verb.CHANGE, attributes_of(change.before))
            for change in held
        ]
        answers = dict(zip(held, exchange(requests, self._switches, self._try_seconds), strict=True))
        return tuple(self._after_return(change, answers.get(change, Answer(is_done=True))) for change in changes)

    def _foreseen(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """What the log says, once switches have said of which sessions it missed the end."""
        self._sessions.refresh()
        foreseen = tuple(map(self._foresee, orders))
        things = sorted(
            {change.thing for each in foreseen for change in _acts(each.changes)} if self._asks_first else ()
        )
        asked = exchange([request_of(thing, Verb.CHANGE) for thing in things], self._switches, self._try_seconds)
        silent = {}
        for thing, answer in zip(things, asked, strict=True):
            if answer.cause == SESSION_NOT_FOUND:
                self._sessions.close(*words_of(thing)[:2])
            elif answer.is_done is None:
                silent[thing] = f"{self.device}: {told_switch(thing)}: {answer.why}"
        return tuple(map(partial(self._foresee, silent=silent), orders))

    def _foresee(self, order: Order, silent: Mapping[str, str] | None = None) -> Foreseen:
        try:
            sessions = self._wanted(order)
        except ValueError as error:
            return Foreseen(order.id, (), refusal=str(error))
        changes = tuple(map(self._changed, sessions))
        refusals = [silent[change.thing] for change in changes if silent and change.thing in silent]
        if refusals:
            return Foreseen(order.id, (), refusal="; ".join(refusals))
        return Foreseen(order.id, changes, tuple(map(self._saying, sessions)))

    def _changed(self, session: Session) -> Change:
        """What becomes of a session; nobody's quarantine is set back, its server is asked anew."""
        if session.is_over:
            return Change(absent_thing(session), NO_SESSION, NO_SESSION)
        is_known = session.authorised not in {"", self._after} and self._after != DISCONNECTED
        return Change(thing_of(session), session.authorised if is_known else AS_SERVER, self._after)

    def _saying(self, session: Session) -> str:
        where = f"{self.device}: {session.machine} on {session.nas}, session {session.id}"
        if session.is_over:
            return (
                f"{self.device}: {session.machine} is in no session now; it is told when it comes back, and not stopped"
            )
        if self._after == DISCONNECTED:
            return f"{where}: is ended; the machine comes back at once unless its RADIUS server refuses it"
        ends = "ends by itself with its lease" if self._has_leases else "stands until it is taken back"
        return f"{where}: may do {self._after}, and nothing else; that {ends}"

    def _wanted(self, order: Order) -> list[Session]:
        """The sessions of an order. Raises `ValueError` with the reason why it is refused."""
        if order.kind is not ActionKind.ISOLATE_HOST:
            raise ValueError(f"{self.device} has ports of switches and cannot do '{order.kind}'")
        refuse_lease(order)
        addresses = {str(ip_address(address)) for address in order.addresses}
        if held := self._protected & addresses:
            raise ValueError(f"{min(held)} is a lifeline's address: its port stays open")
        found = {each.machine: each for address in sorted(addresses) if (each := self._sessions.of(address))}
        if not found:
            raise ValueError(f"{', '.join(sorted(addresses)) or 'nothing'}: in no session of {self._sessions.path}")
        if unknown := {each.nas for each in found.values()} - set(self._switches):
            raise ValueError(f"the secret of switch {min(unknown)} is not configured")
        return list(found.values())

    def _change(self, leases: Mapping[Change, int], *, is_first: bool) -> tuple[Reading, ...]:
        """Send each its quarantine with its lease, or its end."""
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
            self._known.heard(change, answer, sent, is_first=is_first)
        return tuple(self._after_change(change, answer) for change, answer in zip(leases, answers, strict=True))

    def _after_change(self, change: Change, answer: Answer) -> Reading:
        if answer.is_done:
            return Reading(change.thing, change.after)
        why = f"{self.device}: {told_switch(change.thing)}: {answer.why}"
        if answer.cause == SESSION_NOT_FOUND:
            return Reading(change.thing, change.after if change.after == DISCONNECTED else change.before, why)
        # What it refuses it has not begun (RFC 5176 3): it has what it had, which is known at the first time.
        return Reading(change.thing, change.before if self._known.was_refused(change) else None, why)

    def _after_return(self, change: Change, answer: Answer) -> Reading:
        if answer.is_done or answer.cause == SESSION_NOT_FOUND:
            self._known.forget(change)
            return Reading(change.thing, change.before)
        return Reading(change.thing, None, f"{self.device}: {told_switch(change.thing)}: {answer.why}")


def _acts(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Those for which something is asked of a switch."""
    return tuple(change for change in changes if change.after != NO_SESSION)
