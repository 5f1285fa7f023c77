"""How the watch is: one value, from which the page, the JSON and the metrics are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from codedark.ingest.live.stats import Board, Stats
from codedark.respond.incident import Incident

LATE_SECONDS: Final = 10.0
"""How far the judge may be behind before the page says so: five times what an alarm may take."""
LAKE_LATE_SECONDS: Final = 600.0
"""How far the archivist may be behind before the page says so: it yields to the judge, and catches up after a flood."""
SLOW_SECONDS: Final = 0.05
"""How long a sync usually takes on a disk that is said to be slow: a hard disk by itself takes a fifth of it."""
_MOST_SENDERS: Final = 200
_NOTES: Final = 3
"""Notes that may wait in a slot that is not over while nothing comes in: that is not being late."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """The judge or the archivist: whether it runs, how far it is, and what it says is wrong."""

    name: str
    running: bool
    starts: int
    ended: str
    next: int
    saved: int
    behind_records: int
    behind_seconds: float
    set_aside: int = 0
    """How often something could not be judged or read because of an error of ours, since the part began."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One listener or file, with what came over it since the start; ``senders`` are those heard last."""

    name: str
    stats: Stats
    senders: Mapping[str, Stats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """All of it. ``problems`` are what a person should do something about, a sentence each, the worst first.

    ``judged`` counts records by log since the judge started, ``findings`` by level.
    """

    at_us: int
    hospital: str
    taken: int
    taken_bytes: int
    journal_first: int
    journal_next: int
    journal_bytes: int
    free_bytes: int
    sync_seconds: tuple[float, float]
    """How long the disk took of late to make records safe: the median, and what 99 of 100 times did not exceed."""
    parts: tuple[PartStatus, ...]
    sources: tuple[SourceStatus, ...]
    judged: Mapping[str, int]
    rejected: int
    findings: Mapping[str, int]
    incidents: tuple[Incident, ...]
    unacknowledged: int
    channels: Mapping[str, str]
    problems: tuple[str, ...]
    acts: tuple[str, ...] = ()
    """What of Code Dark stands on devices, and until when."""


def part_status(
    name: str, said: Mapping[str, Any], running: bool, starts: int, ended: str, journal_next: int, now_us: int
) -> PartStatus:
    """What a part said last, held against where the journal is."""
    account = said.get("account", said)
    following = int(account.get("next", 0))
    behind = max(journal_next - following, 0)
    at_us = int(account.get("now_us", 0))
    return PartStatus(
        name,
        running,
        starts,
        ended,
        following,
        int(said.get("saved", 0)),
        behind,
        max(now_us - at_us, 0) / 1e6 if behind > _NOTES and at_us else 0.0,
        int(account.get("set_aside", 0)),
        tuple(map(str, said.get("problems", ()))),
    )


def source_status(name: str, board: Board) -> SourceStatus:
    """A listener with its senders, the last ones heard first."""
    return SourceStatus(name, board.total, dict(list(reversed(board.senders.items()))[:_MOST_SENDERS]))


def problems_of(
    parts: Sequence[PartStatus],
    sources: Sequence[SourceStatus],
    journal: str,
    free_bytes: int,
    least_free_bytes: int,
    channels: Mapping[str, str],
    sync_seconds: tuple[float, float] = (0.0, 0.0),
) -> tuple[str, ...]:
    """What a person should do something about.

    1. Nothing can be written: everything waits.
    2. A part does not run, or is late, or says that something is wrong.
    3. A source lost records, or cannot be read.
    4. An alarm channel is broken.
    """
    found = []
    if journal:
        found.append(f"Nothing can be written, and senders wait: {journal}.")
    if free_bytes < least_free_bytes:
        found.append(f"Only {free_bytes / 1e9:.1f} GB are free on the disk; {least_free_bytes / 1e9:.1f} GB should be.")
    usual, slowest = sync_seconds
    if usual > SLOW_SECONDS:
        found.append(
            f"The disk is slow: it usually takes {usual * 1000:,.0f} ms to make records safe, {slowest * 1000:,.0f} ms "
            "at worst, and senders wait that long for each answer. Nothing is lost; give the journal a faster disk."
        )
    for part in parts:
        if not part.running:
            found.append(f"The {part.name} does not run ({part.ended or 'it has not begun'}); it is started again.")
        elif part.starts > 1:
            found.append(f"The {part.name} has ended {part.starts - 1} times ({part.ended}); nothing is lost.")
        if part.name == "judge" and part.behind_seconds > LATE_SECONDS:
            found.append(
                f"Alarms are late: the judge is {part.behind_seconds:.0f} s and {part.behind_records:,} records behind."
            )
        if part.name == "archivist" and part.behind_seconds > LAKE_LATE_SECONDS:
            found.append(
                f"The lake is {part.behind_seconds / 60:.0f} min and {part.behind_records:,} records behind: a search "
                "does not find them yet, and the journal grows, because it keeps them."
            )
        found += [f"{part.name}: {problem}" for problem in part.problems]
    for source in sources:
        if source.stats.dropped:
            found.append(f"{source.name}: {source.stats.dropped:,} records were lost, because UDP cannot wait.")
        told = [(source.name, source.stats.problem)]
        told += [(name, stats.problem) for name, stats in source.senders.items()]
        found += [f"{name}: {problem}" for name, problem in told if problem]
    found += [f"Alarm channel {name}: {broken}" for name, broken in channels.items() if broken]
    return tuple(found)
