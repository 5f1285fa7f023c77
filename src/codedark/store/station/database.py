"""The database of a ward station: its tables, the lock, and commits that are on the disk when they return.

SQLite runs with a rollback journal and ``synchronous=EXTRA``: a commit is on disk, its folder too, when it returns
(sqlite.org/pragma.html). Triggers refuse to change or delete a row. One process writes at a time.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from codedark.errors import CodeDarkError, UnusableInput, UsageError
from codedark.store.station.links import StationDamaged

_TRY_AGAIN_SECONDS: Final = 0.02
_TABLES: Final = (
    (
        "CREATE TABLE IF NOT EXISTS link (place INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, before TEXT NOT NULL,"
        " station TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, text BLOB NOT NULL)"
    ),
    "CREATE INDEX IF NOT EXISTS link_of_entry ON link (id)",
    (
        "CREATE TRIGGER IF NOT EXISTS link_never_changes BEFORE UPDATE ON link"
        " BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS link_never_goes BEFORE DELETE ON link"
        " BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END"
    ),
    "CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS mirror (folder TEXT PRIMARY KEY, head TEXT NOT NULL)",
)

Statement = tuple[str, tuple[object, ...]]


class StationFailed(CodeDarkError):
    """The disk refused. The entry is not written."""


class Lock:
    """The right to write in a folder, for one process at a time."""

    def __init__(self, folder: Path, patience_seconds: float, name: str = "lock") -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._patience_seconds = folder, patience_seconds
        self._file = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self.take()
        except BaseException:
            os.close(self._file)
            raise

    def take(self) -> None:
        """Wait for it. Raises `UsageError` where another process keeps it."""
        until = time.monotonic() + self._patience_seconds
        while True:
            try:
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if time.monotonic() >= until:
                    raise UsageError(f"{self._folder}: another program writes this station; end it first") from error
            time.sleep(_TRY_AGAIN_SECONDS)

    def rest(self) -> None:
        """Let others have it for a while."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of it for good."""
        os.close(self._file)


def opened(path: Path) -> sqlite3.Connection:
    """The database at a path, made where there is none. Raises `UnusableInput` and `StationDamaged`."""
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("PRAGMA synchronous=EXTRA")
        for statement in _TABLES:
            db.execute(statement)
    except sqlite3.OperationalError as error:
        raise UnusableInput(
            f"{path}: cannot be opened ({error}): is there room, and may this user write it?"
        ) from error
    except sqlite3.DatabaseError as error:
        raise StationDamaged(
            f"{path}: is not as it was written ({error}): keep it, begin a new station, and join the second copy"
        ) from error
    return db


def commit(db: sqlite3.Connection, folder: Path, statements: list[Statement]) -> None:
    """All of it or nothing. Raises `StationFailed`."""
    try:
        db.execute("BEGIN IMMEDIATE")
        for statement, values in statements:
            db.execute(statement, values)
        db.execute("COMMIT")
    except sqlite3.Error as error:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise StationFailed(
            f"{folder}: the disk refuses ({error}); NOT WRITTEN: write it on paper, and make room on the disk"
        ) from error
