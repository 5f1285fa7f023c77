"""What `codedark serve` sustains beside `codedark hunt`, how soon an alarm leaves, and whether memory stays flat.

    python bench/watch.py [--quick] [--soak-records 50000000]
    python bench/watch.py --soak-minutes 60 --rate 3000

Throughput: the same OTRF records over TCP into `serve`, with journal, lake, rules, behaviour and incidents at work, and
through `hunt --jobs 1`; in each round one after the other. The clock runs from the first byte sent until the judge has
judged the last record; how far the lake is behind then, and how soon it has caught up, is told beside it. Delay: at
3,000 records a second, marked records that have to wake somebody are mixed in, and a real HTTP server notes when their
alarm arrives. Memory: the processes of `serve` while records go on coming, looked at every second; ten stretches, of
which the last five are compared with the first five.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hunt import RULES, hunt, unpacked
from yardsticks.claims import ROOT, Claim, publish, say
from yardsticks.memory import Stretch, claims_of, looking
from yardsticks.soak import Hook, table
from yardsticks.soak import soak as steady

NORMAL_RATE = 3_000
CONFIGURATION = """
hospital = "none.yaml"
[rules]
folders = [{rules}]
[http]
listen = "127.0.0.1:{page}"
[[syslog]]
listen = "tcp://127.0.0.1:{port}"
format = "jsonl"
[limits]
most_bytes_a_second = 0
{alarms}
{notify}
"""
NOTIFY = """
[notify]
hospital = "bench"
[[notify.channels]]
kind = "webhook"
name = "bench"
url = "http://127.0.0.1:{hook}/"
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Serving:
    """A `codedark serve` of its own, with an empty journal."""

    def __init__(self, home: Path, alarms: str = "", hook: int = 0) -> None:
        self.home, self.port, self.page = home, free_port(), free_port()
        home.mkdir(parents=True)
        text = CONFIGURATION.format(
            rules=", ".join(json.dumps(str(each)) for each in ("hospital", *RULES)),
            page=self.page,
            port=self.port,
            alarms=alarms,
            notify=NOTIFY.format(hook=hook) if hook else "",
        )
        (home / "codedark.toml").write_text(text.replace('hospital = "none.yaml"\n', ""))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "codedark", "serve", "--home", str(home)], stderr=(home / "log").open("wb")
        )
        self._await(lambda: self.status()["parts"][0]["running"] and self.said("judge"))

    def said(self, name: str) -> dict[str, Any]:
        """What a part says of itself."""
        try:
            found: dict[str, Any] = json.loads((self.home / "run" / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found

    def status(self) -> dict[str, Any]:
        """What the page says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.page}/status.json", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def judged(self) -> int:
        """Records that the judge has judged or rejected."""
        return int(self.said("judge").get("account", {}).get("taken", 0))

    def archived(self) -> int:
        """Records, and the few notes among them, that the archivist has taken up."""
        return max(int(self.said("archivist").get("next", 1)) - 1, 0)

    def processes(self) -> dict[str, int]:
        """The processes, by name."""
        found = {"front": self.process.pid}
        for name in ("judge", "archivist"):
            with contextlib.suppress(KeyError):
                found[name] = int(self.said(name)["pid"])
        return found

    def memory_mib(self) -> dict[str, float]:
        """Resident memory of each process now."""
        page = os.sysconf("SC_PAGE_SIZE")
        found = {}
        for name, pid in self.processes().items():
            with contextlib.suppress(OSError):
                found[name] = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page / 2**20
        return found

    def _await(self, there: Any, seconds: float = 120) -> None:
        until = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, KeyError, IndexError):
                if there():
                    return
            if time.monotonic() > until or self.process.poll() is not None:
                raise SystemExit("serve does not run:\n" + (self.home / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop cleanly."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)


@contextlib.contextmanager
def serving(**given: Any) -> Iterator[Serving]:
    """One that is stopped and removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        one = Serving(Path(folder) / "home", **given)
        try:
            yield one
        finally:
            one.stop()


def sent_rate(one: Serving, files: Sequence[Path], records: int, times: int) -> float:
    """Records a second from the first byte until everything has been judged."""
    before = one.judged()
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", one.port)) as to:
        for _ in range(times):
            for path in files:
                with path.open("rb") as file:
                    to.sendfile(file)
    while one.judged() - before < records * times:
        if one.process.poll() is not None:
            raise SystemExit("serve ended:\n" + (one.home / "log").read_text())
        time.sleep(0.02)
    return records * times / (time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one round: both rates in records a second, how many records the lake was behind when the judge was
    done, and how many seconds later it had them.
    """

    serve: float
    hunt: float
    lake_behind: int
    lake_seconds: float

    @property
    def ratio(self) -> float:
        """Of both rates."""
        return self.serve / self.hunt


def lake_late(one: Serving, records: int) -> tuple[int, float]:
    """How many of so many records the archivist has not taken up yet, and in how many seconds it does."""
    behind, began = max(records - one.archived(), 0), time.perf_counter()
    while one.archived() < records:
        time.sleep(0.05)
    return behind, time.perf_counter() - began


def throughput(folder: Path, rounds: int, times: int) -> list[Round]:
    """The same records through both, one after the other, so many times."""
    files = [path for path in sorted(folder.iterdir()) if path.read_bytes()[-1:] == b"\n"]
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "all.json"
        whole.write_bytes(b"".join(path.read_bytes() for path in files))
        records = whole.read_bytes().count(b"\n")
        many = Path(scratch) / "many"
        many.mkdir()
        for number in range(times):
            (many / f"{number}.json").symlink_to(whole)
        found = []
        for number in range(rounds):
            run = hunt([many], [Path("hospital"), *RULES])
            with serving() as one:
                rate = sent_rate(one, [whole], records, times)
                each = Round(rate, run.records / run.seconds, *lake_late(one, records * times))
            found.append(each)
            say(
                f"round {number + 1}: serve {each.serve:,.0f}/s, hunt {each.hunt:,.0f}/s, {each.ratio:.2f}; the lake "
                f"{each.lake_behind:,} records behind, which took {each.lake_seconds:.1f} s"
            )
    return found


def marked(number: int) -> bytes:
    """A record of a host of its own that has to wake somebody at once: a backup job is deleted."""
    return (
        json.dumps(
            {
                "Channel": "Veeam Backup",
                "SourceName": "Veeam MP",
                "EventID": 23090,
                "Computer": f"bench-{number:04}.hospital.example",
                "TimeCreated": datetime.now(UTC).isoformat(),
                "Message": "The backup job was deleted by HOSPITAL\\bench.",
            },
            separators=(",", ":"),
        ).encode()
        + b"\n"
    )


def delays(folder: Path, seconds: int) -> list[float]:
    """Seconds from sending a marked record until its alarm has arrived, at a hospital's normal rate."""
    arrived: dict[str, float] = {}

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            now = time.monotonic()
            for number in range(len(sent)):
                if f"bench-{number:04}" in body:
                    arrived.setdefault(f"{number:04}", now)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    sent: list[float] = []
    lines = max(folder.iterdir(), key=lambda path: path.stat().st_size).read_bytes().splitlines(keepends=True)
    with serving(alarms="[alarms.alarms]\nbudget = 100000", hook=hook.server_port) as one:
        with socket.create_connection(("127.0.0.1", one.port)) as to:
            began, done = time.monotonic(), 0
            while (passed := time.monotonic() - began) < seconds:
                due = int(passed * NORMAL_RATE)
                to.sendall(b"".join(lines[number % len(lines)] for number in range(done, due)))
                done = due
                if passed > len(sent) * 0.5 + 5:
                    to.sendall(marked(len(sent)))
                    sent.append(time.monotonic())
                time.sleep(0.02)
        time.sleep(10)
    hook.shutdown()
    lost = [number for number in range(len(sent)) if f"{number:04}" not in arrived]
    if lost:
        raise SystemExit(f"{len(lost)} of {len(sent)} alarms never came: {lost[:10]}")
    return [arrived[f"{number:04}"] - at for number, at in enumerate(sent)]


def soak(folder: Path, records: int) -> list[Stretch]:
    """Memory of each process in each tenth of so many records."""
    files = [path for path in sorted(folder.iterdir()) if path.read_bytes()[-1:] == b"\n"]
    once = sum(path.read_bytes().count(b"\n") for path in files)
    out: list[Stretch] = []
    with serving() as one:
        done = 0
        for tenth in range(1, 11):
            times = max(1, (records * tenth // 10 - done) // once)
            with looking(one.memory_mib) as looks:
                rate = sent_rate(one, files, once, times)
            done += once * times
            out.append(Stretch(done, looks))
            say(f"{rate:,.0f}/s, {out[-1].line()}")
    return out


def long_soak(folder: Path, minutes: float, rate: int) -> None:
    """Keep ``rate`` records a second for so long, with an alarm a minute; writes ``bench/results/soak.md``."""
    lines = max(folder.iterdir(), key=lambda path: path.stat().st_size).read_bytes().splitlines(keepends=True)
    hook = Hook()
    with serving(alarms="[alarms.alarms]\nbudget = 100000", hook=hook.port) as one:
        rows = steady(one, hook, lines, marked, minutes=minutes, rate=rate, row_minutes=min(5.0, minutes / 2))
    hook.close()
    path = ROOT / "bench" / "results" / "soak.md"
    path.write_text(table(rows), "utf-8")
    say(f"written: {path.relative_to(ROOT)}")


def told(claim: str, unit: str, samples: Sequence[float]) -> Claim:
    """A figure without a bar."""
    return Claim(claim, unit, [*samples], "told", lambda _: True)


def main() -> None:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--soak-records", type=int, default=5_000_000)
    parser.add_argument("--soak-minutes", type=float, default=0, help="do nothing else for so long")
    parser.add_argument("--rate", type=int, default=NORMAL_RATE, help="records a second while it soaks")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = unpacked(Path(scratch) / "otrf", 4 if given.quick else None)
        if given.soak_minutes:
            long_soak(folder, given.soak_minutes, given.rate)
            return
        rounds = throughput(folder, 1 if given.quick else 3, 1 if given.quick else 4)
        late = delays(folder, 10 if given.quick else 60)
        claims = [
            Claim(
                "records a second over TCP, times hunt --jobs 1",
                "times",
                [each.ratio for each in rounds],
                ">= 0.6",
                lambda v: v >= 0.6,
            ),
            told("records a second, serve", "1/s", [each.serve for each in rounds]),
            told("records a second, hunt --jobs 1", "1/s", [each.hunt for each in rounds]),
            told("records the lake is behind when all is judged", "records", [each.lake_behind for each in rounds]),
            told("until the lake has caught up", "s", [each.lake_seconds for each in rounds]),
            told("alarm delay, median", "s", [statistics.median(late)]),
            Claim("alarm delay, p99", "s", [sorted(late)[int(len(late) * 0.99)]], "<= 2", lambda v: v <= 2),
        ]
        if not given.quick:
            claims += claims_of(soak(folder, given.soak_records))
        publish("watch", claims, "OTRF", quick=given.quick)


if __name__ == "__main__":
    main()
