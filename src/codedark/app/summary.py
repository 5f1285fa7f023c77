"""The account of a whole hunt in numbers: what was read, judged, rejected, and what could not run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one hunt; the field names are the keys of ``--summary FILE``.

    ``events_*`` are records. ``not_runnable``: rules by the reason they could not run. ``rejected``: rejected
    records by reason; a file that cannot be opened counts as one. ``findings_by_level``: by level in lower case.
    ``sources``: records judged by kind of log (``windows/security``). ``undated``: findings without a readable
    time. ``interrupted``: the run was stopped before the end. ``seconds`` is wall-clock time.

    Raises ValueError when the books do not balance: nothing is silently lost.
    """

    files: int
    events_read: int
    events_judged: int
    events_rejected: int
    rules_loaded: int
    rules_not_runnable: int
    findings: int
    seconds: float
    not_runnable: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    findings_by_level: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    undated: int = 0
    interrupted: bool = False
    jobs: int = 1

    def __post_init__(self) -> None:
        for name in (row.name for row in fields(self)):
            value = getattr(self, name)
            if isinstance(value, int | float) and value < 0:
                raise ValueError(f"summary: {name} is negative ({value})")
        if self.events_read != self.events_judged + self.events_rejected:
            raise ValueError(
                f"summary: {self.events_read} records read, but {self.events_judged} judged + "
                f"{self.events_rejected} rejected = {self.events_judged + self.events_rejected}"
            )
        _balance("rules that cannot run", self.rules_not_runnable, self.not_runnable)
        _balance("rejected records", self.events_rejected, self.rejected)
        _balance("findings", self.findings, self.findings_by_level)

    @property
    def rules_run(self) -> int:
        """Rules that were able to run."""
        return self.rules_loaded - self.rules_not_runnable

    @property
    def rate(self) -> float:
        """Records a second; 0.0 when no time was measured."""
        return self.events_read / self.seconds if self.seconds else 0.0

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON-ready values, the fields in the order of their definition."""
        values = {row.name: getattr(self, row.name) for row in fields(self)}
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def _balance(what: str, total: int, parts: Mapping[str, int]) -> None:
    if parts and sum(parts.values()) != total:
        raise ValueError(f"summary: {total} {what}, but {sum(parts.values())} by reason or level")
