"""A disk that fails at its n-th effect, under everything that a process writes, SQLite's own files too.

An effect is one operation that changes what is on the disk or makes it durable: a write, a truncation, a sync, a new
name, one that goes or changes; and reading a file of a stick, which may be pulled out in the middle. Kinds of failing
(`Fails`):

- killed: the process is dead before the effect; what was written is in the kernel, and stays;
- torn: the same, in the middle of a write: its first bytes are there;
- lost: the power is gone. Of what was not synced any part may be there, whatever was written first, in sectors of 512
  bytes; of names that were made, changed or removed and whose folder was not synced, the first few;
- full: writes are refused for a while, or done in part, and the process lives;
- refused: one operation fails with EIO, also a sync, and the process lives;
- pulled: the stick is gone from here on, with what was not synced on it; it is put back afterwards.

A dead process does nothing more: every later effect is refused as well, and `is_dead` tells all else that it may touch.
With ``kills`` it is not pretended: the process gets SIGKILL there.
"""

from __future__ import annotations

import errno
import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tests.crashes.sqlite_files import Refused
from tests.crashes.unsynced import Unsynced

_raw_open, _raw_pwrite, _raw_rename = os.open, os.pwrite, os.rename


class Crash(BaseException):
    """The process is dead."""


class Fails(StrEnum):
    """How."""

    KILLED = "killed"
    TORN = "torn write"
    LOST = "power lost"
    FULL = "full disk"
    REFUSED = "refused once"
    PULLED = "stick pulled out"


DEADLY = (Fails.KILLED, Fails.TORN, Fails.LOST)


class Plan(NamedTuple):
    """What fails at effect ``at`` (0: nothing). ``lasts``: for how many effects a disk is full."""

    at: int
    how: Fails
    seed: int = 0
    lasts: int = 1
    stick: Path | None = None
    kills: bool = False


class Disk:
    """What stands under ``root``; ``effects`` counts."""

    def __init__(self, root: Path, plan: Plan) -> None:
        self.effects = 0
        self.is_dead = False
        self.parts: list[str] = []
        """What every effect belonged to."""
        self.is_looked_away = False
        """For what somebody else does to the files meanwhile."""
        self._root, self._plan = str(root) + "/", plan
        self._chance = random.Random(plan.seed)
        self._unsynced = Unsynced() if plan.how in {Fails.LOST, Fails.PULLED} else None
        self._is_out = False

    def before_write(self, path: str, offset: int, data: bytes) -> None:
        def torn() -> None:
            file = _raw_open(path, os.O_WRONLY)
            _raw_pwrite(file, data[: self._chance.randrange(len(data) + 1)], offset)
            os.close(file)

        self._effect(path, torn)
        if self._unsynced:
            self._unsynced.written(path, offset, data)

    def before_truncate(self, path: str, size: int) -> None:
        self._effect(path)
        if self._unsynced:
            self._unsynced.truncated(path, size)

    def before_read(self, path: str) -> None:
        """Of a stick: reading changes nothing, and can fail, and end with its process."""
        self._effect(path)

    def before_sync(self, path: str) -> None:
        self._effect(path)

    def synced(self, path: str) -> None:
        if self._unsynced:
            self._unsynced.synced(path)

    def before_create(self, path: str) -> None:
        self._effect(path, lambda: None)
        if self._unsynced:
            self._unsynced.created(path)

    def before_delete(self, path: str) -> None:
        self._effect(path)
        if self._unsynced:
            self._unsynced.deleted(path)

    def before_rename(self, path: str, target: str) -> None:
        self._effect(path)
        if self._unsynced:
            self._unsynced.renamed(path, target)

    def request(self) -> None:
        """Before and behind a request to another machine. Raises `Crash`."""
        try:
            self._effect("a request")
        except Refused:
            if self.is_dead:
                raise Crash from None

    def watches(self, path: str) -> bool:
        """Whether it is one of ours."""
        return path.startswith(self._root) and not self.is_looked_away

    def is_full(self) -> bool:
        """Whether the next write does not fit."""
        plan = self._plan
        return plan.how is Fails.FULL and plan.at <= self.effects + 1 < plan.at + plan.lasts

    def part_of(self, size: int) -> int:
        """So many bytes fit."""
        return self._chance.randrange(size + 1)

    def took_a_part(self, path: str) -> None:
        """A write that was done so far as it fits."""
        self.effects += 1
        self.parts.append(_part_of(path))

    def end(self) -> None:
        """Once nothing is open any more: what was not synced is spoilt, a stick is put back."""
        for file in list(Path("/proc/self/fd").iterdir()) if self.is_dead else ():
            if self.watches(path := name_of(int(file.name))) and path.endswith("/lock"):
                os.close(int(file.name))  # a process that is dead holds none
        self.put_back()
        if self._unsynced and self.is_dead:
            self._unsynced.spoil(self._chance, "")

    def put_back(self) -> None:
        """Whoever needs a stick that is out puts it in again; what was not synced on it is spoilt."""
        if self._is_out and self._plan.stick is not None:
            _raw_rename(self._out(self._plan.stick), self._plan.stick)
            self._is_out = False
            if self._unsynced:
                before, self.is_looked_away = self.is_looked_away, True
                self._unsynced.spoil(self._chance, f"{self._plan.stick}/")
                self.is_looked_away = before

    def _effect(self, path: str, torn: Callable[[], None] | None = None) -> None:
        """Count it; raises `Refused` where it is not to be done. ``torn`` does a part of it, where it is a write."""
        plan = self._plan
        if self.is_dead:
            raise Refused(errno.EIO)
        self.effects += 1
        self.parts.append(_part_of(path))
        if plan.how is Fails.FULL and torn is not None and plan.at <= self.effects < plan.at + plan.lasts:
            raise Refused(errno.ENOSPC)
        if plan.how is Fails.PULLED and plan.stick is not None:
            if self.effects == plan.at and plan.stick.exists():
                _raw_rename(plan.stick, self._out(plan.stick))
                self._is_out = True
            if self._is_out and path.startswith((f"{plan.stick}/", f"{self._out(plan.stick)}/")):
                raise Refused(errno.EIO)
            return
        if self.effects != plan.at or plan.how is Fails.FULL:
            return
        if plan.how is Fails.TORN and torn is not None:
            torn()
        if plan.how in DEADLY:
            if plan.kills:
                os.kill(os.getpid(), signal.SIGKILL)
            self.is_dead = True
        raise Refused(errno.EIO)

    @staticmethod
    def _out(stick: Path) -> Path:
        return stick.with_name(f".{stick.name}-is-out")


def _part_of(path: str) -> str:
    if path == "a request" or "backentry" in path:
        return "back-entry"
    if "/stick" in path or "/.stick" in path:
        return "mirror"
    return "journal" if "/journal" in path else "station"


def name_of(file: int) -> str:
    """The path of an open file, "" for none."""
    with suppress(OSError):
        return str(Path(f"/proc/self/fd/{file}").readlink())
    return ""
