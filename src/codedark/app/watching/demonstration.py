"""A demonstration: a simulated hospital is attacked faster than life, and a real `serve` watches it.

Nothing is shortened: the simulated hospital writes logs that grow, `serve` follows them in processes of its own, and
what is shown is read from its state. Only the clock runs faster.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from codedark.app.simulation.files import write_inventory, write_truth
from codedark.app.simulation.streaming import stream_hospital
from codedark.app.simulation.writing import Written
from codedark.app.watching.configuration import FILE
from codedark.app.watching.part import said
from codedark.app.watching.parts import PARTS
from codedark.errors import CodeDarkError, UsageError
from codedark.events.moments import moment_of
from codedark.exchange.growing_files import GrowingFiles
from codedark.respond.incident import Alarm, Incident
from codedark.simulate.world import Order, World, world_of
from codedark.store.state.state import State

LOGS: Final = "logs"
"""In the home: one file for each log, and for the messages of the interface engine."""
_SIGN: Final = "# Written by the demonstration:"
_CONFIGURATION: Final = """\
# Written by the demonstration: a simulated hospital whose logs grow in the folder beside this file.
[http]
listen = "127.0.0.1:{port}"

[[files]]
paths = ["logs/**/*.*"]
from_start = true
"""
_START_SECONDS: Final = 300
_BEHIND_SECONDS: Final = 2.5
"""Real seconds by which the first record is late: what `serve` reads had happened before it arrives."""
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Moment:
    """What there is to see at a simulated time: an incident that grew, or an alarm with all ``incidents`` by then."""

    at_us: int
    incident: Incident | None = None
    alarm: Alarm | None = None
    incidents: Sequence[Incident] = ()


def make_room(home: Path) -> None:
    """Delete an earlier demonstration in ``home``. Raises `UsageError` for a folder with anything else in it, which
    may be a real installation.
    """
    if not home.exists():
        return
    told = home / FILE
    ours = told.is_file() and told.read_text("utf-8", "replace").startswith(_SIGN)
    if not ours and (not home.is_dir() or any(home.iterdir())):
        raise UsageError(f"{home}: is no demonstration, and is not touched: name a new folder with --home")
    shutil.rmtree(home)


def furnish(order: Order, home: Path) -> World:
    """Make ``home``: the model of the hospital of ``order``, the truth, and a folder for its logs."""
    world = world_of(order)
    home.mkdir(parents=True)
    (home / FILE).write_text(_CONFIGURATION.format(port=_free_port()), "utf-8")
    write_inventory(world, home)
    write_truth(world, home)
    (home / LOGS).mkdir()
    return world


def demonstrate(world: World, home: Path, speed: float) -> Iterator[Moment]:
    """Let a hospital live from its ``order.first_us`` on, ``speed`` times as fast as life, and be watched.

    Yields what there is to see, until the time of the order is over; then `serve` has been stopped. Raises
    `CodeDarkError` where `serve` cannot begin, or ends before it is asked to.
    """
    order = world.order
    start = (moment_of(order.first_us) + timedelta(seconds=_BEHIND_SECONDS * speed)).isoformat()
    with _serving(home, f"{start}@{speed:g}") as serving:
        streaming = threading.Thread(target=_live, args=(world, home / LOGS, speed), daemon=True)
        streaming.start()
        with closing(State(home / "state.sqlite")) as state:
            yield from _look(state, streaming, serving)


def _live(world: World, logs: Path, speed: float) -> None:
    sender = GrowingFiles(logs)
    with closing(sender):
        stream_hospital(world, [sender], world.order.first_us, speed, Written())


def _look(state: State, streaming: threading.Thread, serving: subprocess.Popen[bytes]) -> Iterator[Moment]:
    shown: dict[str, str] = {}
    told: set[str] = set()
    rounds = 0
    while streaming.is_alive() or rounds < 5 / _POLL_SECONDS:  # the judge is a moment behind the last record
        rounds = 0 if streaming.is_alive() else rounds + 1
        if serving.poll() is not None:
            raise CodeDarkError(f"serve ended with exit code {serving.returncode}: its log says why")
        incidents = sorted(state.incidents(), key=lambda each: each.last_us)
        for incident in incidents:
            looks = f"{incident.confidence:.1f} {','.join(incident.tactics)} {len(incident.hosts)}"
            if shown.get(incident.id) != looks:
                shown[incident.id] = looks
                yield Moment(incident.last_us, incident=incident)
        for alarm in state.alarms():
            if alarm.id not in told:
                told.add(alarm.id)
                yield Moment(alarm.at_us, alarm=alarm, incidents=incidents)
        time.sleep(_POLL_SECONDS)


@contextmanager
def _serving(home: Path, clock: str) -> Iterator[subprocess.Popen[bytes]]:
    with (home / "serve.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "codedark", "serve", "--home", str(home), "--clock", clock]
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - ourselves
    try:
        until = time.monotonic() + _START_SECONDS
        while not all(said(home, name) for name in PARTS):
            if process.poll() is not None or time.monotonic() > until:
                raise CodeDarkError(f"serve has not begun: {home / 'serve.log'} says why")
            time.sleep(_POLL_SECONDS)
        yield process
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
