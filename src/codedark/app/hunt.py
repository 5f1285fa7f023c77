"""Hunt: every rule over logs that are on disk, told to any number of sinks, with balanced books at the end."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codedark.app.interruption import Interruption
from codedark.app.judging import Judge, Said
from codedark.app.outputs import Sink
from codedark.app.summary import Summary
from codedark.app.units import Unit, units_of
from codedark.app.workers import Done, Message, in_processes, in_this_process
from codedark.detect.finding import Finding, Level
from codedark.detect.sigma.correlate import Correlations
from codedark.detect.sigma.rulebook import Rulebook
from codedark.errors import CodeDarkError
from codedark.events.logsource import LogSource, Routing
from codedark.events.record import Rejected
from codedark.ingest.archive import Limits
from codedark.ingest.formats import check_format

_MOST_REASONS = 1000
_NO_SUCH_LOGS = "no such log source in the input"


@dataclass(frozen=True, slots=True)
class Request:
    """What to hunt through and how. ``jobs`` is the number of processes; findings below ``min_level`` are not told."""

    paths: Sequence[Path]
    jobs: int = 1
    input_format: str | None = None
    min_level: Level = Level.INFORMATIONAL
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a hunt is: bytes of files on disk, records judged, findings."""

    bytes_done: int
    bytes_in_all: int
    records: int
    findings: int


class Hunt:
    """One hunt. `run` may be interrupted (KeyboardInterrupt): what was found so far is told, and said to be partial."""

    def __init__(
        self,
        request: Request,
        rulebook: Rulebook,
        routing: Routing,
        sinks: Sequence[Sink],
        on_rejected: Callable[[Rejected], None] = lambda _: None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        check_format(request.input_format)
        self._request = request
        self._rulebook = rulebook
        self._routing = routing
        self._sinks = sinks
        self._on_rejected = on_rejected
        self._on_progress = on_progress
        self._correlations = Correlations(rulebook.correlations, rulebook.base, None)
        self._files = 0
        self._judged = 0
        self._rejected = 0
        self._reasons: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._levels: Counter[str] = Counter()
        self._undated = 0
        self._met: set[LogSource] = set()
        self._numbering: Unit | None = None
        self._lines_before = 0
        self._lines_in_unit = 0
        self._interruption = Interruption()

    def run(self) -> Summary:
        """Read, judge and tell; returns the account of it. The sinks have been begun and ended."""
        started = time.perf_counter()
        interrupted = False
        failure: CodeDarkError | None = None
        for sink in self._sinks:
            sink.begin()
        try:
            with self._interruption.heard():
                self._read_and_tell()
        except KeyboardInterrupt:
            interrupted = True
        except CodeDarkError as error:
            interrupted, failure = True, error  # what was found so far is still told
        for finding in self._correlations.drain(None):
            if finding.rule.level >= self._request.min_level:
                self._tell(finding)
        summary = self._summary(time.perf_counter() - started, interrupted=interrupted)
        for sink in self._sinks:
            sink.end(summary)
        if failure is not None:
            raise failure
        return summary

    def _read_and_tell(self) -> None:
        request = self._request
        jobs = request.jobs
        rejected: list[Rejected] = []
        divide = jobs > 1 and not request.input_format
        units = list(units_of(request.paths, request.limits, rejected.append, divide=divide))
        in_all, done = sum(unit.size for unit in units), 0
        with self._interruption.held():
            self._files = sum(unit.is_first for unit in units)
            for each in rejected:
                self._reject(each)
        messages: Iterator[tuple[Unit, Message]]
        if jobs > 1 and len(units) > 1:
            messages = in_processes(self._judge, units, jobs)
        else:
            judge = self._judge()
            gc.freeze()
            messages = in_this_process(judge, iter(units))
        for unit, message in messages:
            with self._interruption.held():
                if isinstance(message, Done):
                    self._met |= message.met
                    done += unit.size
                else:
                    for finding in self._account(unit, message):
                        self._tell(finding)
            self._on_progress(Progress(done, in_all, self._judged, self._levels.total()))

    def _judge(self) -> Judge:
        request = self._request
        needed = frozenset(map(str, self._correlations.needs))
        return Judge(self._rulebook, self._routing, request.limits, request.input_format, request.min_level, needed)

    def _account(self, unit: Unit, said: Said) -> Iterator[Finding]:
        self._judged += said.judged
        self._met |= said.met
        self._sources += said.sources
        for rejected in said.rejected:
            self._reject(rejected)
        for finding in self._numbered(unit, said):
            if finding.rule.id in self._correlations.needs:
                self._correlations.feed(finding)
            if finding.rule.id not in self._correlations.silenced and finding.rule.level >= self._request.min_level:
                yield finding

    def _numbered(self, unit: Unit, said: Said) -> list[Finding]:
        """The findings with line numbers that count from the start of the file, not of the unit."""
        if unit.stop is None:
            return said.findings
        if unit != self._numbering:
            self._lines_before = 0 if unit.is_first else self._lines_before + self._lines_in_unit
            self._lines_in_unit, self._numbering = 0, unit
        self._lines_in_unit += said.lines
        before = self._lines_before
        return [replace(finding, record=finding.record + before) for finding in said.findings]

    def _tell(self, finding: Finding) -> None:
        self._levels[finding.rule.level.name.lower()] += 1
        self._undated += finding.time is None
        for sink in self._sinks:
            sink.write(finding)

    def _reject(self, rejected: Rejected) -> None:
        self._rejected += 1
        reason = rejected.reason if len(self._reasons) < _MOST_REASONS else "other reasons"
        self._reasons[reason] += 1
        self._on_rejected(rejected)

    def _summary(self, seconds: float, *, interrupted: bool) -> Summary:
        not_runnable = Counter(_general(problem.reason) for problem in self._rulebook.problems)
        not_runnable.update(_general(reason) for _, reason in self._correlations.problems)
        unmet = sum(count for source, (count, _) in self._rulebook.packed.items() if source not in self._met)
        if unmet:
            not_runnable[_NO_SUCH_LOGS] += unmet
        return Summary(
            files=self._files,
            events_read=self._judged + self._rejected,
            events_judged=self._judged,
            events_rejected=self._rejected,
            rules_loaded=self._rulebook.loaded,
            rules_not_runnable=not_runnable.total(),
            findings=self._levels.total(),
            seconds=seconds,
            not_runnable=dict(not_runnable.most_common()),
            rejected=dict(self._reasons.most_common()),
            findings_by_level=dict(self._levels),
            sources=dict(self._sources.most_common()),
            undated=self._undated,
            interrupted=interrupted,
            jobs=self._request.jobs,
        )


def _general(reason: str) -> str:
    """The reason without what is particular to one rule, so that reasons can be counted."""
    return reason.split(":", 1)[0].split("(", 1)[0].strip()
