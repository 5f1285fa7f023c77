"""A part of `serve` that runs in a process of its own and follows the journal: the judge, or the archivist.

It is a child of the front, which starts it again when it ends; it ends by itself when its parent has. What it says of
itself stands in ``run/NAME.json``, once a second, for the page; nothing depends on it but what may be deleted of the
journal, and there the last thing that was said is always early enough.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

import orjson

HURRY: Final = signal.SIGUSR1
"""Asks a part to end at once: `serve` begins anew, and nobody listens meanwhile. SIGTERM lets it finish first."""


class Part:
    """One part under ``home``: when it has to stop, and what it says.

    ``parent`` is the process that started it. To ask for it only here would be too late: a front that was killed while
    this process began would leave it behind, beside the part that the next front starts.
    """

    def __init__(self, home: Path, name: str, parent: int) -> None:
        self._home, self._name = home, name
        said_in(home, name).parent.mkdir(exist_ok=True, mode=0o750)
        self._parent = parent
        self._asked = self._hurried = False
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(HURRY, self._ask)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the front, which then asks us
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def stopped(self) -> bool:
        """Whether to end now."""
        return self._asked or os.getppid() != self._parent

    def hurried(self) -> bool:
        """Whether to leave what is begun to the part that comes next: `HURRY` was heard, or the parent is gone."""
        return self._hurried or os.getppid() != self._parent

    def say(self, **said: Any) -> None:
        """Replace what this part says of itself. A disk that is full must not end it."""
        say_in(self._home, self._name, **said)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self._hurried |= number == HURRY
        self._asked = True


def say_in(home: Path, name: str, **said: Any) -> None:
    """Replace what a part says of itself."""
    path = said_in(home, name)
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(exist_ok=True, mode=0o750)
        new.write_bytes(orjson.dumps({"pid": os.getpid(), **said}, default=str))
        new.replace(path)
    except OSError:
        with suppress(OSError):  # a disk that became read-only refuses this too
            new.unlink(missing_ok=True)


def said_in(home: Path, name: str) -> Path:
    """Where a part says how it is."""
    return home / "run" / f"{name}.json"


def deaths_in(home: Path, name: str) -> Path:
    """Where a part notes what it is at, for the one that is started when it has died."""
    return home / "run" / f"{name}.at"


def said(home: Path, name: str) -> dict[str, Any]:
    """What a part said last; empty where it has not said anything yet."""
    try:
        found = orjson.loads(said_in(home, name).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
