"""Unpacks gzip, zstd and zip as streams, within limits, and writes nothing anywhere.

A member's name is only ever shown. What is damaged, cut off, encrypted or grows like a bomb ends
the stream early: what was read so far stands, the rest is one reported rejection.

    `Limits`         what an archive may ask of this machine
    `Budget`         what is left of the limits for one file of the user, however deep it nests
    `unpacked`       compressed pieces -> plain chunks
    `zip_members`    the members of a zip, each as plain chunks
    `ChunkStream`    chunks -> a binary stream
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Final, Protocol, cast

import zstandard

Report = Callable[[int, str], None]
"""Called with a byte offset in the plain stream and one plain sentence."""

READ_BYTES: Final = 1 << 16
HEAD_BYTES: Final = 1 << 16
"""How much of a stream from `buffered` can be peeked at."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may ask of this machine.

    ``max_ratio``  plain bytes per compressed byte: Windows events reach 100. It counts behind the first
    ``free_bytes``, per stream and for all streams of one file of the user together.
    ``max_depth``  layers of packing, one inside the other. ``max_members``  files in archives.
    ``max_member_bytes``  plain size of one stream. ``max_spooled_bytes``  disk space for one stream
    whose reader has to seek.
    """

    max_ratio: int = 500
    free_bytes: int = 100 << 20
    max_depth: int = 3
    max_members: int = 10_000
    max_member_bytes: int = 256 << 30
    max_spooled_bytes: int = 8 << 30


class Budget:
    """What is left of the limits for one file of the user: nesting cannot multiply what it may cost."""

    __slots__ = ("bytes", "limits", "members")

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        self.limits = limits
        self.bytes = limits.free_bytes + limits.max_ratio * packed_bytes
        self.members = limits.max_members

    def exceeded(self, consumed: int, produced: int, more: int) -> str | None:
        """Spend ``more`` plain bytes of a stream that is now at ``produced``; the reason to stop, if any."""
        self.bytes -= more
        limits = self.limits
        if self.bytes < 0 or produced > limits.free_bytes + limits.max_ratio * consumed:
            return f"the data grow more than {limits.max_ratio} times when unpacked, like a zip bomb"
        if produced > limits.max_member_bytes:
            return f"the data are larger than {limits.max_member_bytes} bytes when unpacked"
        return None


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class _Stored:
    """Not compressed at all."""

    eof, unused_data = True, b""

    def decompress(self, data: bytes, /) -> bytes:
        return data


@dataclass(frozen=True, slots=True)
class Codec:
    """A compression: ``piece`` is how many compressed bytes may be unpacked in one go without the
    result filling memory, ``repeats`` whether several compressed streams may follow each other.
    """

    name: str
    new: Callable[[], _Decompressor]
    piece: int
    repeats: bool


GZIP: Final = Codec("gzip", lambda: zlib.decompressobj(31), 1 << 14, True)
# A run of equal bytes takes 4 bytes of zstd for 128 KiB, so 1 KiB can become 32 MiB.
ZSTD: Final = Codec("zstd", lambda: zstandard.ZstdDecompressor().decompressobj(), 1 << 10, True)
_ZIP_METHODS: Final = {
    zipfile.ZIP_STORED: Codec("zip", _Stored, READ_BYTES, True),
    zipfile.ZIP_DEFLATED: Codec("zip", lambda: zlib.decompressobj(-15), 1 << 14, False),
    93: Codec("zip", ZSTD.new, ZSTD.piece, True),  # .ZIP File Format Specification 6.3.10, 4.4.5
}
_OTHER_METHODS: Final = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 95: "xz", 98: "PPMd"}


def unpacked(
    packed: Iterable[bytes], codec: Codec, budget: Budget, report: Report, crc32: int | None = None
) -> Iterator[bytes]:
    """Unpack ``packed``; everything that ends it early is told to ``report`` once.

    ``crc32`` is the checksum of the plain data, where the container has one of its own.
    """
    consumed = produced = crc = 0
    engine: _Decompressor | None = None
    try:
        for piece in _pieces(packed, codec.piece):
            left = piece
            consumed += len(piece)
            while left and (engine is None or not engine.eof or codec.repeats):
                if engine is None or engine.eof:
                    # gzip files from tapes and block devices are padded with zero bytes
                    left = left.lstrip(b"\0") if codec is GZIP and engine else left
                    if not left:
                        break
                    engine = codec.new()
                plain = engine.decompress(left)
                left = engine.unused_data if engine.eof else b""
                produced += len(plain)
                if reason := budget.exceeded(consumed, produced, len(plain)):
                    report(produced - len(plain), f"{reason}: the rest is not read")
                    return
                crc = zlib.crc32(plain, crc) if crc32 is not None else 0
                if plain:
                    yield plain
    except (zlib.error, zstandard.ZstdError) as error:
        report(produced, f"the {codec.name} data are damaged from here on ({error}): the rest is not read")
        return
    if engine is not None and not engine.eof:
        report(produced, f"the {codec.name} data end too early: the file is cut off here")
    elif crc32 is not None and crc != crc32:
        report(produced, "the data do not have the checksum that the archive says: some of them are damaged")


def _pieces(packed: Iterable[bytes], size: int) -> Iterator[bytes]:
    # The last 8 bytes come alone: a gzip trailer that does not fit then takes no data with it.
    held = b""
    for chunk in packed:
        held += chunk
        end = max(len(held) - 8, 0)
        for start in range(0, end, size):
            yield held[start : min(start + size, end)]
        held = held[end:]
    if held:
        yield held


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a zip: its name as it may be shown, the plain size it claims, its data."""

    name: str
    size: int
    chunks: Iterator[bytes]


def zip_members(
    archive: BinaryIO, budget: Budget, report: Report, report_member: Callable[[str], Report]
) -> Iterator[Member]:
    """Yield the files of a zip in its own order; ``archive`` must be able to seek.

    What is wrong with the archive goes to ``report``, what is wrong with the member of a name to
    ``report_member(name)``. A member's chunks are good until the next member is asked for.
    """
    try:
        with zipfile.ZipFile(cast("IO[bytes]", _Directory(archive, budget.limits.max_members))) as directory:
            infos = directory.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error) as error:
        report(0, f"the zip archive cannot be read, it may be cut off or damaged ({error})")
        return
    for place, info in enumerate(infos):
        if info.is_dir() and not info.file_size:
            continue
        if not budget.members:
            report(info.header_offset, f"too many files in archives: {len(infos) - place} are not read")
            return
        budget.members -= 1
        name = shown(info.filename)
        tell = report_member(name)
        codec = _ZIP_METHODS.get(info.compress_type)
        if info.flag_bits & 1:
            tell(0, "the file is encrypted: unpack the archive with its password first")
        elif codec is None:
            method = _OTHER_METHODS.get(info.compress_type, str(info.compress_type))
            tell(0, f"the compression method {method} is not supported: unpack the archive first")
        elif (at := _data_offset(archive, info)) is None:
            tell(0, "the archive is damaged: the file is not where the archive's table of contents says")
        else:
            packed = _slice(archive, at, info.compress_size)
            yield Member(name, info.file_size, unpacked(packed, codec, budget, tell, info.CRC))


def _data_offset(archive: BinaryIO, info: zipfile.ZipInfo) -> int | None:
    """Where the compressed bytes of a member begin: .ZIP File Format Specification 6.3.10, 4.3.7."""
    if info.header_offset < 0:
        return None
    archive.seek(info.header_offset)
    header = archive.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        return None
    name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
    return int(info.header_offset + 30 + name_bytes + extra_bytes)


def _slice(archive: BinaryIO, at: int, length: int) -> Iterator[bytes]:
    end = at + length
    while at < end:
        archive.seek(at)
        chunk = archive.read(min(end - at, READ_BYTES))
        if not chunk:
            return
        yield chunk
        at += len(chunk)


class _Directory:
    """A zip as `zipfile` may see it to list the members: it reads the whole table of contents at once,
    as large as the archive says, so a claim that does not fit the allowed members is refused.
    """

    def __init__(self, archive: BinaryIO, max_members: int) -> None:
        self.seek, self.tell = archive.seek, archive.tell
        self._archive = archive
        self._most = READ_BYTES + 512 * max_members

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > self._most:
            raise zipfile.BadZipFile(f"its table of contents claims {size} bytes")
        return self._archive.read(size)


class ChunkStream(io.RawIOBase):
    """A read-only binary stream over chunks, to be `buffered`."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill ``buffer`` as far as there are data: 0 at the end."""
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._rest = memoryview(chunk)
            part = self._rest[: len(target) - filled]
            target[filled : filled + len(part)] = part
            self._rest = self._rest[len(part) :]
            filled += len(part)
        return filled


def buffered(raw: io.RawIOBase) -> io.BufferedReader:
    """``raw`` as a stream of which the first 64 KiB can be seen by ``peek``, and stay unread."""
    return io.BufferedReader(raw, HEAD_BYTES)


# Control characters and the marks that reverse the direction of text could forge what a terminal shows.
_UNSHOWABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(name: str) -> str:
    r"""A file name as it may be printed: control characters and bytes that are no text as ``\\x1b``."""
    return _UNSHOWABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), name)
