"""What a station is: its name, and whether it is for care or for an exercise. Both are fixed when it begins.

They are written in one commit, before the first entry, and each link of its chain is bound to the purpose
(`continuity.entry.Purpose`): a database in which somebody changes it later is damaged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.entries.entry import Purpose
from codedark.errors import UsageError
from codedark.store.station.database import Statement
from codedark.store.station.links import FILE, purpose_in

_KEEP: Final = "INSERT INTO setting VALUES (?, ?)"


class Identity(NamedTuple):
    """Who writes, and for what."""

    name: str
    purpose: Purpose


def check_is_begun(folder: Path) -> None:
    """Raises `UsageError` where there is no station; nothing is made there."""
    if not (folder / FILE).is_file():
        raise _never_begun(folder)


def identity_of(
    db: sqlite3.Connection, folder: Path, wanted: Identity, commit: Callable[[list[Statement]], None]
) -> Identity:
    """Who the station in ``folder`` is, begun as it is ``wanted`` where it is new. No name: it was begun before. Raises
    `UsageError` where it is another, and `StationFailed`.
    """
    row = db.execute("SELECT value FROM setting WHERE key = 'station'").fetchone()
    if row is None:
        if not wanted.name:
            raise _never_begun(folder)
        commit([(_KEEP, ("station", wanted.name)), (_KEEP, ("purpose", wanted.purpose.value))])
        return wanted
    kept = Identity(str(row[0]), purpose_in(db, folder / FILE))
    if wanted.name and kept.name != wanted.name:
        raise UsageError(f"{folder}: is the journal of station {kept.name}, not of {wanted.name}")
    if wanted.name and kept.purpose is not wanted.purpose:
        raise UsageError(
            f"{folder}: station {kept.name} was begun for {kept.purpose}, and is never anything else: begin one for"
            f" {wanted.purpose} in another folder, with --station"
        )
    return kept


def _never_begun(folder: Path) -> UsageError:
    return UsageError(f"{folder}: no station was begun here: begin it with `codedark ward start`")
