"""`codedark census serve`: takes messages in until it is stopped, and says when a feed falls silent or speaks again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from codedark.app.continuing.census_intake import Intake, now_us
from codedark.app.continuing.census_state import CensusState, Following, counted
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import Site, site
from codedark.errors import UsageError
from codedark.events.moments import moment_of
from codedark.exchange.mllp_receiver import MllpReceiver
from codedark.hospital.hospital import Hospital
from codedark.store.journal import Journal

_STEP_SECONDS: Final = 0.5
_LOOK_US: Final = 5_000_000


def journal_of(home: Path) -> Path:
    """Where the census's journal lies."""
    return home / "continuity" / "journal"


def site_of(home: Path, file: Path | None) -> Site:
    """The site's map: ``file``, else ``continuity/hl7v2.yaml`` at home, else as it comes. Raises `UsageError`."""
    own = home / "continuity" / "hl7v2.yaml" if file is None else file
    if file is None and not own.exists():
        return site()
    try:
        return site(own.read_bytes(), str(own))
    except OSError as error:
        raise UsageError(f"{own}: it cannot be read: {error.strerror}") from error


class CensusService:
    """Journal, receiver and the state that follows, in one thread. Close it, or nobody else can write the journal."""

    def __init__(self, home: Path, hospital: Hospital, own: Site, host: str, port: int) -> None:
        folder = journal_of(home)
        self._journal: Final = Journal(folder)
        try:
            reader = Reader(own, hospital.time_zone)
            intake = Intake(self._journal, reader, now_us)
            self.receiver: Final = MllpReceiver(host, port, intake, _stamp)
        except OSError as error:
            self._journal.close()
            raise UsageError(f"--listen {host}:{port}: {error.strerror}; choose another address") from error
        self.state: Final = CensusState(hospital, own)
        self._following: Final = Following(folder, self.state)
        self._silent: frozenset[str] = frozenset()
        self._looked_us = 0
        self._is_behind = True

    def step(self, say: Callable[[str], None]) -> None:
        """Take what comes within half a second; now and then, say which feeds fell silent and which speak again.

        At the start the whole journal is to be read: a part after each step, so that senders need not wait for it.
        """
        self.receiver.step(0 if self._is_behind else _STEP_SECONDS)
        self._is_behind = bool(self._following.advance())
        if not self._is_behind and now_us() - self._looked_us >= _LOOK_US:
            self._tell_silence(say)
            self._looked_us = now_us()

    def close(self) -> dict[str, Any]:
        """End; returns the books."""
        self.receiver.close()
        self._following.catch_up()
        self._following.close()
        self._journal.close()
        return {**asdict(self.receiver.counts), **counted(self.state.books)}

    def _tell_silence(self, say: Callable[[str], None]) -> None:
        at_us = now_us()
        silent = frozenset(self.state.feeds.stalled(at_us))
        for sentence in self.state.feeds.sentences(at_us) if silent - self._silent else ():
            say(sentence)
        for source in sorted(self._silent - silent):
            say(f"{source} speaks again.")
        self._silent = silent


def _stamp() -> str:
    return f"{moment_of(now_us()):%Y%m%d%H%M%S}+0000"
