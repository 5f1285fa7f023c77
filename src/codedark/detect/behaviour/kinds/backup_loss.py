"""Backups that go: a job deleted, changed, failing in a row, not run when it always does, or of another size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.history import History
from codedark.detect.behaviour.kinds.learning import DAY_US, HOUR_US, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.observation import BackupRun, Observation
from codedark.detect.finding import Level

_DONE: Final = frozenset({"succeeded", "failed"})
_SAID: Final = {"deleted": "deleted", "disabled": "switched off", "changed": "changed"}
_LEVELS: Final = {"deleted": Level.CRITICAL, "disabled": Level.HIGH, "changed": Level.LOW}
_GIGABYTE: Final = 1_000_000_000


@dataclass(slots=True)
class _Job:
    """What a job does usually. ``late`` is whether its absence has been said."""

    first_us: int
    last_us: int
    sizes: History
    pauses: deque[int] = field(default_factory=lambda: deque(maxlen=30))
    failures: int = 0
    late: bool = False


class BackupLoss:
    """Remembers every job by its server and name."""

    id: ClassVar[BehaviourId] = BehaviourId("backup_loss")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (BackupRun,)

    def __init__(self, settings: Settings) -> None:
        self._least_runs = whole(settings, "least_runs")
        self._deviations = number(settings, "deviations")
        self._factor = number(settings, "factor")
        self._failures = whole(settings, "failures_in_a_row")
        self._grace_us = int(number(settings, "grace_hours") * HOUR_US)
        self._most_jobs = whole(settings, "most_jobs")
        self._jobs: dict[tuple[str, str], _Job] = {}
        self._repeats: Repeats[tuple[str, str, str]] = Repeats(self._most_jobs)

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One job that ended or was changed."""
        if not isinstance(seen, BackupRun):
            return
        key = (seen.host, seen.job)
        if seen.act not in _DONE:
            yield from self._changed(seen, context)
            if seen.act in {"deleted", "disabled"}:
                self._jobs.pop(key, None)  # said already; it will not be missed too
            return
        job = self._jobs.pop(key, None) or _Job(seen.at_us, seen.at_us, History(30))
        self._jobs[key] = job
        if len(self._jobs) > self._most_jobs:
            del self._jobs[next(iter(self._jobs))]
        if seen.act == "failed":
            job.failures += 1
            if job.failures >= self._failures:
                yield from self._failing(seen, job)
        else:
            job.failures = 0
            yield from self._size(seen, job, context)
        if seen.at_us > job.last_us:
            if not job.late:
                job.pauses.append(seen.at_us - job.last_us)
            job.last_us, job.late = seen.at_us, False

    def tick(self, now_us: int, _context: Context) -> Iterator[Sign]:
        """Jobs that should have run by now, those of one server in one sign."""
        missing: dict[str, list[tuple[str, _Job]]] = {}
        for (host, name), job in self._jobs.items():
            if not job.late and len(job.pauses) >= self._least_runs and now_us > self._due_us(job):
                job.late = True
                missing.setdefault(host, []).append((name, job))
        for host, jobs in missing.items():
            if times := self._repeats.count((host, "", "late"), now_us):
                name, job = jobs[0]
                more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
                hours = (now_us - job.last_us) / HOUR_US
                yield Sign(
                    now_us, host, "",
                    f"The backup job “{name}”{more} of {host} has not run for {hours:.0f} hours; "
                    f"it usually runs every {median(job.pauses) / HOUR_US:.0f}.",
                    level=Level.MEDIUM,
                    evidence={"jobs": tuple(name for name, _ in jobs[:20]), "hours": round(hours, 1), "times": times},
                    learnt_days=_days(job, now_us),
                )  # fmt: skip

    def _due_us(self, job: _Job) -> int:
        """After its longest pause so far (weekends are in it) and a quarter of the usual one."""
        return job.last_us + max(job.pauses) + max(self._grace_us, int(median(job.pauses) / 4))

    def _changed(self, seen: BackupRun, context: Context) -> Iterator[Sign]:
        times = self._repeats.count((seen.host, seen.account, seen.act), seen.at_us)
        if times:
            who = seen.account or "somebody"
            many = f"; it is the {times}. such act today" if times > 1 else ""
            suspect = context.held(seen.host, seen.account)
            yield Sign(
                seen.at_us, seen.host, seen.account,
                f"The backup job “{seen.job}” on {seen.host} was {_SAID.get(seen.act, seen.act)} by {who}{many}.",
                seen.row, max(Level.HIGH, _LEVELS[seen.act]) if suspect else _LEVELS.get(seen.act),
                {"job": seen.job, "act": seen.act, "times": times},
            )  # fmt: skip

    def _failing(self, seen: BackupRun, job: _Job) -> Iterator[Sign]:
        if self._repeats.count((seen.host, seen.job, "failed"), seen.at_us) == 1:
            yield Sign(
                seen.at_us, seen.host, seen.account,
                f"The backup job “{seen.job}” of {seen.host} has failed {job.failures} times in a row.",
                seen.row, Level.MEDIUM, {"job": seen.job, "failures": job.failures}, _days(job, seen.at_us),
            )  # fmt: skip

    def _size(self, seen: BackupRun, job: _Job, context: Context) -> Iterator[Sign]:
        """Far smaller: less is kept. Far larger: everything changed, as it does when it is encrypted."""
        if not seen.octets:
            return
        usual = job.sizes.middle()
        smaller = seen.octets < min(job.sizes.least_usual(self._deviations), usual / self._factor)
        larger = seen.octets > max(job.sizes.most_usual(self._deviations), usual * self._factor)
        if len(job.sizes) >= self._least_runs and (smaller or larger):
            if self._repeats.count((seen.host, seen.job, "size"), seen.at_us) == 1:
                yield Sign(
                    seen.at_us, seen.host, seen.account,
                    f"The backup job “{seen.job}” of {seen.host} wrote {seen.octets / _GIGABYTE:.1f} GB, "
                    f"usually {usual / _GIGABYTE:.1f} GB.",
                    seen.row, Level.MEDIUM, {"job": seen.job, "octets": seen.octets, "usually": round(usual)},
                    _days(job, seen.at_us),
                )  # fmt: skip
        elif not context.held(seen.host, seen.account):
            job.sizes.add(seen.octets)


def _days(job: _Job, now_us: int) -> float:
    return round((now_us - job.first_us) / DAY_US, 2)
