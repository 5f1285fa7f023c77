"""The calls by which this process changes files, each with a failing disk asked first: those of `os`, and of SQLite."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.crashes.disk import Crash, Disk, Plan, name_of
from tests.crashes.sqlite_files import Refused, SqliteFiles

_raw_open, _raw_write, _raw_pwrite = os.open, os.write, os.pwrite
_path_open = Path.open
_sqlite_files: list[SqliteFiles] = []


class _Calls:
    """The functions of `os` by which Python changes files, each with the disk asked first."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._real = {name: getattr(os, name) for name in ("fsync", "fdatasync", "ftruncate", "rename", "unlink")}

    def open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        at = str(Path(path).absolute()) if not more else ""
        if flags & os.O_CREAT and self._disk.watches(at) and not Path(at).exists():
            self._asked(self._disk.before_create, at)
        elif flags & os.O_TRUNC and self._disk.watches(at):
            self._asked(self._disk.before_truncate, at, 0)
        return _raw_open(path, flags, mode, **more)

    def write(self, file: int, data: Any) -> int:
        if not self._disk.watches(name_of(file)):
            return _raw_write(file, data)
        at = os.lseek(file, 0, os.SEEK_CUR)
        done = self.pwrite(file, bytes(data), at)
        os.lseek(file, at + done, os.SEEK_SET)
        return done

    def pwrite(self, file: int, data: Any, offset: int) -> int:
        path, held = name_of(file), bytes(data)
        if self._disk.watches(path):
            if held and self._disk.is_full() and (part := self._disk.part_of(len(held))):
                held = held[:part]  # the kernel writes what fits, and refuses only the next one
                self._disk.took_a_part(path)
                return _raw_pwrite(file, held, offset)
            self._asked(self._disk.before_write, path, offset, held)
        return _raw_pwrite(file, held, offset)

    def pwritev(self, file: int, parts: Any, offset: int) -> int:
        return self.pwrite(file, b"".join(parts), offset)

    def fsync(self, file: int) -> None:
        self._synced("fsync", file)

    def fdatasync(self, file: int) -> None:
        self._synced("fdatasync", file)

    def ftruncate(self, file: int, size: int) -> None:
        if self._disk.watches(path := name_of(file)):
            self._asked(self._disk.before_truncate, path, size)
        self._real["ftruncate"](file, size)

    def rename(self, path: Any, target: Any) -> None:
        if self._disk.watches(os.fspath(path)):
            self._asked(self._disk.before_rename, os.fspath(path), os.fspath(target))
        self._real["rename"](path, target)

    def unlink(self, path: Any, **more: Any) -> None:
        if self._disk.watches(os.fspath(path)) and Path(path).exists():
            self._asked(self._disk.before_delete, os.fspath(path))
        self._real["unlink"](path, **more)

    def read_stick(self, path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
        """A file of a stick that cannot be read any more in its middle, as one that is pulled out."""
        at = str(path.absolute())
        if mode == "rb" and "/stick" in at and self._disk.watches(at) and path.exists():
            with _path_open(path, "rb") as file:
                held = file.read()
            try:
                self._asked(self._disk.before_read, at)
            except OSError as error:
                return io.BufferedReader(_Broken(held[: len(held) // 2], error))
        return _path_open(path, mode, *more, **named)

    def _synced(self, call: str, file: int) -> None:
        if self._disk.watches(path := name_of(file)):
            self._asked(self._disk.before_sync, path)
            self._disk.synced(path)
        else:
            self._real[call](file)

    def _asked(self, ask: Callable[..., None], *what: Any) -> None:
        try:
            ask(*what)
        except Refused as refused:
            if self._disk.is_dead:
                raise Crash from None
            raise OSError(refused.number, os.strerror(refused.number), what[0]) from None


class _Broken(io.RawIOBase):
    """A file of which only the beginning can be read."""

    def __init__(self, octets: bytes, error: OSError) -> None:
        self._left, self._error = octets, error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise self._error
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _write_octets(path: Path, octets: bytes) -> int:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        return os.write(file, octets)
    finally:
        os.close(file)


@contextmanager
def failing(root: Path, plan: Plan) -> Iterator[Disk]:
    """A disk that fails as planned, for all that is done meanwhile; nothing may be left open behind it."""
    if not _sqlite_files:
        _sqlite_files.append(SqliteFiles())
    disk = Disk(root, plan)
    calls = _Calls(disk)

    def opened(path: Path, *how: Any, **named: Any) -> Any:
        return calls.read_stick(path, *how, **named)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("open", "write", "pwrite", "pwritev", "fsync", "fdatasync", "ftruncate", "rename", "unlink"):
            patch.setattr(os, name, getattr(calls, name))
        patch.setattr(os, "replace", calls.rename)
        patch.setattr(Path, "open", opened)
        patch.setattr(Path, "write_text", lambda path, text: _write_octets(path, text.encode()))
        patch.setattr(Path, "write_bytes", _write_octets)
        _sqlite_files[0].watcher = disk
        try:
            yield disk
        finally:
            _sqlite_files[0].watcher = None
    disk.end()
