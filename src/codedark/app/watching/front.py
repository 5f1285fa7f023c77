"""The front of `serve`: sources in, notes and alarms through, the page out; and the parts behind it kept running.

It does nothing that takes long itself. Records go to the journal (`JournalIntake`); judging and archiving are done by
the parts (`Supervisor`); alarms are delivered by a thread, so that a mail server that hangs holds up nothing.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from codedark.app.enforcing.naming import KEEPER
from codedark.app.notify.notifier import Happened, Notifier
from codedark.app.notify.settings import notification
from codedark.app.own_errors import own_error
from codedark.app.watching.checking import check
from codedark.app.watching.clock import Clock
from codedark.app.watching.configuration import Configuration, load
from codedark.app.watching.intake import JournalIntake
from codedark.app.watching.listening import bodies_in, listening
from codedark.app.watching.log import log
from codedark.app.watching.look import Look
from codedark.app.watching.notes import note_of
from codedark.app.watching.part import said
from codedark.app.watching.parts import PARTS, hospital_of
from codedark.app.watching.supervisor import Supervisor
from codedark.app.watching.web import web
from codedark.errors import CodeDarkError
from codedark.events.parcel import Sequence
from codedark.ingest.live.intake import NotTaken
from codedark.store.journal.journal import Journal
from codedark.store.state.state import State
from codedark.store.state.tables import StateUnavailable

_DECISIONS_SECONDS: Final = 0.5
_NOTIFY_SECONDS: Final = 0.5
_UPKEEP_SECONDS: Final = 10.0
_FORGET_SECONDS: Final = 3600.0
_DAY_US: Final = 86_400 * 1_000_000


class Front:
    """One run of `serve` over the installation ``home``."""

    def __init__(self, home: Path, configuration: Configuration, clock_us: Clock, cache: Path) -> None:
        self._home = home
        self._configuration = configuration
        self._clock_us = clock_us
        self._cache = cache
        self._hospital = hospital_of(home, configuration)
        self._ending = asyncio.Event()
        self._notifying = threading.Lock()
        self._end = False
        self._reload = False
        self._asked: set[asyncio.Task[None]] = set()
        self.failing: dict[str, str] = {}
        """What could not be done the last time, and why."""

    async def run(self) -> None:
        """Watch until SIGINT or SIGTERM; begin anew with another configuration at SIGHUP, if that is in order.

        Raises `CodeDarkError` where something cannot be begun at all; once begun, nothing ends it but a signal.
        """
        self._hear_signals()
        before: Configuration | None = None
        while True:
            try:
                await self._once()
            except CodeDarkError as error:
                if before is None:
                    raise
                log().error("the new configuration cannot be begun; the one before is", reason=str(error))
                self._configuration, before = before, None
                continue
            if not self._reload:
                return
            before = self._configuration
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._reload = False
        self._ending.clear()
        try:
            configuration = load(self._home)
            self._hospital = hospital_of(self._home, configuration)
        except CodeDarkError as error:  # changed again since it was checked
            log().error("the new configuration is not taken up", reason=str(error))
            return
        self._configuration = configuration
        log().info("begun anew with another configuration")

    async def _once(self) -> None:
        told = self._configuration
        followed = [int(said(self._home, name).get("saved", 0) or 0) for name in PARTS]
        with Journal(self._home / "journal", not_before=Sequence(max(1, *followed))) as journal:
            self._clock_us.not_before(journal.found.arrived_us)
            if journal.found.cut_bytes:
                log().warning("the end of the journal was torn and is cut off", octets=journal.found.cut_bytes)
            if journal.found.damaged_bytes:
                log().error("the journal is damaged; followers tell what is lost", octets=journal.found.damaged_bytes)
            intake = JournalIntake(journal, self._clock_us, told.limits.most_waiting_bytes)
            state = State(self._home / "state.sqlite")
            names = [*PARTS, *([KEEPER] if told.enforce else [])]
            supervisor = Supervisor(self._home, names, lambda text: log().warning(text))
            notifier = self._notifier(state)
            ears = listening(self._home, told, intake, journal.marks())
            look = Look(
                self._home, told, self._clock_us, self._hospital_name(), self.failing,
                journal, intake, state, supervisor, notifier, ears,
            )  # fmt: skip
            if told.http:
                known = bodies_in(self._home / "journal", self._clock_us())
                ears.add(f"http://{told.http.listen}", web(self._home, told, told.http, intake, known, look.now))
            try:
                await ears.start()
                tasks = [
                    intake.guard(),
                    supervisor.run(),
                    self._every("Taking decisions", _DECISIONS_SECONDS, lambda: self._journal_decisions(state, intake)),
                    self._every("Telling of alarms", _NOTIFY_SECONDS, lambda: self._notify(notifier)),
                    self._every("Upkeep of the journal", _UPKEEP_SECONDS, lambda: self._upkeep(journal)),
                    self._every("Forgetting findings", _FORGET_SECONDS, lambda: self._forget(state)),
                ]
                log().info("watching", home=str(self._home), sources=[name for name, _ in ears.boards()])
                await self._until_ended(tasks)
            finally:
                await ears.stop()
                await intake.close()
                await supervisor.stop(hurry=self._reload)
                with self._notifying:  # a letter that is under way, which a deadline ends
                    state.close()
        log().info("stopped; everything that was taken is on disk")

    async def _until_ended(self, work: Iterable[Coroutine[Any, Any, None]]) -> None:
        tasks = [asyncio.create_task(each) for each in work]
        ending = asyncio.create_task(self._ending.wait())
        done, _ = await asyncio.wait([*tasks, ending], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        ending.cancel()
        for task in tasks:
            if task in done:
                task.result()  # what went wrong is raised here

    def _hear_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._asked_to_end)
        loop.add_signal_handler(signal.SIGHUP, self._asked_to_reload)

    def _asked_to_end(self) -> None:
        self._end = True
        self._reload = False
        self._ending.set()

    def _asked_to_reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self._take_up_another())
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _take_up_another(self) -> None:
        """Take another configuration up, if it is in order; else say what is wrong and go on as before. It is checked
        beside the loop, because rules that have to be compiled take long.
        """
        try:
            await asyncio.to_thread(check, self._home, self._cache)
        except CodeDarkError as error:
            log().error("the new configuration is not taken up", reason=str(error))
            return
        if not self._end:
            self._reload = True
            self._ending.set()

    def _hospital_name(self) -> str:
        return self._hospital.name if self._hospital else ""

    def _notifier(self, state: State) -> Notifier:
        if not self._configuration.notify:
            return Notifier(state, ())
        found = notification(self._configuration.notify, "[notify]", self._home)
        house = found.settings.house
        named = replace(found.settings, house=replace(house, name=house.name or self._hospital_name()))
        return Notifier(state, found.channels, named)

    async def _journal_decisions(self, state: State, intake: JournalIntake) -> None:
        """What people decided goes into the journal once, in its order; from there the judge takes it."""
        for decided in await asyncio.to_thread(state.decisions_waiting):
            await intake.note(note_of(decided.decision), 1)
            await asyncio.to_thread(state.journalled, decided.decision.id, intake.durable)

    def _step(self, notifier: Notifier) -> list[Happened]:
        """One step at a time: who takes over after a reload must not send what is being sent."""
        with self._notifying:
            return notifier.step(self._clock_us())

    async def _notify(self, notifier: Notifier) -> None:
        for happened in await asyncio.to_thread(self._step, notifier):
            log().info(
                "alarm" if happened.alarm else "probe",
                channel=happened.channel,
                outcome=happened.outcome,
                alarm=happened.alarm,
                repeat=happened.repeat,
                said=happened.said,
            )

    async def _upkeep(self, journal: Journal) -> None:
        """Delete of the journal what no part would read again."""
        heard = [said(self._home, name) for name in PARTS]
        needed = min(int(each.get("needed", each.get("saved", 0)) or 0) for each in heard)
        await asyncio.to_thread(journal.delete_before, Sequence(needed))

    async def _forget(self, state: State) -> None:
        """Forget findings that belong to no incident, a few at a time."""
        gone = state.forget_findings(self._clock_us() - self._configuration.lake.keep_days * _DAY_US)
        while await asyncio.to_thread(next, gone, 0):
            pass  # each step is a short transaction of its own

    async def _every(self, what: str, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
        """Do something again and again. A database that is busy, a disk that is full or a row that cannot be read is
        said, and tried again: nothing of this may end the watch.
        """
        while True:
            try:
                await do()
                self.failing.pop(what, None)
            except (StateUnavailable, NotTaken, OSError) as error:
                self._fails(what, str(error))
            except Exception as error:  # noqa: BLE001 - else one row that cannot be read ends serve after each start
                self._fails(what, own_error(error))
            await asyncio.sleep(seconds)

    def _fails(self, what: str, reason: str) -> None:
        self.failing[what] = reason
        log().error("this has to wait", what=what, reason=reason)
