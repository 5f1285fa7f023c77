"""One worker of a hunt: reads units of work, judges their records, and says what it found.

The same code runs in the one process of ``--jobs 1`` and in each process of ``--jobs N``; what it says is the
same sequence of `Said` for a unit, wherever it runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from codedark.app.units import Unit
from codedark.detect.finding import Finding, Level
from codedark.detect.sigma.engine import Engine, Hit
from codedark.detect.sigma.rulebook import Rulebook
from codedark.events.envelope import envelope
from codedark.events.logsource import LogSource, Routing
from codedark.events.record import Batch, Rejected
from codedark.ingest import json_lines
from codedark.ingest.archive import Limits
from codedark.ingest.formats import batches
from codedark.ingest.open import Opened, open_sources


@dataclass(slots=True)
class Said:
    """What came of one batch. ``line_base``: lines before the next unit of the same file, to number them on."""

    findings: list[Finding] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    judged: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    met: frozenset[LogSource] = frozenset()


class Judge:
    """An engine with its rules, and the reading of units with it."""

    def __init__(
        self,
        rulebook: Rulebook,
        routing: Routing,
        limits: Limits,
        input_format: str | None,
        min_level: Level,
        needed: frozenset[str],
    ) -> None:
        self._engine = Engine(rulebook, routing)
        self._limits = limits
        self._format = input_format
        self._min_level = min_level
        self._needed = needed
        self._told = 0

    @property
    def met(self) -> frozenset[LogSource]:
        """The log sources of rules that the records read so far belong to."""
        return self._engine.met

    def judge(self, unit: Unit) -> Iterator[Said]:
        """Read and judge one unit, batch by batch."""
        rejected: list[Rejected] = []
        written = _last_written(unit.path)
        for opened in open_sources(unit.path, self._limits, rejected.append):
            for batch in self._batches(unit, opened, rejected):
                yield self._said(batch, written)
        if rejected:
            yield Said(rejected=rejected)

    def _batches(self, unit: Unit, opened: Opened, rejected: list[Rejected]) -> Iterator[Batch]:
        if unit.stop is not None:
            return json_lines.read(opened.stream, opened.source, self._engine, unit.start, unit.stop)
        return batches(opened, self._engine, self._limits, rejected.append, self._format)

    def _said(self, batch: Batch, written: datetime | None) -> Said:
        said = Said(rejected=list(batch.rejected), judged=len(batch))
        for group in batch.groups:
            said.sources[group.origin.log] += len(group.rows)
        for hit in self._engine.judge(batch):
            if hit.rule.info.level >= self._min_level or hit.rule.info.id in self._needed:
                said.findings.append(finding_of(hit, batch, written))
        if len(self._engine.met) > self._told:
            said.met = self._engine.met
            self._told = len(said.met)
        said.findings.sort(key=lambda finding: (finding.record, finding.rule.id))
        if isinstance(batch, json_lines.LineBatch):
            said.lines = len(batch.block) + len(batch.block.too_long)
        return said


def _last_written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def finding_of(hit: Hit, batch: Batch, written: datetime | None) -> Finding:
    """The finding that a hit is, with the whole record.

    ``written`` is when the log was last written: a time without a year (RFC 3164) is taken to be before that.
    """
    record = batch.record(hit.row)
    when = envelope(hit.origin, record, written)
    return Finding(
        rule=hit.rule.info,
        time=when.time,
        host=when.host,
        user=when.user,
        source=batch.source,
        record=batch.number(hit.row),
        event=record,
    )
