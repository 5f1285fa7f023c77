"""How a behaviour is described, and what makes its signs into findings that stand beside those of rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from codedark.detect.behaviour.behaviour import BehaviourId, Settings, Sign
from codedark.detect.finding import Finding, Level, RuleId, RuleInfo
from codedark.events.logsource import LogSource
from codedark.events.moments import moment_of
from codedark.events.record import Record, SourceName

_BY_TIME: Final = SourceName("codedark")
"""The source of a sign that no record showed, but the passing of time."""
PREFIX: Final = "behaviour/"

Shown = Callable[[int], tuple[SourceName, int, Record]]
"""The source, number and whole record at a row of the batch."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a behaviour: one file of ``content/behaviour``, with the hospital's own settings over it."""

    id: BehaviourId
    title: str
    level: Level
    enabled: bool
    tags: tuple[str, ...]
    description: str
    falsepositives: tuple[str, ...]
    settings: Settings

    @property
    def rule(self) -> RuleInfo:
        """The behaviour in the words of rules."""
        return RuleInfo(
            RuleId(f"{PREFIX}{self.id}"),
            self.title,
            self.level,
            self.tags,
            LogSource(product="codedark", service="behaviour"),
            path=f"{PREFIX}{self.id}.yaml",
            name=self.id,
            status="stable",
            description=self.description,
            falsepositives=self.falsepositives,
        )


def finding_of(sign: Sign, rule: RuleInfo, next_number: int, shown: Shown) -> Finding:
    """The finding that a sign is.

    A sign by time alone has no record: its number is that of the next record to come, so that the same sign told again
    after a crash has the same identity. ``event`` is the evidence, over the record where there is one.
    """
    event: Record = {}
    source, number = _BY_TIME, next_number
    if sign.row >= 0:
        source, number, event = shown(sign.row)
    if sign.level is not None and sign.level is not rule.level:
        rule = replace(rule, level=sign.level)
    evidence = {f"codedark.{name}": value for name, value in sign.evidence.items()}
    return Finding(
        rule=rule,
        time=moment_of(sign.at_us),
        host=sign.host,
        user=sign.account,
        source=source,
        record=number,
        event={**event, **evidence, "codedark.learnt_days": round(sign.learnt_days, 2)},
        says=sign.says,
    )
