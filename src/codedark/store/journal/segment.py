"""The format of a segment: a file of the journal, and the entries in it, each of which proves itself.

A segment is called ``<first>.<marker>.v1``: the number of its first record, and eight random bytes with which each of
its entries begins. Who can only send us records cannot know them, so no record can hold an entry that would be taken
for one where a disk has damaged what stands before it.

    entry   marker  8 bytes
            crc32   4, of everything behind it (ISO 3309, as in zlib)
            meta    4, how many bytes
            data    4, how many bytes
            count   4, of records
            first   8, number of the first of them
            arrived 8, microseconds since 1970 UTC
            meta    msgpack: source, format, header, mark
            data

All numbers are little-endian. An entry without records is a *roll of marks*: its data is msgpack of every source with
the mark it had. Each segment begins with one, so that older segments can be deleted and no mark is lost.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from codedark.events.parcel import Parcel, Sequence

LARGEST_BYTES: Final = 64 << 20
"""The most data that one parcel may hold."""

_HEAD: Final = struct.Struct("<8sIIIIQq")
_PROVED: Final = struct.Struct("<IIIQq")  # what the crc covers of the head
_PROVED_FROM: Final = 12
_NAME: Final = re.compile(r"([0-9]{20})\.([0-9a-f]{16})\.v1")
_BLOCK: Final = 4096
_ROLL: Final = "roll"
_Meta = tuple[bytes, str, bytes, bytes]
_encode: Final = msgspec.msgpack.encode
_meta: Final = msgspec.msgpack.Decoder(_Meta)
_marks: Final = msgspec.msgpack.Decoder(dict[bytes, bytes])


class Segment(NamedTuple):
    """A file of the journal, by the number of its first record."""

    first: Sequence
    path: Path
    marker: bytes

    @property
    def size_bytes(self) -> int:
        """How long the file is now; 0 where it is gone."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


class Hole(NamedTuple):
    """Bytes between ``start`` and ``end`` of a segment that are no entry."""

    start: int
    end: int


def new_segment(folder: Path, first: Sequence) -> Segment:
    """A segment that does not exist yet."""
    marker = os.urandom(8)
    return Segment(first, folder / f"{first:020}.{marker.hex()}.v1", marker)


def segments(folder: Path) -> list[Segment]:
    """The segments in ``folder``, in the order of their numbers."""
    found = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted(Segment(Sequence(int(match[1])), path, bytes.fromhex(match[2])) for match, path in found if match)


def encode(marker: bytes, parcel: Parcel) -> list[bytes]:
    """The entry of a parcel, in parts that are written one after another."""
    meta = _encode(
        (parcel.source.encode("utf-8", "surrogatepass"), parcel.format, parcel.header, parcel.mark)  # paths are bytes
    )
    proved = _PROVED.pack(len(meta), len(parcel.data), parcel.count, parcel.first, parcel.arrived_us)
    crc = crc32(parcel.data, crc32(meta, crc32(proved)))
    return [marker + crc.to_bytes(4, "little") + proved + meta, parcel.data]


def roll_of(marks: Mapping[str, bytes], at: Sequence, arrived_us: int) -> Parcel:
    """The entry with which a segment begins."""
    told = {source.encode("utf-8", "surrogatepass"): mark for source, mark in marks.items()}
    return Parcel(at, 0, arrived_us, "", _ROLL, _encode(told))


def marks_in(roll: Parcel) -> dict[str, bytes]:
    """The marks of a roll."""
    return {source.decode("utf-8", "surrogatepass"): mark for source, mark in _marks.decode(roll.data).items()}


def read_at(file: int, into: memoryview, start: int) -> int:
    """Fill ``into`` from a file, and return how far; what the disk refuses to read is zeros, and so no entry.

    A bad sector is an error of every read that touches it, so the rest is then read block by block.
    """
    done = 0
    while done < len(into):
        try:
            got = os.preadv(file, [into[done:]], start + done)
        except OSError:
            size = min(_BLOCK, len(into) - done)
            try:
                got = os.preadv(file, [into[done : done + size]], start + done)
            except OSError:
                into[done : done + size] = bytes(size)
                got = size
        if not got:
            break
        done += got
    return done


def scan(file: int, marker: bytes, start: int, limit: int, window_bytes: int) -> Iterator[tuple[int, Parcel | Hole]]:
    """The entries of a segment between two places, each with the place behind it; holes where there are none.

    At most ``window_bytes`` are read at once, or one entry if it is larger. A hole ends at the next whole entry.
    """
    buffer = bytearray(max(min(window_bytes, limit - start), 0))
    held = 0  # how many bytes of the buffer are of the file, from `start` on
    while start < limit:
        want = min(max(len(buffer), _HEAD.size), limit - start)
        if len(buffer) < want:
            buffer = _longer(buffer, held, want)
        held += read_at(file, memoryview(buffer)[held:want], start + held)
        if held < want:  # the file ends before the limit
            limit = start + held
        at = 0
        while start + at < limit:
            size, parcel = _entry_at(buffer, at, held, marker, limit - start - at)
            if parcel is None:
                break
            at += size
            yield start + at, parcel
        else:
            return
        if not size:
            start = yield from _hole(file, marker, start + at, limit)
            held = 0
        else:
            # The next entry reaches out of the buffer: keep its beginning, and read on.
            buffer[: held - at] = buffer[at:held]
            start, held = start + at, held - at
            if len(buffer) < size:
                buffer = _longer(buffer, held, size)


def _longer(buffer: bytearray, held: int, size: int) -> bytearray:
    longer = bytearray(size)
    longer[:held] = buffer[:held]
    return longer


def _entry_at(buffer: bytearray, at: int, held: int, marker: bytes, left: int) -> tuple[int, Parcel | None]:
    """The entry at a place of the buffer and its size; its size alone where it is not wholly there; else 0."""
    if held - at < _HEAD.size:
        return (_HEAD.size if left >= _HEAD.size else 0), None
    mark, crc, meta_bytes, data_bytes, count, first, arrived_us = _HEAD.unpack_from(buffer, at)
    size = _HEAD.size + meta_bytes + data_bytes
    if mark != marker or size > left:
        return 0, None
    if size > held - at:
        return size, None
    with memoryview(buffer) as view:
        if crc32(view[at + _PROVED_FROM : at + size]) != crc:
            return 0, None
        behind = at + _HEAD.size + meta_bytes
        try:
            source, format_, header, resume = _meta.decode(view[at + _HEAD.size : behind])
            name = source.decode("utf-8", "surrogatepass")
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return 0, None
        data = bytes(view[behind : at + size])
    return size, Parcel(Sequence(first), count, arrived_us, name, format_, data, header, resume)


def _hole(file: int, marker: bytes, start: int, limit: int) -> Generator[tuple[int, Hole], None, int]:
    """The hole that begins at ``start``; returns where it ends: at the next whole entry, or at ``limit``."""
    rest = bytearray(limit - start)
    held = read_at(file, memoryview(rest), start)
    at = rest.find(marker, 1, held)
    while at >= 0 and _entry_at(rest, at, held, marker, held - at)[1] is None:
        at = rest.find(marker, at + 1, held)
    end = limit if at < 0 else start + at
    yield end, Hole(start, end)
    return end
