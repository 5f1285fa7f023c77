"""The census beside its intake: a process of its own that follows the journal, tells which feeds fell silent, and asks
the record. It writes nothing into the journal, so that whoever acknowledges messages waits for none of this. What it
counts stands in ``HOME/run/census.json``, for monitoring.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from codedark.app.continuing.census.books import counted
from codedark.app.continuing.census.checkpoint import save, set_aside
from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.record.following import RecordFollowing
from codedark.app.continuing.record.plan import Plan
from codedark.app.wall_clock import now_us
from codedark.app.watching.part import Part
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.hl7v2.site import Site
from codedark.hospital.hospital import Hospital
from codedark.store.checkpoint import CheckpointNotSaved

NAME: Final = "census"
_STEP_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 2.0
_SAVE_SECONDS: Final = 600.0
_STOP_SECONDS: Final = 60.0
_FIRST_SECONDS: Final = 0.5
_MOST_SECONDS: Final = 60.0
_WELL_SECONDS: Final = 120.0


class Keeping:
    """The census of ``home`` in this process, until its `Part` is stopped. ``say`` is told what people should know."""

    def __init__(
        self, home: Path, hospital: Hospital, site: Site, plan: Plan | None, say: Callable[[str], None]
    ) -> None:
        self.state: Final = CensusState(hospital, site)
        self._say: Final = say
        self._following: Final = Following(journal_of(home), self.state)
        self._record: Final = RecordFollowing(home, plan, say) if plan else None
        self._silent: frozenset[str] = frozenset()
        self._unrested: Mapping[PatientId, str] = {}
        self._looked = 0.0
        self._journal: Final = journal_of(home)
        self._saved, self._saved_at = self._following.next, time.monotonic()
        if self._record is not None and self._record.port:
            say(f"the record may tell of changes at port {self._record.port}")
        if self._following.reason:
            say(self._following.reason)
        self._set_aside()

    def run(self, part: Part) -> dict[str, Any]:
        """Keep it until ``part`` is stopped; returns the books."""
        while not part.stopped():
            if not self.step(part):
                time.sleep(_STEP_SECONDS)
        if self._record is not None:
            self._record.close()
        self._following.catch_up()
        self._save()
        self._following.close()
        return dict(counted(self.state.books))

    def step(self, part: Part) -> bool:
        """Take in some of what is new, and say whether anything was; if not, look who is silent, and ask the record."""
        if self._following.advance():
            return True
        at_us, now = now_us(), time.monotonic()  # a clock may be set back, and who is silent is looked at all the same
        if now - self._looked >= _LOOK_SECONDS:
            self._tell_silence(at_us)
            self._tell_unrested()
            self._looked = now
            part.say(at_us=at_us, silent=sorted(self._silent), **counted(self.state.books))
        if self._record is not None:
            self._record.step(self.state, at_us)
        if now - self._saved_at >= _SAVE_SECONDS:
            self._save()
        return False

    def _save(self) -> None:
        """Write a checkpoint where anything is new. That the disk refuses is told; the one before counts."""
        self._saved_at = time.monotonic()
        if self._following.next == self._saved:
            return
        try:
            save(self._journal, self.state, self._following.next)
            self._saved = self._following.next
        except (CheckpointNotSaved, TypeError) as error:
            self._say(str(error))

    def _set_aside(self) -> None:
        try:
            set_aside(self._journal, self._following.unread)
        except OSError as error:
            self._say(f"checkpoints that cannot be read stay in their place ({error.strerror}): move them away by hand")

    def _tell_unrested(self) -> None:
        unrested = self.state.unrested
        for patient in unrested if unrested != self._unrested else ():
            self._say(
                f"what was told of patient {patient} stays as it is, and is not laid to rest: {unrested[patient]}"
            )
        self._unrested = unrested

    def _tell_silence(self, at_us: int) -> None:
        feeds = self.state.feeds
        silent = frozenset((*feeds.stalled(at_us), *feeds.doubtful(at_us)))
        for sentence in feeds.sentences(at_us) if silent - self._silent else ():
            self._say(sentence)
        for source in sorted(self._silent - silent):
            self._say(f"{source} speaks again.")
        self._silent = silent


class KeepingProcess:
    """That process as its parent sees it: started, started again when it ends, ever more slowly, and stopped."""

    def __init__(self, options: Sequence[str], say: Callable[[str], None]) -> None:
        command = [sys.executable, "-P", "-m", "codedark", "census", "keep", "--parent", str(os.getpid())]
        self._command: Final = [*command, *options]
        self._say: Final = say
        self._process: subprocess.Popen[bytes] | None = None
        self._pause_seconds = _FIRST_SECONDS
        self._began = self._next = 0.0

    def step(self) -> None:
        """Start it where it does not run."""
        now = time.monotonic()
        if self._process is not None and (code := self._process.poll()) is not None:
            self._process = None
            is_well = now - self._began > _WELL_SECONDS
            self._pause_seconds = _FIRST_SECONDS if is_well else min(2 * self._pause_seconds, _MOST_SECONDS)
            self._next = now + self._pause_seconds
            self._say(f"the census ended ({code}) and is made again in {self._pause_seconds:.0f} s; messages are kept")
        if self._process is None and now >= self._next:
            self._began = now
            try:
                self._process = subprocess.Popen(self._command)  # noqa: S603 - ourselves
            except OSError as error:  # no memory or no process more, for now
                self._next = now + self._pause_seconds
                self._say(f"the census cannot be started: {error.strerror}; messages are kept")

    def close(self) -> None:
        """Have it end in order, and where it does not, at once."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
