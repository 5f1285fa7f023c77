"""The case log: what is appended is on disk, a torn end is cut, a changed line is noticed, there is one writer."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from codedark.store.case_log import CaseLog, CaseLogDamaged, CaseLogFailed, CaseLogInUse, read_case_log


def written(path: Path, count: int = 3) -> list[bytes]:
    with CaseLog(path) as log:
        return [log.append(b'{"n":%d}' % number).text for number in range(count)]


def test_what_was_appended_is_read_back_in_order_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "case" / "log"
    first, second = written(path), written(path)
    assert [line.text for line in read_case_log(path)] == first + second
    assert [line.number for line in read_case_log(path)] == [1, 2, 3, 4, 5, 6]


def test_an_end_torn_at_any_byte_is_cut_off_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "log"
    written(path)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for size in range(len(whole) - len(lines[-1]), len(whole)):
        path.write_bytes(whole[:size])
        with CaseLog(path) as log:
            assert [line.number for line in log.lines()] == [1, 2]
            log.append(b'{"n":2}')
        assert path.read_bytes() == whole


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_line_that_is_changed_or_missing_or_moved_is_noticed(tmp_path: Path, line: int) -> None:
    path = tmp_path / "log"
    written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    changed = [*lines[:line], lines[line].replace(b'"n"', b'"m"'), *lines[line + 1 :]]
    twice = [*lines[: line + 1], *lines[line:]]
    missing = [*lines[:line], *lines[line + 1 :]] if line < 2 else changed
    for damaged in (changed, twice, missing):
        path.write_bytes(b"".join(damaged))
        with pytest.raises(CaseLogDamaged, match=rf"log:{line + 1 + (damaged is twice)}: this line or one before"):
            CaseLog(path)
        assert path.read_bytes() == b"".join(damaged)


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log"
    written(path)
    before = path.read_bytes()
    with CaseLog(path) as log:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
        try:
            with pytest.raises(CaseLogFailed, match="what it cannot tell is not done"):
                log.append(b'{"n":3}')
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.read_bytes() == before
        log.append(b'{"n":3}')
    assert len(list(read_case_log(path))) == 4


def test_a_second_writer_waits_for_the_first_and_for_what_it_started(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = CaseLog(path)
    with pytest.raises(CaseLogInUse, match="another process writes this log"):
        CaseLog(path)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[log.lock])
    log.close()
    with pytest.raises(CaseLogInUse):
        CaseLog(path, patience_seconds=0.1)
    child.communicate(b"\n")
    CaseLog(path, patience_seconds=5.0).close()


def test_a_text_of_several_lines_is_refused(tmp_path: Path) -> None:
    with CaseLog(tmp_path / "log") as log, pytest.raises(ValueError, match="one line of text"):
        log.append(b'{"n":\n0}')
    assert (tmp_path / "log").stat().st_size == 0
