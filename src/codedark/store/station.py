"""What a ward station writes down: entries in SQLite, only ever appended, each bound to the last of its station.

A row is one link of a station's chain: its hash, the hash before it, its number in the chain, and the entry's bytes.
The journals of other stations are joined into the same table, whole and checked; joining is a union of rows, so doing
it twice or in another order changes nothing. Two links on one place are a fork, two texts of one entry a conflict:
both are kept and shown.

SQLite runs with a rollback journal and ``synchronous=EXTRA``: a commit is on disk, its folder too, when it returns
(sqlite.org/pragma.html). Triggers refuse to change or delete a row. One process writes at a time.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from codedark.continuity.entry import CHAIN_BEGINS, Entry, EntryId, apart, bound, canonical
from codedark.errors import CodeDarkError, UnusableInput, UsageError
from codedark.events.record import Rejected
from codedark.store import station_mirror as mirrors
from codedark.store.station_links import FILE, Link, StationDamaged, chained, links_at, links_in

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


class StationFailed(CodeDarkError):
    """The disk refused. The entry is not written."""


class NumberTaken(UsageError):
    """The form row's number stands for another act already."""


class Written(NamedTuple):
    """What became of an entry that is on disk. ``is_new`` is false where the same entry was there already.

    ``mirrors`` is how many second copies hold it; with none, ``told`` says loudly why.
    """

    is_new: bool
    mirrors: int
    told: tuple[str, ...]


class Joined(NamedTuple):
    """What came in from another journal: new links, those that were here already, and what cannot be used."""

    new: int
    known: int
    rejected: tuple[Rejected, ...]


class Station:
    """The journal in ``folder`` of the station ``name``; the folder is made, and the name kept, on the first use.

    Raises `UsageError` where another process writes it or it has another name, and `StationDamaged`.
    """

    def __init__(self, folder: Path, name: str = "", patience_seconds: float = 10.0) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder: Final = folder
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(self._lock, folder, patience_seconds)
            self._db = _opened(folder / FILE)
        except BaseException:
            os.close(self._lock)
            raise
        try:
            self.name: Final = self._named(name)
        except BaseException:
            self.close()
            raise

    def setting(self, key: str) -> str:
        """What was kept under a key, "" for nothing."""
        row = self._db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def keep(self, key: str, value: str) -> None:
        """Keep a setting of this station."""
        self._commit([("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))])

    def add_mirror(self, folder: Path) -> tuple[str, ...]:
        """Write a second copy there too, from now on; says what is to be said of it. Raises `UsageError`, OSError."""
        mirrors.prepare(folder, self.folder)
        self._commit([("INSERT OR IGNORE INTO mirror VALUES (?, ?)", (str(folder.resolve()), CHAIN_BEGINS))])
        is_same = folder.stat().st_dev == self.folder.stat().st_dev
        same = f"{folder}: is on the same disk as the station, and is lost with it: name a stick or another machine"
        return (*((same,) if is_same else ()), *self.catch_up()[1])

    def write(self, entry: Entry) -> Written:
        """Write an entry: on this disk, and on every second copy that is there, when this returns.

        1. The same entry again changes nothing: whoever is not sure may say it again.
        2. Another act under a number that is used is refused with `NumberTaken`.
        3. The entry is bound to the last one and committed. Raises `StationFailed`, and then it is not written.
        4. It is copied. Where no second copy could be written, it stands all the same, and that is said.
        """
        if entry.station != self.name:
            raise ValueError(f"{entry.id}: an entry of station {entry.station} is not written by {self.name}")
        text, known = canonical(entry), self._texts(entry.id)
        if known and text not in known:  # (2)
            raise NumberTaken(f"{entry.id}: this row is used for another act already; use the next row")
        if not known:
            before, number = self._head()  # (3)
            digest = bound(before, text)
            self._commit(
                [
                    (
                        "INSERT INTO link (hash, before, station, number, id, text) VALUES (?, ?, ?, ?, ?, ?)",
                        (digest, before, self.name, number + 1, entry.id, text),
                    ),
                    ("INSERT OR REPLACE INTO setting VALUES ('head', ?)", (digest,)),
                ]
            )
        copies, told = self.catch_up()  # (4)
        return Written(not known, copies, told)

    def catch_up(self) -> tuple[int, tuple[str, ...]]:
        """Bring every second copy up to date: how many are, and what is to be said of the others and of damage.

        What a copy holds of this chain beyond its end, or beside it, is joined first: a disk that was put back to an
        earlier day gets back what it lost.
        """
        folders = [Path(row[0]) for row in self._db.execute("SELECT folder FROM mirror ORDER BY folder")]
        up_to_date, told = 0, list[str]()
        for folder in folders:
            try:
                if mirrors.is_there(folder):
                    self._take_back(folder)
                head = self._head()[0]
                copied = mirrors.copy(folder, self.name, self._chain_texts())
            except (mirrors.MirrorMissing, OSError) as error:
                told.append(str(error))
                continue
            self._commit([("UPDATE mirror SET head = ? WHERE folder = ?", (head, str(folder)))])
            up_to_date += 1
            if copied.aside is not None:
                told.append(f"{copied.aside}: was damaged or not of this chain; it is set aside, and copied anew")
        if not folders:
            told.append("There is no second copy: name a stick or another station's folder with `codedark ward mirror`")
        if not up_to_date and self.unmirrored():
            told.append(f"UNMIRRORED: {self.unmirrored()} entries stand on this disk alone")
        return up_to_date, tuple(told)

    def unmirrored(self) -> int:
        """How many entries of this station no second copy is known to hold."""
        heads = {str(row[0]) for row in self._db.execute("SELECT head FROM mirror")}
        numbers = (self._number(head) for head in heads)
        return self._head()[1] - max(numbers, default=0)

    def join(self, path: Path) -> Joined:
        """Join what another station wrote: its folder, a stick with second copies, or one file of them.

        Raises `UsageError` where nothing of a station is there, `StationFailed`, and OSError.
        """
        links, rejected = links_at(path)
        known = {str(row[0]) for row in self._db.execute("SELECT hash FROM link")}
        new = list({link.hash: link for link in links if link.hash not in known}.values())
        self._keep(new)
        return Joined(len(new), len({link.hash for link in links}) - len(new), tuple(rejected))

    def chain(self) -> list[Link]:
        """The chain of this station itself, from its first entry to its last."""
        by_hash = {link.hash: link for link in self.links() if link.station == self.name}
        found, at = list[Link](), self._head()[0]
        while at in by_hash:
            found.append(by_hash[at])
            at = by_hash[at].before
        return found[::-1]

    def links(self) -> list[Link]:
        """Every link of every station, checked: raises `StationDamaged` at one that is not as it was written."""
        return links_in(self._db, self.folder / FILE)

    def entries(self) -> list[Entry]:
        """The union of all journals: each entry once, conflicts left out, in the order in which it happened."""
        texts = self._by_id()
        sound = [next(iter(each.values())) for each in texts.values() if len(each) == 1]
        return sorted(sound, key=lambda entry: (entry.effective_us, entry.recorded_us, entry.id))

    def acts(self) -> list[Entry]:
        """Every act of every journal, in the order in which it happened; those of a number that stands for several
        under numbers of their own (`continuity.entry.apart`).
        """
        doubled = [apart(entry) for acts in self.conflicts() for entry in acts]
        return sorted([*self.entries(), *doubled], key=lambda entry: (entry.effective_us, entry.recorded_us, entry.id))

    def conflicts(self) -> list[tuple[Entry, ...]]:
        """Numbers that stand for different acts in different journals: each with all of them, for people to settle."""
        return [tuple(each.values()) for _, each in sorted(self._by_id().items()) if len(each) > 1]

    def close(self) -> None:
        """Let go of it."""
        self._db.close()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take_back(self, folder: Path) -> None:
        """Join what a copy holds of this chain and this disk does not; the chain goes on at its end if it is ahead."""
        path = folder / f"{self.name}{mirrors.SUFFIX}"
        if not path.exists():
            return
        links, _ = chained(mirrors.lines_of(path).texts, str(path))
        known = {str(row[0]) for row in self._db.execute("SELECT hash FROM link")}
        new = [link for link in links if link.hash not in known and link.station == self.name]
        self._keep(new)
        if new and new[0].before == self._head()[0]:
            self._commit([("INSERT OR REPLACE INTO setting VALUES ('head', ?)", (new[-1].hash,))])

    def _keep(self, links: list[Link]) -> None:
        self._commit(
            [
                (
                    "INSERT INTO link (hash, before, station, number, id, text) VALUES (?, ?, ?, ?, ?, ?)",
                    (each.hash, each.before, each.station, each.number, each.entry.id, canonical(each.entry)),
                )
                for each in links
            ]
        )

    def _by_id(self) -> dict[str, dict[bytes, Entry]]:
        found: defaultdict[str, dict[bytes, Entry]] = defaultdict(dict)
        for link in self.links():
            found[link.entry.id][canonical(link.entry)] = link.entry
        return found

    def _texts(self, entry: EntryId) -> set[bytes]:
        return {bytes(row[0]) for row in self._db.execute("SELECT text FROM link WHERE id = ?", (entry,))}

    def _head(self) -> tuple[str, int]:
        """The hash and number of this chain's last link."""
        head = self.setting("head") or CHAIN_BEGINS
        return head, self._number(head)

    def _number(self, digest: str) -> int:
        row = self._db.execute("SELECT number FROM link WHERE hash = ?", (digest,)).fetchone()
        return int(row[0]) if row else 0

    def _chain_texts(self) -> list[bytes]:
        """The bytes of this chain's entries, in order."""
        asked = "SELECT hash, before, text FROM link WHERE station = ?"
        rows = {digest: (before, text) for digest, before, text in self._db.execute(asked, (self.name,))}
        found, at = list[bytes](), self._head()[0]
        while at in rows:
            at, text = rows[at]
            found.append(text)
        return found[::-1]

    def _named(self, name: str) -> str:
        kept = self.setting("station")
        if kept and name and kept != name:
            raise UsageError(f"{self.folder}: is the journal of station {kept}, not of {name}")
        if not kept and not name:
            raise UsageError(f"{self.folder}: no station was begun here: begin it with `codedark ward start`")
        if not kept:
            self.keep("station", name)
        return kept or name

    def _commit(self, statements: list[tuple[str, tuple[object, ...]]]) -> None:
        """All of it or nothing. Raises `StationFailed`."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for statement, values in statements:
                self._db.execute(statement, values)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise StationFailed(
                f"{self.folder}: the disk refuses ({error}); NOT WRITTEN: write it on paper, and make room on the disk"
            ) from error


def _opened(path: Path) -> sqlite3.Connection:
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


def _take(lock: int, folder: Path, patience_seconds: float) -> None:
    until = time.monotonic() + patience_seconds
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() >= until:
                raise UsageError(f"{folder}: another program writes this station; end it first") from error
        time.sleep(_TRY_AGAIN_SECONDS)
