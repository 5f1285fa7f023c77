"""`codedark census serve` as a process of its own, for tests: a small hospital, messages for it, and what it tells."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codedark.app.hospital_files import usable_hospital
from codedark.app.wall_clock import now_us
from codedark.cli.census_words import followed
from codedark.continuity.charts.chart import Chart
from codedark.continuity.hl7v2.site import site
from codedark.exchange.mllp import MllpSender
from codedark.exchange.sender import Log
from tests.command_line import Command
from tests.programs import comes, end

HOSPITAL = b"""
schema: 1
name: Test
time_zone: Europe/Brussels
tables: {beds: beds.csv}
wards:
  W1: {name: Ward one, specialty: surgery}
"""


def furnished(home: Path) -> Path:
    """A home with a hospital of two beds."""
    home.mkdir(exist_ok=True)
    (home / "hospital.yaml").write_bytes(HOSPITAL)
    (home / "beds.csv").write_text("ward,bed\nW1,W1-01-1\nW1,W1-01-2\n")
    return home


def admission(number: int, bed: int = 1, at: str = "20260112080000") -> bytes:
    """An admission whose control id is ``number``."""
    lines = [
        f"MSH|^~\\&|EHR|H|IE|H|{at}||ADT^A01|{number}|P|2.5.1",
        f"PID|1||{number}^^^H^MR||Peeters^An||19500102|F",
        f"PV1|1|I|W1^01^{bed}{'|' * 16}V{number}",
    ]
    return ("\r".join(lines) + "\r").encode()


def listening(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port that the process says it listens on."""
    found: list[str] = []

    def told() -> bool:
        assert process.poll() is None, log.read_text()
        found[:] = re.findall(r"listening on 127\.0\.0\.1:(\d+)", log.read_text())
        return bool(found)

    assert comes(told)
    return int(found[0])


class Served:
    """A census that is served. ``port``: where it listens; ``log``: what it says."""

    def __init__(self, command: Command, home: Path, log: Path, process: subprocess.Popen[bytes]) -> None:
        self.command, self.home, self.log, self.process = command, home, log, process
        self.port = listening(process, log)

    def send(self, *messages: bytes) -> None:
        """Send messages, each acknowledged before the next."""
        sender = MllpSender("127.0.0.1", self.port)
        sender.open()
        for message in messages:
            sender.send(Log("hl7", "hl7"), [message])
        sender.close()

    def says(self, text: str) -> bool:
        """Whether it said that."""
        return text in self.log.read_text()

    def record(self) -> dict[str, Any]:
        """What came of asking the record."""
        file = self.home / "continuity" / "record.json"
        found: dict[str, Any] = json.loads(file.read_bytes()) if file.exists() else {}
        return found

    def charts(self) -> dict[str, Chart]:
        """Everybody on the census, by number, as anybody else makes it from the journal."""
        state = followed(self.home, usable_hospital(self.home / "hospital.yaml"), site())
        lying = [bed.chart for beds in state.wards(now_us()).values() for bed in beds if bed.chart]
        return {str(chart.id): chart for chart in lying}


@contextmanager
def serving(home: Path, *options: object) -> Iterator[Served]:
    """Serve the census of ``home`` on a free port."""
    command, log = Command(home, home), home / "log"
    with log.open("wb") as out:
        process = command.start("census", "serve", "--home", home, "--listen", "127.0.0.1:0", *options,
                                stdout=out, stderr=out)  # fmt: skip
        try:
            yield Served(command, home, log, process)
        finally:
            end(process, 30)
