"""A ward's packs, whoever is killed at whatever moment, and whatever of a file the disk still takes.

A process of its own receives a pack and is killed (SIGKILL) before each line of Python that it runs in the modules that
keep packs, one line further each time. Killed between a write and its flush, a file is cut short; between a rename and
what follows, the page is of another pack. After each, the ward must have a whole pack and a whole page, and go on.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from codedark.continuity.packs.manifest import Accepted, SetAside
from codedark.store.packs.ward_packs import PackNotKept, WardPacks
from tests.house.repository import ROOT
from tests.sealed_wards import page_of, sealed, ward_packs
from tests.ward_charts import HOUR_US, NOW_US, pack

MODULES = {"durable.py", "ward_packs.py", "packs_aside.py", "kept_packs.py", "number_file.py"}
MEMORY = Path("/dev/shm")
BEFORE_US, NEXT_US = NOW_US, NOW_US + 2 * HOUR_US


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory, where there is one: a killed process loses nothing that was written, on any disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def killed_at(line: int, act: Callable[[], object]) -> bool:
    """Run ``act`` in a child that is killed before its line number ``line``; false where it came to its end first."""
    child = os.fork()
    if not child:
        left = line

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal left
            if Path(frame.f_code.co_filename).name not in MODULES:
                return None
            if event == "line":
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        act()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def check_whole(folder: Path, newest: int) -> None:
    """The ward has pack 5 or the newest, with a page of one of them, and takes the next."""
    ward = WardPacks(folder)
    last = ward.standing(NEXT_US).last
    assert last is not None
    assert last.counter in {5, newest}
    assert ward.standing(NEXT_US).damaged == ()
    assert (folder / "page.html").read_bytes() in {page_of(pack(number)) for number in (5, newest)}
    ward.put_right()
    assert (folder / "page.html").read_bytes() == page_of(pack(last.counter))
    for aside in ward.standing(NEXT_US).aside:
        assert (folder / "aside" / f"{aside.name}.pack").read_bytes() == WRONG
    assert isinstance(ward.receive(sealed(pack(9, built_us=NEXT_US)), NEXT_US), Accepted)
    assert (folder / "page.html").read_bytes() == page_of(pack(9))
    assert isinstance(ward.receive(b"another", NEXT_US), SetAside)
    assert not list(folder.rglob("*.new"))


WRONG = b"not a pack" * 1000


def kill_everywhere(folder: Path, file: bytes) -> int:
    """Kill at every line of receiving ``file``; how often that was."""
    for line in count(1):
        here = folder / str(line)
        ward = ward_packs(here)
        for number in (4, 5):
            assert isinstance(ward.receive(sealed(pack(number, built_us=BEFORE_US)), BEFORE_US), Accepted)
        was_killed = killed_at(line, lambda ward=ward: ward.receive(file, NEXT_US))  # type: ignore[misc]
        check_whole(here, 6)
        if not was_killed:
            return line - 1
    raise AssertionError


def in_another_process(call: str, folder: Path) -> str:
    """Run a function of this module where forking is safe; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", f"from tests.scenarios.test_ward_pack_crashes import *; print({call})", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("file", ["sealed(pack(6, built_us=NEXT_US))", "WRONG"])
def test_ward_is_whole_wherever_receiving_was_killed(quick: Path, file: str) -> None:
    killed = int(in_another_process(f"kill_everywhere(Path(sys.argv[1]), {file})", quick))
    assert killed > 100


def fill_everywhere(folder: Path) -> int:
    """Receive a pack where the disk takes no more than so many bytes of a file; how often it was refused."""
    file, refused = sealed(pack(6, built_us=NEXT_US)), 0
    for limit in [*range(0, len(file) + 100, 97), len(file) - 1, len(file)]:
        here = folder / str(limit)
        ward = ward_packs(here)
        assert isinstance(ward.receive(sealed(pack(5, built_us=BEFORE_US)), BEFORE_US), Accepted)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            assert isinstance(ward.receive(file, NEXT_US), Accepted)
        except PackNotKept:
            refused += 1
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        check_whole(here, 6)
    return refused


def test_ward_is_whole_wherever_the_disk_was_full(quick: Path) -> None:
    assert int(in_another_process("fill_everywhere(Path(sys.argv[1]))", quick)) > 5


def refuse_on_a_full_disk(folder: Path) -> str:
    """What a ward says of a pack that is refused, and for which there is no room beside."""
    ward = ward_packs(folder)
    assert isinstance(ward.receive(sealed(pack(5)), NOW_US), Accepted)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
    return str(ward.receive(WRONG, NOW_US))


def test_pack_is_refused_even_where_there_is_no_room_to_set_it_aside(tmp_path: Path) -> None:
    said = in_another_process("refuse_on_a_full_disk(Path(sys.argv[1]))", tmp_path)
    assert "could not be kept to be looked at" in said
    assert len(list((tmp_path / "aside").iterdir())) == 0
