"""Starts the parts that follow the journal, starts them again when they end, and stops them.

A part that ends again and again is started ever more slowly, up to once a minute, and never given up: a watch that has
stopped is worse than one that stumbles. The page says how often it happened.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codedark.app.watching.part import HURRY

_FIRST_SECONDS: Final = 0.5
_MOST_SECONDS: Final = 60.0
_WELL_SECONDS: Final = 120.0
"""Who ran this long had not ended because it began."""
_STOP_SECONDS: Final = 60.0
MEMORY: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Arrow reads this when it is loaded. Only memory of this pool is wholly given back (`store.parquet.give_back`)."""


@dataclass(slots=True)
class Child:
    """One part: how often it was started, and how it ended last ("" while it never has)."""

    name: str
    starts: int = 0
    ended: str = ""
    process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.returncode is None


class Supervisor:
    """Keeps the parts ``names`` of the installation ``home`` running; ``tell`` hears what a person should know."""

    def __init__(self, home: Path, names: Sequence[str], tell: Callable[[str], None]) -> None:
        self._home = home
        self._tell = tell
        self.children = [Child(name) for name in names]
        self._stopping = False

    async def run(self) -> None:
        """Keep them running until `stop`."""
        async with asyncio.TaskGroup() as group:
            for child in self.children:
                group.create_task(self._keep(child))

    async def stop(self, *, hurry: bool = False) -> None:
        """Ask all to end, and wait until they have; in a ``hurry`` they finish nothing first."""
        self._stopping = True
        for child in self.children:
            if child.process and child.running:
                child.process.send_signal(HURRY if hurry else signal.SIGTERM)
        for child in self.children:
            if child.process:
                try:
                    await asyncio.wait_for(child.process.wait(), _STOP_SECONDS)
                except TimeoutError:
                    self._tell(f"{child.name} did not end within {_STOP_SECONDS:.0f} s and was killed; nothing is lost")
                    child.process.kill()

    def _is_stopping(self) -> bool:
        return self._stopping

    async def _keep(self, child: Child) -> None:
        pause = _FIRST_SECONDS
        while not self._is_stopping():
            began = time.monotonic()
            command = [sys.executable, "-P", "-m", "codedark", "serve-part", child.name, "--home", str(self._home)]
            command += ["--parent", str(os.getpid())]
            try:
                child.process = await asyncio.create_subprocess_exec(*command, env={**MEMORY, **os.environ})
            except OSError as error:  # no memory, or no process more, for now: what was begun goes on
                child.ended = f"it cannot be started: {error.strerror or error}"
            else:
                child.starts += 1
                code = await child.process.wait()
                if self._is_stopping():
                    return
                child.ended = f"signal {-code}" if code < 0 else f"exit code {code}"
            pause = _FIRST_SECONDS if time.monotonic() - began > _WELL_SECONDS else min(pause * 2, _MOST_SECONDS)
            self._tell(f"{child.name} ended ({child.ended}) and is started again in {pause:.0f} s; nothing is lost")
            await asyncio.sleep(pause)
