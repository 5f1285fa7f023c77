"""What whoever charts must know of the station itself: second copies, room on the disk, the clock, rows used twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from codedark.app.ward.clock import doubts
from codedark.continuity.packs.pack import Pack
from codedark.continuity.sentence import Sentence
from codedark.store.station.station import Station

_LITTLE_BYTES: Final = 200 * 1024 * 1024
_AN_ENTRY_BYTES: Final = 4_096
"""An entry of a kilobyte, in its table, its index, and the journal of the commit."""


def notices(station: Station, pack: Pack | None, at_us: int) -> tuple[int, list[str]]:
    """How many second copies hold everything, and all that has to be said now, the clock first."""
    count, copies = station.catch_up()
    full = [said for place in (station.folder, *station.copies.folders()) if (said := little_room(place))]
    doubled = [
        Sentence("Row {row} stands for {count} acts: see the list.", row=acts[0].id, count=len(acts))
        for acts in station.conflicts()
    ]
    return count, [*doubts(station, pack, at_us), *full, *copies, *doubled]


def little_room(place: Path) -> Sentence | None:
    """A warning where a disk is nearly full, before it is; None where it is not, or is not there."""
    try:
        free_bytes = shutil.disk_usage(place).free
    except OSError:
        return None
    if free_bytes >= _LITTLE_BYTES:
        return None
    return Sentence(
        "DISK NEARLY FULL: {place} has room for about {count} more entries. Make room, or have paper ready.",
        place=place, count=free_bytes // _AN_ENTRY_BYTES,
    )  # fmt: skip
