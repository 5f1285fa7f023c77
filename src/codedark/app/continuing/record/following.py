"""The record beside the census: asked every minute what changed, and every hour for everything, which is compared.

Asking takes minutes, so a thread does it, into a file; whoever has the census calls `RecordFollowing.step` between
other things. What is news is laid into the tray (`census.tray`), for the one writer of the journal. A server that fails
half-way has told nothing: nothing is compared, nothing taken in, and it is asked again. Where it does not allow us the
rest, nothing is compared either, but what it had told is taken in, and it is asked again when that is due.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from codedark.app.amounts import amount
from codedark.app.continuing.census.state import CensusState
from codedark.app.continuing.census.tray import lay
from codedark.app.continuing.record.asking import Asking, GoingOn, going_on
from codedark.app.continuing.record.notified import notified
from codedark.app.continuing.record.plan import HookPlan, Plan
from codedark.app.continuing.record.report import Report
from codedark.app.continuing.record.side import Answer, RecordSide, compared
from codedark.app.continuing.record.subscribing import Subscribed, Subscribing, secret_of
from codedark.app.wall_clock import now_us
from codedark.continuity.charts.chart import PatientId
from codedark.errors import CodeDarkError, UsageError
from codedark.events.moments import moment_of
from codedark.exchange.fhir_hook import Hook
from codedark.exchange.sender import NotAllowed

_OVERLAP_US: Final = 300 * 1_000_000
"""How far two clocks may be apart, so that nothing falls between two questions."""
_AGAIN_US: Final = 300 * 1_000_000
"""How long to wait before everything is asked for again where that failed."""
_SELDOM: Final = 10
"""How many times less often is asked for changes where the record tells of them by itself."""
_AT_ONCE: Final = 500
"""How many resources are looked through at once: a tenth of a second."""


@dataclass(slots=True)
class _Asked:
    """What a thread asks for, and what came of it. ``answer`` is None where only changes were asked for."""

    began_us: int
    file: Path
    resources: int = 0
    done: int = 0
    of: int = 0
    failed: str = ""
    is_refused: bool = False
    answer: Answer | None = None
    thread: threading.Thread | None = None
    sorting: Iterator[bytes] | None = None
    news: list[bytes] = field(default_factory=list)


class RecordFollowing:
    """One server beside the census of ``home``. ``say`` is told what people should know, each sentence once."""

    def __init__(self, home: Path, plan: Plan, say: Callable[[str], None]) -> None:
        self.report: Final = Report(home, plan.client.base)
        self._home, self._plan, self._say = home, plan, say
        self._asking = Asking(plan.client, plan.system)
        self._asked: _Asked | None = None
        self._whole_us = self._changes_us = 0
        """When to ask next for everything, and for what changed."""
        self._now_us = 0
        self._is_told = False
        """Whether the record told that something changed, since it was last asked for changes."""
        self._heard_us = 0
        self._said = self._how = ""
        self._subscribed = Subscribed(False, "")
        self._subscribing: Subscribing | None = None
        self._hook: Hook | None = None
        if plan.hook is not None:
            self._subscribing, self._hook = self._hooked(plan.hook)

    def step(self, state: CensusState, now_us: int) -> None:
        """Do what is to be done now; returns soon.

        1. Where nothing is asked, and it is time, a thread begins to ask.
        2. When it has ended, what it brought is looked through, a little with each step.
        3. Then it is laid into the tray as a whole, and told.
        """
        if now_us < self._now_us - _OVERLAP_US:  # the clock was set back: nothing holds that was planned by it
            self._whole_us = self._changes_us = 0
        self._now_us = now_us
        asked = self._asked
        if asked is None:  # (1)
            self._asked = self._begun(state, now_us)
        elif asked.thread is not None and asked.thread.is_alive():
            if asked.of:
                self.report.progress(asked.done, asked.of)
        elif asked.failed and not asked.is_refused:
            self._end(asked, now_us, asked.failed)
        else:  # (2)
            asked.sorting = asked.sorting or self._news(state, asked)
            some = list(islice(asked.sorting, _AT_ONCE))
            asked.news += (each for each in some if each)
            if len(some) < _AT_ONCE:
                self._end(asked, now_us, self._told(state, asked, now_us) or asked.failed)  # (3)

    @property
    def port(self) -> int:
        """Where the record tells us what changed; 0 where it does not."""
        return self._hook.port if self._hook else 0

    def close(self) -> None:
        """Listen no more."""
        if self._hook is not None:
            self._hook.end()

    def _hooked(self, plan: HookPlan) -> tuple[Subscribing, Hook]:
        client, secret = self._plan.client, secret_of(self._home)
        try:
            hook = Hook(plan.host, plan.port, secret, self._notified, plan.tls)
        except OSError as error:
            where = f"--notify-listen {plan.host}:{plan.port}"
            raise UsageError(f"{where}: {error.strerror}; choose another address") from error
        return Subscribing(self._home, client, client.base, plan.url, secret), hook

    def _notified(self, body: bytes) -> None:
        """Take what the record told by itself, on disk when this returns. Raises ValueError, OSError."""
        found = notified(body, self._asking.patients)
        if found.lines and self._plan.repairs:
            lay(self._home, f"fhir+{self._plan.client.base}", now_us(), found.lines)
        if found.is_to_be_asked or (found.lines and not self._plan.repairs):
            self._is_told = True

    def _begun(self, state: CensusState, now_us: int) -> _Asked | None:
        file = self._home / "continuity" / "record.asked"
        if now_us >= self._whole_us:
            lying = [bed.chart for beds in state.wards(now_us).values() for bed in beds if bed.chart]
            numbers, open_ = [chart.id for chart in lying], going_on(lying)
            asked = _Asked(now_us, file, of=max(1, len(numbers)))
            return self._started(asked, lambda: self._ask_everything(asked, numbers, open_, state))
        if self._heard_us and self._plan.changes_us and (self._is_told or now_us >= self._changes_us):
            self._is_told = False
            asked = _Asked(now_us, file)
            return self._started(asked, lambda: self._ask_changes(asked))
        return None

    def _started(self, asked: _Asked, ask: Callable[[], None]) -> _Asked:
        def run() -> None:
            try:
                ask()
            except NotAllowed as error:
                asked.failed, asked.is_refused = f"it does not allow us the rest: {error}", True
            except (CodeDarkError, OSError) as error:
                asked.failed = str(error)
            except (AttributeError, TypeError, LookupError, ValueError) as error:
                asked.failed = f"{self._plan.client.base}: told what is no FHIR ({type(error).__name__}: {error})"

        asked.thread = threading.Thread(target=run, name="record", daemon=True)
        asked.thread.start()
        return asked

    def _ask_everything(self, asked: _Asked, numbers: list[PatientId], open_: GoingOn, state: CensusState) -> None:
        def progress(done: int, of: int) -> None:
            asked.done, asked.of = done, of

        side, asking = (
            RecordSide(state.hospital, asked.began_us, state.systems),
            Asking(self._plan.client, self._plan.system),
        )
        with asked.file.open("wb") as file:
            for resource in asking.everything(numbers, progress, open_):
                file.write(orjson.dumps(resource) + b"\n")
                side.take(resource)
        asked.resources, asked.answer = side.resources, side.answer()
        self._asking = asking

    def _ask_changes(self, asked: _Asked) -> None:
        if self._subscribing is not None:
            self._subscribed = self._subscribing.look(asked.began_us)
            self.report.subscribed(self._subscribed.how)
        with asked.file.open("wb") as file:
            for resource in self._asking.changed(self._heard_us - _OVERLAP_US):
                file.write(orjson.dumps(resource) + b"\n")
                asked.resources += 1

    def _news(self, state: CensusState, asked: _Asked) -> Iterator[bytes]:
        """Each line that was told: itself where it is news, else empty."""
        if not asked.file.exists():  # it was refused before anything was told
            return
        with asked.file.open("rb") as file:
            for line in file:
                resource: Any = orjson.loads(line)
                yield line[:-1] if state.is_news(resource, asked.began_us) else b""

    def _told(self, state: CensusState, asked: _Asked, now_us: int) -> str:
        """Lay it into the tray and tell what differs; returns why that failed, else empty."""
        if asked.answer is not None:
            lying = [bed.chart for beds in state.wards(now_us).values() for bed in beds if bed.chart]
            found = compared(lying, asked.answer, state.told_by_record, asked.began_us)
            taken = len(asked.news) if self._plan.repairs else 0
            self.report.compared(asked.began_us, len(lying), asked.resources, taken, found)
            self._tell(f"record compared: {amount(len(lying), 'patient')}, {amount(asked.resources, 'resource')}, "
                       f"{amount(len(found), 'difference')}, {taken:,} taken in: {self.report.path}")  # fmt: skip
        if self._plan.repairs and (asked.news or not asked.is_refused):
            source, is_whole = f"fhir+{self._plan.client.base}", not asked.is_refused
            try:
                lay(self._home, source, asked.began_us, asked.news, is_whole=is_whole)
            except OSError as error:
                return f"{self._home}: what the record told cannot be kept: {error.strerror}"
        if not asked.is_refused:
            self._heard_us = asked.began_us
        return ""

    def _end(self, asked: _Asked, now_us: int, failed: str) -> None:
        """Say when to ask next."""
        is_whole = asked.of > 0
        if is_whole:
            is_soon = failed and not asked.is_refused
            self._whole_us = now_us + (min(_AGAIN_US, self._plan.every_us) if is_soon else self._plan.every_us)
        seldom = _SELDOM if self._subscribed.is_whole else 1
        self._changes_us = now_us + seldom * self._plan.changes_us
        if self._subscribed.how != self._how:
            self._how = self._subscribed.how
            self._say(f"changes of the record are {self._how}")
        if failed:
            kept = len(asked.news) if self._plan.repairs else 0
            self._tell(f"{f'{kept:,} resources are' if kept else 'nothing is'} taken from the record: {failed}")
        self.report.ended(failed, f"{moment_of(self._whole_us):%Y-%m-%dT%H:%M:%SZ}")
        asked.file.unlink(missing_ok=True)
        self._asked = None

    def _tell(self, sentence: str) -> None:
        if sentence != self._said:
            self._say(sentence)
        self._said = sentence
