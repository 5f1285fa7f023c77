"""A hunt opens no connection and starts no program, not even while it compiles rules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.repository import ROOT

WATCHED = """
import os, sys
FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system", "os.exec",
             "urllib.Request")
def watch(event, args):
    if event in FORBIDDEN:
        os.write(2, f"FORBIDDEN {event} {args}".encode())
        os._exit(99)
sys.addaudithook(watch)
from codedark.cli.main import run
run()
"""


def test_hunt_stays_on_this_machine(tmp_path: Path) -> None:
    options = ["--hospital", "examples/hospital.yaml", "--report", str(tmp_path / "report.html"), "--jobs", "2"]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, "hunt", "examples/logs", *options],
        cwd=ROOT,
        env=os.environ | {"CODEDARK_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "://" not in _addresses_loaded((tmp_path / "report.html").read_text())


def _addresses_loaded(page: str) -> str:
    """What the page would fetch when it is opened: everything that stands in ``src=`` or behind ``url(``."""
    parts = page.replace("url(", "src=").split("src=")[1:]
    return " ".join(part[:200].split(">")[0] for part in parts)
