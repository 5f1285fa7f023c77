"""What was synced is never lost, nothing is there twice, numbers go on, and no bit changes unnoticed.

A power failure is simulated by what it may do: bytes that were not synced are gone, zero or anything else, and the file
that tells how far the journal is durable (which is not synced itself) is an older one.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from codedark.events.parcel import Parcel, Sequence
from codedark.store.journal.damage import Damaged
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.journal.segment import segments

MEMORY = Path("/dev/shm")
WHERE = MEMORY if MEMORY.is_dir() else None  # syncing is slow on a disk, and a law tries thousands of times
SEGMENT_BYTES = 400
SOURCES = ["/var/log/auth.log", "tcp://10.1.2.3", "/var/log/\udcff.log"]


def read(folder: Path, number: int, damage: list[Damaged], max_bytes: int = 1000) -> list[Parcel]:
    """Everything from a number on, as a new follower has it."""
    follower = Follower(folder, Sequence(number), damage.append)
    found: list[Parcel] = []
    while parcels := follower.read(max_bytes):
        found += parcels
    follower.close()
    return found


def no_damage(damaged: Damaged) -> None:
    pytest.fail(str(damaged))


class Crashes(RuleBasedStateMachine):
    """A journal against a list of what was synced and a list of what was not."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=WHERE))
        self.journal = Journal(self.folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=0)
        self.synced: list[Parcel] = []
        self.unsynced: list[Parcel] = []
        self.follower = Follower(self.folder, Sequence(1), no_damage)
        self.followed: list[Parcel] = []
        self.stale_ends = [(self.folder / "durable").read_bytes()]
        self.arrived_us = 0

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
            self.follower.close()
            shutil.rmtree(self.folder)

    @rule(
        source=st.sampled_from(SOURCES),
        count=st.integers(1, 5),
        text=st.binary(max_size=300).map(lambda text: text.replace(b"\n", b"")),
        clock=st.integers(-10, 100),
        header=st.sampled_from([b"", b"#fields\ta\tb\n"]),
        marked=st.booleans(),
    )
    def append(self, source: str, count: int, text: bytes, clock: int, header: bytes, marked: bool) -> None:
        number, clock_us = self.journal.next, self.arrived_us + clock
        data = (text + b"\n") * count
        mark = b"%d" % number if marked else b""
        assert self.journal.append(source, "syslog", data, count, clock_us, header, mark) == number
        self.arrived_us = max(self.arrived_us, clock_us)
        self.unsynced.append(Parcel(number, count, self.arrived_us, source, "syslog", data, header, mark))

    @rule()
    def sync(self) -> None:
        end = self.journal.sync()
        self.synced += self.unsynced
        self.unsynced = []
        self.stale_ends.append((self.folder / "durable").read_bytes())
        assert end == self.journal.next == self.journal.durable

    @rule(max_bytes=st.integers(1, 2000))
    def follow(self, max_bytes: int) -> None:
        self.followed += self.follower.read(max_bytes)
        assert self.followed == self.synced[: len(self.followed)]

    @rule(number=st.integers(0, 1000))
    def read_from_the_middle(self, number: int) -> None:
        if self.journal.first < self.journal.durable:
            first = self.journal.first + number % (self.journal.durable - self.journal.first)
            found = read(self.folder, first, [], 500)
            assert found[0].first == first
            assert found[-1].end == self.journal.durable
            assert found[0].data.count(b"\n") == found[0].count
            assert found[1:] == [parcel for parcel in self.synced if parcel.first > first]

    @rule()
    def delete_what_is_followed(self) -> None:
        self.journal.delete_before(self.follower.next)

    @rule(share=st.floats(0, 1), left=st.sampled_from(["gone", "zeros", "ones", "hole"]), age=st.integers(0, 5))
    def crash(self, share: float, left: str, age: int) -> None:
        """All that was not synced may be lost, from any byte on."""
        self.journal.close()
        path = segments(self.folder)[-1].path
        held = path.read_bytes()
        durable = self.journal._durable.offset
        cut = durable + round(share * (len(held) - durable))
        rest = len(held) - cut
        if left == "hole":  # one block of what was not synced is not there, but what stands behind it is
            path.write_bytes(held[:cut] + bytes(min(20, rest)) + held[cut + 20 :])
        else:
            path.write_bytes(held[:cut] + {"gone": b"", "zeros": bytes(rest), "ones": b"\xff" * rest}[left])
        (self.folder / "durable").write_bytes(self.stale_ends[-1 - min(age, len(self.stale_ends) - 1)])

        self.journal = Journal(self.folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=0)
        damage: list[Damaged] = []
        survived = [each for each in self.synced + self.unsynced if each.end <= self.journal.next]
        assert survived[: len(self.synced)] == self.synced
        assert self.journal.next == (survived[-1].end if survived else 1)
        assert read(self.folder, self.journal.first, damage) == [
            each for each in survived if each.first >= self.journal.first
        ]
        assert damage == []
        assert self.journal.found.damaged_bytes == 0
        assert self.journal.marks() == {each.source: each.mark for each in survived if each.mark}
        self.synced, self.unsynced = survived, []
        self.stale_ends = [(self.folder / "durable").read_bytes()]
        self.arrived_us = max((each.arrived_us for each in survived), default=0)

    @precondition(lambda self: hasattr(self, "journal"))
    @invariant()
    def nothing_is_seen_before_it_is_synced(self) -> None:
        assert self.journal.durable == (self.synced[-1].end if self.synced else 1)


Crashes.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestCrashes = Crashes.TestCase


class Original(NamedTuple):
    folder: Path
    parcels: list[Parcel]
    next: int


@pytest.fixture(scope="module")
def original() -> Iterator[Original]:
    """A journal of several segments, as its writer left it."""
    with tempfile.TemporaryDirectory(dir=WHERE) as name:
        folder = Path(name) / "journal"
        with Journal(folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=0) as journal:
            for number in range(24):
                data = b"".join(b"%d %s\n" % (number, b"y" * number) for _ in range(number % 3 + 1))
                journal.append(SOURCES[number % 3], "syslog", data, number % 3 + 1, number, mark=b"%d" % number)
                journal.sync()
        assert len(segments(folder)) > 3
        yield Original(folder, read(folder, 1, []), journal.next)


@settings(max_examples=250, deadline=None)
@given(data=st.data(), reopened=st.booleans())
def test_whatever_bit_changes_is_noticed_and_only_what_it_hit_is_lost(
    original: Original, data: st.DataObject, reopened: bool
) -> None:
    with tempfile.TemporaryDirectory(dir=WHERE) as name:
        folder = Path(name) / "journal"
        shutil.copytree(original.folder, folder)
        *_, last = segments(folder)
        segment = data.draw(st.sampled_from(segments(folder)) | st.just(last))
        held = bytearray(segment.path.read_bytes())
        bit = data.draw(st.integers(0, len(held) * 8 - 1))
        held[bit // 8] ^= 1 << bit % 8
        segment.path.write_bytes(held)
        if reopened:
            with Journal(folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=0) as journal:
                assert journal.next == original.next
                assert journal.append("new", "syslog", b"new\n", 1, 0) == original.next
                assert journal.found.cut_bytes == 0
                marks = journal.marks()

        damage: list[Damaged] = []
        found = [each for each in read(folder, 1, damage) if each.source != "new"]
        lost = [each for each in original.parcels if each not in found]
        assert [each for each in original.parcels if each in found] == found
        assert len(lost) <= 1
        if reopened:
            # Where a parcel behind the last roll was hit, the mark before it counts: its records come again.
            known = found if segment == last else original.parcels
            assert marks == {each.source: each.mark for each in known}
        assert [(each.first, each.count) for each in lost] == [
            (each.first, each.count) for each in damage if each.count
        ]
        assert len(damage) == 1
        assert (damage[0].path, damage[0].offset <= bit // 8) == (segment.path, True)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_segment_that_is_shorter_or_gone_is_told_by_the_numbers_that_are_missing(
    original: Original, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory(dir=WHERE) as name:
        folder = Path(name) / "journal"
        shutil.copytree(original.folder, folder)
        segment = data.draw(st.sampled_from(segments(folder)))
        length = data.draw(st.integers(-1, segment.size_bytes - 1))
        if length < 0:
            segment.path.unlink()
        else:
            segment.path.write_bytes(segment.path.read_bytes()[:length])
        for attempt in range(2):
            damage: list[Damaged] = []
            found = read(folder, 1, damage)
            numbers = {number for each in found for number in range(each.first, each.end)}
            missing = {number for each in damage for number in range(each.first, each.first + each.count)}
            assert numbers | missing == set(range(1, original.next + attempt))
            assert not numbers & missing
            assert [each for each in found if each.source != "new"] == [
                each for each in original.parcels if each in found
            ]
            if not attempt:
                with Journal(folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=0) as journal:
                    assert journal.append("new", "syslog", b"new\n", 1, 0) == original.next
