"""Findings added up by host and rule: what the table and the report show. Bounded whatever the number of
findings.

What does not fit is counted, never dropped in silence: groups over the limit in `Tally.unlisted`, sample
events over the memory limit in `Group.thinned`. Less serious groups make room for more serious ones.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from zlib import crc32

from codedark.app.histogram import Histogram
from codedark.app.untrusted import clipped
from codedark.detect.finding import Finding, Level, RuleId, RuleInfo
from codedark.events.record import Record

SAMPLES = 5
NAMES = 5
MAX_GROUPS = 20_000
MAX_SAMPLE_CHARS = 24_000_000
MAX_VALUE_CHARS = 2_000
MAX_FIELDS = 200


@dataclass(slots=True)
class Names:
    """The first few of the names (users, sources) that were seen, and whether there were others."""

    first: list[str] = field(default_factory=list)
    more: bool = False

    def add(self, name: str) -> None:
        """Note ``name``; "" is no name."""
        if not name or name in self.first:
            return
        if len(self.first) < NAMES:
            self.first.append(name)
        else:
            self.more = True

    def merge(self, other: Names) -> None:
        """Note the names of ``other`` behind one's own."""
        for name in other.first:
            self.add(name)
        self.more |= other.more


class _Sample(NamedTuple):
    """A finding that was kept, behind what it is chosen by, and roughly the memory of its event."""

    checksum: int
    source: str
    record: int
    chars: int
    finding: Finding


@dataclass(slots=True)
class Group:
    """All findings of one rule on one host.

    ``samples`` are the earliest finding and a spread of others, by time: those whose record has the lowest
    checksum, which is a fair choice that does not depend on the order of reading. ``thinned``: samples were
    let go for memory.
    """

    host: str
    rule: RuleInfo
    count: int = 0
    undated: int = 0
    first: datetime | None = None
    last: datetime | None = None
    users: Names = field(default_factory=Names)
    sources: Names = field(default_factory=Names)
    times: Histogram = field(default_factory=Histogram)
    room: int = SAMPLES
    thinned: bool = False
    _earliest: _Sample | None = None
    _spread: list[_Sample] = field(default_factory=list)

    @property
    def samples(self) -> list[Finding]:
        """At most ``room`` findings with their events, in order of time."""
        chosen = self._spread
        if self._earliest:
            chosen = [self._earliest, *(row for row in chosen if row[:3] != self._earliest[:3])]
        return sorted((row.finding for row in chosen[: self.room]), key=_when)

    def add(self, finding: Finding) -> int:
        """Count one finding; returns by how many characters the samples grew or (negative) shrank."""
        self.count += 1
        self.users.add(finding.user)
        self.sources.add(finding.source)
        if finding.time is None:
            self.undated += 1
        else:
            self.first = min(self.first or finding.time, finding.time)
            self.last = max(self.last or finding.time, finding.time)
            self.times.add(finding.time)
        return self._sample(finding)

    def merge(self, other: Group) -> int:
        """Count everything that ``other`` counted; returns the growth of the samples as `add` does."""
        self.count += other.count
        self.undated += other.undated
        if other.first and other.last:
            self.first = min(self.first or other.first, other.first)
            self.last = max(self.last or other.last, other.last)
        self.users.merge(other.users)
        self.sources.merge(other.sources)
        self.times.merge(other.times)
        self.thinned |= other.thinned
        return sum(self._sample(finding) for finding in other.samples)

    def thin(self, room: int) -> int:
        """Keep at most ``room`` samples from now on; returns the (negative) growth."""
        before, had = self.sample_chars, self.samples
        self.thinned |= len(had) > room
        self.room, self._earliest, self._spread = room, None, []
        for finding in had[:room]:
            self._sample(finding)
        return self.sample_chars - before

    @property
    def sample_chars(self) -> int:
        """Roughly how much memory the samples hold."""
        return sum(row.chars for row in self._spread) + (self._earliest.chars if self._earliest else 0)

    def _sample(self, finding: Finding) -> int:
        if not self.room:
            self.thinned = True
            return 0
        key = f"{finding.source}#{finding.record}"
        checksum = crc32(key.encode("utf-8", "surrogatepass"))
        early = self._earliest is None or _when(finding) < _when(self._earliest.finding)
        place = (checksum, finding.source, finding.record)
        if not early and len(self._spread) >= self.room and place >= self._spread[-1][:3]:
            return 0
        before = self.sample_chars
        event = _bounded(finding.event)
        row = _Sample(*place, _chars(event), replace(finding, event=event))
        if early:
            self._earliest = row
        if all(other[:3] != place for other in self._spread):
            insort(self._spread, row, key=_place)
            del self._spread[self.room :]
        return self.sample_chars - before


@dataclass(slots=True)
class Tally:
    """Groups by host and rule. Picklable; tallies of parts of the input merge into that of the whole.

    ``by_level`` counts all findings. ``unlisted`` counts by level those whose group did not fit into
    ``max_groups``.
    """

    max_groups: int = MAX_GROUPS
    max_sample_chars: int = MAX_SAMPLE_CHARS
    by_level: Counter[Level] = field(default_factory=Counter)
    unlisted: Counter[Level] = field(default_factory=Counter)
    _groups: dict[Level, dict[tuple[str, RuleId], Group]] = field(
        default_factory=lambda: {level: {} for level in Level}
    )
    _size: int = 0
    _chars: int = 0

    def __len__(self) -> int:
        """Number of groups."""
        return self._size

    def __iter__(self) -> Iterator[Group]:
        """The groups, most serious level first, else in no particular order."""
        for level in sorted(self._groups, reverse=True):
            yield from self._groups[level].values()

    @property
    def findings(self) -> int:
        """Number of findings that were added."""
        return self.by_level.total()

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        self.by_level[finding.rule.level] += 1
        group = self._group(finding.host, finding.rule)
        if group is None:
            self.unlisted[finding.rule.level] += 1
            return
        self._chars += group.add(finding)
        if self._chars > self.max_sample_chars:
            self._thin()

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Count each of the findings."""
        for finding in findings:
            self.add(finding)

    def merge(self, other: Tally) -> None:
        """Count everything that ``other`` has counted."""
        self.by_level.update(other.by_level)
        self.unlisted.update(other.unlisted)
        for theirs in other:
            group = self._group(theirs.host, theirs.rule)
            if group is None:
                self.unlisted[theirs.rule.level] += theirs.count
                continue
            self._chars += group.merge(theirs)
            if self._chars > self.max_sample_chars:
                self._thin()

    def _group(self, host: str, rule: RuleInfo) -> Group | None:
        groups, key = self._groups[rule.level], (host, rule.id)
        group = groups.get(key)
        if group is None and (self._size < self.max_groups or self._evict_below(rule.level)):
            group = groups[key] = Group(host, rule)
            self._size += 1
        return group

    def _evict_below(self, level: Level) -> bool:
        """Let the newest of the least serious groups go, if there is one less serious than ``level``."""
        for lower in range(level):
            if groups := self._groups[Level(lower)]:
                _, group = groups.popitem()
                self.unlisted[Level(lower)] += group.count
                self._chars -= group.sample_chars
                self._size -= 1
                return True
        return False

    def _thin(self) -> None:
        """Let samples go until half the memory for them is free, those of the least serious groups first."""
        for room in (1, 0):
            for group in reversed(list(self)):
                if self._chars <= self.max_sample_chars // 2:
                    return
                if group.room > room:
                    self._chars += group.thin(room)


def _place(row: _Sample) -> tuple[int, str, int]:
    return row[:3]


def _when(finding: Finding) -> tuple[bool, float, str, int]:
    time = finding.time.timestamp() if finding.time else 0.0
    return finding.time is None, time, finding.source, finding.record


def _bounded(event: Record) -> Record:
    out: Record = {}
    for name in list(event)[:MAX_FIELDS]:
        value = event[name]
        if isinstance(value, tuple) and len(str(value)) > MAX_VALUE_CHARS:
            value = str(value)
        out[name] = clipped(value, MAX_VALUE_CHARS) if isinstance(value, str) else value
    if len(event) > MAX_FIELDS:
        out["[fields not kept]"] = len(event) - MAX_FIELDS
    return out


def _chars(event: Record) -> int:
    return 1_000 + sum(100 + len(name) + len(str(value)) for name, value in event.items())
