"""The book of back-entry: where every entry stands, and what people decided; SQLite, lines are only ever appended.

That an entry is being sent is on disk before it is sent: who begins again after a crash looks for it first.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.entries.entry import EntryId
from codedark.continuity.entries.reconcile import Standing, State
from codedark.errors import CodeDarkError, UnusableInput, UsageError
from codedark.store.closing import Closing

_TABLES: Final = (
    (
        "CREATE TABLE IF NOT EXISTS standing (line INTEGER PRIMARY KEY, entry TEXT NOT NULL, state TEXT NOT NULL,"
        " place TEXT NOT NULL, why TEXT NOT NULL, owner TEXT NOT NULL, at_us INTEGER NOT NULL,"
        " mark TEXT NOT NULL DEFAULT '')"
    ),
    "CREATE INDEX IF NOT EXISTS standing_of_entry ON standing (entry)",
    (
        "CREATE TABLE IF NOT EXISTS decision (line INTEGER PRIMARY KEY, about TEXT NOT NULL, what TEXT NOT NULL,"
        " person TEXT NOT NULL, at_us INTEGER NOT NULL)"
    ),
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'the book is only appended to'); END"
        for table in ("standing", "decision")
        for verb in ("update", "delete")
    ),
)


class BookFailed(CodeDarkError):
    """The disk refused a line of the book; what it was to tell of is not done."""


class Decision(NamedTuple):
    """What somebody decided about an entry or a patient number."""

    about: str
    what: str
    person: str
    at_us: int


class Book(Closing):
    """The book at ``path``, made where it is not there. Raises `UnusableInput`, and `BookFailed`."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=20)
            self._db.execute("PRAGMA journal_mode=DELETE")
            self._db.execute("PRAGMA synchronous=EXTRA")
            for statement in _TABLES:
                self._db.execute(statement)
            if "mark" not in {row[1] for row in self._db.execute("PRAGMA table_info (standing)")}:  # an older book
                self._db.execute("ALTER TABLE standing ADD COLUMN mark TEXT NOT NULL DEFAULT ''")
        except (OSError, sqlite3.OperationalError) as error:
            raise BookFailed(
                f"{path}: the disk refuses the book of back-entry ({error}): make room, leave the book, begin again"
            ) from error
        except sqlite3.DatabaseError as error:
            raise UnusableInput(f"{path}: is no book of back-entry ({error}): move it away, and keep it") from error
        self.path: Final = path
        self._standing = self._read()

    @contextmanager
    def only_run(self) -> Iterator[None]:
        """Hold the book for one run. Raises `UsageError` where another run is under way."""
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._standing = self._read()
            yield
        except BlockingIOError as error:
            raise UsageError(f"{self.path}: another run of back-entry is under way: let it end") from error
        finally:
            os.close(lock)

    def write(self, standing: Standing) -> None:
        """Keep where an entry stands, on disk when this returns; where it stood like that already, nothing is done."""
        before = self._standing.get(standing.entry)
        if before is not None and before._replace(at_us=0) == standing._replace(at_us=0):
            return
        self._insert(
            "INSERT INTO standing (entry, state, place, why, owner, at_us, mark) VALUES (?, ?, ?, ?, ?, ?, ?)",
            tuple(standing),
        )
        self._standing[standing.entry] = standing

    def decide(self, decision: Decision) -> None:
        """Keep what somebody decided."""
        self._insert("INSERT INTO decision (about, what, person, at_us) VALUES (?, ?, ?, ?)", tuple(decision))

    def standing(self) -> dict[EntryId, Standing]:
        """Where each entry stands now."""
        return dict(self._standing)

    def of(self, entry: EntryId) -> Standing:
        """Where one entry stands now; one of which nothing is known is waiting."""
        return self._standing.get(entry, Standing(entry, State.WAITING))

    def _read(self) -> dict[EntryId, Standing]:
        rows = self._db.execute("SELECT entry, state, place, why, owner, at_us, mark FROM standing ORDER BY line")
        return {
            EntryId(entry): Standing(EntryId(entry), State(state), place, why, owner, at_us, mark)
            for entry, state, place, why, owner, at_us, mark in rows
        }

    def decisions(self) -> dict[str, Decision]:
        """The last decision about each entry and number."""
        rows = self._db.execute("SELECT about, what, person, at_us FROM decision ORDER BY line")
        return {row[0]: Decision(*row) for row in rows}

    def close(self) -> None:
        """Let go of it."""
        self._db.close()

    def _insert(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise BookFailed(f"{self.path}: the disk refuses ({error}): make room, then begin again") from error
