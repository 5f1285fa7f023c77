"""Files are found again by what is in them, and cut where a record ends."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from codedark.ingest.live.rotation import bases_of, is_compressed, rotated
from codedark.ingest.live.tail import files_of
from codedark.ingest.live.tail_file import OpenFile
from codedark.ingest.live.tail_path import FollowedPath
from codedark.ingest.live.tail_shape import Header, Shape, settled, shape_of


def read(followed: FollowedPath, now: float = 0.0) -> list[bytes]:
    found: list[bytes] = []
    while (cut := followed.next(now)) is not None:
        found += cut.data.split(b"\n")[:-1] or [rejected.reason.encode() for rejected in cut.rejected]
        followed.taken()
    return found


@pytest.mark.parametrize(
    ("name", "bases"),
    [
        ("auth.log.1", ["auth.log"]),
        ("auth.log-20260113", ["auth.log"]),
        ("auth.log-2026-01-13_0632", ["auth.log"]),
        ("auth.1.log", ["auth.log"]),
        ("app-2026-01-13.log", ["app.log"]),
        ("x.old", ["x"]),
        ("auth.log", []),
        ("server-1.log", []),
        ("u_ex260113.log", []),
    ],
)
def test_rotated_files_are_known_by_their_names(name: str, bases: list[str]) -> None:
    assert bases_of(name) == bases


def test_rotated_files_come_the_newest_first(tmp_path: Path) -> None:
    for name in ("a.log", "a.log.10", "a.log.2", "a.log.1", "a.log.3.gz", "b.log.1"):
        (tmp_path / name).touch()
    assert [path.name for path in rotated(tmp_path / "a.log")] == ["a.log.1", "a.log.2", "a.log.10"]
    for name in ("c.log-20260113", "c.log-20260114", "c.log-20251231"):
        (tmp_path / name).touch()
    assert [path.name[-4:] for path in rotated(tmp_path / "c.log")] == ["0114", "0113", "1231"]
    assert is_compressed("a.log.3.gz")


def test_a_pattern_names_files_and_not_what_they_were_rotated_to(tmp_path: Path) -> None:
    for name in ("a.log", "a.log.1", "b.log-20260113", "c.log.1", "d.log.gz"):
        (tmp_path / name).touch()
    found, problem = files_of([str(tmp_path / "*")], [str(tmp_path / "b.log")])
    assert [Path(path).name for path in found] == ["a.log", "c.log.1"]
    assert problem == ""
    assert "no file is named by" in files_of([str(tmp_path / "none*")])[1]


def test_a_last_line_without_end_counts_once_its_file_was_rotated_away_and_is_quiet(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"<13>one\n<13>half")
    followed = FollowedPath(log)
    assert read(followed) == [b"<13>one"]
    log.rename(tmp_path / "a.log.1")
    assert read(followed, 1.0) == []
    log.write_bytes(b"<13>new\n")
    assert read(followed, 2.0) == [b"<13>new"]
    assert read(followed, 3.5) == [b"<13>half"]
    followed.close()


def test_what_a_copy_has_and_the_truncated_file_no_more_is_read_in_the_copy(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"<13>one\n")
    followed = FollowedPath(log)
    assert read(followed) == [b"<13>one"]
    (tmp_path / "a.log.1").write_bytes(b"<13>one\n<13>two\n")
    log.write_bytes(b"<13>six\n<13>seven\n")
    assert read(followed) == [b"<13>two", b"<13>six", b"<13>seven"]
    followed.close()


def test_a_file_that_comes_back_is_not_read_again(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"<13>one\n")
    followed = FollowedPath(log)
    assert read(followed) == [b"<13>one"]
    log.rename(tmp_path / "away")
    assert read(followed, 1.0) == []
    assert read(followed, 100.0) == []
    (tmp_path / "away").rename(log)
    with log.open("ab") as stream:
        stream.write(b"<13>two\n")
    assert read(followed, 101.0) == [b"<13>two"]
    log.unlink()
    assert read(followed, 102.0) == []
    log.write_bytes(b"<13>one\n")
    assert read(followed, 103.0) == [b"<13>one"]
    followed.close()


def test_a_new_file_under_the_same_inode_number_is_told_from_the_old_one(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"<13>one\n")
    followed = FollowedPath(log)
    cut = followed.next(0.0)
    assert cut is not None
    followed.close()
    log.write_bytes(b"<13>another beginning\n")
    again = FollowedPath(log, cut.mark)
    assert read(again) == [b"<13>another beginning"]
    assert "is gone" in again.problem
    again.close()


def test_a_line_that_is_too_long_is_told_once_it_has_ended(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"<13>one\n" + b"x" * 500)
    followed = FollowedPath(log, limit=100)
    assert read(followed) == [b"<13>one"]
    with log.open("ab") as stream:
        stream.write(b"x" * 500 + b"\n<13>two\n")
    assert read(followed) == [b"a line of 1,001 bytes: at most 100 are taken", b"<13>two"]
    followed.close()


def test_what_stands_there_may_be_left_out_at_the_first_start_only(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"<13>old\n<13>ha")
    followed = FollowedPath(log, from_end=True)
    assert read(followed) == []
    with log.open("ab") as stream:
        stream.write(b"lf\n")
    assert read(followed) == [b"<13>half"]
    followed.close()


def test_a_file_that_fails_while_it_is_read_is_opened_again_where_it_was_left(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"<13>one\n")
    followed = FollowedPath(log)
    assert read(followed) == [b"<13>one"]
    with log.open("ab") as stream:
        stream.write(b"<13>two\n")
    folder = os.open(tmp_path, os.O_RDONLY)
    os.dup2(folder, followed._files[0]._stream.fileno())
    os.close(folder)
    assert read(followed) == []
    assert "cannot be read" in followed.problem
    assert read(followed) == [b"<13>two"]
    assert followed.problem == ""
    followed.close()


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    followed = FollowedPath(tmp_path)
    assert followed.next(0.0) is None
    assert "it is no ordinary file" in followed.problem


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (b"ElfFile\0" + b"\0" * 100 + b"\n", "EVTX"),
        ("<13>one\n<13>two\n".encode("utf-16"), "UTF-16"),
        (b'<?xml version="1.0"?>\n<Events>\n<Event/>\n</Events>\n', "not one a line"),
        (b'{\n "a": 1\n}\n{\n "a": 2\n}\n', "not one a line"),
        (b"\0\1\2\n\0\1\2\n", "no text"),
    ],
)
def test_what_cannot_be_followed_says_why(head: bytes, problem: str) -> None:
    assert problem in shape_of(head, "x").problem


def test_text_of_no_known_format_is_read_as_syslog() -> None:
    assert shape_of(b"something happened\nand again\n", "app.log") == Shape("syslog")


def test_only_what_no_later_line_can_belong_to_is_settled() -> None:
    audit = Shape("auditd")
    line = b"type=A msg=audit(1.0:%d): a\n"
    one, two, three = line % 1, line % 2, line % 3
    assert settled(audit, one + one + two) == 2 * len(one)
    assert settled(audit, one + two + one) == 0
    assert settled(audit, one + two + three + two) == len(one)
    table = Shape("csv", Header.FIRST_LINE)
    assert settled(table, b'1,"a"\n2,"b\nc\n') == 6
    assert settled(table, b'1,"a ""b"" c"\n') == 14
    assert settled(table, b'1,"a\n') == 0


def fails_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The next call of a method of an open file meets a disk that refuses."""
    real = getattr(OpenFile, name)

    def refuses(*_: object, **__: object) -> None:
        monkeypatch.setattr(OpenFile, name, real)
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(OpenFile, name, refuses)


def test_a_rotated_file_that_could_not_be_read_for_once_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\n")
    followed = FollowedPath(path)
    assert read(followed) == [b"one"]
    with path.open("ab") as still_open:
        path.rename(tmp_path / "a.log.1")
        path.write_bytes(b"three\n")
        read(followed)
        still_open.write(b"two\n")
    fails_once(monkeypatch, "read")
    assert followed.next(1.0) is None
    assert "Stale" in followed.problem
    assert read(followed, 2.0) == [b"two"]
    assert followed.problem == ""
    followed.close()


def test_a_rotated_file_that_cannot_be_read_does_not_hold_up_the_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\n")
    followed = FollowedPath(path)
    assert read(followed) == [b"one"]
    path.rename(tmp_path / "a.log.1")
    path.write_bytes(b"two\n")
    fails_once(monkeypatch, "read")
    cut = followed.next(1.0)
    assert cut is not None
    assert cut.data == b"two\n"
    assert "Stale" in followed.problem
    followed.close()


def test_a_copy_that_could_not_be_looked_into_for_once_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\n")
    followed = FollowedPath(path)
    assert read(followed) == [b"one"]
    (tmp_path / "a.log.1").write_bytes(b"one\ntwo\n")
    path.write_bytes(b"3\n")
    opened = Path.open

    def refuses(*_: object, **__: object) -> None:
        monkeypatch.setattr(Path, "open", opened)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "open", refuses)
    followed.next(1.0)
    assert "Input/output" in followed.problem
    assert read(followed, 2.0) == [b"two", b"3"]
    followed.close()
