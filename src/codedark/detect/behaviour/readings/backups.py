"""Backup jobs: that they ended, how much they wrote, that somebody deleted or changed them.

Veeam's events (Veeam Backup & Replication, Event Reference) and Windows' own backup (Microsoft-Windows-Backup; 524 of
the catalogue that was deleted). Other products are read where their records name job and result in the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from codedark.detect.behaviour.observation import BackupRun
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import ABSENT, Origin

_FINISHED: Final = frozenset({"190", "490", "790"})
"""Backup, backup copy and agent jobs that ended; their result is 0 success, 1 warning, 2 failed."""
_VEEAM: Final = {
    "10050": "deleted",  # restore point: by retention every day, by a user seldom
    "23050": "changed",  # job modified: retention and schedule are part of it
    "23090": "deleted",  # job
    "23490": "deleted",  # tape job
    "28200": "deleted",  # repository
    "30200": "deleted",  # scale-out repository
    "32200": "deleted",  # cloud repository
}
_WINDOWS: Final = {"4": "succeeded", "14": "succeeded", "5": "failed", "9": "failed", "517": "failed", "524": "deleted"}
_RESULTS: Final = {"0": "succeeded", "success": "succeeded", "1": "succeeded", "warning": "succeeded", "2": "failed"}
_FIELDS: Final = ("JobName", "VmName", "JobResult", "Result", "TransferredBytes", "UserName", "Description", "Message")
_JOB_IN_TEXT: Final = re.compile(r"""[Jj]ob ['"]([^'"]{1,200})['"]""")
_BY_RETENTION: Final = "retention policy"
_DISABLED: Final = re.compile(r"has been disabled|IsScheduleEnabled[^>]{0,60}(?:false|False)")


class Backups:
    """Reads `BackupRun`s."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """As `Reading` has it."""
        return _FIELDS if _known(origin) else None

    def read(self, seen: Seen, places: Places) -> Iterator[BackupRun]:
        """One for each record that says what became of a job."""
        event = seen.origin.event
        columns = [seen.columns[name] for name in _FIELDS]
        for row, at_us, host, *values in zip(seen.rows, seen.times_us, seen.hosts, *columns, strict=True):
            job, machine, job_result, result, octets, user, description, message = map(_text, values)
            said = description or message
            act = (
                _act(event, (job_result or result).lower(), said) if "veeam" in seen.origin.service else _WINDOWS[event]
            )
            if act:
                found = None if job or machine else _JOB_IN_TEXT.search(said)
                name = job or (found[1] if found else machine or "backup")
                size = int(octets) if octets.isascii() and octets.isdigit() and len(octets) < _MOST_DIGITS else 0
                yield BackupRun(at_us, places.host(host), row, places.account(user), name, act, size)


_MOST_DIGITS: Final = 20


def _known(origin: Origin) -> bool:
    if origin.product != "windows":
        return False
    if "veeam" in origin.service:
        return origin.event in _FINISHED or origin.event in _VEEAM
    return origin.event in _WINDOWS and ("backup" in origin.service or "backup" in origin.provider)


def _act(event: str, result: str, said: str) -> str:
    if event in _FINISHED:
        return _RESULTS.get(result, "failed" if "fail" in said.lower() else "succeeded")
    if event == "10050" and _BY_RETENTION in said:
        return ""
    return "disabled" if event == "23050" and _DISABLED.search(said) else _VEEAM[event]


def _text(value: Any) -> str:
    return "" if value is ABSENT or value is None or isinstance(value, tuple) else str(value)
