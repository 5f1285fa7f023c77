"""A journal whose writer is killed at any moment, whose disk is full, and whose writer hangs.

The writer copies a file of numbered lines into the journal and remembers with each parcel how far it is. So line n has
to be record n + 1, whatever happens: a line that is lost or there twice moves all that follow. `CODEDARK_CRASHES` says
how often it is killed.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codedark.events.parcel import Parcel, Sequence
from codedark.store.checkpoint import CheckpointNotSaved, Checkpoints
from codedark.store.journal.damage import Damaged
from codedark.store.journal.end import End, open_end, publish, published
from codedark.store.journal.errors import JournalFull
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.journal.segment import segments

CRASHES = int(os.environ.get("CODEDARK_CRASHES", "300"))
MEMORY = Path("/dev/shm")
FILE = "/var/log/lines.log"


def lines(place: int, count: int, width: int) -> bytes:
    return b"".join(b"%d %s\n" % (each, b"x" * width) for each in range(place, place + count))


def write_until_killed(folder: Path, seed: int, read_until: Sequence) -> None:
    """Copy lines, fold them, checkpoint the fold, delete what all have read; say on stdout what is acknowledged."""
    chance = random.Random(seed)
    journal = Journal(folder / "journal", segment_bytes=32 << 10, reserve_bytes=0)
    checkpoints = Checkpoints(folder / "checkpoints")
    say(f"opened {journal.found.cut_bytes} {journal.found.damaged_bytes}")
    place = int(journal.marks().get(FILE, b"0"))
    loaded = checkpoints.load().checkpoint
    follower = Follower(folder / "journal", loaded.next if loaded else Sequence(1), complain)
    total = int(loaded.parts["total"][1]) if loaded else 0
    while True:
        for _ in range(chance.randrange(1, 5)):
            count = chance.randrange(1, 20)
            width = chance.choice([1, 40, 300, 300, 20_000])
            mark = str(place + count).encode()
            journal.append(FILE, "syslog", lines(place, count, width), count, time.time_ns() // 1000, mark=mark)
            place += count
        journal.sync()
        say(f"acknowledged {place}")
        if chance.random() < 0.3:
            total += sum(numbers_in(parcel)[-1] for parcel in follower.read())
            checkpoints.save(follower.next, {"total": (1, str(total).encode())})
            say(f"saved {follower.next}")
            journal.delete_before(Sequence(min(follower.next, read_until)))


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def complain(damaged: Damaged) -> None:
    say(f"damaged {damaged}")


def numbers_in(parcel: Parcel) -> list[int]:
    return [int(line.partition(b" ")[0]) for line in parcel.data.splitlines()]


def nursery(folder: Path) -> None:
    """Fork a writer for each line on stdin, and say when it is dead. A fork starts in no time."""
    for line in sys.stdin:
        seed, read_until = map(int, line.split())
        child = os.fork()
        if not child:
            write_until_killed(folder, seed, Sequence(read_until))
        say(f"born {child}")
        os.waitpid(child, 0)
        say("dead")


class Nursery:
    """The process that forks writers, and what they say."""

    def __init__(self, folder: Path) -> None:
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, __file__, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(root)},
        )

    def start(self, seed: int, read_until: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seed} {read_until}\n")
        self._process.stdin.flush()
        self._early: list[str] = []
        while not (line := self._line()).startswith("born"):
            self._early.append(line)
        return int(line.split()[1])

    def until(self, word: str) -> list[str]:
        """What was said up to a line that begins with ``word``."""
        said, self._early = self._early, []
        while not (line := self._line()).startswith(word):
            said.append(line)
        return [*said, line]

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery died"
        return line.strip()

    def close(self) -> None:
        self._process.communicate(timeout=10)


@contextmanager
def nursed(folder: Path) -> Iterator[Nursery]:
    nursery = Nursery(folder)
    try:
        yield nursery
    finally:
        nursery.close()


def last_said(said: list[str], word: str, otherwise: int) -> int:
    return max((int(line.split()[1]) for line in said if line.startswith(word)), default=otherwise)


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """On a disk a writer is mostly killed while it syncs, in memory while it writes."""
    if request.param == "disk":
        yield tmp_path
    elif not MEMORY.is_dir():
        pytest.skip(f"no {MEMORY} here")
    else:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            yield Path(folder)


def test_a_writer_killed_at_any_moment_loses_nothing_and_writes_nothing_twice(folder: Path) -> None:
    chance = random.Random(CRASHES)
    damage: list[Damaged] = []
    follower = Follower(folder / "journal", Sequence(1), damage.append)
    acknowledged = saved = torn = 0
    totals = {1: 0}
    total = 0
    arrived_us = 0
    step_seconds = 0.01
    with nursed(folder) as nursery:
        for round_ in range(CRASHES // 2):
            writer = nursery.start(chance.randrange(1 << 30), follower.next)
            said: list[str] = []
            for _ in range(chance.randrange(4)):
                waited = time.monotonic()
                said += nursery.until("acknowledged")
                step_seconds = min(time.monotonic() - waited, 0.03)
            time.sleep(chance.random() * step_seconds)
            os.kill(writer, signal.SIGKILL)
            said += nursery.until("dead")
            assert not [line for line in said if line.startswith("damaged")]
            torn += any(line.startswith("opened") and line.split()[1] != "0" for line in said)
            assert all(line.split()[2] == "0" for line in said if line.startswith("opened"))

            acknowledged = last_said(said, "acknowledged", acknowledged)
            while parcels := follower.read(100_000):
                for parcel in parcels:
                    assert numbers_in(parcel) == list(range(parcel.first - 1, parcel.end - 1)), f"round {round_}"
                    assert parcel.mark == str(parcel.end - 1).encode()
                    assert parcel.arrived_us >= arrived_us
                    arrived_us = parcel.arrived_us
                    total += parcel.end - 2
                    totals[parcel.end] = total
            assert follower.next > acknowledged, f"round {round_}: acknowledged and not there"

            saved = last_said(said, "saved", saved)
            loaded = Checkpoints(folder / "checkpoints").load() if (folder / "checkpoints").is_dir() else None
            if loaded is not None and loaded.checkpoint is not None:
                assert not loaded.damaged
                assert loaded.checkpoint.next >= saved
                assert int(loaded.checkpoint.parts["total"][1]) == totals[loaded.checkpoint.next]
    sys.stdout.write(
        f"\n{CRASHES // 2} kills, {torn} torn ends, {follower.next - 1} records, {saved} in a checkpoint\n"
    )
    assert not damage
    assert saved > 1, "the writer never lived long enough to save a checkpoint"
    assert acknowledged > CRASHES


def test_a_follower_does_not_wait_for_a_writer_that_hangs(tmp_path: Path) -> None:
    # What a disk that does not answer does to the writer, a stop signal does too: it hangs where it is.
    chance = random.Random(1)
    follower = Follower(tmp_path / "journal", Sequence(1), complain)
    with nursed(tmp_path) as nursery:
        writer = nursery.start(1, 1)
        nursery.until("acknowledged")
        for _ in range(20):
            time.sleep(chance.random() * 0.01)
            os.kill(writer, signal.SIGSTOP)
            before = time.thread_time()
            while parcels := follower.read():
                for parcel in parcels:
                    assert numbers_in(parcel) == list(range(parcel.first - 1, parcel.end - 1))
            polling = time.monotonic()
            assert [follower.read() for _ in range(100)] == [[]] * 100
            assert time.monotonic() - polling < 5, "a hundred polls"
            assert time.thread_time() >= before
            os.kill(writer, signal.SIGCONT)
        os.kill(writer, signal.SIGKILL)
        nursery.until("dead")
    assert follower.next > 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(journal: Journal, chance: random.Random) -> list[JournalFull]:
    """Copy lines until the disk has refused a few times, syncing now and then; whatever is refused is tried again."""
    refusals: list[JournalFull] = []
    while len(refusals) < 5:
        if chance.random() < 0.2:
            journal.sync()
        place, count = journal.next - 1, chance.randrange(1, 30)
        data = lines(place, count, chance.randrange(2000))
        try:
            journal.append(FILE, "syslog", data, count, 1, mark=str(place + count).encode())
        except JournalFull as full:
            refusals.append(full)
            assert journal.next == journal.durable, "what was appended since the last sync is to come again"
    return refusals


def read_all(follower: Follower) -> None:
    while parcels := follower.read():
        for parcel in parcels:
            assert numbers_in(parcel) == list(range(parcel.first - 1, parcel.end - 1))


def fail(damaged: Damaged) -> None:
    pytest.fail(str(damaged))


@pytest.mark.parametrize("seed", range(5))
def test_a_full_disk_loses_nothing_that_was_synced_and_the_journal_goes_on_when_there_is_space(
    small_disk: Path, seed: int
) -> None:
    chance = random.Random(seed)
    folder = small_disk / "journal"
    follower = Follower(folder, Sequence(1), fail)
    with Journal(folder, segment_bytes=200_000, reserve_bytes=300_000) as journal:
        refusals = fill(journal, chance)
        assert "no space left" in str(refusals[0])
        journal.sync()
        read_all(follower)
        assert follower.next == journal.next

        journal.release_reserve()
        Checkpoints(small_disk / "checkpoints").save(journal.next, {"state": (1, bytes(100_000))})
        fill(journal, chance)
        journal.sync()
        assert not journal.hold_reserve()

        read_all(follower)
        assert journal.delete_before(follower.next) > 0
        assert journal.hold_reserve()
        fill(journal, chance)
    with Journal(folder, segment_bytes=200_000, reserve_bytes=300_000) as journal:
        assert (journal.found.cut_bytes, journal.found.damaged_bytes) == (0, 0)
        assert journal.marks() == {FILE: str(journal.next - 1).encode()}
        read_all(follower)
        assert follower.next == journal.next


@contextmanager
def longest_file(size_bytes: int) -> Iterator[None]:
    """No file may become longer. The kernel then refuses in the middle of a write, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_entry_for_which_there_is_no_space_leaves_no_trace(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append(FILE, "syslog", lines(0, 1, 1000), 1, 1, mark=b"1")
        journal.sync()
        size = journal.size_bytes
        with longest_file(size + 1500):
            for _ in range(3):
                with pytest.raises(JournalFull, match="no space left"):
                    journal.append(FILE, "syslog", lines(1, 1, 2000), 1, 1, mark=b"2")
                assert journal.size_bytes == size
            assert journal.append(FILE, "syslog", lines(1, 1, 1000), 1, 1, mark=b"2") == 2
    with Journal(tmp_path, reserve_bytes=0) as journal:
        assert (journal.next, journal.marks(), journal.found.cut_bytes) == (3, {FILE: b"2"}, 0)


def test_a_batch_of_which_the_disk_refuses_the_last_is_not_there_at_all_and_can_come_again(tmp_path: Path) -> None:
    batch = [lines(place, 1, 500) for place in range(5)]
    with Journal(tmp_path, segment_bytes=1000, reserve_bytes=0) as journal:
        for limit in (1400, 2000, 1 << 20):
            with longest_file(limit):
                try:
                    for data in batch:
                        journal.append(FILE, "syslog", data, 1, 1)
                    journal.sync()
                except JournalFull:
                    assert (journal.next, journal.durable) == (1, 1)
        assert journal.durable == 6
    follower = Follower(tmp_path, Sequence(1), fail)
    read_all(follower)
    assert follower.next == 6


def test_a_sync_that_the_disk_refuses_takes_back_all_since_the_last(tmp_path: Path) -> None:
    follower = Follower(tmp_path, Sequence(1), fail)
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append(FILE, "syslog", lines(0, 1, 10), 1, 1, mark=b"1")
        journal.sync()
        size = journal.size_bytes
        for _ in range(2):
            journal.append(FILE, "syslog", lines(1, 2, 500), 2, 1, mark=b"3")
            with longest_file(0), pytest.raises(JournalFull, match="nothing from record 2 on is in it"):
                journal.sync()
            assert (journal.next, journal.durable, journal.size_bytes) == (2, 2, size)
        journal.append(FILE, "syslog", lines(1, 1, 10), 1, 1)
        assert journal.sync() == 3
        assert journal.marks() == {FILE: b"1"}
        read_all(follower)
        assert follower.next == 3


def test_a_segment_for_which_there_is_no_space_leaves_the_one_before_in_use(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=1000, reserve_bytes=0) as journal:
        journal.append(FILE, "syslog", lines(0, 1, 1000), 1, 1, mark=b"1")
        journal.sync()
        with longest_file(50):  # enough to tell followers, too little for a roll
            for _ in range(2):
                with pytest.raises(JournalFull, match="nothing from record 2 on is in it"):
                    journal.append(FILE, "syslog", lines(1, 1, 10), 1, 1, mark=b"2")
                assert (journal.next, journal.durable, len(segments(tmp_path))) == (2, 2, 1)
        assert journal.append(FILE, "syslog", lines(1, 1, 10), 1, 1, mark=b"2") == 2
        assert len(segments(tmp_path)) == 2
    with Journal(tmp_path, reserve_bytes=0) as journal:
        assert (journal.next, journal.marks()) == (3, {FILE: b"2"})


def test_an_end_of_which_a_full_disk_takes_a_part_is_not_told(tmp_path: Path) -> None:
    file = open_end(tmp_path)
    try:
        with longest_file(10), pytest.raises(OSError, match="No space left"):
            publish(file, End(Sequence(2), Sequence(1), 100))
        publish(file, End(Sequence(2), Sequence(1), 100))
    finally:
        os.close(file)
    assert published(tmp_path) == End(Sequence(2), Sequence(1), 100)


def test_a_checkpoint_for_which_there_is_no_space_leaves_the_one_before(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Sequence(5), {"state": (1, b"five")})
    with longest_file(1000), pytest.raises(CheckpointNotSaved, match="the one before counts"):
        checkpoints.save(Sequence(9), {"state": (1, bytes(5000))})
    loaded = checkpoints.load()
    assert loaded.checkpoint is not None
    assert (loaded.checkpoint.next, loaded.damaged) == (5, ())
    assert [path.name for path in tmp_path.iterdir()] == [f"{5:020}.checkpoint"]


if __name__ == "__main__":
    nursery(Path(sys.argv[1]))
