"""A program that works on a case log and is killed at every moment in turn, torn writes among them.

    python -m tests.case_log_program LOG append|aside

``append`` adds a line; ``aside`` sets a damaged log aside for a new one with its sound lines.

LOG and its head are copied for each child (LOG1, LOG2 ...). The n-th child is killed at the n-th of these moments:
before and behind each call that changes the disk, and within each write behind each of its octets. It prints ``died``
or ``done`` for each, and ends with ``done``.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from codedark.store.case_log.aside import Aside, set_aside
from codedark.store.case_log.case_log import CaseLog
from codedark.store.case_log.head import head_path

LINE = b'{"n":"appended"}'


def _mortal(at: int) -> None:
    """From here on the process dies at a moment."""
    moments = itertools.count(1)

    def moment(call: Callable[..., Any], *given: Any) -> None:
        if next(moments) == at:
            call(*given)
            os.kill(os.getpid(), signal.SIGKILL)

    def stepped(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            moment(tuple)
            result = call(*given, **named)
            moment(tuple)
            return result

        return called

    def torn(call: Callable[..., int]) -> Callable[..., int]:
        def called(file: int, octets: bytes, *place: int) -> int:
            for count in range(len(octets)):
                moment(call, file, octets[:count], *place)
            return call(file, octets, *place)

        return called

    os.pwrite, os.write = torn(os.pwrite), torn(os.write)
    os.fsync, os.ftruncate = stepped(os.fsync), stepped(os.ftruncate)
    Path.replace, Path.unlink = stepped(Path.replace), stepped(Path.unlink)  # type: ignore[method-assign]


def sound(aside: Aside) -> list[bytes]:
    """What a new log begins with."""
    return [line.text for line in aside.damage.sound]


def _work(path: Path, what: str) -> None:
    if what == "aside":
        set_aside(path, sound)
        return
    with CaseLog(path) as log:
        log.append(LINE)


def main() -> None:
    """As the module says."""
    path, what = Path(sys.argv[1]), sys.argv[2]
    for at in itertools.count(1):
        copy = Path(f"{path}{at}")
        shutil.copy(path, copy)
        shutil.copy(head_path(path), head_path(copy))
        child = os.fork()
        if not child:
            _mortal(at)
            _work(copy, what)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        end = {0: "done", -signal.SIGKILL: "died"}[os.waitstatus_to_exitcode(status)]
        sys.stdout.write(f"{end}\n")
        if end == "done":
            return


if __name__ == "__main__":
    main()
