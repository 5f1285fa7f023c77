"""A checkpoint is whole or not there; the newest whole one counts, and a damaged one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.events.parcel import Sequence
from codedark.store.checkpoint import Checkpoint, CheckpointNotSaved, Checkpoints, Loaded

PARTS = {"rules": (1, b"\x00rules"), "incidents": (7, b""), "behaviour/logon paths": (2, bytes(10_000))}


def test_a_folder_without_checkpoints_has_none(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path / "new").load() == Loaded(None, ())


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    Checkpoints(tmp_path).save(Sequence(12), PARTS)
    assert Checkpoints(tmp_path).load() == Loaded(Checkpoint(Sequence(12), PARTS), ())


def test_the_newest_counts_and_two_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for number in (9, 10, 11, 100):
        checkpoints.save(Sequence(number), {"state": (1, b"%d" % number)})
    assert checkpoints.load() == Loaded(Checkpoint(Sequence(100), {"state": (1, b"100")}), ())
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number:020}.checkpoint" for number in (11, 100)]


def test_saving_again_at_the_same_record_replaces_it(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Sequence(5), {"state": (1, b"old")})
    checkpoints.save(Sequence(5), {"state": (1, b"new")})
    assert checkpoints.load() == Loaded(Checkpoint(Sequence(5), {"state": (1, b"new")}), ())


def test_whatever_byte_is_damaged_the_one_before_counts_and_it_is_told(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Sequence(1), {"state": (1, b"before")})
    checkpoints.save(Sequence(2), {"state": (1, b"newer"), "more": (2, b"x" * 50)})
    newer = tmp_path / f"{2:020}.checkpoint"
    held = newer.read_bytes()
    expected = Loaded(Checkpoint(Sequence(1), {"state": (1, b"before")}), (newer,))
    for place in range(len(held)):
        newer.write_bytes(held[:place] + bytes([held[place] ^ 0x40]) + held[place + 1 :])
        assert checkpoints.load() == expected
        newer.write_bytes(held[:place])
        assert checkpoints.load() == expected


def test_one_that_was_set_aside_counts_no_more_and_the_last_two_stay_for_people(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for number in range(1, 5):
        checkpoints.save(Sequence(number), PARTS)
        if number > 1:
            checkpoints.set_aside([tmp_path / f"{number:020}.checkpoint"])
        assert checkpoints.load().checkpoint == Checkpoint(Sequence(1), PARTS)
        assert (checkpoints.oldest(), checkpoints.newest()) == (1, 1)
    assert sorted(path.name for path in tmp_path.glob("*.unreadable")) == [f"{n:020}.unreadable" for n in (3, 4)]


def test_when_all_are_damaged_that_is_told_too(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Sequence(1), PARTS)
    path = tmp_path / f"{1:020}.checkpoint"
    path.write_bytes(path.read_bytes()[:-1])
    assert checkpoints.load() == Loaded(None, (path,))


def test_what_a_killed_process_left_unfinished_is_nothing(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Sequence(1), PARTS)
    (tmp_path / "unfinished").write_bytes(b"cdcheck1 half of it")
    assert checkpoints.load() == Loaded(Checkpoint(Sequence(1), PARTS), ())
    checkpoints.save(Sequence(2), PARTS)
    assert not (tmp_path / "unfinished").exists()


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(CheckpointNotSaved, match="no checkpoint at record 3"):
        checkpoints.save(Sequence(3), PARTS)


def test_the_journal_is_needed_from_the_oldest_on(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.oldest() == 1
    for number in (5, 10, 15):
        checkpoints.save(Sequence(number), {})
    assert Checkpoints(tmp_path).oldest() == 10
