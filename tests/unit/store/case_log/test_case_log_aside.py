"""A damaged case log is set aside in one step: nothing of it is lost, and who waited for it writes the new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from codedark.store.case_log.aside import damage_of, set_aside
from codedark.store.case_log.case_log import CaseLog, read_case_log
from codedark.store.case_log.head import head_path
from tests.case_log_program import sound


def damaged(path: Path) -> bytes:
    """A log of five lines of which the fourth was changed; what is in the file."""
    with CaseLog(path) as log:
        for number in range(5):
            log.append(b'{"n":%d}' % number)
    path.write_bytes(path.read_bytes().replace(b'{"n":3}', b'{"n":7}'))
    return path.read_bytes()


def texts(path: Path) -> list[bytes]:
    return [line.text for line in read_case_log(path)]


def test_a_damaged_log_is_kept_and_the_new_one_has_what_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "log"
    before, head = damaged(path), head_path(path).read_bytes()
    damage = damage_of(path)
    assert damage is not None
    assert [line.text for line in damage.sound] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']
    assert [line.text for line in damage.doubtful] == [b'{"n":7}', b'{"n":4}']
    aside = set_aside(path, sound)
    assert aside is not None
    assert aside.path.read_bytes() == before
    assert head_path(aside.path).read_bytes() == head
    assert texts(path) == [b'{"n":0}', b'{"n":1}', b'{"n":2}']
    assert set_aside(path, sound) is None
    assert damage_of(path) is None
    with CaseLog(path) as log:
        assert log.append(b"{}").number == 4


def test_killed_at_any_moment_the_old_log_is_there_or_the_new_one_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    before = damaged(path)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.case_log_program", path, "aside"],
        capture_output=True, check=True, timeout=120, text=True,
    )  # fmt: skip
    ends = ran.stdout.split()
    assert ends[-1] == "done"
    again = 0
    for number in range(1, len(ends) + 1):
        copy = Path(f"{path}{number}")
        again += set_aside(copy, sound) is not None
        assert texts(copy) == [b'{"n":0}', b'{"n":1}', b'{"n":2}']
        kept = [each.read_bytes() for each in tmp_path.glob(f"{copy.name}.damaged-?")]
        assert before in kept
    assert 0 < again < len(ends)


def test_who_waits_for_a_log_that_is_set_aside_writes_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    damaged(path)
    waiting = (
        "import sys; from pathlib import Path; from codedark.store.case_log.case_log import CaseLog\n"
        "with CaseLog(Path(sys.argv[1]), 60) as log: log.append(b'{}')\n"
    )
    waiters = []

    def begin(_: object) -> list[bytes]:
        waiters.append(subprocess.Popen([sys.executable, "-c", waiting, path], stderr=subprocess.PIPE))
        return [b'{"new":1}']

    aside = set_aside(path, begin)
    (waiter,) = waiters
    assert (waiter.communicate(timeout=60)[1], waiter.returncode) == (b"", 0)
    assert aside is not None
    assert b"{}" not in aside.path.read_bytes()
    assert texts(path) == [b'{"new":1}', b"{}"]
