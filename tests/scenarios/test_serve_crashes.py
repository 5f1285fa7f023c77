"""Judge and archivist are killed at any moment, and what was told in the end is what an undisturbed run tells.

One life writes the journal of a simulated hour, judges it, archives it, saves checkpoints and deletes what nobody needs
any more, as `serve` does, until it is killed: at one of its calls to the disk or the database, or by an alarm clock
wherever it stands. The next one goes on from what is on disk. Lives read the journal in pieces of different sizes, and
their strings hash differently, as those of a process that is started again do. `CODEDARK_CRASHES` says how often.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import Engine, event

from codedark.app.archive.archivist import Archivist, Pace
from codedark.app.watching import judge as judging
from codedark.app.watching.judge import Judge
from codedark.app.watching.watcher import Watcher
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.respond.incident import Status
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.damage import Damaged
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.lake.lake import Lake
from codedark.store.state.state import State
from tests.watched_hour import make_hour, read_hour, watch_over

CRASHES = int(os.environ.get("CODEDARK_CRASHES", "200"))
HASH_SEEDS = (1, 2, 3)
_NEVER = 1 << 30
_CALLS = ("fdatasync", "fsync", "pwrite", "pwritev", "write", "writev", "replace", "rename", "unlink", "ftruncate")


@dataclass(frozen=True)
class Life:
    """How long a process lives, in calls and seconds, and how it takes the journal."""

    calls: int
    seconds: float
    parcels: int
    read_bytes: int
    rounds: int

    def __str__(self) -> str:
        return f"{self.calls} {self.seconds} {self.parcels} {self.read_bytes} {self.rounds}"

    @classmethod
    def of(cls, line: str) -> Life:
        calls, seconds, *others = line.split()
        return cls(int(calls), float(seconds), *map(int, others))

    @classmethod
    def drawn(cls, chance: random.Random, share: float) -> Life:
        """One that does not end before its time, or (a ``share`` of them) by the clock."""
        by_clock = chance.random() < share
        calls = _NEVER if by_clock else int(chance.expovariate(1 / 150)) + 1
        seconds = chance.expovariate(1 / 0.15) + 0.001 if by_clock else 0.0
        return cls(
            calls, seconds, chance.randrange(1, 250), chance.choice([1, 5_000, 60_000, 8 << 20]), chance.randrange(1, 6)
        )


UNDISTURBED = Life(_NEVER, 0.0, 100, 8 << 20, 5)


class Countdown:
    """Kills this process at the n-th call; says at which it is."""

    def __init__(self, calls: int) -> None:
        self._left = calls
        for name in _CALLS:
            setattr(os, name, self._counted(name, getattr(os, name)))
        event.listen(Engine, "before_cursor_execute", lambda *_: self.passed("statement"))
        event.listen(Engine, "commit", lambda *_: self.passed("commit"))

    def passed(self, name: str) -> None:
        """One call more."""
        self._left -= 1
        if self._left <= 0:
            _say(f"killed {name}")
            os.kill(os.getpid(), signal.SIGKILL)

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Killed before it as well as behind it."""

        def counted(*args: Any, **named: Any) -> Any:
            self.passed(name)
            result = call(*args, **named)
            self.passed(f"behind {name}")
            return result

        return counted


_write = os.write


def _say(line: str) -> None:
    _write(1, f"{line}\n".encode())


def complain(damaged: Damaged) -> None:
    _say(f"damaged {damaged}")


def live(folder: Path, hour: list[Parcel], watcher: Watcher, life: Life) -> None:
    """Write, judge, archive, save and delete until killed, or until the hour is over."""
    Countdown(life.calls)
    if life.seconds:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends a process wherever it is
        signal.setitimer(signal.ITIMER_REAL, life.seconds)
    judging._READ_BYTES = life.read_bytes  # type: ignore[misc]
    state = State(folder / "state.sqlite")
    checkpoints = Checkpoints(folder / "checkpoints")
    saved = checkpoints.load()
    archivist = Archivist(Lake(folder / "lake"), pace=Pace(most_bytes=200_000, most_us=120_000_000))
    before = saved.checkpoint.next if saved.checkpoint else Sequence(1)
    least = Sequence(max(before, archivist.position))
    journal = Journal(folder / "journal", segment_bytes=128 << 10, reserve_bytes=0, not_before=least)
    judge = Judge(folder / "journal", watcher, state, checkpoints, complain)
    for problem in judge.begun_anew:
        _say(f"damaged {problem}")
    follower = Follower(folder / "journal", archivist.position, complain)
    at = bisect_left(hour, journal.next, key=attrgetter("first"))
    assert at == len(hour) or hour[at].first == journal.next
    round_ = 0
    while True:
        round_ += 1
        for each in hour[at : at + life.parcels]:
            journal.append(each.source, each.format, each.data, each.count, each.arrived_us, each.header, each.mark)
        at += life.parcels
        journal.sync()
        heard = judge.step()
        parcels = follower.read(life.read_bytes)
        archivist.take(parcels)
        if round_ % life.rounds == 0:
            judge.checkpoint()
            journal.delete_before(Sequence(min(judge.saved_next, archivist.position)))
        if not heard and not parcels and at >= len(hour):
            break
    judge.checkpoint()
    archivist.flush()
    state.close()
    _say(f"complete {judge.account.next} {archivist.position}")


def nursery(hospital: Path) -> None:
    """Fork a life for each line on stdin, and say how it ended."""
    hour, watcher = read_hour(hospital), watch_over(hospital)
    for line in sys.stdin:
        folder, _, life = line.strip().partition("\t")
        child = os.fork()
        if not child:
            try:
                live(Path(folder), hour, watcher, Life.of(life))
            finally:
                if error := sys.exception():
                    _say(f"damaged {type(error).__name__}: {error}".replace("\n", " "))
                os._exit(0)
        os.waitpid(child, 0)
        _say("dead")


class Nursery:
    """A process that forks lives, whose strings hash after ``seed``."""

    def __init__(self, hospital: Path, seed: int) -> None:
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, __file__, hospital],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}", "PYTHONHASHSEED": str(seed)},
        )

    def lived(self, folder: Path, life: Life) -> list[str]:
        """What a life has said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder}\t{life}\n")
        self._process.stdin.flush()
        said = []
        while (line := self._process.stdout.readline().strip()) != "dead":
            assert line, "the nursery died"
            said.append(line)
        return said

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=20)


@contextmanager
def nurseries(hospital: Path) -> Iterator[list[Nursery]]:
    every = [Nursery(hospital, seed) for seed in HASH_SEEDS]
    try:
        yield every
    finally:
        for each in every:
            each.close()


def told(folder: Path) -> dict[str, list[Any]]:
    """Everything that was told, and all rows of the lake."""
    state = State(folder / "state.sqlite", make=False)
    try:
        findings = sorted(state.findings(), key=lambda each: each.id)
        incidents = {each.id: each for status in (None, *Status) for each in state.incidents(status=status)}
        alarms = state.alarms()
    finally:
        state.close()
    files = [parquet.ParquetFile(path).read() for path in sorted((folder / "lake").rglob("*.parquet"))]
    return {
        "findings": findings,
        "incidents": [incidents[name] for name in sorted(incidents)],
        "alarms": alarms,
        "lake": pa.concat_tables(files, promote_options="default").sort_by("seq").to_pylist(),
    }


def first_difference(what: str, is_: list[Any], should: list[Any]) -> str:
    """Where two lists part."""
    for number, (one, other) in enumerate(zip(is_, should, strict=False)):
        if one != other:
            return f"{what} number {number}:\n{one}\nand undisturbed\n{other}"
    return f"{len(is_)} {what}, and undisturbed {len(should)}"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated hospital and its hour, and compiled rules."""
    folder = tmp_path_factory.mktemp("hospital")
    make_hour(folder)
    watch_over(folder)
    return folder


def test_killed_at_any_moment_everything_is_told_once_and_as_if_nothing_had_been(
    hospital: Path, tmp_path: Path
) -> None:
    records = sum(parcel.count for parcel in read_hour(hospital) if parcel.format != NOTE)
    chance = random.Random(CRASHES)
    ends: Counter[str] = Counter()
    completed = lives = 0
    began = time.monotonic()
    with nurseries(hospital) as every:
        undisturbed = every[0].lived(tmp_path / "undisturbed", UNDISTURBED)
        assert [line.split()[0] for line in undisturbed] == ["complete"], undisturbed
        expected = told(tmp_path / "undisturbed")
        assert len(expected["lake"]) > 0.95 * records  # some of auditd have several lines
        assert len({row["seq"] for row in expected["lake"]}) == len(expected["lake"])
        assert len(expected["findings"]) > 200
        assert len(expected["incidents"]) > 1
        assert len(expected["alarms"]) > 1
        assert any(each.finding.window for each in expected["findings"]), "no correlation has fired"
        assert any(each.finding.says for each in expected["findings"]), "no behaviour has spoken"
        while lives < CRASHES or not completed:
            folder = tmp_path / f"disturbed{completed}"
            for life in iter(lambda: Life.drawn(chance, 0.3), None):
                said = chance.choice(every).lived(folder, life)
                assert not [line for line in said if line.startswith("damaged")], said
                lives += 1
                if said and said[-1].startswith("complete"):
                    break
                ends[said[-1].removeprefix("killed ") if said else "by the clock"] += 1
            completed += 1
            found = told(folder)
            for what, should in expected.items():
                assert found[what] == should, first_difference(what, found[what], should)
    how = ", ".join(f"{count} {name}" for name, count in ends.most_common())
    sys.stdout.write(
        f"\n{ends.total()} kills, {completed} hours of {records:,} records, {time.monotonic() - began:.0f} s: {how}\n"
    )


if __name__ == "__main__":
    nursery(Path(sys.argv[1]))
