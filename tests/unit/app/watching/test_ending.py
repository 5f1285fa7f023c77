"""How parts end: in good order with what waits done first, or in a hurry; each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from codedark.app.search.freshness import freshness_of
from codedark.store.journal.journal import Journal

ASKED = """
import os, signal, sys
from pathlib import Path
from codedark.app.watching.ending import Ending
from codedark.app.watching.part import HURRY, Part
part = Part(Path(sys.argv[1]), "one", os.getppid())
told = []
ending = Ending(part, float(sys.argv[3]), told.append)
before = ending.has_come(lambda: 0)
os.kill(os.getpid(), HURRY if sys.argv[2] == "hurry" else signal.SIGTERM)
print(before, ending.has_come(lambda: 7), ending.has_come(lambda: 0), told)
"""
ARCHIVIST = """
import os, signal, sys, threading, time
from pathlib import Path
from codedark.app.watching.parts import archive
def ask():
    while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
threading.Thread(target=ask).start()
archive(Path(sys.argv[1]), Path(sys.argv[1]), os.getppid())
"""
LINE = b'{"Channel":"Security","EventID":1,"Computer":"a"}\n'


def ran(program: str, *arguments: object) -> str:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, env=os.environ).stdout


def test_a_part_that_is_asked_to_end_finishes_what_waits_and_says_how_much_that_is(tmp_path: Path) -> None:
    assert ran(ASKED, tmp_path, "end", 60) == "False False True [7]\n"


def test_a_part_in_a_hurry_and_one_whose_time_is_over_finish_nothing(tmp_path: Path) -> None:
    assert ran(ASKED, tmp_path, "hurry", 60) == "False True True []\n"
    assert ran(ASKED, tmp_path, "end", 0) == "False True True []\n"


def test_the_archivist_files_what_was_taken_in_before_it_ends(tmp_path: Path) -> None:
    (tmp_path / "codedark.toml").write_text("")
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        for second in range(20):
            journal.append("tcp://a", "jsonl", LINE * 2_000, 2_000, 1_768_212_000_000_000 + second * 1_000_000)
        journal.sync()
    ran(ARCHIVIST, tmp_path)
    found = freshness_of(tmp_path / "lake")
    assert (found.record, found.missing) == (40_000, 0)
