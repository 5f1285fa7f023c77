"""Runs `codedark` as a person does, in a process of its own, and holds every run to what always has to be true."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXIT_CODES = {0, 2, 3, 130}
MOST_MEGABYTES = 450
_LAUNCH = """
import os, sys
from pathlib import Path
from codedark.cli.main import run
Path(os.environ["PEAK_FILE"]).write_text("0")
try:
    run()
finally:
    status = Path("/proc/self/status")
    peak = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
    Path(os.environ["PEAK_FILE"]).write_text(peak[0].split()[1] if peak else "0")
"""


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what it said."""

    code: int
    out: bytes
    err: str
    seconds: float
    megabytes: float
    summary: dict[str, Any] = field(default_factory=dict)
    rejects: list[dict[str, Any]] = field(default_factory=list)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of ``--format jsonl``."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def read(self) -> tuple[int, int, int]:
        """Records read, judged, rejected."""
        return self.summary["events_read"], self.summary["events_judged"], self.summary["events_rejected"]

    def accounted(self) -> dict[str, Counter[int]]:
        """For each source, the records that a rule for all of them found, and those rejected, by number or offset."""
        found: dict[str, Counter[int]] = {}
        for each in self.findings:
            found.setdefault(each["source"], Counter())[each["record"]] += 1
        for each in self.rejects:
            found.setdefault(each["source"], Counter())[each["offset"]] += 1
        return found


class Command:
    """`codedark` with a cache of its own, in ``folder``."""

    def __init__(self, folder: Path, rules: Path) -> None:
        self.folder = folder
        self.rules = rules
        self.peak = folder / "peak"
        self.env = {**os.environ, "CODEDARK_CACHE": str(folder / "cache"), "PEAK_FILE": str(self.peak)}
        self.env.pop("CODEDARK_HOME", None)

    def start(self, *args: object, **popen: Any) -> subprocess.Popen[bytes]:
        """Start it; whoever asks looks after the process."""
        line = [sys.executable, "-c", _LAUNCH, *map(str, args)]
        return subprocess.Popen(line, cwd=self.folder, env=self.env, **popen)

    def run(self, *args: object, seconds: float = 60, **popen: Any) -> Ran:
        """Run it to its end. Fails on a traceback, an exit code that means nothing, too much time or memory."""
        started = time.perf_counter()
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **popen}
        with self.start(*args, **pipes) as process:
            try:
                out, err = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        ran = Ran(
            process.returncode,
            out or b"",
            (err or b"").decode(),
            time.perf_counter() - started,
            int(self.peak.read_text()) / 1024,
        )
        assert "Traceback" not in ran.err, ran.err
        assert ran.code in EXIT_CODES, (ran.code, ran.err)
        assert ran.megabytes < MOST_MEGABYTES
        return ran

    def hunt(self, *args: object, seconds: float = 60, **popen: Any) -> Ran:
        """``codedark hunt`` with a rule that fires on every Windows record, told as JSON lines, with its books."""
        summary, rejects = self.folder / "summary.json", self.folder / "rejects.jsonl"
        for old in (summary, rejects):
            old.unlink(missing_ok=True)
        books = ["--format", "jsonl", "--summary", summary, "--rejects", rejects]
        ran = self.run("hunt", *args, "--rules", self.rules, *books, seconds=seconds, **popen)
        if not summary.exists():
            return ran
        told = json.loads(summary.read_text())
        lines = [json.loads(line) for line in rejects.read_text().splitlines()]
        assert told["events_read"] == told["events_judged"] + told["events_rejected"]
        assert len(lines) == told["events_rejected"]
        assert all(line["source"] and line["offset"] >= 0 and line["reason"] for line in lines)
        return Ran(ran.code, ran.out, ran.err, ran.seconds, ran.megabytes, told, lines)

    def fails(self, *args: object) -> str:
        """Run what cannot work: exit code 2 and one line that says why, which is returned."""
        ran = self.run(*args)
        assert ran.code == 2, (ran.code, ran.err)
        assert ran.err.startswith("codedark: ") or "Usage:" in ran.err, ran.err
        assert len(ran.err.splitlines()) == 1 or "Usage:" in ran.err, ran.err
        return ran.err


EVERY_WINDOWS_RECORD = """
title: Any Windows record
id: 00000000-0000-4000-8000-000000000001
logsource: {product: windows}
detection: {selection: {Channel|exists: true}, condition: selection}
level: informational
"""


def processes() -> dict[int, int]:
    """The parent of every process that runs."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has ended meanwhile
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def children_of(pid: int) -> list[int]:
    """The processes that ``pid`` has started, and that still run."""
    return [child for child, parent in processes().items() if parent == pid]


def windows_lines(count: int, **more: Any) -> bytes:
    """JSON lines of ``count`` Windows events."""
    event: Mapping[str, Any] = {"Channel": "Security", "EventID": 4688, "Computer": "WS01", **more}
    return b"".join(json.dumps({**event, "EventRecordID": n}).encode() + b"\n" for n in range(1, count + 1))


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of files, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
