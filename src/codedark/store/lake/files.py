"""How the files of the event lake are named, and so what each holds without opening it.

    lake/windows_security/2026-01-12/00000000000000012001-00000000000000024000.parquet
         log type         day (UTC)  number of its first and of its last record

A file is superseded when another one of its folder spans its numbers and more: then it was merged into that. Names
alone tell, so the moment at which a merged file gets its name is the moment at which it replaces all the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, NewType

from codedark.events.parcel import Sequence

LogType = NewType("LogType", str)
"""The folder of a log: ``product_service`` in letters that every file system takes."""

DAY_US: Final = 86_400_000_000
_NAME: Final = re.compile(r"(\d{20})-(\d{20})\.parquet")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_UNSAFE: Final = re.compile(r"[^a-z0-9.]+")
_LONGEST: Final = 60
_UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class LakeFile:
    """One Parquet file. ``day`` is that of its records, ``first`` and ``last`` their lowest and highest number."""

    log_type: LogType
    day: date
    first: Sequence
    last: Sequence

    def path(self, lake: Path) -> Path:
        """Where it stands in a lake."""
        return lake / self.log_type / self.day.isoformat() / f"{self.first:020}-{self.last:020}.parquet"

    @property
    def ends_us(self) -> int:
        """The end of its day, in microseconds since 1970 UTC."""
        return start_of(self.day) + DAY_US


def log_type_of(product: str, service: str) -> LogType:
    """The folder for the records of a product and service."""
    return LogType(f"{_safe(product)}_{_safe(service)}" if service else _safe(product))


def day_of(time_us: int) -> date:
    """The day (UTC) of a time."""
    return date.fromordinal(_EPOCH_DAY + time_us // DAY_US)


def start_of(day: date) -> int:
    """When a day begins, in microseconds since 1970 UTC."""
    return (day.toordinal() - _EPOCH_DAY) * DAY_US


def files_in(lake: Path) -> list[LakeFile]:
    """Every file that has its name, superseded or not, by log type, day and number."""
    return sorted(_found(lake))


def _found(lake: Path) -> Iterator[LakeFile]:
    for folder in sorted(lake.iterdir()) if lake.is_dir() else ():
        for inner in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not _DAY.fullmatch(inner.name) or not inner.is_dir():
                continue
            day = date.fromisoformat(inner.name)
            for path in inner.iterdir():
                if named := _NAME.fullmatch(path.name):
                    yield LakeFile(LogType(folder.name), day, Sequence(int(named[1])), Sequence(int(named[2])))


def split_superseded(files: Iterable[LakeFile]) -> tuple[list[LakeFile], list[LakeFile]]:
    """The files that count, and those whose records are in one of them too."""
    current: list[LakeFile] = []
    superseded: list[LakeFile] = []
    # The widest of those that begin alike comes first, so whatever it spans comes after it.
    for file in sorted(files, key=lambda each: (each.log_type, each.day, each.first, -each.last)):
        before = current[-1] if current else None
        if before and (before.log_type, before.day) == (file.log_type, file.day) and file.last <= before.last:
            superseded.append(file)
        else:
            current.append(file)
    return current, superseded


def _safe(name: str) -> str:
    return _UNSAFE.sub("-", name.lower()).strip("-.")[:_LONGEST] or _UNKNOWN


_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
