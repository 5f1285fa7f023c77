"""How far a file was read, and which file that was: enough to find it again after a restart, whatever its name is then.

A file is known by device and inode, by its first bytes, and by the last bytes that were read. The inode alone is not
enough (it is given to a new file when the old one is deleted), and neither is the name (rotation).
"""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO, Final

import msgspec

PROOF_BYTES: Final = 1024


class Place(msgspec.Struct, frozen=True):
    """A file, and the offset behind the last byte that was handed over.

    ``head``, ``last``  digests of the first, and of the last, at most `PROOF_BYTES` before ``offset``.
    ``header``  offset and length of the header lines that hold there; length 0 for none.
    ``changed_ns``  when the file was last written to, as far as was known.
    ``format``  how it is read; "" while that is not known.
    """

    device: int
    inode: int
    offset: int
    head: str
    last: str
    header: tuple[int, int]
    changed_ns: int
    format: str

    def is_in(self, stream: BinaryIO) -> bool:
        """Whether ``stream`` is this file or a copy of it: what was read of it stands where it was read."""
        return os.fstat(stream.fileno()).st_size >= self.offset and (self.head, self.last) == proof(stream, self.offset)


class Mark(msgspec.Struct, frozen=True):
    """The places in all files that have been read under one path, the oldest first; those done with are left out."""

    files: tuple[Place, ...]


def proof(stream: BinaryIO, offset: int) -> tuple[str, str]:
    """Digests of the first and of the last bytes of the file up to ``offset``."""
    descriptor = stream.fileno()
    begin = max(0, offset - PROOF_BYTES)
    return proof_of(os.pread(descriptor, min(offset, PROOF_BYTES), 0), os.pread(descriptor, offset - begin, begin))


def written(places: tuple[Place, ...]) -> bytes:
    """A mark as `Cut.mark` carries it."""
    return msgspec.json.encode(Mark(places))


def read_mark(mark: bytes) -> tuple[Place, ...]:
    """The places in a mark. One that was never written by us is as none."""
    try:
        return msgspec.json.decode(mark, type=Mark).files
    except msgspec.MsgspecError:
        return ()


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def proof_of(head: bytes, last: bytes) -> tuple[str, str]:
    """The digests of these first and last bytes."""
    return _digest(head), _digest(last)
