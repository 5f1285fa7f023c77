"""Records that are missing: a log that was cleared, numbering that begins anew, numbers that were never delivered.

Windows numbers the records of each log of each host without a gap. Where only some events are forwarded, gaps are
usual, and are learnt to be: then nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.observation import Heard, LogCleared, Observation
from codedark.detect.finding import Level

_MINUTE_US: Final = 60_000_000
_ROOM: Final = 16
"""What part of the logs is forgotten at once where there are too many: to look for them costs as much as for one."""
_AUDIT_POLICY: Final = "audit policy"
_LOG_SERVICE: Final = "event log service"
_SECURITY: Final = "security"


@dataclass(slots=True)
class _Numbers:
    """Record numbers of one log of one host.

    All up to ``base`` is accounted for. Behind it ``heard`` came, the highest of which is ``highest``. Of those up to
    ``base``, ``missing`` are waited for since ``since_us``. ``whole`` and ``broken`` count how often it came so or so.
    """

    first_us: int
    base: int
    highest: int
    highest_us: int
    heard: int = 0
    missing: int = 0
    since_us: int = 0
    whole: int = 0
    broken: int = 0


class LogGaps:
    """Remembers which numbers of each log came."""

    id: ClassVar[BehaviourId] = BehaviourId("log_gaps")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (LogCleared, Heard)

    def __init__(self, settings: Settings) -> None:
        self._wait_us = int(number(settings, "minutes") * _MINUTE_US)
        self._least_missing = whole(settings, "records")
        self._least_whole = whole(settings, "whole_before")
        self._share = number(settings, "share_broken")
        self._stopped_us = int(number(settings, "minutes_without_security_log") * _MINUTE_US)
        self._most = whole(settings, "most_logs")
        self._logs: dict[tuple[str, str], _Numbers] = {}
        self._stopped: dict[str, int] = {}
        self._repeats: Repeats[tuple[str, ...]] = Repeats(self._most)

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """A log that was cleared is said at once; what was heard is accounted for."""
        if isinstance(seen, LogCleared):
            yield from self._cleared(seen, context)
        elif isinstance(seen, Heard):
            yield from self._goes_on(seen)
            if seen.numbers:
                yield from self._account(seen)

    def tick(self, now_us: int, context: Context) -> Iterator[Sign]:
        """Close what is complete; say what is still missing after it was waited for.

        1. All numbers up to the highest came: nothing is open.
        2. Some are missing: they are waited for, as records may arrive out of order.
        3. They did not come: where this log was whole until now, that is a sign; else it is how this log is.
        """
        broken: dict[str, list[tuple[str, _Numbers]]] = {}
        for (host, log), numbers in self._logs.items():
            if numbers.missing and now_us - numbers.since_us >= self._wait_us:
                if numbers.missing >= self._least_missing and self._was_whole(numbers):
                    broken.setdefault(host, []).append((log, replace(numbers)))
                numbers.broken += 1
                numbers.missing = 0
            if not numbers.missing and numbers.highest > numbers.base:
                numbers.missing = max(0, numbers.highest - numbers.base - numbers.heard)
                numbers.since_us = now_us
                numbers.whole += not numbers.missing
                numbers.base, numbers.heard = numbers.highest, 0
        for host, logs in broken.items():
            yield from self._lost(host, logs, now_us, context)

    def _was_whole(self, numbers: _Numbers) -> bool:
        return numbers.whole >= self._least_whole and numbers.broken <= self._share * numbers.whole

    def _account(self, seen: Heard) -> Iterator[Sign]:
        """Count what came behind `base`, and what comes late before it."""
        key = (seen.host, seen.log)
        numbers = self._logs.get(key)
        if numbers is None:
            if len(self._logs) >= self._most:
                self._make_room()
            self._logs[key] = _Numbers(seen.at_us, seen.first_number - 1, seen.last_number, seen.at_us, seen.numbers)
            return
        if seen.last_number < numbers.base // 2 and seen.at_us > numbers.highest_us + _MINUTE_US:
            yield from self._anew(seen, numbers)
            self._logs[key] = _Numbers(seen.at_us, seen.first_number - 1, seen.last_number, seen.at_us, seen.numbers)
            return
        came = seen.numbers
        if seen.first_number <= numbers.base:
            if numbers.whole + numbers.broken == 0 and not numbers.missing:
                numbers.base = seen.first_number - 1  # the first of all come in any order
            else:
                # Those of a group that stand before the base are not told one by one: by their share of its span.
                span = seen.last_number - seen.first_number + 1
                late = min(came, max(1, round(came * (numbers.base - seen.first_number + 1) / span)))
                numbers.missing = max(0, numbers.missing - late)
                came -= late
        numbers.heard += came
        if seen.last_number > numbers.highest:
            numbers.highest, numbers.highest_us = seen.last_number, seen.at_us

    def _make_room(self) -> None:
        """Forget a part of the logs: first those that have not been followed for long enough to tell anything, then
        those that were heard longest ago. Whoever makes up hosts displaces what he made up.
        """

        def use(log: tuple[str, str]) -> tuple[bool, int]:
            numbers = self._logs[log]
            return numbers.whole + numbers.broken >= self._least_whole, numbers.highest_us

        for log in nsmallest(max(1, self._most // _ROOM), self._logs, use):
            del self._logs[log]

    def _cleared(self, seen: LogCleared, context: Context) -> Iterator[Sign]:
        if seen.log == _LOG_SERVICE:
            self._stopped.pop(seen.host, None)
            self._stopped[seen.host] = seen.at_us
            if len(self._stopped) > self._most:
                del self._stopped[next(iter(self._stopped))]
            return
        policy = seen.log == _AUDIT_POLICY
        if self._repeats.count((seen.host, seen.account, "policy" if policy else "log"), seen.at_us) != 1:
            return
        who = seen.account or "the system"
        if policy:
            says = f"{who} made {seen.host} log less: its audit policy was changed."
            level = Level.LOW if seen.account.endswith("$") else Level.MEDIUM
        else:
            says = f"{who} cleared the log {seen.log} of {seen.host}."
            level = Level.CRITICAL if context.held(seen.host, seen.account) else Level.HIGH
        yield Sign(seen.at_us, seen.host, seen.account, says, seen.row, level, {"log": seen.log})

    def _goes_on(self, seen: Heard) -> Iterator[Sign]:
        """After its log service stopped, a host that goes on in other logs has not been switched off."""
        stopped_us = self._stopped.get(seen.host)
        if stopped_us is None or seen.at_us <= stopped_us + _MINUTE_US // 60:
            return
        if seen.log == _SECURITY:
            del self._stopped[seen.host]
        elif seen.at_us - stopped_us > self._stopped_us:
            del self._stopped[seen.host]
            minutes = (seen.at_us - stopped_us) / _MINUTE_US
            says = (
                f"The event log service of {seen.host} stopped {minutes:.0f} minutes ago; the machine goes on without."
            )
            yield Sign(seen.at_us, seen.host, "", says, seen.row, Level.HIGH, {"log": seen.log})

    def _anew(self, seen: Heard, numbers: _Numbers) -> Iterator[Sign]:
        if self._repeats.count((seen.host, "anew"), seen.at_us) == 1:
            yield Sign(
                seen.at_us, seen.host, "",
                f"The numbering of the log {seen.log} of {seen.host} begins anew at {seen.first_number}, after "
                f"{numbers.highest}: it was cleared, or the machine was set up again.",
                seen.row, Level.MEDIUM, {"log": seen.log, "before": numbers.highest, "now": seen.first_number},
                _days(numbers, seen.at_us),
            )  # fmt: skip

    def _lost(self, host: str, logs: list[tuple[str, _Numbers]], now_us: int, context: Context) -> Iterator[Sign]:
        log, numbers = max(logs, key=lambda each: each[1].missing)
        if self._repeats.count((host, "lost"), now_us) == 1:
            more = f", and others of {len(logs) - 1} more logs" if len(logs) > 1 else ""
            yield Sign(
                now_us, host, "",
                f"{numbers.missing} records of the log {log} of {host} before number {numbers.base} never came{more}; "
                "until now none was missing.",
                level=Level.HIGH if context.held(host, "") else None,
                evidence={"logs": tuple(log for log, _ in logs[:20]), "missing": numbers.missing},
                learnt_days=_days(numbers, now_us),
            )  # fmt: skip


def _days(numbers: _Numbers, now_us: int) -> float:
    return round((now_us - numbers.first_us) / DAY_US, 2)
