"""The second copies of a station: which there are, up to where each holds the chain, and how they are brought up to it.

A second copy is a mirror (`station_mirror`), or another station at the other end of a cable, which says itself what it
holds: `PEER` stands before its address.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.entries.entry import CHAIN_BEGINS
from codedark.continuity.sentence import Sentence
from codedark.store.station import mirror as mirrors
from codedark.store.station.database import Statement, StationFailed
from codedark.store.station.identity import Identity

PEER: Final = "peer "


class CaughtUp(NamedTuple):
    """How many copies hold the whole chain, and what is to be said of the others and of damage."""

    up_to_date: int
    told: tuple[str, ...]


class Copies:
    """All of them. ``commit`` commits statements; ``take_back`` joins what a copy holds that the station does not."""

    def __init__(
        self,
        db: sqlite3.Connection,
        identity: Identity,
        commit: Callable[[list[Statement]], None],
        take_back: Callable[[Path], None],
    ) -> None:
        self._db, self._identity, self._commit, self._take_back = db, identity, commit, take_back
        self._seen: dict[str, mirrors.SecondCopy] = {}

    def held(self) -> dict[str, str]:
        """The last link that each copy is known to hold."""
        return {str(row[0]): str(row[1]) for row in self._db.execute("SELECT folder, head FROM mirror ORDER BY folder")}

    def folders(self) -> list[Path]:
        """Those that are folders."""
        return [Path(name) for name in self.held() if not name.startswith(PEER)]

    def peers(self) -> list[str]:
        """The addresses of those that are stations."""
        return [name.removeprefix(PEER) for name in self.held() if name.startswith(PEER)]

    def add_peer(self, address: str) -> None:
        """A station at the other end of a cable, of which nothing is known yet. Raises `StationFailed`."""
        self._commit([("INSERT OR IGNORE INTO mirror VALUES (?, ?)", (PEER + address, CHAIN_BEGINS))])

    def confirm(self, name: str, head: str) -> None:
        """A copy holds the chain up to this link; it is one from now on."""
        if self.held().get(name) != head:
            self._commit([("INSERT OR REPLACE INTO mirror VALUES (?, ?)", (name, head))])

    def bring(self, lines: Callable[[], Sequence[bytes]], head: Callable[[], str]) -> CaughtUp:
        """Bring every folder up to the chain. What one holds beyond it is taken back first, so that both grow.

        Where the station's own disk refuses meanwhile, that is no reason to say that the last entry is not written.
        """
        held = self.held()
        told, up_to_date = list[str](), 0
        for name in held:
            if name.startswith(PEER):
                up_to_date += held[name] == head()
                continue
            copy = self._seen.setdefault(name, mirrors.SecondCopy(Path(name), *self._identity))
            try:
                if not copy.is_untouched() and mirrors.is_there(copy.folder, self._identity.purpose):
                    self._take_back(copy.path)
                copied = copy.bring(lines())
            except StationFailed:
                why = "no room for what it has"
                told.append(
                    Sentence("{place}: the second copy cannot be written ({why}): is there room?", place=name, why=why)
                )
                continue
            except (mirrors.MirrorMissing, OSError) as error:
                told.append(error.args[0] if isinstance(error, mirrors.MirrorMissing) else str(error))
                continue
            with suppress(StationFailed):  # it is up to date all the same, and read again at the next start
                self.confirm(name, head())
            up_to_date += 1
            if copied.aside is not None:
                told.append(
                    Sentence(
                        "{place}: was damaged or not of this chain; it is set aside, and copied anew",
                        place=copied.aside,
                    )
                )
        if not held:
            told.append(
                Sentence(
                    "There is no second copy: name a stick or another station's folder with `codedark ward mirror`"
                )
            )
        return CaughtUp(up_to_date, tuple(told))
