"""How fast `codedark hunt` is, against bare reading of the same logs and against rsigma. All figures in one run.

    python bench/hunt.py [--quick]

Every figure is the median over rounds; in each round the two things that are compared run one after the other, so
that a ratio compares the same moment of a noisy machine. Hunting time is what the hunt itself says (`--summary`):
from opening the first file to the last finding told, with the planning of rules for what is in the logs, without
starting Python and loading the compiled rules, which have a figure of their own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yardsticks import rsigma
from yardsticks.claims import ROOT, Claim, publish, say

DATA = ROOT.parent / "shared" / "data"
RULES = [DATA / "sigma" / "corpus" / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
EVTX_COPIES = 10

BARE_JSON = """
import glob, sys, time, orjson
start = time.perf_counter()
for name in sorted(glob.glob(sys.argv[1] + "/*.json")):
    with open(name, "rb") as file:
        for line in file:
            orjson.loads(line)
print(time.perf_counter() - start)
"""
BARE_EVTX = """
import glob, sys, time, evtx
start = time.perf_counter()
for name in sorted(glob.glob(sys.argv[1] + "/**/*.evtx", recursive=True)):
    for record in evtx.PyEvtxParser(name).records_json():
        pass
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class HuntRun:
    """One `codedark hunt` as a process: hunting seconds, records, seconds and peak memory of the whole process."""

    seconds: float
    records: int
    wall_seconds: float
    peak_mib: float


def hunt(paths: Sequence[Path], rules: Sequence[Path], jobs: int = 1) -> HuntRun:
    """Run the hunt; its findings are written as JSON lines and thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.json"
        command = [sys.executable, "-m", "codedark", "hunt", *map(str, paths), "--format", "jsonl", "--jobs", str(jobs)]
        command += ["--output", f"{folder}/findings.jsonl", "--summary", str(summary)]
        command += [part for folder_of_rules in rules for part in ("--rules", str(folder_of_rules))]
        start = time.perf_counter()
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"the hunt ended with exit code {process.returncode}: {' '.join(command)}")
        told = json.loads(summary.read_text())
    return HuntRun(told["seconds"], told["events_judged"], wall, usage.ru_maxrss / 1024)


def bare(script: str, folder: Path) -> float:
    """Seconds of a bare pass in a process of its own."""
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def unpacked(target: Path, most: int | None) -> Path:
    """The OTRF logs as plain JSON lines; with ``most``, only so many of the smaller files."""
    target.mkdir()
    archives = sorted((DATA / "otrf").glob("*.zip"), key=lambda path: path.stat().st_size)
    for archive in archives[:most]:
        with zipfile.ZipFile(archive) as file:
            for member in file.infolist():
                if not member.filename.startswith("__MACOSX"):
                    (target / Path(member.filename).name).write_bytes(file.read(member))
    return target


def copies_of_evtx(target: Path, copies: int) -> Path:
    """The EVTX files, several times over: one pass is too short to be measured."""
    for number in range(copies):
        shutil.copytree(
            DATA / "evtx", target / str(number), ignore=lambda _, names: [n for n in names if n == "LICENSE.md"]
        )
    return target


def measure(folder: Path, *, quick: bool) -> list[Claim]:
    """All figures, from logs that are unpacked into ``folder``."""
    rounds = 2 if quick else 5
    otrf = unpacked(folder / "otrf", 5 if quick else None)
    evtx = copies_of_evtx(folder / "evtx", 2 if quick else EVTX_COPIES)
    one_line = folder / "one.json"
    with next(otrf.glob("*.json")).open("rb") as file:
        one_line.write_bytes(file.readline())
    hunt([one_line], RULES)  # compiles the rules, which is not what is measured
    json_ratio: list[float] = []
    evtx_ratio: list[float] = []
    jobs_ratio: list[float] = []
    start_up: list[float] = []
    peaks: list[float] = []
    rates: list[float] = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        one = hunt([otrf], RULES)
        json_ratio.append(one.seconds / bare(BARE_JSON, otrf))
        peaks.append(one.peak_mib)
        rates.append(one.records / one.seconds)
        jobs_ratio.append(hunt([otrf], RULES).seconds / hunt([otrf], RULES, jobs=2).seconds)
        evtx_ratio.append(hunt([evtx], RULES).seconds / bare(BARE_EVTX, evtx))
        start_up.append(hunt([one_line], RULES).wall_seconds)
    twice = folder / "otrf-again"
    shutil.copytree(otrf, twice)
    say("the same logs twice over")
    double = [hunt([otrf, twice], RULES) for _ in range(1 if quick else 3)]
    claims = [
        Claim(
            "hunt --jobs 1 on JSON lines, times a bare orjson.loads of them",
            "ratio",
            json_ratio,
            "<= 1.5",
            lambda v: v <= 1.5,
        ),
        Claim(
            "hunt --jobs 1 on EVTX, times a bare pass of the evtx library",
            "ratio",
            evtx_ratio,
            "<= 1.5",
            lambda v: v <= 1.5,
        ),
        Claim("--jobs 2, times the speed of --jobs 1", "ratio", jobs_ratio, ">= 1.7", lambda v: v >= 1.7),
        Claim("start-up with compiled rules, whole process on one record", "s", start_up, "<= 1", lambda v: v <= 1),
        Claim("peak memory on all of the JSON lines", "MiB", peaks, "<= 400", lambda v: v <= 400),
        Claim(
            "peak memory on the same twice over", "MiB", [run.peak_mib for run in double], "<= 400", lambda v: v <= 400
        ),
        Claim("records a second, --jobs 1", "1/s", rates, "told only", lambda _: True),
    ]
    return claims + against_rsigma(folder, otrf, one_line, quick=quick)


def against_rsigma(folder: Path, otrf: Path, one_line: Path, *, quick: bool) -> list[Claim]:
    """Events a second of one core, both without loading rules; nothing, said aloud, where rsigma is not there."""
    version = rsigma.available()
    if quick or version is None:
        say("no comparison with rsigma: it is not installed (cargo install rsigma --locked), or --quick was given")
        return []
    lines = folder / "all.jsonl"
    with lines.open("wb") as out:
        for path in sorted(otrf.glob("*.json")):
            out.write(path.read_bytes())
    times: list[float] = []
    for number in range(3):
        say(f"against rsigma {version}, round {number + 1} of 3")
        loading = rsigma.run(one_line, RULES, cpu=0).seconds
        other = rsigma.run(lines, RULES, cpu=0)
        ours = hunt([lines], RULES)
        times.append((ours.records / ours.seconds) / (other.events / (other.seconds - loading)))
    name = f"events a second and core, times rsigma {version}"
    return [Claim(name, "ratio", times, ">= 3", lambda v: v >= 3)]


def digest(folders: Sequence[Path]) -> str:
    """SHA-256 over names and contents of all files that were measured on."""
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            total.update(f"{path.relative_to(DATA)}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def main() -> None:
    """Measure, write the result and print it as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer logs and rounds, under 50 s")
    quick = parser.parse_args().quick
    if not DATA.is_dir():
        raise SystemExit("bench/hunt.py needs the real logs in shared/data beside the checkout")
    with tempfile.TemporaryDirectory() as folder:
        claims = measure(Path(folder), quick=quick)
    publish("hunt", claims, digest([DATA / "otrf", DATA / "evtx", *RULES]), quick=quick)


if __name__ == "__main__":
    main()
