"""Legal holds: what must not be deleted, however old it is and however full the disk.

One JSON file for each in ``lake/holds``, so that a hold outlives every database and can be read by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from codedark.errors import UnusableInput, UsageError
from codedark.store.lake.disk import Disk
from codedark.store.lake.files import DAY_US, LakeFile, LogType, start_of

HOLDS: Final = "holds"
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold for an incident, by its id: everything of these log types (of all, where none is named) that happened in
    ``[from_us, until_us]``, microseconds since 1970 UTC. ``reason`` and ``by`` are for who reads it later.
    """

    id: str
    from_us: int
    until_us: int
    log_types: tuple[LogType, ...] = ()
    reason: str = ""
    by: str = ""

    def covers(self, file: LakeFile) -> bool:
        """Whether a file may hold a record that this keeps."""
        if self.log_types and file.log_type not in self.log_types:
            return False
        return start_of(file.day) <= self.until_us and self.from_us < start_of(file.day) + DAY_US


def read_holds(lake: Path) -> list[Hold]:
    """All holds of a lake. Raises `UnusableInput` for one that cannot be read: nothing may be deleted then."""
    holds: list[Hold] = []
    for path in sorted((lake / HOLDS).glob("*.json")):
        try:
            holds.append(msgspec.json.decode(path.read_bytes(), type=Hold))
        except (OSError, msgspec.MsgspecError) as error:
            raise UnusableInput(f"{path}: not a legal hold that can be read ({error}): mend or remove it") from error
    return holds


def place_hold(lake: Path, hold: Hold, disk: Disk | None = None) -> None:
    """Keep what ``hold`` says from now on. Raises `UsageError` for an id that is none, or an end before the start."""
    if hold.until_us < hold.from_us:
        raise UsageError(f"hold {hold.id}: it ends before it begins")
    text = msgspec.json.format(msgspec.json.encode(hold), indent=2) + b"\n"

    def write(path: Path) -> None:
        path.write_bytes(text)

    (disk or Disk()).put(_path(lake, hold.id), write)


def release_hold(lake: Path, name: str) -> bool:
    """End a hold; whether there was one. What it kept is deleted at the next upkeep, if it is past its time."""
    path = _path(lake, name)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def held(file: LakeFile, holds: Iterable[Hold]) -> bool:
    """Whether any of the holds covers a file."""
    return any(hold.covers(file) for hold in holds)


def _path(lake: Path, name: str) -> Path:
    if not _ID.fullmatch(name):
        raise UsageError(f"hold {name!r}: name it by the incident, in letters, digits, '.', '_' and '-'")
    return lake / HOLDS / f"{name}.json"
