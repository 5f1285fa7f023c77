"""A disk on which the power fails: kills a program in the same process at its n-th effect, and spoils what it wrote.

`Crash` is raised before the n-th effect, which is then not done; every later one raises it too, as a dead process does
nothing more. Effects are the calls by which the house makes things durable: ``os.pwrite``, ``os.fsync``,
``os.ftruncate``, ``os.rename``, and the statements of a transaction in SQLite. How a crash spoils:

- killed: what was written before is in the kernel, and stays;
- torn: of a write that is cut off, the first part is on the disk;
- lost: what was not synced is gone (the power, not the process).

A crash inside SQLite's own commit cannot be made here: `tests/killed_station.py` kills real processes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest


class Crash(BaseException):
    """The process is dead."""


class Spoils(StrEnum):
    """How."""

    KILLED = "killed"
    TORN = "torn"
    LOST = "lost"


class CrashingDisk:
    """Counts effects; ``effects`` is how many there were."""

    def __init__(self, at: int, how: Spoils) -> None:
        self.effects = 0
        self._at, self._how = at, how
        self._synced: dict[str, int] = {}
        self._pwrite, self._truncate = os.pwrite, os.ftruncate

    def connect(self, *args: Any, **keywords: Any) -> sqlite3.Connection:
        """As `sqlite3.connect`, with statements that are effects."""
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
                if statement.split(maxsplit=1)[0] in {"BEGIN", "INSERT", "UPDATE", "COMMIT"}:
                    disk._effect()
                return super().execute(statement, *values)

        return Connection(*args, **keywords)

    def pwrite(self, file: int, data: bytes, offset: int) -> int:
        self._remember(file)
        if self.effects + 1 == self._at and self._how is Spoils.TORN:
            self._pwrite(file, data[: len(data) // 2], offset)
        self._effect()
        return self._pwrite(file, data, offset)

    def fsync(self, file: int) -> None:
        self._remember(file)
        self._effect()
        self._synced[_name(file)] = os.fstat(file).st_size

    def ftruncate(self, file: int, length: int) -> None:
        self._remember(file)
        self._effect()
        self._truncate(file, length)

    def rename(self, path: Path, target: Path) -> Path:
        self._effect()
        os.replace(path, target)  # noqa: PTH105 - Path's own way is what is replaced here
        return target

    def _remember(self, file: int) -> None:
        self._synced.setdefault(_name(file), os.fstat(file).st_size)

    def _effect(self) -> None:
        self.effects += 1
        if self.effects < self._at:
            return
        if self.effects == self._at and self._how is Spoils.LOST:
            for name, size in self._synced.items():
                if Path(name).is_file() and Path(name).stat().st_size > size:
                    os.truncate(name, size)
        raise Crash


def _name(file: int) -> str:
    return str(Path(f"/proc/self/fd/{file}").readlink())


@contextmanager
def crashing(at: int, how: Spoils) -> Iterator[CrashingDisk]:
    """A disk on which the power fails at effect ``at``, for all that is done meanwhile."""
    disk = CrashingDisk(at, how)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", disk.pwrite)
        patch.setattr(os, "fsync", disk.fsync)
        patch.setattr(os, "ftruncate", disk.ftruncate)
        patch.setattr(Path, "rename", lambda path, target: disk.rename(path, target))  # noqa: PLW0108 - binds
        patch.setattr(sqlite3, "connect", disk.connect)
        yield disk
