"""The tray: what one process has for the journal of the census, and another, its one writer, takes in.

``HOME/continuity/tray/NUMBER.ndjson`` begins with a line that says from where it is and as of when; each line behind it
is a FHIR resource. Where that line has ``is_whole`` false, the source had more to tell, and it does not count as heard.
A file has this name only when it is whole. It is deleted when it is in the journal; who is killed before takes it in
again, which changes nothing (decision 15).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import orjson

from codedark.app.continuing.census.clock import header
from codedark.app.continuing.census.formats import FHIR, HEARD
from codedark.store.durable import sync_folder
from codedark.store.journal.journal import Journal

_ENDING: Final = ".ndjson"
_SOME_BYTES: Final = 32 << 10
"""What is taken in at once: a few milliseconds, for senders of messages wait meanwhile."""


def tray(home: Path) -> Path:
    """Where it is."""
    return home / "continuity" / "tray"


def lay(home: Path, source: str, at_us: int, lines: Iterable[bytes], *, is_whole: bool = True) -> int:
    """Lay resources, each a line without its end, into the tray, on disk when this returns; says how many.

    Without any it is still laid: that the source was heard, and told all that it had, where ``is_whole``. Raises
    OSError, and then nothing is there.
    """
    folder = tray(home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    path = folder / f"{at_us:020}.{os.urandom(4).hex()}{_ENDING}"
    beside = path.with_suffix(".part")
    count = 0
    try:
        with beside.open("wb") as file:
            file.write(orjson.dumps({"source": source, "at_us": at_us, "is_whole": is_whole}) + b"\n")
            for line in lines:
                file.write(line + b"\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(folder)
    finally:
        beside.unlink(missing_ok=True)
    return count


class Taking:
    """Takes the tray of ``home`` into the journal, a little at a time. Not for two processes at once."""

    def __init__(self, home: Path, journal: Journal) -> None:
        self._folder, self._journal = tray(home), journal
        self._path: Path | None = None
        self._source, self._at_us, self._offset = "", 0, 0
        self._is_whole = True

    def step(self) -> int:
        """Take in some; returns how many resources. 0: there is nothing left. Raises `JournalFailed`, OSError: then it
        is as before, to be tried again.
        """
        path = self._path or self._next()
        if path is None:
            return 0
        with path.open("rb") as file:
            if self._path is None:
                try:
                    told = orjson.loads(file.readline())
                    self._source, self._at_us, self._offset = str(told["source"]), int(told["at_us"]), file.tell()
                    self._is_whole = told.get("is_whole") is not False
                except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                    path.replace(path.with_suffix(".unreadable"))
                    return 0
                self._path = path
            file.seek(self._offset)
            lines = file.readlines(_SOME_BYTES)
            behind = file.tell()
        heard = header(self._journal, self._at_us)
        if lines:
            self._journal.append(self._source, FHIR, b"".join(lines), len(lines), self._at_us, heard)
        elif self._is_whole:
            self._journal.append(self._source, HEARD, b"FHIR\n", 1, self._at_us, heard)
        self._journal.sync()
        self._offset = behind
        if not lines:
            path.unlink(missing_ok=True)
            self._path = None
        return max(1, len(lines))

    def _next(self) -> Path | None:
        """The oldest that is whole."""
        try:
            found = sorted(self._folder.glob(f"*{_ENDING}"))
        except OSError:
            return None
        return found[0] if found else None
