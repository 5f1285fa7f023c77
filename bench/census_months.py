"""What the census costs when it has run for a month, and how soon a silent feed is on a ward's page.

    python bench/census_months.py [--beds N] [--days N] [--quick]

A simulated clinic's messages (HL7 v2.5.1) of 28 days, each at its own time, with stays that begin and end as they do.
Times of reading, rounds and starts are CPU time of one process; those of `serve`, of the feed and of answers are
of the wall, with every program in a process of its own, as they are installed.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from yardsticks.claims import Claim, publish, say
from yardsticks.months import Day, Weeks, apart, built, kept, memory_mib, started, written

from codedark.app.continuing.census.files import messages
from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.intake import load
from codedark.app.hospital_files import usable_hospital
from codedark.continuity.packs.pack_data import FILE
from codedark.exchange.mllp import MllpSender
from codedark.exchange.sender import Log
from codedark.store.journal.journal import Journal
from codedark.store.packs.ward_packs import WardPacks

BEDS, QUICK_BEDS = 100, 20
DAYS, QUICK_DAYS = 28, 3
SPOKEN = 40
MOST_START_SECONDS, MOST_STALL_SECONDS, MOST_ROUND_SECONDS = 30.0, 60.0, 10.0
MOST_GROWTH = 1.5
"""Twice the days; what is kept of everybody who ever came grows with them, what is awake does not."""
EVERY_SECONDS, PULLED_SECONDS = "5", "10"
PATIENCE_SECONDS = 300.0


def codedark(*args: object) -> list[str]:
    """The command."""
    return [sys.executable, "-m", "codedark", *map(str, args)]


def by_day(weeks: Weeks, kept: Sequence[Day], built: Sequence[Day], beds: int) -> list[Claim]:
    """What grows with the days, and what does not."""
    claims = []
    for of, packs in zip(kept, built, strict=True):
        at = f"at the end of day {of.day}, {beds} beds"
        claims += [
            free(f"memory of the census beside `serve` {at}", "MiB", of.memory_mib),
            free(f"memory of whoever builds packs {at}", "MiB", packs.memory_mib),
            free(f"patients on the wards {at}", "", packs.patients),
            free(f"a day of messages read, that of day {of.day}, {beds} beds", "s", of.read_seconds),
            Claim(f"a round of the packs of all wards, without prints, {at}", "s", [packs.round_seconds],
                  f"<= {MOST_ROUND_SECONDS:g}", lambda value: value <= MOST_ROUND_SECONDS),
            free(f"a checkpoint {at}", "MiB", of.checkpoint_mib),
            free(f"writing it {at}", "s", of.save_seconds),
            free(f"journal {at}", "MiB", weeks.journal_mib[of.day - 1]),
        ]  # fmt: skip
    half, last = kept[(len(kept) - 1) // 2], kept[-1]
    claims.append(
        Claim(f"memory of the census on day {last.day} against day {half.day}, {beds} beds", "ratio",
              [last.memory_mib / half.memory_mib], f"<= {MOST_GROWTH:g}", lambda value: value <= MOST_GROWTH)
    )  # fmt: skip
    return claims


def free(claim: str, unit: str, value: float) -> Claim:
    """A figure without a bar."""
    return Claim(f"{claim} (no bar)", unit, [value], "", lambda _: True)


def months(home: Path, beds: int, days: int) -> tuple[list[Claim], str]:
    """Days of messages, a start from a checkpoint, and a start of `serve` that was killed."""
    weeks = apart(written, home, beds, days)
    told = sorted({1, *range(DAYS // 4, days + 1, DAYS // 4), days})
    say(f"{days} days of {beds} beds, {weeks.messages} messages, {weeks.journal_mib[-1]:.0f} MiB; reading them")
    packs = apart(built, home, weeks, told)  # before there is a checkpoint from which it would begin
    claims = by_day(weeks, apart(kept, home, weeks, told), packs, beds)
    say("starts from a checkpoint")
    seconds, is_same = apart(started, home, weeks)
    if not is_same:
        raise SystemExit("the checkpoint made another census than the journal")
    listening, back, memory = killed_and_back(home)
    claims += [
        Claim(f"start after {days} days from a checkpoint and ten minutes of messages, CPU, {beds} beds", "s", seconds,
              f"<= {MOST_START_SECONDS:g}", lambda value: value <= MOST_START_SECONDS),
        Claim(f"`serve` takes messages after it was killed on day {days}, {beds} beds", "s", [listening],
              f"<= {MOST_START_SECONDS:g}", lambda value: value <= MOST_START_SECONDS),
        Claim(f"the census beside it knows all again, {beds} beds", "s", [back],
              f"<= {MOST_START_SECONDS:g}", lambda value: value <= MOST_START_SECONDS),
        free(f"memory of the process that takes messages, {beds} beds", "MiB", memory[0]),
        free(f"memory of the one beside it after that start, {beds} beds", "MiB", memory[1]),
    ]  # fmt: skip
    return claims, weeks.sha256


def killed_and_back(home: Path) -> tuple[float, float, tuple[float, float]]:
    """`serve` is killed and started again: seconds until it listens and until all is known, MiB of both processes."""
    logs, books = [home / name for name in ("before", "behind")], home / "run" / "census.json"
    options = ("census", "serve", "--home", home, "--listen", "127.0.0.1:0")
    with running(logs[0], *options) as process:
        until(lambda: port_in(logs[0]) and books.exists(), "the census is made")
        beside = beside_of(process)
        process.kill()
        until(lambda: not Path(f"/proc/{beside}").exists(), "the process beside ends too")
    books.unlink()
    start = time.monotonic()
    with running(logs[1], *options) as process:
        until(lambda: port_in(logs[1]), "the census listens again")
        listening = time.monotonic() - start
        until(books.exists, "the census is made again")
        back = time.monotonic() - start
        return listening, back, (memory_mib(process.pid), memory_mib(beside_of(process)))


def beside_of(process: subprocess.Popen[bytes]) -> int:
    """The process beside."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


@contextmanager
def running(log: Path, *args: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a process of its own, until it is not needed any more."""
    with log.open("wb") as out, subprocess.Popen(codedark(*args), stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def until(holds: Callable[[], object], what: str) -> float:
    """Wait until something holds; how many seconds that took."""
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > PATIENCE_SECONDS:
            raise SystemExit(f"in vain: {what}")
        time.sleep(0.1)
    return time.monotonic() - start


def port_in(log: Path) -> int:
    """Where the census listens; 0 while it does not say."""
    found = re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text())
    return int(found[1]) if found else 0


def stalled_on_page(folder: Path, hospital: Path, octets: Sequence[bytes]) -> tuple[float, list[float]]:
    """Seconds from the last message of a feed to the ward's own pack that says so; and of each answer before."""
    home, ward = folder / "home", folder / "ward"
    for part in (home / "continuity", ward):
        part.mkdir(parents=True)
    (home / "hospital.yaml").symlink_to(hospital / "hospital.yaml")
    for file in hospital.glob("*.csv"):
        (home / file.name).symlink_to(file)
    model = usable_hospital(home / "hospital.yaml")
    keys = folder / "keys"
    subprocess.run(codedark("pack", "keys", keys, "--hospital", home), check=True, capture_output=True)
    (keys / "builder").rename(home / "packs")
    with Journal(journal_of(home), reserve_bytes=0) as journal:
        load([hospital / "fhir"], journal, time.time_ns() // 1000 - 60_000_000)
    sender_name = Counter(message.split(b"|")[2] for message in octets).most_common(1)[0][0]
    feed = [message for message in octets if message.split(b"|")[2] == sender_name][:SPOKEN]
    name = next(each.id for each in model.wards.values() if each.beds)
    (ward / "ward.json").write_bytes((keys / "wards" / f"{name}.json").read_bytes())
    logs = [folder / name for name in ("serve", "build", "pull")]
    answers = []
    with running(logs[0], "census", "serve", "--home", home, "--listen", "127.0.0.1:0"):
        until(lambda: port_in(logs[0]), "the census listens")
        sender = MllpSender("127.0.0.1", port_in(logs[0]))
        sender.open()
        with (
            running(logs[1], "pack", "build", "--home", home, "--every", EVERY_SECONDS),
            running(logs[2], "ward", "pull", home / "packs" / "outbox", "--ward", ward, "--every", PULLED_SECONDS),
        ):
            until((ward / "page.html").exists, "the ward has a pack")
            for message in feed:
                start = time.perf_counter()
                sender.send(Log("hl7", "hl7"), [message])
                answers.append(time.perf_counter() - start)
                time.sleep(0.5)
            sender.close()
            seconds = until(lambda: sender_name.decode() in stalled_in(ward), "the feed is stalled on the page")
    return seconds, answers


def stalled_in(ward: Path) -> str:
    """What the ward's last good pack says of silent feeds."""
    return " ".join(each["source"] for each in json.loads(WardPacks(ward).files()[FILE]).get("silences", []))


def measure(folder: Path, beds: int, days: int) -> tuple[list[Claim], str]:
    """All claims, and the digest of the messages."""
    say(f"{days} days of a simulated hospital of {beds} beds")
    claims, digest = months(folder / "months", beds, days)
    say("a feed falls silent")
    simulated = folder / "hospital"
    line = codedark("simulate", simulated, "--beds", beds, "--days", 1, "--seed", 3)
    subprocess.run(line, check=True, capture_output=True)
    octets = [message for file in sorted((simulated / "hl7").glob("*.hl7")) for message in messages(file.read_bytes())]
    seconds, answers = stalled_on_page(folder / "stalled", simulated, octets)
    bar = f"<= {MOST_STALL_SECONDS:g}"
    claims += [
        Claim(f"a feed falls silent, and a ward's pulled pack says so, {beds} beds", "s", [seconds], bar,
              lambda value: value <= MOST_STALL_SECONDS),
        free("a message acknowledged meanwhile, median", "ms", statistics.median(answers) * 1000),
    ]  # fmt: skip
    return claims, digest


def main() -> None:
    """Measure, write the result and print it as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small hospital and three days, about a minute")
    parser.add_argument("--beds", type=int, default=BEDS, help=f"{BEDS} where it is not given; each figure names them")
    parser.add_argument("--days", type=int, default=DAYS)
    asked = parser.parse_args()
    quick = asked.quick
    beds, days = (QUICK_BEDS, QUICK_DAYS) if quick else (asked.beds, asked.days)
    with tempfile.TemporaryDirectory() as folder:
        claims, data_sha256 = measure(Path(folder), beds, days)
    publish("census_months", claims, data_sha256, quick=quick)


if __name__ == "__main__":
    main()
