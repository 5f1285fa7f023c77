"""What is told of sessions is true, whatever switches, machines, people and a new start of the program do in between.

The switch is a model here, because a real one cannot be made to be silent a thousand times; real ones are in
`tests/contract`. It is honest, and its log is complete, or tells beginnings and ends only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import Change, DeviceId, Foreseen, Order, OrderId, OrderRefused, Reading
from codedark.enforce.radius import radius
from codedark.enforce.radius.exchange import Answer, Nas, Request, Verb
from codedark.enforce.radius.radius import Radius
from codedark.enforce.radius.sessions import Sessions
from codedark.enforce.radius.things import NO_SESSION
from codedark.enforce.radius.words import SESSION_NOT_FOUND

QUARANTINE, ADDRESS, SWITCH = "Filter-Id=quarantine", "10.1.0.10", "10.9.0.1"
YES, NO, DONE_BUT_LOST, LOST = "yes", "no", "done, the answer lost", "lost"


class Sessioned(RuleBasedStateMachine):
    """One machine, one switch. ``may`` is what each session that goes on may do, by its name: the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.log = Path(self.folder.name) / "accounting"
        self.log.touch()
        self.seconds = 1_700_000_000
        self.may: dict[str, str] = {}
        self.last = ""
        self.sessions_until_now = 0
        self.behaviour = YES
        self.changes: tuple[Change, ...] = ()
        self.patched = ExitStack()
        self.patched.enter_context(patch.object(radius, "exchange", self.exchange))
        self.patched.enter_context(patch.object(radius, "_clock_seconds", lambda: float(self.seconds)))

    def teardown(self) -> None:
        self.patched.close()
        self.folder.cleanup()

    @initialize(tells_filters=st.booleans(), asks_first=st.booleans())
    def begin(self, tells_filters: bool, asks_first: bool) -> None:
        self.tells_filters, self.asks_first = tells_filters, asks_first
        self.start_anew()
        self.machine_comes(with_old_name=False)

    def exchange(self, requests: Sequence[Request], *_: Any) -> list[Answer]:
        return [self.asked(request.verb, dict(request.attributes)) for request in requests]

    def asked(self, verb: Verb, attributes: Mapping[str, str | int]) -> Answer:
        name = str(attributes["Acct-Session-Id"])
        self.seconds += 2
        if self.behaviour in {YES, DONE_BUT_LOST} and name in self.may:
            if verb is Verb.DISCONNECT:
                self.ends(name)
            elif "Filter-Id" in attributes:
                self.may[name] = f"Filter-Id={attributes['Filter-Id']}"
                self.tell(name, "Interim-Update")
        elif self.behaviour == YES:
            return Answer(is_done=False, cause=SESSION_NOT_FOUND)
        return {YES: Answer(is_done=True), NO: Answer(is_done=False, cause=501)}.get(self.behaviour, Answer(None))

    def tell(self, name: str, status: str) -> None:
        self.seconds += 2
        lines = [f"Acct-Status-Type = {status}", f"NAS-IP-Address = {SWITCH}", f'Acct-Session-Id = "{name}"']
        lines += ["Calling-Station-Id = 02-00-00-00-00-01", f"Framed-IP-Address = {ADDRESS}"]
        lines += [f"Timestamp = {self.seconds}"]
        if self.tells_filters and name in self.may:
            lines.append(self.may[name].replace("=", " = "))
        with self.log.open("a") as file:
            file.write("today\n" + "".join(f"\t{line}\n" for line in lines) + "\n")
        self.seconds += 2

    def ends(self, name: str) -> None:
        del self.may[name]
        self.tell(name, "Stop")

    def true(self, readings: Sequence[Reading]) -> None:
        for change, reading in zip(self.changes, readings, strict=True):
            if change.after == NO_SESSION:
                assert reading.value is None or (reading.value == NO_SESSION) == (not self.may), reading
                continue
            name = change.thing.split()[2]
            if reading.value is not None:
                assert reading.value in {change.before, change.after, self.may.get(name)}
                assert (reading.value == change.after) == (self.may.get(name) == QUARANTINE), reading
            else:
                assert reading.why

    @precondition(lambda self: not self.may)
    @rule(with_old_name=st.booleans())
    def machine_comes(self, with_old_name: bool) -> None:
        if not (with_old_name and self.last):
            self.sessions_until_now += 1
            self.last = f"s{self.sessions_until_now}"
        self.may[self.last] = "Filter-Id=staff"
        self.tell(self.last, "Start")

    @precondition(lambda self: self.may)
    @rule()
    def machine_leaves(self) -> None:
        self.ends(self.last)

    @precondition(lambda self: self.may and not self.changes)
    @rule()
    def machine_leaves_unnoticed(self) -> None:
        """The record of its end is lost, as UDP loses things."""
        del self.may[self.last]

    @precondition(lambda self: self.may)
    @rule(what=st.sampled_from(["staff", "guest"]))
    def switch_authenticates_again(self, what: str) -> None:
        self.may[self.last] = f"Filter-Id={what}"
        self.tell(self.last, "Interim-Update")

    @rule(behaviour=st.sampled_from([YES, YES, NO, DONE_BUT_LOST, LOST]))
    def switch_behaves(self, behaviour: str) -> None:
        self.behaviour = behaviour

    @rule()
    def start_anew(self) -> None:
        """The program ends, and another one begins with what is on disk."""
        known = {SWITCH: Nas(SWITCH, b"never used")}
        sessions, asks = Sessions(self.log), self.asks_first
        self.adapter = Radius(DeviceId("access"), known, sessions, QUARANTINE, asks_first=asks)

    @precondition(lambda self: not self.changes)
    @rule()
    def act(self) -> None:
        name = f"isolate {self.sessions_until_now}"
        kind, device = ActionKind.ISOLATE_HOST, DeviceId("access")
        order = Order(OrderId(name), ActionId(name), kind, device, 60, addresses=(ADDRESS,))
        kept: list[Foreseen] = []

        def keep(foreseen: Sequence[Foreseen]) -> None:
            kept.extend(foreseen)
            self.changes = kept[0].changes

        with suppress(OrderRefused):  # the switch was silent already when it was asked first
            self.true(self.adapter.apply([order], keep))

    @precondition(lambda self: self.changes)
    @rule()
    def look(self) -> None:
        self.true(self.adapter.verify(self.changes))

    @precondition(lambda self: self.changes)
    @rule()
    def renew(self) -> None:
        self.true(self.adapter.extend(self.changes, 60))

    @precondition(lambda self: self.changes)
    @rule()
    def take_back(self) -> None:
        readings = self.adapter.revert(self.changes)
        if self.changes[0].after != NO_SESSION:
            self.true(readings)
        if all(reading.value is not None for reading in readings):
            self.changes = ()


TestWhatIsToldOfSessionsIsTrue = Sessioned.TestCase
