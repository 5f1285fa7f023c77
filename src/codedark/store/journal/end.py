"""How far a journal is on disk: the one thing that its writer tells its followers.

It stands in the file ``durable`` and outlives the writer. It is written in place, so that no follower ever holds an old
file, and read without a lock: a checksum tells a reader who came in the middle of a write, and he reads again.
"""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from codedark.events.parcel import Sequence

_END: Final = struct.Struct("<QQQ")
_SIZE: Final = _END.size + 4
_TRIES: Final = 3
_NAME: Final = "durable"


class End(NamedTuple):
    """Everything below number ``next`` is on disk; the last of it in the segment that begins with number ``segment``,
    whose first ``offset`` bytes are whole entries.
    """

    next: Sequence
    segment: Sequence
    offset: int


def open_end(folder: Path) -> int:
    """The file to publish in, made where there is none."""
    return os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)


def publish(file: int, end: End) -> None:
    """Tell followers; raises OSError, also where a full disk takes a part of it: followers cannot read that."""
    told = _END.pack(*end)
    if os.pwrite(file, told + crc32(told).to_bytes(4, "little"), 0) != _SIZE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def published(folder: Path) -> End | None:
    """What the writer told last; None where it never did, or where it cannot be read (now)."""
    try:
        file = os.open(folder / _NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        for _ in range(_TRIES):
            told = os.pread(file, _SIZE, 0)
            if len(told) == _SIZE and crc32(told[: _END.size]) == int.from_bytes(told[_END.size :], "little"):
                number, segment, offset = _END.unpack_from(told)
                return End(Sequence(number), Sequence(segment), offset)
    finally:
        os.close(file)
    return None
