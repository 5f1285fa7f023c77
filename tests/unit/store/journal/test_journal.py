"""Appending, syncing, rotating, deleting: what the writer promises while nothing goes wrong, and who may write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codedark.events.parcel import Parcel, Sequence
from codedark.store.journal.damage import Damaged
from codedark.store.journal.errors import JournalInUse
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.journal.segment import LARGEST_BYTES, segments
from tests.unit.store.whole_journal import no_damage, whole


def test_records_are_numbered_from_one_on(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0) as journal:
        assert journal.append("a", "syslog", b"1\n2\n3\n", 3, 10) == 1
        assert journal.append("b", "syslog", b"4\n", 1, 10) == 4
        assert (journal.next, journal.durable, journal.first) == (5, 1, 1)
        assert journal.sync() == journal.durable == 5


def test_numbers_and_marks_go_on_when_the_journal_is_opened_again(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"1\n", 1, 10, mark=b"first")
        journal.append("a", "syslog", b"2\n", 1, 10, mark=b"second")
        journal.append("b", "syslog", b"3\n", 1, 10)
    with Journal(tmp_path, reserve_bytes=0) as journal:
        assert journal.marks() == {"a": b"second"}
        assert journal.append("b", "syslog", b"4\n", 1, 10) == 4
    assert len(segments(tmp_path)) == 1


def test_a_parcel_comes_back_as_it_was_given(tmp_path: Path) -> None:
    source = os.fsdecode(b"/var/log/\xff\xfe.log")
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append(source, "zeek", b"\x00\xff\n\n", 2, 10, b"#fields\ta\n", b'{"inode": 7}')
        journal.sync()
        assert journal.marks() == {source: b'{"inode": 7}'}
    assert whole(tmp_path) == [
        Parcel(Sequence(1), 2, 10, source, "zeek", b"\x00\xff\n\n", b"#fields\ta\n", b'{"inode": 7}')
    ]


def test_a_clock_that_is_set_back_does_not_make_arrivals_go_back(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"1\n", 1, 1000)
        journal.append("a", "syslog", b"2\n", 1, 5)
    with Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"3\n", 1, 7)
        journal.append("a", "syslog", b"4\n", 1, 1001)
    assert [parcel.arrived_us for parcel in whole(tmp_path)] == [1000, 1000, 1000, 1001]


@pytest.mark.parametrize(("data", "count"), [(b"", 0), (b"1\n", 0), (b"1\n", -1), (bytes(LARGEST_BYTES + 1), 1)])
def test_a_parcel_that_is_empty_or_too_large_is_refused(tmp_path: Path, data: bytes, count: int) -> None:
    with Journal(tmp_path, reserve_bytes=0) as journal:
        with pytest.raises(ValueError, match="a parcel holds"):
            journal.append("a", "syslog", data, count, 10)
        assert journal.next == 1


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    told = rf"process {os.getpid()} writes this journal; stop it first"
    with Journal(tmp_path, reserve_bytes=0), pytest.raises(JournalInUse, match=told):
        Journal(tmp_path, reserve_bytes=0)
    Journal(tmp_path, reserve_bytes=0).close()


def test_a_closed_journal_takes_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, reserve_bytes=0)
    journal.close()
    with pytest.raises(ValueError, match="closed"):
        journal.append("a", "syslog", b"1\n", 1, 10)


def test_what_was_appended_before_an_error_is_not_synced_behind_the_back_of_who_raised_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds records"), Journal(tmp_path, reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"1\n" * journal.append("a", "syslog", b"1\n", 1, 10), 0, 10)
    assert whole(tmp_path) == []


def test_segments_below_a_number_are_deleted_and_no_mark_is_lost(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        journal.append("once", "syslog", b"1\n", 1, 10, mark=b"here")
        for number in range(2, 11):
            journal.append("a", "syslog", b"x" * 100 + b"\n", 1, 10, mark=b"%d" % number)
            journal.sync()
        size_bytes = journal.size_bytes
        firsts = [segment.first for segment in segments(tmp_path)]
        assert len(firsts) > 4

        assert journal.delete_before(Sequence(firsts[2])) == 2
        assert journal.first == firsts[2]
        assert journal.delete_before(Sequence(firsts[3] - 1)) == 0
        journal.delete_before(journal.next)
        assert [segment.first for segment in segments(tmp_path)] == firsts[-1:]
        assert journal.size_bytes < size_bytes
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        assert journal.marks() == {"once": b"here", "a": b"10"}
        assert journal.next == 11


def test_a_batch_is_in_one_segment_however_long_it_is(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        for _ in range(2):
            for _ in range(10):
                journal.append("a", "syslog", b"x" * 100 + b"\n", 1, 10)
            journal.sync()
    assert [segment.first for segment in segments(tmp_path)] == [1, 11]


def test_a_source_that_is_forgotten_is_not_in_the_next_segment(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        journal.append("gone", "syslog", b"x" * 100 + b"\n", 1, 10, mark=b"1")
        journal.sync()
        journal.forget("gone")
        journal.append("a", "syslog", b"2\n", 1, 10, mark=b"2")
        journal.sync()
        journal.delete_before(journal.next)
    with Journal(tmp_path, reserve_bytes=0) as journal:
        assert journal.marks() == {"a": b"2"}


def test_numbers_begin_behind_what_a_follower_knows(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0, not_before=Sequence(1000)) as journal:
        assert journal.append("a", "syslog", b"1\n", 1, 10) == 1000
    with Journal(tmp_path, reserve_bytes=0, not_before=Sequence(7)) as journal:
        assert journal.append("a", "syslog", b"2\n", 1, 10) == 1001
    with Journal(tmp_path, reserve_bytes=0, not_before=Sequence(5000)) as journal:
        assert journal.append("a", "syslog", b"3\n", 1, 10) == 5000
        assert journal.marks() == {}
    follower = Follower(tmp_path, Sequence(5000), no_damage)
    assert [parcel.data for parcel in follower.read()] == [b"3\n"]


def test_every_length_to_which_an_unsynced_end_is_cut_leaves_whole_parcels(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with Journal(folder, reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"synced\n", 1, 10, mark=b"1")
        journal.sync()
        durable = journal.size_bytes
        told = (folder / "durable").read_bytes()
        ends = [durable]
        for _ in range(2):
            journal.append("a", "syslog", b"unsynced\n", 1, 10, mark=b"2")
            ends.append(journal.size_bytes)
    path = segments(folder)[0].path
    held = path.read_bytes()
    for length in range(durable, len(held) + 1):
        path.write_bytes(held[:length])
        (folder / "durable").write_bytes(told)
        with Journal(folder, reserve_bytes=0) as journal:
            kept = [end for end in ends if end <= length]
            assert (journal.next, journal.size_bytes) == (1 + len(kept), kept[-1])
            assert journal.found.cut_bytes == length - kept[-1]


def test_an_entry_in_the_text_of_a_record_is_not_taken_for_one(tmp_path: Path) -> None:
    # Whoever sends records knows the format, but not the marker of the segment.
    with Journal(tmp_path / "theirs", reserve_bytes=0) as theirs:
        theirs.append("forged", "syslog", b"forged\n", 1, 10, mark=b"forged")
    forged = segments(tmp_path / "theirs")[0].path.read_bytes()
    with Journal(tmp_path / "ours", reserve_bytes=0) as journal:
        journal.append("a", "syslog", b"before" + forged + b"\n", 1, 10, mark=b"1")
        journal.append("a", "syslog", b"2\n", 1, 10, mark=b"2")
    path = segments(tmp_path / "ours")[0].path
    path.write_bytes(path.read_bytes().replace(b"before", b"BEFORE"))
    damage: list[str] = []
    found = Follower(tmp_path / "ours", Sequence(1), lambda damaged: damage.append(str(damaged))).read()
    assert [parcel.data for parcel in found] == [b"2\n"]
    assert len(damage) == 1
    assert "records 1 to 1 are lost" in damage[0]


def flip(path: Path, text: bytes) -> None:
    """Damage what stands in a file."""
    held = path.read_bytes()
    assert text in held
    path.write_bytes(held.replace(text, bytes([text[0] ^ 1]) + text[1:]))


def test_marks_outlive_a_damaged_roll_and_the_segments_before_it(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        journal.append("once", "syslog", b"x" * 100 + b"\n", 1, 10, mark=b"here")
        journal.sync()
        journal.append("a", "syslog", b"2\n", 1, 10, mark=b"two")
    flip(segments(tmp_path)[-1].path, b"once")
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        assert journal.marks() == {"once": b"here", "a": b"two"}
        journal.append("a", "syslog", b"3\n", 1, 10, mark=b"three")
        journal.sync()
        journal.delete_before(journal.next)
    with Journal(tmp_path, segment_bytes=100, reserve_bytes=0) as journal:
        assert journal.marks() == {"once": b"here", "a": b"three"}


def test_a_segment_without_records_whose_roll_is_damaged_is_begun_anew(tmp_path: Path) -> None:
    with Journal(tmp_path, reserve_bytes=0):
        pass
    segments(tmp_path)[0].path.write_bytes(b"rubbish" * 100)
    with Journal(tmp_path, reserve_bytes=0) as journal:
        assert journal.found.damaged_bytes > 0
        assert journal.append("a", "syslog", b"1\n", 1, 10) == 1
    with Journal(tmp_path, reserve_bytes=0) as journal:
        assert (journal.found.cut_bytes, journal.found.damaged_bytes) == (0, 0)
    assert [parcel.data for parcel in whole(tmp_path)] == [b"1\n"]


def test_a_follower_is_not_led_astray_where_the_end_that_it_has_read_is_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path, reserve_bytes=0)
    for number in range(3):
        journal.append("a", "syslog", b"%d\n" % number, 1, 10)
    journal.sync()
    damage: list[Damaged] = []
    follower = Follower(tmp_path, Sequence(1), damage.append)
    assert len(follower.read()) == 3
    journal.close()
    path = segments(tmp_path)[0].path
    path.write_bytes(path.read_bytes()[:-1])
    with Journal(tmp_path, reserve_bytes=0) as journal:
        for number in range(3, 9):
            assert journal.append("a", "syslog", b"%d\n" % number, 1, 10) == number + 1
            journal.sync()
            assert [parcel.data for parcel in follower.read()] == [b"%d\n" % number]
    assert [each.count for each in damage] == [0], "what is damaged had been read"
