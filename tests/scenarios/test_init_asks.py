"""`codedark init` on a terminal asks for what was not said, in a sensible order, and takes the answers."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from codedark.app.hospital_files import usable_hospital

ANSWERS = ["", "Sint-Elders", "Europe/Brusels", "Europe/Brussels", "fifty", "50", "51", "", "Our record", "yess", "y"]
ANSWERS += ["kitchen", "research, maternity"]
"""Some are no answers, and are asked for again: none, a time zone misspelt, no number, more than all, a third way, and
a service that nobody knows.
"""


def test_questions_are_asked_and_answered(tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    home = tmp_path / "home"
    command = [sys.executable, "-c", "from codedark.cli.main import run; run()", "init", "--home", str(home)]
    with subprocess.Popen(command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.write(controller, "".join(f"{answer}\n" for answer in ANSWERS).encode())
        _, told = process.communicate(timeout=60)
    os.close(controller)
    os.close(terminal)
    assert process.returncode == 0, told.decode()
    asked = [
        told.index(word) for word in (b"called", b"time zone", b"How many beds", b"intensive", b"record", b"outside")
    ]
    assert asked == sorted(asked)
    for refused in (b"did you mean `Europe/Brussels`?", b"a number from 1 to 10,000", b"0 to 50", b"[y/N]", b"kitchen"):
        assert refused in told
    assert f"`codedark hospital check {home}`".encode() in told
    hospital = usable_hospital(home)
    assert (hospital.name, hospital.time_zone) == ("Sint-Elders", "Europe/Brussels")
    assert sum(len(ward.beds) for ward in hospital.wards.values()) == 50
    assert len(hospital.wards["ICU"].beds) == 2  # type: ignore[index]
    assert "Our record" in hospital.services["ehr"].name  # type: ignore[index]
    assert not {"research", "maternity"} & set(hospital.services)
