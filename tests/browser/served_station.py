"""A ward station that is served to real browsers: `codedark ward serve` with the pack of `tests.ward_packs`."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from codedark.app.ward.charting import begin
from codedark.continuity.packs.pack_data import to_bytes
from tests.ward_packs import HOUR, a_pack

PIN = "2468"
NURSE = "M. Claes"


def made_station(folder: Path, name: str = "c2-1", number: int = 1) -> Path:
    """A station that knows the ward's patients by a pack of two hours ago."""
    folder.mkdir(parents=True, exist_ok=True)
    pack = a_pack(time.time_ns() // 1000 - 2 * HOUR)
    (folder / "pack.json").write_bytes(to_bytes(replace(pack, numbers=())))
    begin(folder / "station", name, 0, number, folder / "pack.json").close()
    return folder / "station"


@contextmanager
def served(station: Path, port: int = 0) -> Iterator[str]:
    """The address of its page, for as long as it is asked."""
    command = [sys.executable, "-m", "codedark", "ward", "serve", "--station", str(station), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            told = process.stderr.readline()
            found = re.search(r"(http://127\.0\.0\.1:\d+)/", told)
            assert found, told + process.stderr.read()
            yield found[1]
        finally:
            process.send_signal(signal.SIGKILL)
