"""SQLite's own file operations, seen one by one from Python: a layer over its virtual file system (VFS).

The library that the module `sqlite3` uses is asked for its default VFS; a copy of that, in which opening, writing,
truncating, syncing and deleting lead through a `Watcher` first, becomes the default (sqlite.org/vfs.html). All else is
SQLite's own. With no watcher set nothing changes.
"""

from __future__ import annotations

import ctypes
import errno
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any, Final, Protocol

OK, IO_ERROR, FULL = 0, 10, 13
"""Result codes of SQLite."""


class Refused(Exception):
    """What is asked is not done; ``number`` is that of errno."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Watcher(Protocol):
    """What is asked before each operation, and raises `Refused` where it is not to be done."""

    def before_write(self, path: str, offset: int, data: bytes) -> None: ...
    def before_truncate(self, path: str, size: int) -> None: ...
    def before_sync(self, path: str) -> None: ...
    def before_delete(self, path: str) -> None: ...
    def before_create(self, path: str) -> None: ...
    def synced(self, path: str) -> None: ...


_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))  # it keeps the name's address
_Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)
_CREATES, _GOES_BY_ITSELF = 0x4, 0x8


class _Vfs(ctypes.Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = (
        ("version", c_int), ("file_bytes", c_int), ("most_path", c_int), ("next", c_void_p), ("name", c_char_p),
        ("data", c_void_p), ("open", _Open), ("delete", _Delete), ("others", c_void_p * 13),
    )  # fmt: skip


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("version", c_int), ("close", c_void_p), ("read", c_void_p), ("write", _Write), ("truncate", _Truncate),
        ("sync", _Sync), ("others", c_void_p * 14),
    )  # fmt: skip


class SqliteFiles:
    """The layer, made once for a process; ``watcher`` sees what is done while it is set."""

    def __init__(self) -> None:
        self.watcher: Watcher | None = None
        library = _library()
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        self._real: Final = library.sqlite3_vfs_find(None).contents
        self._paths: dict[int, str] = {}
        self._tables: dict[int, tuple[_Methods, _Methods]] = {}
        self._vfs = _Vfs.from_buffer_copy(self._real)
        self._vfs.name = b"watched"
        self._vfs.open, self._vfs.delete = _Open(self._open), _Delete(self._delete)
        self._calls = (_Write(self._write), _Truncate(self._truncate), _Sync(self._sync))
        assert library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) == OK

    def _open(self, vfs: int, name: int | None, file: int, flags: int, told: Any) -> int:
        path = ctypes.string_at(name).decode() if name else ""
        is_new = bool(path) and flags & _CREATES and not Path(path).exists()
        if self.watcher is not None and is_new and not flags & _GOES_BY_ITSELF:
            try:
                self.watcher.before_create(path)
            except Refused:
                return 14  # SQLITE_CANTOPEN
        said: int = self._real.open(vfs, name, file, flags, told)
        slot = ctypes.cast(file, POINTER(c_void_p))
        if said == OK and path and slot[0]:
            real = _Methods.from_address(slot[0])
            if slot[0] not in self._tables:
                own = _Methods.from_buffer_copy(real)
                own.write, own.truncate, own.sync = self._calls
                self._tables[slot[0]] = (real, own)
                self._tables[ctypes.addressof(own)] = (real, own)
            slot[0] = ctypes.addressof(self._tables[slot[0]][1])
            self._paths[file] = path
        return said

    def _real_of(self, file: int) -> _Methods:
        return self._tables[ctypes.cast(file, POINTER(c_void_p))[0]][0]

    def _delete(self, vfs: int, name: bytes, sync_folder: int) -> int:
        path = name.decode()
        try:
            if self.watcher is not None and Path(path).exists():
                self.watcher.before_delete(path)
            said: int = self._real.delete(vfs, name, 0)
            if said == OK and sync_folder and self.watcher is not None:
                self.watcher.before_sync(str(Path(path).parent))
                self.watcher.synced(str(Path(path).parent))
        except Refused as refused:
            return _code(refused)
        return said

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        if self.watcher is not None:
            try:
                self.watcher.before_write(self._paths[file], offset, ctypes.string_at(data, size))
            except Refused as refused:
                return _code(refused)
        return int(self._real_of(file).write(file, data, size, offset))

    def _truncate(self, file: int, size: int) -> int:
        if self.watcher is not None:
            try:
                self.watcher.before_truncate(self._paths[file], size)
            except Refused as refused:
                return _code(refused)
        return int(self._real_of(file).truncate(file, size))

    def _sync(self, file: int, flags: int) -> int:
        path = self._paths[file]
        if self.watcher is None:
            return int(self._real_of(file).sync(file, flags))
        try:
            self.watcher.before_sync(path)
        except Refused as refused:
            return _code(refused)
        said = int(self._real_of(file).sync(file, flags))
        self.watcher.synced(path)
        if path.endswith(("-journal", "-wal")):  # its first sync makes its name durable too (os_unix.c, DIRSYNC)
            self.watcher.synced(str(Path(path).parent))
        return said


def _code(refused: Refused) -> int:
    return FULL if refused.number == errno.ENOSPC else IO_ERROR


def _library() -> ctypes.CDLL:
    """The very library that `sqlite3` has loaded. Raises OSError where it is not one of its own."""
    with Path("/proc/self/maps").open() as maps:
        found = sorted({line.split()[-1] for line in maps if "libsqlite3" in line})
    if not found:
        raise OSError(0, "sqlite3 is built into this Python: its file operations cannot be watched")
    return ctypes.CDLL(found[0])
