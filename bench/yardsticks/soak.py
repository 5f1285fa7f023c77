"""A soak: records at a steady rate for a long time, with an alarm now and then, and how the watch is all the while."""

from __future__ import annotations

import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from yardsticks.claims import say

_STEP_SECONDS = 0.02
_WORD = re.compile(r"bench-(\d{4,})")
_HEAD = (
    "| minute | records taken | a second | memory, MiB: {parts} | alarms | delay, s: median, most "
    "| records behind: {behind} | journal | lake |"
)


class Watch(Protocol):
    """What is soaked."""

    home: Path
    port: int

    def status(self) -> dict[str, Any]:
        """What the page says."""

    def memory_mib(self) -> dict[str, float]:
        """Resident memory of each process now."""


class Hook:
    """Receives alarms; ``arrived`` is when each marked record was first told of."""

    def __init__(self) -> None:
        self.arrived: dict[int, float] = {}
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                for number in _WORD.findall(body):
                    arrived.setdefault(int(number), time.monotonic())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_port)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Hear no more."""
        self._server.shutdown()


@dataclass(frozen=True)
class Row:
    """How it was at ``minute``: since the row before, ``delays`` of alarms in seconds, and how many never came."""

    minute: float
    taken: int
    rate: float
    memory_mib: Mapping[str, float]
    delays: Sequence[float]
    missing: int
    behind: Mapping[str, int]
    journal_mb: float
    lake_mb: float

    def line(self) -> str:
        """The row of a table in Markdown."""
        memory = ", ".join(f"{mib:,.0f}" for mib in self.memory_mib.values())
        late = f"{statistics.median(self.delays):.2f}, {max(self.delays):.2f}" if self.delays else "none"
        lost = f", {self.missing} missing" if self.missing else ""
        behind = ", ".join(f"{count:,}" for count in self.behind.values())
        cells = (
            f"{self.minute:.0f}", f"{self.taken:,}", f"{self.rate:,.0f}", memory, f"{len(self.delays)}{lost}", late,
            behind, f"{self.journal_mb:,.0f} MB", f"{self.lake_mb:,.0f} MB",
        )  # fmt: skip
        return f"| {' | '.join(cells)} |"


def soak(
    one: Watch,
    hook: Hook,
    lines: Sequence[bytes],
    marked: Callable[[int], bytes],
    *,
    minutes: float,
    rate: int,
    alarm_seconds: float = 60.0,
    row_minutes: float = 5.0,
) -> list[Row]:
    """Send ``lines`` over and over at ``rate`` records a second, and a ``marked`` one now and then; a row at a time."""
    rows: list[Row] = []
    sent: dict[int, float] = {}
    due_alarm, due_row = 10.0, row_minutes * 60
    with socket.create_connection(("127.0.0.1", one.port)) as to:
        began, done = time.monotonic(), 0
        while not rows or rows[-1].minute < minutes - 0.01:
            passed = time.monotonic() - began
            due = int(passed * rate)
            to.sendall(b"".join(lines[number % len(lines)] for number in range(done, due)))
            done = due
            if passed >= due_alarm:
                number = len(sent)
                to.sendall(marked(number))
                sent[number] = time.monotonic()
                due_alarm += alarm_seconds
            if passed >= min(due_row, minutes * 60):
                rows.append(_row(one, hook, rows, sent, passed))
                say(rows[-1].line())
                due_row += row_minutes * 60
            time.sleep(_STEP_SECONDS)
    return rows


def _row(one: Watch, hook: Hook, before: Sequence[Row], sent: dict[int, float], passed: float) -> Row:
    told = sum(len(row.delays) + row.missing for row in before)
    settled = [number for number, at in sent.items() if number >= told and time.monotonic() - at > 10]
    delays = [hook.arrived[number] - sent[number] for number in settled if number in hook.arrived]
    status = one.status()
    since = before[-1] if before else None
    taken, seconds = status["taken"], passed - (since.minute * 60 if since else 0.0)
    lake = sum(path.stat().st_size for path in list((one.home / "lake").rglob("*.parquet")) if path.exists())
    return Row(
        minute=passed / 60,
        taken=taken,
        rate=(taken - (since.taken if since else 0)) / seconds,
        memory_mib=one.memory_mib(),
        delays=delays,
        missing=len(settled) - len(delays),
        behind={part["name"]: part["behind_records"] for part in status["parts"]},
        journal_mb=status["journal_bytes"] / 1e6,
        lake_mb=lake / 1e6,
    )


def table(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    head = _HEAD.format(parts=", ".join(rows[-1].memory_mib), behind=", ".join(rows[-1].behind))
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *(row.line() for row in rows)]) + "\n"
