"""Checkpoints: all state of a follower, and the number of the record it goes on with, in one file, whole or not there.

magic    8 bytes
crc32    4, of everything behind it (ISO 3309, as in zlib), little-endian
length   4, of the table
table    msgpack: next, then name, version and size of each part
parts    one after another
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from codedark.errors import CodeDarkError
from codedark.events.parcel import Sequence
from codedark.store.durable import sync_folder

_MAGIC: Final = b"cdcheck1"
_HEAD: Final = struct.Struct("<8sII")
_KEPT: Final = 2
_ENDING: Final = ".checkpoint"
_ASIDE: Final = ".unreadable"
_UNFINISHED: Final = "unfinished"
_Table = tuple[int, list[tuple[str, int, int]]]
_table: Final = msgspec.msgpack.Decoder(_Table)


class CheckpointNotSaved(CodeDarkError):
    """The disk refused a checkpoint. Those before it count."""


class Checkpoint(NamedTuple):
    """The next record, and each part of the state: its name, the version of its form, and its bytes."""

    next: Sequence
    parts: Mapping[str, tuple[int, bytes]]


class Loaded(NamedTuple):
    """The newest checkpoint that is whole, None where there is none, and the newer ones that are damaged."""

    checkpoint: Checkpoint | None
    damaged: tuple[Path, ...]


class Checkpoints:
    """The checkpoints of one follower, in a folder of their own, which is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._folder = folder

    def save(self, next: Sequence, parts: Mapping[str, tuple[int, bytes]]) -> None:  # noqa: A002 - as in `Checkpoint`
        """Write one, and delete all but the last two; raises `CheckpointNotSaved`, and then nothing has changed.

        1. All of it is on disk under another name.
        2. It gets its name in one step, and that is on disk too.
        3. Those that are too old go.
        """
        table = msgspec.msgpack.encode((next, [(name, form, len(held)) for name, (form, held) in parts.items()]))
        length = len(table).to_bytes(4, "little")
        crc = crc32(table, crc32(length))
        for _, held in parts.values():
            crc = crc32(held, crc)
        unfinished = self._folder / _UNFINISHED
        try:
            with unfinished.open("wb") as file:  # (1)
                file.write(_MAGIC + crc.to_bytes(4, "little") + length + table)
                for _, held in parts.values():
                    file.write(held)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / f"{next:020}{_ENDING}")  # (2)
            sync_folder(self._folder)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise CheckpointNotSaved(
                f"{self._folder}: no checkpoint at record {next} ({error.strerror}); the one before counts; make room"
            ) from error
        for old in self._newest_first()[_KEPT:]:  # (3)
            old.unlink(missing_ok=True)

    def oldest(self) -> Sequence:
        """The number with which the oldest that is kept goes on, 1 where there is none: from there on the journal is
        needed, because the newer ones may turn out to be damaged. Raises OSError.
        """
        kept = self._newest_first()
        return Sequence(int(kept[-1].name.removesuffix(_ENDING)) if kept else 1)

    def newest(self) -> Sequence:
        """The number with which the newest goes on, whole or not; 1 where there is none. Raises OSError."""
        kept = self._newest_first()
        return Sequence(int(kept[0].name.removesuffix(_ENDING)) if kept else 1)

    def load(self) -> Loaded:
        """The newest that is whole; raises OSError where the folder cannot be read."""
        damaged: list[Path] = []
        for path, checkpoint in self.each():
            if checkpoint is not None:
                return Loaded(checkpoint, tuple(damaged))
            damaged.append(path)
        return Loaded(None, tuple(damaged))

    def each(self) -> Iterator[tuple[Path, Checkpoint | None]]:
        """All that are kept, the newest first, read when it is asked for; None where one is damaged. Raises OSError."""
        return ((path, _read(path)) for path in self._newest_first())

    def set_aside(self, unread: Iterable[Path]) -> None:
        """Have checkpoints that cannot be read count no more: else the next one that is written would drop the last
        good one for their sake. The last two stay, for people. Raises OSError.
        """
        for path in unread:
            path.replace(path.with_suffix(_ASIDE))
        for old in self._newest_first(_ASIDE)[_KEPT:]:
            old.unlink(missing_ok=True)

    def _newest_first(self, ending: str = _ENDING) -> list[Path]:
        return sorted(self._folder.glob("*" + ending), reverse=True)


def _read(path: Path) -> Checkpoint | None:
    """The checkpoint in a file, None where it is not whole."""
    try:
        held = path.read_bytes()
    except OSError:
        return None
    if len(held) < _HEAD.size:
        return None
    magic, crc, length = _HEAD.unpack_from(held)
    view = memoryview(held)
    if magic != _MAGIC or crc32(view[_HEAD.size - 4 :]) != crc:
        return None
    try:
        number, table = _table.decode(view[_HEAD.size : _HEAD.size + length])
    except msgspec.MsgspecError:
        return None
    ends = list(accumulate((size for _, _, size in table), initial=_HEAD.size + length))
    parts = {name: (form, held[ends[at] : ends[at + 1]]) for at, (name, form, _) in enumerate(table)}
    return Checkpoint(Sequence(number), parts)
