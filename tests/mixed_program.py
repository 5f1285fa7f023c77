"""A program that carries out the plan of `tests.mixed_hospital`, and can be killed: run as a process of its own.

    python -m tests.mixed_program LOG PLACE NAME

Done, it prints how long it took by the clock and of processor time with all that it started, in seconds, how many waves
stand and what it told; and waits until it is killed. `carried_out` is the same within a process.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.carrying_out import Outcome, carry_out
from codedark.store.case_log.case_log import CaseLog
from tests.enforcing_program import approved, now_us, processor_seconds
from tests.mixed_hospital import Place, mixed


class Done(NamedTuple):
    """How it went, and what it took."""

    wall_seconds: float
    processor_seconds: float
    outcome: Outcome


def carried_out(log: CaseLog, place: Place, name: str) -> Done:
    """Carry the plan out, with everything opened anew."""
    books = Books(log, now_us)
    given = mixed(name)
    devices, lifelines = place.devices(log.lock), place.lifelines()
    began, used = time.perf_counter(), processor_seconds()
    outcome = carry_out(books, devices, lifelines, given, approved(given))
    return Done(time.perf_counter() - began, processor_seconds() - used, outcome)


def main() -> None:
    """As the module says."""
    path, place, name = sys.argv[1:4]
    with CaseLog(Path(path)) as log:
        done = carried_out(log, msgspec.json.decode(place, type=Place), name)
        sys.stdout.write(json.dumps([*done[:2], done.outcome.finished_waves, done.outcome.told]) + "\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
