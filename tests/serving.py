"""Runs `codedark serve` in a folder of its own, as an operator does, and asks it how it is."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from codedark.store.state.rows import Sought
from codedark.store.state.state import State
from tests.command_line import children_of
from tests.programs import free_port

RULE = "00000000-0000-4000-a000-000000000009"
RULES = f"""\
title: Everything is being encrypted
id: {RULE}
logsource: {{product: windows, category: process_creation}}
detection: {{selection: {{CommandLine|contains: encrypt-all}}, condition: selection}}
level: critical
tags: [attack.impact, attack.t1486]
"""
CHANNEL = "Microsoft-Windows-Sysmon/Operational"


def until(is_so: Callable[[], object], seconds: float = 60.0, what: str = "") -> None:
    """Wait until something is so; fails when it takes too long."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, what or "waited in vain"
        time.sleep(0.05)


def record(name: str, **more: Any) -> bytes:
    """One line of JSON that is found again by ``name``; harmless."""
    event = {
        "Channel": CHANNEL,
        "Provider_Name": "Microsoft-Windows-Sysmon",
        "EventID": 1,
        "Computer": "WS01",
        "Image": "C:\\Windows\\System32\\whoami.exe",
        "CommandLine": f"whoami {name}",
        "User": "HOSP\\anna",
    }
    return json.dumps({**event, **more}).encode() + b"\n"


def wicked(name: str, host: str = "FS01") -> bytes:
    """One line for which `RULE` alarms at once."""
    return record(name, Computer=host, Image="C:\\ProgramData\\enc.exe", CommandLine=f"enc.exe --encrypt-all {name}")


def finding_names(home: Path) -> Counter[str]:
    """The records of which `RULE` spoke."""
    with closing(State(home / "state.sqlite", make=False)) as state:
        found = state.findings(Sought(rule=RULE))
    return Counter(str(each.finding.event["CommandLine"]).split()[-1] for each in found)


class Webhook:
    """Receives alarms: ``keys`` are the idempotency keys, by the id of the alarm."""

    def __init__(self) -> None:
        self.keys: dict[str, list[str]] = {}
        keys = self.keys

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                keys.setdefault(self.headers["Codedark-Alarm"], []).append(self.headers["Idempotency-Key"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Hear no more."""
        self._server.shutdown()
        self._server.server_close()


class Serving:
    """One installation. ``more`` is what its configuration says beside the listeners."""

    def __init__(self, home: Path, cache: Path, more: str = "") -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "rules").mkdir(exist_ok=True)
        (home / "rules" / "encrypted.yml").write_text(RULES, "utf-8")
        self.home = home
        self.http_port, self.tcp_port = free_port(), free_port()
        self.log = home.parent / f"{home.name}.log"
        self._env = {**os.environ, "CODEDARK_CACHE": str(cache)}
        self._more = more
        self.process: subprocess.Popen[bytes] | None = None
        self.configure(more)

    def configure(self, more: str) -> None:
        """Write the configuration."""
        (self.home / "codedark.toml").write_text(
            f'[http]\nlisten = "127.0.0.1:{self.http_port}"\n\n'
            f'[[syslog]]\nlisten = "tcp://127.0.0.1:{self.tcp_port}"\nformat = "jsonl"\n\n'
            f'[rules]\nfolders = ["rules"]\n\n[lake]\nflush_seconds = 1\n\n{more}',
            "utf-8",
        )

    def command(self, *args: object, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run another command over this installation, to its end."""
        line = [sys.executable, "-P", "-m", "codedark", *map(str, args), "--home", str(self.home)]
        return subprocess.run(line, env=self._env, capture_output=True, text=True, timeout=seconds, check=False)

    def start(self) -> None:
        """Start it, and wait until it is heard on all its addresses and its parts run."""
        with self.log.open("ab") as log:
            line = [sys.executable, "-P", "-m", "codedark", "serve", "--home", str(self.home)]
            self.process = subprocess.Popen(line, env=self._env, stdout=log, stderr=log)
        self.await_parts()

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Started, and ended whatever happens."""
        try:
            self.start()
            yield self
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()  # its parts end with it
                self.process.wait()

    def await_parts(self) -> None:
        """Wait until judge and archivist run, and say so themselves."""
        until(lambda: set(self.parts()) == {"judge", "archivist"}, what=f"serve has not begun:\n{self.said()}")

    def parts(self) -> dict[str, int]:
        """The process of each part that runs now."""
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        children = children_of(self.process.pid)
        found = {}
        for name in ("judge", "archivist"):
            pid = self._said_by(name).get("pid")
            if pid in children:
                found[name] = pid
        return found

    def _said_by(self, name: str) -> Mapping[str, Any]:
        try:
            said: dict[str, Any] = json.loads((self.home / "run" / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return said

    def books(self) -> tuple[int, int, int]:
        """What the judge has taken, judged and rejected since it began."""
        account = self._said_by("judge")["account"]
        return account["taken"], sum(account["logs"].values()), account["rejected"]

    def said(self) -> str:
        """The log so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def kill(self, name: str) -> None:
        """SIGKILL for ``front``, or for a part; a front is started again, a part starts by itself."""
        assert self.process is not None
        if name == "front":
            self.process.kill()
            self.process.wait()
            self.start()
        elif pid := self.parts().get(name):
            os.kill(pid, signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        """Ask it to end; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """The answer to a request over HTTP. Raises OSError or HTTPException where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=30)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def post(self, body: bytes) -> bool:
        """Send records; whether they were taken."""
        try:
            status, _ = self.ask("POST", "/ingest", body)
        except (OSError, http.client.HTTPException):
            return False
        assert status in {200, 429, 503}, status
        return status == 200

    def status(self) -> dict[str, Any]:
        """The status as machines ask for it."""
        code, body = self.ask("GET", "/status.json")
        assert code == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def await_judged(self, seconds: float = 60) -> None:
        """Wait until the judge has come to the end of what was taken before now."""
        end = self.status()["journal_next"]

        def is_so() -> bool:
            return all(part["next"] >= end for part in self.status()["parts"] if part["name"] == "judge")

        until(is_so, seconds, "the judge is behind")
