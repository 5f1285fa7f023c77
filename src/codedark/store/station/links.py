"""The links of stations' chains: how they are read from a journal or a second copy, and checked on the way."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from codedark.continuity.entries.entry import Entry, Purpose, bound, canonical, entry_of
from codedark.errors import UnusableInput, UsageError
from codedark.events.record import Rejected, SourceName
from codedark.store.station import mirror as mirrors

FILE: Final = "station.db"


class StationDamaged(UnusableInput):
    """What is on the disk is not as it was written."""


class Link(NamedTuple):
    """One link of a station's chain."""

    hash: str
    before: str
    station: str
    number: int
    entry: Entry


def links_in(db: sqlite3.Connection, path: Path, purpose: Purpose = Purpose.CARE) -> list[Link]:
    """All links of a database, checked, each for this purpose. Raises `StationDamaged` at the first that is not as it
    was written, or that a newer version wrote.
    """
    try:
        rows = db.execute("SELECT hash, before, station, number, text FROM link ORDER BY place").fetchall()
    except sqlite3.DatabaseError as error:
        raise StationDamaged(f"{path}: cannot be read ({error}): join the second copy at a new station") from error
    numbers = {purpose.begins: 0}
    found = []
    for digest, before, station, number, text in rows:
        entry = entry_of(bytes(text), str(path))
        is_whole = bound(before, bytes(text)) == digest and numbers.get(before, -1) == number - 1
        if isinstance(entry, Rejected) or not is_whole or entry.station != station:
            raise StationDamaged(
                f"{path}: entry {number} of station {station} is not as it was written: keep the file as evidence,"
                " begin a new station, and join the second copy"
            )
        if canonical(entry) != bytes(text):  # what it does not know it would leave out of every copy
            raise StationDamaged(
                f"{path}: entry {number} of station {station} was written by a newer version of this program: use that"
                " one here. Nothing is taken in"
            )
        numbers[digest] = number
        found.append(Link(digest, before, station, number, entry))
    return found


def chained(texts: list[bytes], source: str, purpose: Purpose = Purpose.CARE) -> tuple[list[Link], list[Rejected]]:
    """The links of a copy's lines, up to the first that is no entry of the copy's station."""
    found = list[Link]()
    before = purpose.begins
    for number, text in enumerate(texts, start=1):
        entry = entry_of(text, source)
        if isinstance(entry, Rejected):
            return found, [entry]
        if canonical(entry) != text or (found and entry.station != found[0].station):
            return found, [Rejected(SourceName(source), number, "is not an entry as a station writes it")]
        found.append(Link(bound(before, text), before, entry.station, number, entry))
        before = found[-1].hash
    return found, []


def links_at(path: Path, purpose: Purpose = Purpose.CARE) -> tuple[list[Link], list[Rejected]]:
    """What stations wrote at a path: a folder, a stick or one file. Raises `UsageError` for nothing and for a station
    with another purpose, and OSError; of a stick with another purpose each file is rejected.
    """
    if (path / FILE).is_file():
        return _links_of_another(path / FILE, purpose), []
    files = mirrors.files_in(path) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise UsageError(f"{path}: nothing of a ward station is there")
    links, rejected = list[Link](), list[Rejected]()
    for file in files:
        other = mirrors.purpose_of(file)
        if other is not None and other is not purpose:
            rejected.append(Rejected(SourceName(str(file)), 1, other.refused))
            continue
        found, wrong = chained(mirrors.lines_of(file, purpose).texts, str(file), purpose)
        links += found
        rejected += wrong
        if not found and not wrong and file.stat().st_size:
            rejected.append(
                Rejected(SourceName(str(file)), 1, "is no second copy of a station, or damaged from its first line on")
            )
    return links, rejected


def purpose_in(db: sqlite3.Connection, path: Path) -> Purpose:
    """For what the station of a database was begun; one from before there were exercises was begun for care. Raises
    `StationDamaged`.
    """
    try:
        row = db.execute("SELECT value FROM setting WHERE key = 'purpose'").fetchone()
        return Purpose(row[0]) if row else Purpose.CARE
    except (sqlite3.DatabaseError, ValueError) as error:
        raise StationDamaged(f"{path}: cannot be read ({error}): join the second copy at a new station") from error


def _links_of_another(path: Path, purpose: Purpose) -> list[Link]:
    """All links of another station's database, which is not written to. Where that station died in the middle of a
    write, SQLite has to undo it before it reads (sqlite.org/lockingv3.html, hot journal): that is done to a copy.
    """
    undo = path.with_name(f"{path.name}-journal")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return _own_links(db, path, purpose)
    except StationDamaged:
        if not undo.exists():
            raise
    with TemporaryDirectory() as made:
        for each in (path, undo):
            shutil.copyfile(each, Path(made) / each.name)
        with closing(sqlite3.connect(Path(made) / path.name)) as db:
            return _own_links(db, path, purpose)


def _own_links(db: sqlite3.Connection, path: Path, purpose: Purpose) -> list[Link]:
    """Raises `UsageError` where that station has another purpose, and `StationDamaged`."""
    if (theirs := purpose_in(db, path)) is not purpose:
        raise UsageError(f"{path.parent}: {theirs.refused}")
    return links_in(db, path, purpose)
