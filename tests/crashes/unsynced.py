"""What was written and not synced: when the power goes, any part of it may be on the disk."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import NamedTuple

_SECTOR = 512


class _Change(NamedTuple):
    """Bytes at an offset, or (``data`` None) a new length."""

    offset: int
    data: bytes | None


class _Named(NamedTuple):
    """A name that was made, removed or changed, and how that is undone."""

    path: str
    undo: Callable[[], None]


class Unsynced:
    """The contents of files since they were synced last, and the names in folders."""

    def __init__(self) -> None:
        self._before: dict[str, bytes] = {}
        self._changes: dict[str, list[_Change]] = {}
        self._names: dict[str, list[_Named]] = {}

    def written(self, path: str, offset: int, data: bytes) -> None:
        self._changed(path, _Change(offset, data))

    def truncated(self, path: str, size: int) -> None:
        self._changed(path, _Change(size, None))

    def created(self, path: str) -> None:
        self._named(path, lambda: Path(path).unlink(missing_ok=True))

    def deleted(self, path: str) -> None:
        held = _octets(path)
        self.synced(path)
        self._named(path, lambda: _put(path, held))

    def renamed(self, path: str, target: str) -> None:
        held, over = _octets(path), _read(target)
        if path in self._before:
            self._before[target], self._changes[target] = self._before.pop(path), self._changes.pop(path)
        else:
            self.synced(target)

        def undo() -> None:
            _put(path, held)
            Path(target).unlink(missing_ok=True)
            if over is not None:
                _put(target, over)

        self._named(target, undo)

    def synced(self, path: str) -> None:
        """A file's content or a folder's names are on the disk."""
        self._before.pop(path, None)
        self._changes.pop(path, None)
        self._names.pop(path, None)

    def spoil(self, chance: random.Random, under: str) -> None:
        """Leave a part of it, of what stands ``under`` a folder; that is then on the disk."""
        for path in [each for each in self._changes if each.startswith(under)]:
            before, changes = self._before.pop(path), self._changes.pop(path)
            if Path(path).exists():
                _put(path, _left_of(before, changes, chance))
        for folder in [each for each in self._names if f"{each}/".startswith(under)]:
            names = self._names.pop(folder)
            for each in reversed(names[chance.randrange(len(names) + 1) :]):
                each.undo()

    def _changed(self, path: str, change: _Change) -> None:
        if path not in self._before:
            self._before[path], self._changes[path] = _read(path) or b"", []
        self._changes[path].append(change)

    def _named(self, path: str, undo: Callable[[], None]) -> None:
        self._names.setdefault(str(Path(path).parent), []).append(_Named(path, undo))


def _left_of(before: bytes, changes: list[_Change], chance: random.Random) -> bytes:
    """One of: nothing, all, the first few, any of them; and of the last one sectors."""
    match chance.randrange(4):
        case 0:
            left = []
        case 1:
            left = changes
        case 2:
            left = changes[: chance.randrange(len(changes) + 1)]
        case _:
            left = [each for each in changes if chance.random() < 0.5]
    held = bytearray(before)
    for number, (offset, data) in enumerate(left, 1):
        if data is None:
            held[offset:] = bytes(max(0, offset - len(held)))
            continue
        part = data if number < len(left) else data[: chance.randrange(len(data) // _SECTOR + 2) * _SECTOR]
        held.extend(bytes(max(0, offset + len(part) - len(held))))
        held[offset : offset + len(part)] = part
    return bytes(held)


def _read(path: str) -> bytes | None:
    try:
        return _octets(path)
    except FileNotFoundError:
        return None


def _octets(path: str) -> bytes:
    with FileIO(path) as file:  # which nobody watches
        return file.readall()


def _put(path: str, octets: bytes) -> None:
    with FileIO(path, "w") as file:
        file.write(octets)
