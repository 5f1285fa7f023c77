"""Runs as a process of its own: starts writers of a ward station one after the other, and kills each with SIGKILL.

``python tests/killed_station.py FOLDER STICK COUNT SEED``. Each writer writes entries and says each when it is
written; it is killed after a number of bytes that chance decides. Prints every row that was said to be written, and
at the end ``kills N``.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from codedark.store.station.station import Station
from tests.ward_entries import note, rows


def main(folder: Path, stick: Path, count: int, seed: int) -> None:
    """Kill ``count`` writers."""
    chance = random.Random(seed)
    numbers = rows(count * 4)
    for kill in range(count):
        reads, writes = os.pipe()
        child = os.fork()
        if not child:
            os.close(reads)
            _write(folder, stick, numbers[kill * 4 : kill * 4 + 4], writes)
        os.close(writes)
        wanted, said = chance.randrange(4), b""
        while said.count(b"\n") < wanted and (part := os.read(reads, 4096)):
            said += part
        time.sleep(chance.random() * 0.004)  # anywhere in what comes next; nothing is waited for
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while part := os.read(reads, 4096):
            said += part
        os.close(reads)
        sys.stdout.write(said[: said.rfind(b"\n") + 1].decode())
    sys.stdout.write(f"kills {count}\n")


def _write(folder: Path, stick: Path, numbers: list[str], writes: int) -> NoReturn:
    station = Station(folder, "icu-1")
    if not (stick / "codedark-mirror").exists():
        station.add_mirror(stick)
    for number in numbers:
        written = station.write(note(number, f"act {number}"))
        assert written.mirrors == 1, written.told
        os.write(writes, f"{number}\n".encode())
    signal.pause()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
