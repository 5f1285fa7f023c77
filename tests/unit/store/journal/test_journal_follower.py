"""A follower sees what is durable, once, in order, from any number on, across segments, whatever the writer does."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.events.parcel import Sequence
from codedark.store.journal.damage import Damaged
from codedark.store.journal.end import End, open_end, publish, published
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.journal.segment import new_segment, segments
from tests.unit.store.whole_journal import no_damage, whole


def test_a_folder_without_a_journal_is_one_in_which_nothing_happens_yet(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "later", Sequence(1), no_damage)
    assert follower.read() == []
    with Journal(tmp_path / "later", reserve_bytes=0) as journal:
        assert follower.read() == []
        journal.append("a", "syslog", b"1\n", 1, 10)
        assert follower.read() == []
        journal.sync()
        assert [parcel.data for parcel in follower.read()] == [b"1\n"]
        assert follower.read() == []


def test_the_end_of_a_dead_writer_is_not_read_until_it_is_synced_by_the_next(tmp_path: Path) -> None:
    follower = Follower(tmp_path, Sequence(1), no_damage)
    journal = Journal(tmp_path, reserve_bytes=0)
    journal.append("a", "syslog", b"1\n", 1, 10)
    journal.sync()
    journal.append("a", "syslog", b"2\n", 1, 10)
    journal.close()
    assert [parcel.data for parcel in follower.read()] == [b"1\n"]
    with Journal(tmp_path, reserve_bytes=0):
        assert [parcel.data for parcel in follower.read()] == [b"2\n"]


@pytest.mark.parametrize("max_bytes", [1, 100, 1_000_000])
def test_a_read_ends_at_its_bytes_and_gives_at_least_one_parcel(tmp_path: Path, max_bytes: int) -> None:
    with Journal(tmp_path, segment_bytes=5000, reserve_bytes=0) as journal:
        for _ in range(100):
            journal.append("a", "syslog", b"x" * 199 + b"\n", 1, 10)
            journal.sync()
    follower = Follower(tmp_path, Sequence(1), no_damage)
    first = follower.read(max_bytes)
    assert len(first) == min(100, -(-max_bytes // 200))
    assert [parcel.first for parcel in first + whole(tmp_path, follower.next, max_bytes)] == list(range(1, 101))


def test_a_parcel_larger_than_what_is_read_at_once_is_whole(tmp_path: Path) -> None:
    large = b"z" * 9_000_000 + b"\n"
    with Journal(tmp_path, reserve_bytes=0) as journal:
        for data in (b"1\n", large, b"3\n", large):
            journal.append("a", "syslog", data, 1, 10)
    assert [parcel.data for parcel in whole(tmp_path)] == [b"1\n", large, b"3\n", large]


def test_reading_begins_within_a_parcel_where_that_is_asked(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append("a", "zeek", b"1\n2\n3\n4\n", 4, 10, b"#fields\ta\n", b"mark")
    (parcel,) = whole(tmp_path, 3)
    assert (parcel.first, parcel.count, parcel.data, parcel.header) == (3, 2, b"3\n4\n", b"#fields\ta\n")
    assert parcel.mark == b"mark"


def test_records_that_were_deleted_are_told_and_reading_goes_on_behind_them(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        for _ in range(6):
            journal.append("a", "syslog", b"x" * 100 + b"\n", 1, 10)
            journal.sync()
        journal.delete_before(Sequence(4))
    damage: list[Damaged] = []
    follower = Follower(tmp_path, Sequence(2), damage.append)
    assert [parcel.first for parcel in follower.read()] == [4, 5, 6]
    assert [(each.first, each.count, each.size_bytes) for each in damage] == [(2, 2, 0)]


def test_a_segment_that_is_being_created_is_waited_for(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"x" * 200 + b"\n", 1, 10)
        journal.sync()
        follower = Follower(tmp_path, Sequence(1), no_damage)
        assert [parcel.first for parcel in follower.read()] == [1]
        torn = new_segment(tmp_path, journal.next)
        torn.path.write_bytes(torn.marker)
        assert follower.read() == []
        torn.path.unlink()
        journal.append("a", "syslog", b"2\n", 1, 10)
        journal.sync()
        assert [parcel.first for parcel in follower.read()] == [2]


def test_an_end_that_is_being_written_is_not_believed(tmp_path: Path) -> None:
    file = open_end(tmp_path)
    assert published(tmp_path) is None
    publish(file, End(Sequence(5), Sequence(1), 100))
    assert published(tmp_path) == (5, 1, 100)
    told = (tmp_path / "durable").read_bytes()
    for place in range(len(told)):
        (tmp_path / "durable").write_bytes(told[:place] + bytes([told[place] ^ 1]) + told[place + 1 :])
        assert published(tmp_path) is None


def test_damage_says_where_how_much_and_which_records(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"1\n2\n", 2, 10)
        offset = journal.size_bytes
        journal.append("a", "syslog", b"damaged\n" * 3, 3, 10)
        end = journal.size_bytes
        journal.append("a", "syslog", b"6\n", 1, 10)
    path = segments(tmp_path)[0].path
    path.write_bytes(path.read_bytes().replace(b"damaged", b"Damaged"))
    damage: list[Damaged] = []
    follower = Follower(tmp_path, Sequence(1), damage.append)
    assert [parcel.first for parcel in follower.read()] == [1, 6]
    assert damage == [Damaged(path, offset, end - offset, Sequence(3), 3)]
    assert str(damage[0]).endswith(
        f"{end - offset} bytes from {offset} on are damaged or gone; records 3 to 5 are lost"
    )
