"""What of the event lake is deleted, and why: a decision over names, sizes and holds, and nothing else.

Whole days of a log go, never single records. In this order:

1. days older than the log may be kept;
2. the oldest days of all logs, while the lake is larger than it may be;
3. the oldest days of all logs, while the disk has less free than it must have.

What a legal hold covers stays, and so does the day that has not ended; if a limit is not kept because of that, it is
said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from codedark.store.lake.files import DAY_US, LakeFile, LogType, day_of
from codedark.store.lake.holds import Hold, held


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the lake keeps what. ``days`` for every log, ``days_of`` for single ones; None is for ever.

    ``most_bytes`` is how large the lake may be, ``free_bytes`` what must stay free on its disk.
    """

    days: int | None = 365
    days_of: Mapping[LogType, int] = field(default_factory=dict)
    most_bytes: int | None = None
    free_bytes: int = 2 << 30


class Doomed(NamedTuple):
    """Files that go together, and the reason as one sentence without its full stop."""

    files: Sequence[LakeFile]
    why: str


class Verdict(NamedTuple):
    """What goes, and what a person has to be told because a limit could not be kept."""

    doomed: Sequence[Doomed]
    warnings: Sequence[str]


def judge(
    sizes: Mapping[LakeFile, int], retention: Retention, holds: Iterable[Hold], now_us: int, free_bytes: int
) -> Verdict:
    """Decide (1) to (3). ``sizes`` are the bytes of every file, ``free_bytes`` what the disk has now."""
    holds = list(holds)
    today = day_of(now_us)
    open_to = [file for file in sizes if file.day < today and not held(file, holds)]
    doomed: list[Doomed] = []
    gone: set[LakeFile] = set()
    for file in sorted(open_to, key=lambda each: (each.day, each)):
        days = retention.days_of.get(file.log_type, retention.days)
        if days is not None and now_us - file.ends_us >= days * DAY_US:
            doomed.append(Doomed([file], f"{file.log_type} is kept for {days:,} d"))
            gone.add(file)
    size = sum(sizes.values()) - sum(sizes[file] for file in gone)
    free = free_bytes + sum(sizes[file] for file in gone)
    warnings: list[str] = []
    days_left = _by_day(file for file in open_to if file not in gone)
    for day, files in days_left:
        too_large = retention.most_bytes is not None and size > retention.most_bytes
        if not too_large and free >= retention.free_bytes:
            break
        limit = "the lake is larger than it may be" if too_large else "the disk has too little free"
        doomed.append(Doomed(files, f"{limit}, and {day} is the oldest day that no hold keeps"))
        size -= sum(sizes[file] for file in files)
        free += sum(sizes[file] for file in files)
    if retention.most_bytes is not None and size > retention.most_bytes:
        warnings.append(f"the lake has {size:,} bytes of {retention.most_bytes:,}: legal holds and today keep the rest")
    if free < retention.free_bytes:
        warnings.append(f"the disk has {free:,} bytes free, {retention.free_bytes:,} are asked for: make room")
    return Verdict(doomed, warnings)


def _by_day(files: Iterable[LakeFile]) -> list[tuple[date, list[LakeFile]]]:
    days: dict[date, list[LakeFile]] = {}
    for file in files:
        days.setdefault(file.day, []).append(file)
    return sorted(days.items())
