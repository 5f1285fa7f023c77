"""Crash points over the whole chain: journal, ward station, second copies, back-entry. 0 lost, 0 doubled, 0 wrong.

    python bench/crash_points.py [--quick] [--points N] [--jobs N]

Each point is one failing of a disk, a process, a network or another machine, at one place of a whole run, which is then
gone on with to its end and looked at by an oracle that uses nothing of the program (`tests/crashes`). Most are in this
process; in a sample, real processes end by SIGKILL. What is counted is also what other systems did meanwhile.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path

from yardsticks.claims import ROOT, Claim, publish, say

sys.path.insert(0, str(ROOT))

from tests.crashes.killed import killed_mornings, killed_nights
from tests.crashes.peers import peers
from tests.crashes.points import crash_points
from tests.crashes.receiving import receiving_points
from tests.crashes.tally import Tally

POINTS, QUICK_POINTS = 10_200, 120
KILLED, QUICK_KILLED = 210, 6
EACH = 20
APART = 1_000_000
"""Between the first nights of two jobs."""
LEAST_OF_A_PART = 1_000


def tried(points: int, killed: int, first: int) -> Tally:
    """All points: half are nights at stations, half mornings of the census."""
    tally, mornings = Tally(), points // 2
    memory = Path("/dev/shm")  # these disks fail by themselves
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made, peers() as there:
        place = Path(made)
        _told("nights", points - mornings, crash_points(place, count(first), EACH, there, tally), tally)
        _told("nights ended by SIGKILL", killed, killed_nights(place, count(first), there, tally), tally)
        _told("mornings", mornings, receiving_points(place, count(first), EACH, tally), tally)
        _told("mornings ended by SIGKILL", killed, killed_mornings(place, count(first), tally), tally)
    return tally


def _told(what: str, points: int, ran: Iterator[None], tally: Tally) -> None:
    for number, _ in enumerate(islice(ran, points), 1):
        if number % 500 == 0 or number == points:
            wrong = f"{len(tally.lost)} lost, {len(tally.doubled)} doubled, {len(tally.wrong)} wrong"
            say(f"{what}: {number} of {points}; {wrong}")


def claims_of(tally: Tally) -> list[Claim]:
    """What is shown, and how often each kind of failing was tried in each part."""
    by_part: Counter[str] = Counter()
    for (part, _), number in tally.points.items():
        by_part[part] += number
    found = [
        Claim(f"entries and messages {name}", "", [float(len(each))], "0", lambda value: value == 0)
        for name, each in (
            ("lost", tally.lost), ("doubled", tally.doubled), ("on the wrong patient or wrong", tally.wrong)
        )
    ]  # fmt: skip
    found.append(_counted("crash points in all", by_part.total(), 10_000))
    found += [_counted(f"crash points: {part}", number, LEAST_OF_A_PART) for part, number in sorted(by_part.items())]
    kinds = {f"{part}: {how}": number for (part, how), number in sorted(tally.points.items())}
    kinds |= {f"on the way: {what}": number for what, number in sorted(tally.on_the_way.items())}
    return [
        *found,
        *(Claim(f"{name} (no bar)", "", [float(number)], "", lambda _: True) for name, number in kinds.items()),
    ]


def _counted(name: str, number: int, least: int) -> Claim:
    return Claim(name, "", [float(number)], f">= {least}", lambda value: value >= least)


def main() -> None:
    """Try, write the result and print it as the last line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a hundred points, nothing written")
    options.add_argument("--points", type=int, default=POINTS, help="so many in this process")
    options.add_argument("--first", type=int, default=1, help="the first night")
    options.add_argument("--jobs", type=int, default=2, help="so many processes")
    asked = options.parse_args()
    points, killed = (QUICK_POINTS, QUICK_KILLED) if asked.quick else (asked.points, KILLED)
    tally = Tally()
    with ProcessPoolExecutor(asked.jobs, get_context("spawn")) as pool:
        firsts = [asked.first + number * APART for number in range(asked.jobs)]
        share = -(-points // asked.jobs), -(-killed // asked.jobs)
        for part in pool.map(tried, [share[0]] * asked.jobs, [share[1]] * asked.jobs, firsts):
            tally.join(part)
    for each in (*tally.lost, *tally.doubled, *tally.wrong):
        say(each)
    drawn = json.dumps([points, killed, asked.first])
    publish("crash_points", claims_of(tally), hashlib.sha256(drawn.encode()).hexdigest(), quick=asked.quick)


if __name__ == "__main__":
    main()
