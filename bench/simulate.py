"""How fast `codedark simulate` writes a hospital, against the plain JSON encoder; and its memory.

    python bench/simulate.py [--quick]

The yardstick takes the records that were written, as Python values, and writes them again with `json.dumps` of the
standard library: each JSON record is encoded as the object that it is, each line of another format as a string. What a
simulator in Python cannot avoid is one such call for each record; what it has to do beside is to make up the record.
The same with orjson, which encodes in Rust, is told beside it, without a bar.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from yardsticks.claims import Claim, publish, say

BEDS, LARGE_BEDS, QUICK_BEDS = 400, 1500, 40
ROUNDS = 3

ENCODER = """
import json, sys, time, orjson
from pathlib import Path
encode = {"json": lambda record: json.dumps(record).encode(), "orjson": orjson.dumps}[sys.argv[2]]
spent = 0.0
with open(sys.argv[3], "wb") as out:
    for path in sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file()):
        of_json = path.suffix in {".json", ".jsonl", ".ndjson"}
        with path.open("rb") as file:
            while lines := file.readlines(1 << 24):
                records = [
                    orjson.loads(line) if of_json and line[:1] == b"{" and line[-2:-1] == b"}"
                    else line.decode("utf-8", "replace")
                    for line in lines
                ]
                start = time.perf_counter()
                for record in records:
                    out.write(encode(record))
                    out.write(b"\\n")
                spent += time.perf_counter() - start
print(spent)
"""


@dataclass(frozen=True)
class Run:
    """One `codedark simulate` as a process: seconds, and the peak memory of its largest process."""

    seconds: float
    peak_mib: float


def simulate(out: Path, beds: int, jobs: int = 1) -> Run:
    """Write a hospital of so many beds and one day, with an attack in it."""
    command = [sys.executable, "-m", "codedark", "simulate", str(out), "--beds", str(beds), "--days", "1"]
    command += ["--attack", "fast-ransomware", "--jobs", str(jobs)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the simulation ended with exit code {process.returncode}: {' '.join(command)}")
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1024)


def encoder(folder: Path, name: str, scratch: Path) -> float:
    """Seconds that an encoder takes to write all records in ``folder`` again."""
    command = [sys.executable, "-c", ENCODER, str(folder), name, str(scratch)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def digest(folder: Path) -> str:
    """SHA-256 over names and contents of all files."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(folder)}\0".encode())
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def measure(folder: Path, *, quick: bool) -> tuple[list[Claim], str]:
    """All claims, and the digest of what was written."""
    beds, rounds = (QUICK_BEDS, 1) if quick else (BEDS, ROUNDS)
    plain: list[float] = []
    fast: list[float] = []
    digests: set[str] = set()
    for number in range(rounds):
        say(f"{beds} beds and one day, round {number + 1} of {rounds}")
        out = folder / f"hospital{number}"
        run = simulate(out, beds, jobs=1 + number % 2 if quick else 1)
        plain.append(run.seconds / encoder(out, "json", folder / "again"))
        fast.append(run.seconds / encoder(out, "orjson", folder / "again"))
        digests.add(digest(out))
        remove(out)
    say("the same with --jobs 2")
    out = folder / "jobs"
    simulate(out, beds, jobs=2)
    digests.add(digest(out))
    remove(out)
    claims = [
        Claim(
            f"{beds} beds and one day, times json.dumps of the same records", "ratio", plain, "<= 3", lambda v: v <= 3
        ),
        Claim("the same, times orjson.dumps (no bar)", "ratio", fast, "", lambda _: True),
        Claim(
            "different bytes among all rounds and --jobs 2",
            "count",
            [float(len(digests) - 1)],
            "<= 0",
            lambda v: v <= 0,
        ),
    ]
    if not quick:
        say(f"{LARGE_BEDS} beds and one day")
        large = simulate(folder / "large", LARGE_BEDS)
        name = f"peak memory of {LARGE_BEDS} beds and one day"
        claims.append(Claim(name, "MiB", [large.peak_mib], "<= 2048", lambda v: v <= 2048))
        claims.append(Claim(f"{LARGE_BEDS} beds and one day (no bar)", "s", [large.seconds], "", lambda _: True))
    return claims, min(digests)


def remove(folder: Path) -> None:
    """Delete a hospital: the disk holds one at a time."""
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def main() -> None:
    """Measure, write the result and print it as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small hospital and one round, under 50 s")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        claims, data_sha256 = measure(Path(folder), quick=quick)
    publish("simulate", claims, data_sha256, quick=quick)


if __name__ == "__main__":
    main()
