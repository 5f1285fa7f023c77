"""The order in which findings are shown: what is worst first, a host's story in one place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from codedark.app.tally import Group, Tally
from codedark.detect.finding import Level


@dataclass(slots=True)
class HostTotal:
    """What was found on one host: findings and rules by level, first and last time."""

    host: str
    findings: Counter[Level] = field(default_factory=Counter)
    rules: Counter[Level] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    groups: list[Group] = field(default_factory=list)

    @property
    def worst(self) -> Level:
        """The most serious level found on the host."""
        return max(self.findings)

    def add(self, group: Group) -> None:
        """Count a group of this host."""
        self.findings[group.rule.level] += group.count
        self.rules[group.rule.level] += 1
        if group.first and group.last:
            self.first = min(self.first or group.first, group.first)
            self.last = max(self.last or group.last, group.last)
        self.groups.append(group)


def hosts(tally: Tally) -> list[HostTotal]:
    """Every host in the tally: by worst level, then by how many different rules fired at the worst levels.

    Rules weigh more than findings: one noisy rule fires ten thousand times, an intruder trips many.
    """
    totals: dict[str, HostTotal] = {}
    for group in tally:
        totals.setdefault(group.host, HostTotal(group.host)).add(group)
    levels = sorted(Level, reverse=True)
    return sorted(
        totals.values(),
        key=lambda total: (
            [-total.rules[level] for level in levels],
            [-total.findings[level] for level in levels],
            total.host,
        ),
    )


def ranked(tally: Tally) -> list[Group]:
    """Every group: most serious level first, within it by `hosts`, within a host in order of time."""
    place = {total.host: number for number, total in enumerate(hosts(tally))}
    return sorted(
        tally,
        key=lambda group: (
            -group.rule.level,
            place[group.host],
            group.first is None,
            group.first.timestamp() if group.first else 0.0,
            group.rule.title,
            group.rule.id,
        ),
    )
