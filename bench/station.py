"""What it costs to chart one more act at a ward station that holds four weeks of them, with its second copy.

    python bench/station.py [--quick]

A station charts one act after the other, each with full sync on its own disk and in a mirror, as `codedark ward serve`
does it: checks, row number, commit, copy. Times are CPU time of this process (`time.process_time`), for the machine may
be busy; how long the disk takes to sync is told beside it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from yardsticks.claims import Claim, publish, say

from codedark.app.ward.charting import Asked, begin, chart
from codedark.continuity.entries.entry import Checked, Identifier
from codedark.store.station.station import Station

ENTRIES, QUICK_ENTRIES = 14_000, 400
MOST_MILLISECONDS = 100.0
NOON_US = 1_768_219_200_000_000
MINUTE_US = 60_000_000
KINDS = (
    ("given", {"drug": "paracetamol", "dose": "500", "unit": "mg", "route": "oral"}),
    ("observation", {"name": "body temperature", "value": "37.2", "unit": "Cel", "code": "8310-5"}),
    ("note", {"title": "night", "text": "sleeps quietly, pain 2 of 10, turned on the left side"}),
    ("specimen", {"tests": "potassium, creatinine", "specimen": "blood"}),
)


def asked(number: int) -> Asked:
    """The act of that number, of one of forty patients."""
    kind, fields = KINDS[number % len(KINDS)]
    patient = f"47{number % 40:02}"
    checked = (Checked(Identifier.NUMBER, patient), Checked(Identifier.BORN, "1951-07-23"))
    return Asked(kind, fields, patient, checked, "M. Claes", effective_us=NOON_US + number * MINUTE_US)


def measured(folder: Path, entries: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds and milliseconds by the clock of each write."""
    stick = folder / "stick"
    stick.mkdir()
    cpu, wall = [], []
    with begin(folder / "one", "icu-1", 4, 1) as station:
        station.add_mirror(stick)
        for number in range(entries):
            act = asked(number)
            begun, at = time.process_time(), time.perf_counter()
            written = chart(station, act, NOON_US + number * MINUTE_US).written
            cpu.append((time.process_time() - begun) * 1e3)
            wall.append((time.perf_counter() - at) * 1e3)
            assert written.mirrors == 1
    return cpu, wall


def p99(values: list[float]) -> float:
    """The value that one in a hundred is above."""
    return sorted(values)[int(len(values) * 0.99)]


def measure(folder: Path, *, quick: bool) -> tuple[list[Claim], str]:
    """All claims, and the digest of what was written."""
    entries = QUICK_ENTRIES if quick else ENTRIES
    say(f"charting {entries} acts")
    cpu, wall = measured(folder, entries)
    begun = time.process_time()
    with Station(folder / "one") as station:
        chain = station.chain()
    opened_seconds = time.process_time() - begun
    assert len(chain) == entries
    last = entries // 10
    claims = [
        Claim(
            f"one more act after {entries - last}, p99",
            "ms CPU",
            [p99(cpu[-last:])],
            f"<= {MOST_MILLISECONDS:g} ms",
            lambda value: value <= MOST_MILLISECONDS,
        ),
        Claim(f"one more act after {entries - last}", "ms CPU", cpu[-last:], "-", lambda _: True),
        Claim("one of the first acts", "ms CPU", cpu[:last], "-", lambda _: True),
        Claim("one more act by the clock, p99, with both syncs", "ms", [p99(wall[-last:])], "-", lambda _: True),
        Claim("the whole chain read and checked, as at the start", "s CPU", [opened_seconds], "-", lambda _: True),
    ]
    return claims, chain[-1].hash


def main() -> None:
    """Measure and publish."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="few acts, nothing written")
    quick = options.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        claims, digest = measure(Path(folder), quick=quick)
    publish("station", claims, digest, quick=quick)


if __name__ == "__main__":
    main()
