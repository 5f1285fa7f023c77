"""Into the census's journal: messages as they come over MLLP, and files that lie there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from codedark.app.continuing.census.clock import header
from codedark.app.continuing.census.files import NotRecords, messages, records
from codedark.app.continuing.census.formats import FHIR, HL7
from codedark.app.own_errors import apart
from codedark.app.wall_clock import now_us
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.syntax import Unreadable
from codedark.errors import UnusableInput
from codedark.exchange.mllp_receiver import NotKept, Received
from codedark.store.journal.errors import JournalFailed
from codedark.store.journal.journal import Journal

_LISTED_FIRST: Final = ("Location", "Practitioner", "Medication", "Organization")
_BATCH: Final = 1000


class Intake:
    """Keeps what a receiver has taken. ``now_us`` says when."""

    def __init__(self, journal: Journal, reader: Reader, now_us: Callable[[], int]) -> None:
        self._journal = journal
        self._reader = reader
        self._now_us = now_us

    def __call__(self, batch: Sequence[Received]) -> Sequence[str]:
        """Put messages on disk, all with one sync, then say of each why it cannot be read. Raises `NotKept`.

        What came in one frame may be several messages, with or without the envelope of a batch (HL7 v2.5.1, 2.10.3):
        each is kept on its own, and the answer says the first that cannot be read.
        """
        now_us = self._now_us()
        cut = [(source, _cut(frame)) for source, frame in batch]
        try:
            for source, parts in cut:
                for message in parts:
                    self._journal.append(source, HL7, message + b"\n", 1, now_us, header(self._journal, now_us))
            self._journal.sync()
        except JournalFailed as error:
            raise NotKept(str(error)) from error
        return [next(filter(None, (self._judged(each, now_us) for each in parts)), "") for _, parts in cut]

    def _judged(self, message: bytes, now_us: int) -> str:
        """Why a message cannot be read, "" where it can. It is on disk, and may not end the intake at each coming."""
        reasons = list[str]()
        with apart(reasons.append):
            try:
                self._reader.read(message, now_us)
            except Unreadable as error:
                reasons.append(str(error))
        return "".join(reasons)


def _cut(frame: bytes) -> list[bytes]:
    """The messages of a frame, without the head of a batch; the frame as it is where there is but one."""
    parts = messages(frame)
    if not parts[1:]:
        return [frame]
    return [part for part in parts if not part.startswith((b"FHS", b"BHS"))]


class Loaded(NamedTuple):
    """How many records a journal got, and what was refused: a sentence for each file that is of another kind."""

    records: int
    refused: tuple[str, ...]


def load(paths: Sequence[Path], journal: Journal, said_us: int | None = None) -> Loaded:
    """Put files into the journal: HL7 v2 messages one behind the other, FHIR resources one a line, also compressed.

    Of FHIR, what others refer to by number comes first, so that it has a name when they are read. ``said_us``: when an
    export was made; without it, the file's own time. A file that is neither is left out, and the others are taken.
    Raises `UnusableInput`; what was read before is in the journal then, and may be loaded again.
    """
    files = sorted(
        (file for path in paths for file in (path.iterdir() if path.is_dir() else [path]) if file.is_file()),
        key=lambda file: (not any(name in file.name for name in _LISTED_FIRST), str(file)),
    )
    if not files:
        raise UnusableInput(f"{', '.join(map(str, paths))}: no files there")
    loaded, refused = 0, list[str]()
    for file in files:
        # Numbers of the journal rise with time: behind a file of next year, no feed would ever be silent.
        at_us = said_us if said_us is not None else min(file.stat().st_mtime_ns // 1000, now_us())
        try:
            for n, part in enumerate(records(file), 1):
                # An old export that comes late speaks of its own time still: arrivals in the journal never go back.
                said = b"%d" % at_us if part.format == FHIR else b""
                journal.append(f"file://{file.name}", part.format, part.data, part.count, at_us, header=said)
                loaded += part.count
                if n % _BATCH == 0:
                    journal.sync()
        except NotRecords as error:
            refused.append(str(error))
        journal.sync()
    return Loaded(loaded, tuple(refused))
