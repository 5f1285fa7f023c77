"""A program that acts at an installation of the routed hospital and is killed at every moment in turn.

    python -m tests.acting_program HOME apply|end

HOME is copied for each child (HOME1, HOME2 ...); its plan P1 is approved. ``apply`` carries it out; ``end`` too,
and then has the keeper end it, because its time is over. The n-th child is killed, with all it started, at the n-th
of the moments before and behind each line of the log, each change of the firewall and each writing of the tasks; with
``end`` only those of the keeper count. It prints ``died`` or ``done`` for each, and goes on at a line on its input.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

from codedark.app.enforcing.acting import begin
from codedark.app.enforcing.desk import opened_desk
from codedark.app.enforcing.keeping import Keeper
from codedark.enforce.by_hand.tasks import TaskFile
from codedark.enforce.nftables.nftables import Nftables
from codedark.store.case_log.case_log import CaseLog
from tests.enforcing_program import dying


def _mortal(moment: int) -> None:
    """From here on it dies at a moment."""
    deadly = dying(moment)
    CaseLog.append = deadly(CaseLog.append)  # type: ignore[method-assign]
    Nftables._run = deadly(Nftables._run)  # type: ignore[method-assign]
    TaskFile.write = deadly(TaskFile.write)  # type: ignore[method-assign]


def _apply(home: Path) -> None:
    with opened_desk(home) as desk:
        begin(desk, "P1")


def _acts(home: Path, what: str, moment: int) -> None:
    if what == "apply":
        _mortal(moment)
        _apply(home)
        return
    _apply(home)
    ticks = [0.0]
    keeper = Keeper(home, lambda: ticks[0])
    keeper.beat()
    _mortal(moment)
    ticks[0] = 10**6
    keeper.beat()


def main() -> None:
    """As the module says."""
    home, what = Path(sys.argv[1]), sys.argv[2]
    for moment in itertools.count(1):
        copy = Path(f"{home}{moment}")
        shutil.copytree(home, copy)
        child = os.fork()
        if not child:
            os.setpgrp()
            _acts(copy, what, moment)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        end = {0: "done", -signal.SIGKILL: "died"}[os.waitstatus_to_exitcode(status)]
        sys.stdout.write(f"{end}\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main()
