"""`codedark census serve`: takes messages in until it is stopped. Everything else is done beside it
(`serving.keeping`): who sends waits for the disk alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from codedark.app.continuing.census.checkpoint import newest, prune
from codedark.app.continuing.census.clock import Clock
from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.intake import Intake
from codedark.app.continuing.census.tray import Taking
from codedark.app.continuing.serving.keeping import KeepingProcess
from codedark.app.continuing.serving.listeners import Renewing
from codedark.app.wall_clock import now_us
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import Site
from codedark.errors import CodeDarkError, UsageError
from codedark.events.moments import moment_of
from codedark.exchange.mllp_peer import Listener
from codedark.exchange.mllp_receiver import MllpReceiver
from codedark.hospital.hospital import Hospital
from codedark.store.journal.errors import JournalFailed
from codedark.store.journal.journal import Journal

_STEP_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 1.0
_PRUNE_SECONDS: Final = 60.0
_TOLD_AGAIN_SECONDS: Final = 3600.0
_MOST_TOLD: Final = 1000


class CensusService:
    """Journal and receiver in one thread, and the census in a process beside it, started with ``options``.

    Close it, or nobody else can write the journal.
    """

    def __init__(
        self,
        home: Path,
        hospital: Hospital,
        own: Site,
        whom: Sequence[Listener],
        renewing: Sequence[Renewing],
        keep_days: float,
        options: Sequence[str],
        say: Callable[[str], None],
    ) -> None:
        self._say: Final = say
        self._folder: Final = journal_of(home)
        self._journal: Final = Journal(self._folder, not_before=newest(self._folder))
        try:
            intake = Intake(self._journal, Reader(own, hospital.time_zone), now_us)
            self.receiver: Final = MllpReceiver(whom, intake, _stamp, refused=self._tell_refused)
        except OSError as error:
            self._journal.close()
            where = ", ".join(f"{each.host}:{each.port}" for each in whom)
            raise UsageError(f"--listen {where}: {error.strerror}; choose another address") from error
        self._keeping: Final = KeepingProcess(options, say)
        self._taking: Final = Taking(home, self._journal)
        self._clock: Final = Clock(self._journal)
        self._renewing: Final = renewing
        self._keep_days: Final = keep_days
        self._pruned = 0.0
        self._turned_away: Final[dict[tuple[str, str], float]] = {}
        self._looked = 0.0
        self._is_laden = False
        self._refused = ""

    def step(self) -> None:
        """Take what comes within half a second; then a little of what the record told, and once a second look after
        the process beside.
        """
        self.receiver.step(0 if self._is_laden else _STEP_SECONDS)
        now = time.monotonic()
        if self._is_laden or now - self._looked >= _LOOK_SECONDS:
            self._is_laden = self._take()
        if now - self._looked >= _LOOK_SECONDS:
            self._look_at_clock()
            self._keeping.step()
            for each in self._renewing:
                each.look(self._say)
            self._looked = now
        if now - self._pruned >= _PRUNE_SECONDS:
            prune(self._journal, self._folder, self._keep_days, time.time())
            self._pruned = now

    def close(self) -> None:
        """End; the process beside tells its books first."""
        self.receiver.close()
        self._keeping.close()
        self._journal.close()

    def _tell_refused(self, address: str, reason: str) -> None:
        """Each reason of each address once an hour: who comes again and again must not fill the log."""
        now = time.monotonic()
        known = self._turned_away
        if now - known.get((address, reason), -_TOLD_AGAIN_SECONDS) >= _TOLD_AGAIN_SECONDS:
            if len(known) >= _MOST_TOLD:
                known.clear()
            known[address, reason] = now
            self._say(f"{address} is turned away: {reason}")

    def _look_at_clock(self) -> None:
        """What the disk refuses to write down is tried again with the next look."""
        with suppress(JournalFailed):
            if self._clock.look(now_us()):
                self._say("this machine's clock was set back: what was heard before counts as heard now at the latest")

    def _take(self) -> bool:
        """Take in some of the tray; whether there is more. A disk that refuses is told once, and tried again."""
        try:
            taken = self._taking.step()
        except (CodeDarkError, OSError) as error:
            if str(error) != self._refused:
                self._say(f"what the record told waits: {error}")
            self._refused = str(error)
            return False
        self._refused = ""
        return taken > 0


def _stamp() -> str:
    return f"{moment_of(now_us()):%Y%m%d%H%M%S}+0000"
