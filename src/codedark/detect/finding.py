"""What the engine says: a rule fired on a record, with what a person needs to look it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NewType

from codedark.events.logsource import LogSource
from codedark.events.record import Record, SourceName

RuleId = NewType("RuleId", str)


class Level(IntEnum):
    """Sigma's levels, so that the more serious compares greater."""

    INFORMATIONAL = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True)  # without slots, which are slow to unpickle
class RuleInfo:
    """What is said about a rule beside its detection: for tables, reports and exports.

    ``path`` is the rule file as it was found; ``tags`` are Sigma tags (``attack.t1059.001``).
    """

    id: RuleId
    title: str
    level: Level
    tags: tuple[str, ...]
    logsource: LogSource
    path: str
    name: str = ""
    status: str = ""
    description: str = ""
    falsepositives: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Why a correlation rule fired: its group, the first and last time of the matches, their number."""

    group: Mapping[str, str]
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule on one record. ``time`` is aware UTC, or None where the record has no readable time.

    ``record`` is the number by which the record is found in ``source``. For a correlation, the record is the
    one that fired it and ``window`` says over what. ``says`` is what a behaviour says in a sentence, "" for a rule,
    whose title says it.
    """

    rule: RuleInfo
    time: datetime | None
    host: str
    user: str
    source: SourceName
    record: int
    event: Record
    window: Window | None = None
    says: str = ""

    @property
    def id(self) -> str:
        """What it is told by again: rule and record; and of whom, where a sentence says more than the rule's title."""
        who = f"/{self.host}/{self.user}" if self.says else ""
        return f"{self.rule.id}@{self.record}{who}"
