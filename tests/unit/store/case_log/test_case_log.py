"""The case log: what is appended is on disk, a torn end is cut, a changed line is noticed, there is one writer."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codedark.store.case_log.case_log import CaseLog, CaseLogDamaged, CaseLogFailed, CaseLogInUse, read_case_log
from codedark.store.case_log.head import head_path
from tests.case_log_program import LINE


def written(path: Path, count: int = 3) -> list[bytes]:
    with CaseLog(path) as log:
        return [log.append(b'{"n":%d}' % number).text for number in range(count)]


def test_what_was_appended_is_read_back_in_order_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "case" / "log"
    first, second = written(path), written(path)
    assert [line.text for line in read_case_log(path)] == first + second
    assert [line.number for line in read_case_log(path)] == [1, 2, 3, 4, 5, 6]


def test_killed_at_any_moment_and_octet_the_log_has_the_line_or_not_and_takes_the_next(tmp_path: Path) -> None:
    path = tmp_path / "log"
    before = written(path)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.case_log_program", path, "append"],
        capture_output=True,
        check=True,
        timeout=120,
        text=True,
    )
    ends = ran.stdout.split()
    assert ends[-1] == "done"
    assert set(ends[:-1]) == {"died"}
    counts = set()
    for number in range(1, len(ends) + 1):
        copy = Path(f"{path}{number}")
        found = [line.text for line in read_case_log(copy)]
        assert found in (before, [*before, LINE])
        counts.add(len(found))
        with CaseLog(copy) as log:
            log.append(b'{"n":"next"}')
        assert [line.text for line in read_case_log(copy)] == [*found, b'{"n":"next"}']
    assert counts == {3, 4}
    assert len(ends) > len(LINE) + 2 * 64  # within each of the two writes, and between


def lose_end(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def tear_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def write_anew(path: Path) -> None:
    head = head_path(path).read_bytes()
    path.unlink()
    head_path(path).unlink()
    with CaseLog(path) as log:
        for number in range(5):
            log.append(b'{"m":%d}' % number)
    head_path(path).write_bytes(head)


def lose_head(path: Path) -> None:
    head_path(path).unlink()


def garble_head(path: Path) -> None:
    head_path(path).write_bytes(b"3 none")


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (Path.unlink, "the last 3 of 3 lines .* are missing"),
        (lose_end, "the last 1 of 3 lines .* is missing"),
        (tear_end, "the last 1 of 3 lines .* is missing"),
        (write_anew, ":3: log.head says that another line stood here"),
        (lose_head, "it has 3 lines, and log.head tells of 0"),
        (garble_head, "log.head is not as it was written"),
    ],
)
def test_a_log_that_is_not_what_its_head_says_is_refused_and_left_as_it_is(
    tmp_path: Path, harm: Callable[[Path], object], what: str
) -> None:
    path = tmp_path / "log"
    written(path)
    harm(path)
    left = path.read_bytes() if path.exists() else b""
    for read in (CaseLog, lambda path: list(read_case_log(path))):
        with pytest.raises(CaseLogDamaged, match=f"{what}.*see on the devices what stands, and begin a new log"):
            read(path)
    assert path.read_bytes() == left


def test_who_reads_while_another_writes_never_finds_it_damaged(tmp_path: Path) -> None:
    path = tmp_path / "log"
    written(path)
    writing = (
        "import select, sys; from pathlib import Path; from codedark.store.case_log.case_log import CaseLog\n"
        "with CaseLog(Path(sys.argv[1])) as log:\n"
        "    while not select.select([sys.stdin], [], [], 0)[0]: log.append(b'{}')\n"
    )
    seen: set[int] = set()
    until = time.monotonic() + 60
    with subprocess.Popen([sys.executable, "-c", writing, path], stdin=subprocess.PIPE) as writer:
        while len(seen) < 50 and time.monotonic() < until:
            seen.add(len(list(read_case_log(path))))
        writer.communicate()
    assert writer.returncode == 0
    assert len(seen) == 50


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
