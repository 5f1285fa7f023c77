"""How far the lake goes, and what was taken in and is not in it yet: a search that finds nothing has to say that.

The lake says how far it goes, and the journal beside it what comes behind. Both are asked on disk, so it makes no
difference whether `serve` runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from codedark.app.search.sql import moment_sql
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.store.journal.damage import Damaged
from codedark.store.journal.end import published
from codedark.store.journal.follower import Follower
from codedark.store.lake.files import LakeFile
from codedark.store.lake.lake import read_position, readable_files

_JOURNAL: Final = "journal"
_COUNTED_BYTES: Final = 256 << 20
"""So much of the journal is counted record by record, which takes a second at most; the rest by its numbers."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """``record`` is the highest number in the lake, and ``arrived_us`` when it arrived; 0 in an empty lake.

    ``missing`` records behind it are in the journal only, since ``missing_since_us``; -1 where no journal can be read.
    With ``about``, some of them may be notes that `serve` wrote to itself.
    """

    record: int = 0
    arrived_us: int = 0
    missing: int = -1
    missing_since_us: int = 0
    about: bool = False

    def text(self) -> str:
        """It in one sentence."""
        goes = f"the lake goes up to record {self.record:,}, which arrived {_moment(self.arrived_us)}"
        if not self.record:
            goes = "the lake has no record yet"
        if self.missing < 0:
            return f"{goes}; there is no journal beside it that could be read for what came later"
        if not self.missing:
            return f"{goes}: everything that was taken in" if self.record else f"{goes}, and none was taken in"
        last = "the last record" if self.missing == 1 else f"the last {'about ' * self.about}{self.missing:,} records"
        verb = "is" if self.missing == 1 else "are"
        them = "it" if self.missing == 1 else "them"
        filed = f"`codedark serve` files {them} while it runs: start it once more if it was stopped"
        return f"{goes}; {last}, since {_moment(self.missing_since_us)}, {verb} not in it yet ({filed})"

    def told(self) -> dict[str, object]:
        """It for machines; null where it is not known."""
        return {
            "record": self.record or None,
            "arrived": _moment(self.arrived_us) if self.record else None,
            "missing": self.missing if self.missing >= 0 else None,
            "missing_since": _moment(self.missing_since_us) if self.missing > 0 else None,
            "missing_is_exact": not self.about,
        }


def freshness_of(lake: Path) -> Freshness:
    """How far a lake goes now. To be asked before a search: that then sees at least so much."""
    position = read_position(lake) or Sequence(1)
    record, arrived_us = _last_in(lake, readable_files(lake))
    try:
        return _behind(lake.parent / _JOURNAL, position, record, arrived_us)
    except OSError:  # of somebody who may read the lake alone
        return Freshness(record, arrived_us)


def _behind(journal: Path, position: Sequence, record: int, arrived_us: int) -> Freshness:
    end = published(journal)
    if end is None:
        return Freshness(record, arrived_us)
    follower = Follower(journal, position, _not_told)
    missing = since_us = octets = 0
    try:
        while octets < _COUNTED_BYTES and follower.next < end.next and (parcels := follower.read()):
            taken = [each for each in parcels if each.format != NOTE and each.first < end.next]
            missing += sum(each.count for each in taken)
            octets += sum(len(each.data) for each in parcels)
            since_us = since_us or _first_us(taken)
    finally:
        follower.close()
    rest = max(end.next - follower.next, 0)
    return Freshness(record, arrived_us, missing + rest, since_us, about=rest > 0)


def _last_in(lake: Path, files: list[LakeFile]) -> tuple[int, int]:
    """The highest number, and when that record arrived: nothing in its file arrived later."""
    if not files:
        return 0, 0
    last = max(files, key=lambda file: file.last)
    try:
        table = pq.read_table(last.path(lake), columns=["arrived"])
    except (OSError, ValueError):  # retention has deleted it meanwhile, or it is damaged: the search says that
        return int(last.last), 0
    return int(last.last), int(pc.max(table.column("arrived")).value)


def _first_us(parcels: list[Parcel]) -> int:
    return parcels[0].arrived_us if parcels else 0


def _moment(time_us: int) -> str:
    return moment_sql(time_us).replace("+00:00", "Z")


def _not_told(_: Damaged) -> None:
    """What is damaged is told by who watches (`codedark doctor`, the page)."""
