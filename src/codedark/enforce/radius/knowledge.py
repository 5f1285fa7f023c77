"""What is known of sessions between requests: what switches said, and what the log has told since.

Nothing of it is on disk. A program that begins knows what the log says, and that no switch has told it anything yet.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from codedark.enforce.contract import Change, DeviceId, Reading
from codedark.enforce.radius.exchange import Answer
from codedark.enforce.radius.sessions import Session, Sessions, machine_of
from codedark.enforce.radius.things import DISCONNECTED, NO_SESSION, last_session_of, told_switch, words_of


class Knowledge:
    """What ``device`` knows of its ``sessions``."""

    def __init__(self, device: DeviceId, sessions: Sessions) -> None:
        self.sessions: Final = sessions
        self._device = device
        self._said_yes: dict[str, float] = {}
        self._again: dict[str, int] = {}
        self._said_no: set[str] = set()
        self._doubted: set[str] = set()

    def heard(self, change: Change, answer: Answer, sent_seconds: float, *, is_first: bool) -> None:
        """Take what a switch said to a change. Who refuses a renewal still has what it had: that is not what it had
        before us, and another program may have been told its yes.
        """
        thing = change.thing
        if answer.is_done is not False:  # silence may be a yes that was lost
            self._said_no.discard(thing)
        if answer.is_done:
            self._said_yes[thing] = sent_seconds
            if is_first or thing not in self._again:
                self._again[thing] = self._again_by_now(thing)
        elif answer.is_done is False and is_first and thing not in self._said_yes:
            self._said_no.add(thing)

    def forget(self, change: Change) -> None:
        """A session has nothing of ours any more."""
        self._said_yes.pop(change.thing, None)
        self._again.pop(change.thing, None)

    def was_refused(self, change: Change) -> bool:
        """Whether a switch did nothing of it, ever: it said so, and was never silent about it."""
        return change.thing in self._said_no

    def lies(self, changes: Collection[Change]) -> dict[Change, Reading]:
        """What the log says of those of which it has said otherwise before, and says so again after a renewal."""
        otherwise = {change: said for change in changes if (said := self.otherwise(change))}
        found = {
            change: Reading(change.thing, said, f"{self.told(change).why}, and again after a renewal")
            for change, said in otherwise.items()
            if change.thing in self._doubted
        }
        self._doubted = self._doubted - {each.thing for each in changes} | {each.thing for each in otherwise}
        return found

    def told(self, change: Change) -> Reading:
        """What the log tells of a thing; the numbers are those of `codedark.enforce.radius.radius`."""
        if change.after == NO_SESSION:
            return self._absent(change)
        if past := self._past(change):
            return past
        session, said = self._session(change.thing), self._said_yes.get(change.thing)
        if session is not None and session.authorised == change.after:  # (3)
            return Reading(change.thing, change.after)
        now = self.otherwise(change)
        says = f"says {now} since" if now else "says nothing"
        when = "" if said is None else f"; it said yes at {datetime.fromtimestamp(said, UTC):%H:%M:%S} UTC"  # (1)
        why = f"{told_switch(change.thing)} cannot be asked what stands, and its log {says}{when}"
        return Reading(change.thing, None, f"{self._device}: {why}")

    def otherwise(self, change: Change) -> str:
        """What the log says that a session may do, where that is later than the switch's yes and something else."""
        if change.after in {DISCONNECTED, NO_SESSION} or self._past(change):
            return ""
        session, said = self._session(change.thing), self._said_yes.get(change.thing)
        if session is None or said is None:
            return ""
        return session.authorised if session.authorised_seconds > said and session.authorised != change.after else ""

    def _past(self, change: Change) -> Reading | None:
        """What is known because a session is over by the log (2); None while it goes on."""
        nas, name, station = words_of(change.thing)
        newest = self.sessions.newest(machine_of(nas, name, station))
        by_now = self._again_by_now(change.thing)
        is_another = newest is not None and (newest.nas, newest.id) != (nas, name)
        is_another |= by_now > self._again.get(change.thing, by_now)
        if newest is None or not (newest.is_over or is_another):
            return None
        if newest.is_over and change.after == DISCONNECTED:
            return Reading(change.thing, DISCONNECTED)
        now = "is over" if newest.is_over else f"is over, and {newest.machine} has another one on {newest.nas}"
        return Reading(change.thing, change.before, f"{self._device}: {told_switch(change.thing)} {now}")

    def _absent(self, change: Change) -> Reading:
        """A machine that was in no session: still, or what people have to know."""
        machine, nas, name, again = last_session_of(change.thing)
        newest = self.sessions.newest(machine)
        if newest is not None and newest.is_over:
            return Reading(change.thing, NO_SESSION)
        if newest is None or ((newest.nas, newest.id) == (nas, name) and newest.again <= again):
            why = f"{self.sessions.path} does not tell what became of session {name} of {machine}"
            return Reading(change.thing, None, f"{self._device}: {why}")
        where = f"in a session on {newest.nas}"
        why = f"{self._device}: {machine} came back, and is {where} that nobody isolated: isolate it anew"
        return Reading(change.thing, where, why)

    def _session(self, thing: str) -> Session | None:
        return self.sessions.now(*words_of(thing)[:2])

    def _again_by_now(self, thing: str) -> int:
        session = self._session(thing)
        return 0 if session is None else session.again
