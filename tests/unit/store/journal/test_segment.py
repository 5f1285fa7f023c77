"""Entries prove themselves; what the disk refuses to read is no entry; what is set aside for a full disk is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codedark.events.parcel import Parcel, Sequence
from codedark.store.journal.reserve import Reserve
from codedark.store.journal.segment import Hole, encode, marks_in, new_segment, read_at, roll_of, scan, segments

MARKER = b"12345678"
PARCEL = Parcel(Sequence(7), 2, 1_700_000_000_000_000, "tcp://10.1.2.3", "syslog", b"a\nb\n", b"", b"mark")


def scanned(path: Path, data: bytes, window_bytes: int = 100) -> list[tuple[int, Parcel | Hole]]:
    path.write_bytes(data)
    with path.open("rb") as file:
        return list(scan(file.fileno(), MARKER, 0, len(data), window_bytes))


def test_segments_are_in_the_order_of_their_numbers_and_nothing_else_is_one(tmp_path: Path) -> None:
    for number in (20, 3, 100):
        new_segment(tmp_path, Sequence(number)).path.touch()
    for name in ("durable", "lock", "reserve", f"{4:020}.v1", f"{4:020}.{'0' * 16}.v2"):
        (tmp_path / name).touch()
    found = segments(tmp_path)
    assert [segment.first for segment in found] == [3, 20, 100]
    assert len({segment.marker for segment in found}) == 3


@pytest.mark.parametrize("window_bytes", [1, 50, 90, 10_000])
def test_entries_are_read_whatever_is_read_at_once(tmp_path: Path, window_bytes: int) -> None:
    entry = b"".join(encode(MARKER, PARCEL))
    assert scanned(tmp_path / "s", entry * 5, window_bytes) == [(len(entry) * n, PARCEL) for n in range(1, 6)]


@pytest.mark.parametrize("rubbish", [b"\0", bytes(500), MARKER, MARKER * 20, os.urandom(300)])
def test_a_hole_ends_at_the_next_whole_entry(tmp_path: Path, rubbish: bytes) -> None:
    entry = b"".join(encode(MARKER, PARCEL))
    size, hole = len(entry), len(rubbish)
    assert scanned(tmp_path / "s", entry + rubbish + entry + rubbish) == [
        (size, PARCEL),
        (size + hole, Hole(size, size + hole)),
        (2 * size + hole, PARCEL),
        (2 * (size + hole), Hole(2 * size + hole, 2 * (size + hole))),
    ]


def test_a_file_that_ends_before_it_should_is_read_to_its_end(tmp_path: Path) -> None:
    entry = b"".join(encode(MARKER, PARCEL))
    (tmp_path / "s").write_bytes(entry + entry[:-1])
    with (tmp_path / "s").open("rb") as file:
        found = list(scan(file.fileno(), MARKER, 0, 10_000, 100))
    assert found == [(len(entry), PARCEL), (2 * len(entry) - 1, Hole(len(entry), 2 * len(entry) - 1))]


def test_an_entry_of_another_segment_is_none(tmp_path: Path) -> None:
    theirs = b"".join(encode(b"another.", PARCEL))
    assert scanned(tmp_path / "s", theirs) == [(len(theirs), Hole(0, len(theirs)))]


def test_a_roll_holds_all_marks() -> None:
    marks = {"/var/log/a.log": b"\xff\x00", os.fsdecode(b"/\xff"): b"{}"}
    roll = roll_of(marks, Sequence(5), 10)
    assert (roll.count, roll.first, roll.arrived_us) == (0, 5, 10)
    assert marks_in(roll) == marks


def test_what_the_disk_refuses_to_read_is_zeros() -> None:
    # The memory of a process is a file of which most places cannot be read, and say so as a bad sector does.
    text = bytes(range(256)) * 64
    held = bytearray(b"x" * 10_000)
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        assert read_at(memory.fileno(), memoryview(held), 0) == 10_000
        assert held == bytes(10_000)
        place = id(text) + bytes.__basicsize__ - 1
        assert read_at(memory.fileno(), memoryview(held), place) == 10_000
        assert held == text[:10_000]


def test_the_reserve_takes_its_space_and_gives_it_back(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", 1 << 20)
    assert not reserve.is_held
    assert reserve.hold()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 1 << 20
    reserve.release()
    assert not reserve.is_held
    assert reserve.hold()


def test_a_reserve_that_the_disk_has_no_room_for_is_not_held(tmp_path: Path) -> None:
    space = os.statvfs(tmp_path)
    reserve = Reserve(tmp_path / "reserve", space.f_bavail * space.f_frsize)
    assert not reserve.hold()
    assert not (tmp_path / "reserve").exists()
