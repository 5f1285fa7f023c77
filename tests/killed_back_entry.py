"""Runs as a process of its own: begins back-entry again and again, and kills each run with SIGKILL at some moment.

``python -m tests.killed_back_entry STATION BOOK FHIR KILLS SEED [LONGEST]`` (FHIR: the base of a server; LONGEST: the
most seconds that a run gets, 0.03 where it is not said). Ends with the first run that is done after so many kills;
prints how many were killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from codedark.app.back_entry.running import run
from codedark.app.back_entry.target import FhirTarget
from codedark.continuity.entries.as_fhir import Systems
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotDelivered
from codedark.store.back_entry_book import Book
from codedark.store.station.station import Station

_LATER_US = 2_000_000_000_000_000  # after every act


def main(station: Path, book: Path, fhir: str, kills: int, seed: int, longest_seconds: float = 0.03) -> None:
    """Kill so many runs, then let one be done."""
    chance = random.Random(seed)
    killed = 0
    while killed < kills:
        child = os.fork()
        if not child:
            _run(station, book, fhir)
        time.sleep(chance.random() * longest_seconds)  # anywhere in the run; nothing is waited for
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and not os.WEXITSTATUS(status):
            break  # done before it was killed
        killed += 1
    sys.stdout.write(f"killed {killed}\n")


def _run(station: Path, book: Path, fhir: str) -> NoReturn:
    try:
        with Station(station) as opened, Book(book) as opened_book:
            charted = opened.entries(), opened.conflicts()
            run(charted, opened_book, FhirTarget(FhirClient(fhir), Systems()), lambda: _LATER_US, lambda _: None)
    except NotDelivered:
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), *map(float, sys.argv[6:])
    )
