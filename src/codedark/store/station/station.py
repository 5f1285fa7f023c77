"""What a ward station writes down: entries in SQLite, only ever appended, each bound to the last of its station.

A row is one link of a station's chain: its hash, the hash before it, its number in the chain, and the entry's bytes.
The journals of other stations are joined into the same table, whole and checked; joining is a union of rows, so doing
it twice or in another order changes nothing. Two links on one place are a fork, two texts of one entry a conflict:
both are kept and shown.

All of it is read and checked when it is opened, and again whenever another program wrote it; what is needed to write
the next entry is then in memory (`Union`), so that writing costs the same however many entries there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final, Self

from codedark.continuity.entries.entry import CHAIN_BEGINS, Entry, Purpose, bound, canonical
from codedark.continuity.sentence import Sentence
from codedark.store.closing import Closing
from codedark.store.station import mirror as mirrors
from codedark.store.station.answers import Joined, NumberTaken, Written
from codedark.store.station.copies import Copies
from codedark.store.station.database import Lock, Statement, StationFailed, commit, opened
from codedark.store.station.identity import Identity, check_is_begun, identity_of
from codedark.store.station.links import FILE, Link, StationDamaged, chained, links_at, links_in
from codedark.store.station.union import Union

__all__ = ["Joined", "NumberTaken", "Station", "StationDamaged", "StationFailed", "Written"]


class Station(Closing):
    """The journal in ``folder`` of the station ``name``, for a ``purpose``: the folder is made, and both are kept, on
    the first use. Without a name it was begun before.

    Raises `UsageError` where it was not, where another process writes it or it is another, and `StationDamaged`.
    """

    def __init__(
        self, folder: Path, name: str = "", patience_seconds: float = 10.0, purpose: Purpose = Purpose.CARE
    ) -> None:
        if not name:
            check_is_begun(folder)
        self.folder: Final = folder
        self._turn = RLock()
        self._lock = Lock(folder, patience_seconds)
        try:
            self._db = opened(folder / FILE)
        except BaseException:
            self._lock.close()
            raise
        self._version = -1
        try:
            self.identity: Final = identity_of(self._db, folder, Identity(name, purpose), self._commit)
            self.name, self.purpose = self.identity
            self.copies: Final = Copies(self._db, self.identity, self._commit, self._take_back)
            self._refresh()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Within, other programs may write; `awake` takes it back meanwhile."""
        self._lock.rest()
        try:
            yield
        finally:
            self._lock.take()

    @contextmanager
    def awake(self) -> Iterator[Self]:
        """The station for one thread of a program that lets it rest."""
        with self._turn:
            self._lock.take()
            try:
                self._refresh()
                yield self
            finally:
                self._lock.rest()

    def setting(self, key: str) -> str:
        """What was kept under a key, "" for nothing."""
        row = self._db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def keep(self, key: str, value: str) -> None:
        """Keep a setting of this station."""
        self._commit([("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))])

    def add_mirror(self, folder: Path) -> tuple[str, ...]:
        """Write a second copy there too, from now on; says what is to be said of it. Raises `UsageError`, OSError."""
        mirrors.prepare(folder, self.folder, self.purpose)
        self._commit([("INSERT OR IGNORE INTO mirror VALUES (?, ?)", (str(folder.resolve()), CHAIN_BEGINS))])
        is_same = folder.stat().st_dev == self.folder.stat().st_dev
        same = f"{folder}: is on the same disk as the station, and is lost with it: name a stick or another machine"
        return (*((same,) if is_same else ()), *self.catch_up()[1])

    def write(self, *entries: Entry) -> Written:
        """Write entries, all or none: on this disk, and on every second copy that is there, when this returns.

        1. The same entry again changes nothing: whoever is not sure may say it again.
        2. Another act under a number that is used is refused with `NumberTaken`.
        3. Each is bound to the last one, and all are committed at once. Raises `StationFailed`; then none is written.
        4. They are copied. Where no second copy could be written, they stand all the same, and that is said.
        """
        union, new, (before, number) = self._refresh(), dict[str, Link](), self._head()
        for entry in entries:
            if entry.station != self.name:
                raise ValueError(f"{entry.id}: an entry of station {entry.station} is not written by {self.name}")
            text, known = canonical(entry), union.texts(entry.id)
            if entry.id in new or (known and text not in known):  # (2)
                raise NumberTaken(
                    Sentence("{number}: this row is used for another act already; use the next row", number=entry.id)
                )
            if not known:  # (3)
                number, before, last = number + 1, bound(before, text), before
                new[entry.id] = Link(before, last, self.name, number, entry)
        self._keep(new.values(), before if new else "")
        copies, told = self.catch_up()  # (4)
        return Written(bool(new), copies, told)

    def catch_up(self) -> tuple[int, tuple[str, ...]]:
        """Bring every second copy up to date: how many are, and what is to be said of the others and of damage.

        What a copy holds of this chain beyond its end, or beside it, is joined first: a disk that was put back to an
        earlier day gets back what it lost.
        """
        self._refresh()
        up_to_date, told = self.copies.bring(lambda: self._union.lines, lambda: self._head()[0])
        if not up_to_date and self.unmirrored():
            alone = Sentence("UNMIRRORED entries, on this disk alone: {count}", count=self.unmirrored())
            told = (*told, alone)
        return up_to_date, told

    def unmirrored(self) -> int:
        """How many entries of this station no second copy is known to hold."""
        union = self._refresh()
        return self._head()[1] - max(map(union.number, self.copies.held().values()), default=0)

    def join(self, path: Path) -> Joined:
        """Join what another station wrote: its folder, a stick with second copies, or one file of them.

        Raises `UsageError` where nothing of a station is there, `StationFailed`, and OSError.
        """
        links, rejected = links_at(path, self.purpose)
        new = self.take(links)
        return Joined(new, len({link.hash for link in links}) - new, tuple(rejected))

    def take(self, links: Collection[Link]) -> int:
        """Keep the links that are not here yet; how many those were. Raises `StationFailed`."""
        union = self._refresh()
        new = list({link.hash: link for link in links if link.hash not in union}.values())
        self._keep(new)
        return len(new)

    def chain(self) -> list[Link]:
        """The chain of this station itself, from its first entry to its last."""
        return list(self._refresh().chain)

    def links(self) -> list[Link]:
        """Every link of every station, read again and checked: raises `StationDamaged` at one that is not as it was
        written.
        """
        return links_in(self._db, self.folder / FILE, self.purpose)

    def union(self) -> Union:
        """All of it in memory. Raises `StationDamaged`."""
        return self._refresh()

    def entries(self) -> list[Entry]:
        """The union of all journals: each entry once, conflicts left out, in the order in which it happened."""
        return self._refresh().entries()

    def acts(self) -> list[Entry]:
        """Every act of every journal, in the order in which it happened; those of a number that stands for several
        under numbers of their own (`continuity.entry.apart`).
        """
        return self._refresh().acts()

    def conflicts(self) -> list[tuple[Entry, ...]]:
        """Numbers that stand for different acts in different journals: each with all of them, for people to settle."""
        return self._refresh().conflicts()

    def close(self) -> None:
        """Let go of it."""
        self._db.close()
        self._lock.close()

    def _refresh(self) -> Union:
        """What is in memory, read and checked anew where another program wrote the database since."""
        version = self._db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._union = Union(self.links(), self.setting("head") or CHAIN_BEGINS)
            self._version = version
        return self._union

    def _take_back(self, path: Path) -> None:
        """Join what a copy holds of this chain and this disk does not; the chain goes on at its end if it is ahead."""
        if not path.exists():
            return
        links, _ = chained(mirrors.lines_of(path, self.purpose).texts, str(path), self.purpose)
        new = [link for link in links if link.hash not in self._union and link.station == self.name]
        self._keep(new, new[-1].hash if new and new[0].before == self._head()[0] else "")

    def _keep(self, links: Collection[Link], head: str = "") -> None:
        """Commit links, and where the chain ends from now on if that changes. Raises `StationFailed`."""
        statements: list[Statement] = [
            (
                "INSERT INTO link (hash, before, station, number, id, text) VALUES (?, ?, ?, ?, ?, ?)",
                (each.hash, each.before, each.station, each.number, each.entry.id, canonical(each.entry)),
            )
            for each in links
        ]
        if head:
            statements.append(("INSERT OR REPLACE INTO setting VALUES ('head', ?)", (head,)))
        if not statements:
            return
        self._commit(statements)
        for each in links:
            self._union.add(each)
        if head:
            self._union.go_to(head)

    def _head(self) -> tuple[str, int]:
        """The hash and number of this chain's last link."""
        chain = self._union.chain
        return (chain[-1].hash, chain[-1].number) if chain else (self.purpose.begins, 0)

    def _commit(self, statements: list[Statement]) -> None:
        try:
            commit(self._db, self.folder, statements)
        except StationFailed:
            self._version = -1
            raise
