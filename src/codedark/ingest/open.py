"""Finds the files in what the user named, and opens each as plain, bounded, read-only streams.

Compression and archives are recognised by content, never by name, and unpacked on the way. What
cannot be opened is told as a `Rejected`, and the run goes on.
"""

from __future__ import annotations

import io
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from codedark.errors import UnusableInput
from codedark.events.record import Rejected, SourceName
from codedark.ingest.archive import (
    GZIP,
    HEAD_BYTES,
    READ_BYTES,
    ZSTD,
    Budget,
    ChunkStream,
    Codec,
    Limits,
    Report,
    buffered,
    shown,
    unpacked,
    zip_members,
)
from codedark.ingest.sniff import encoding, text_stream

Reject = Callable[[Rejected], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """One plain stream. ``path`` is set where it is the bytes of a file as they are on disk, so that
    byte ranges of the file can be read elsewhere; ``size`` is in bytes, where it is known.
    """

    source: SourceName
    stream: io.BufferedReader
    path: Path | None
    size: int | None

    def head(self) -> bytes:
        """The first 64 KiB, which stay unread. Ask before reading anything."""
        return self.stream.peek(HEAD_BYTES)[:HEAD_BYTES]


def walk(paths: Sequence[Path], reject: Reject) -> Iterator[Path]:
    """Yield every file in ``paths`` and their folders, in sorted order, hidden files too.

    A folder is walked once, whatever links lead to it. Raises `UnusableInput` at once, before anything is
    read, when one of ``paths`` does not exist.
    """
    for path in paths:
        if not _exists(path):
            raise UnusableInput(f"{shown(str(path))}: there is no such file or folder. Name one that exists.")
    seen: set[str] = set()
    return (found for path in paths for found in _files(path, seen, reject))


def open_sources(path: Path, limits: Limits, reject: Reject) -> Iterator[Opened]:
    """Yield the plain streams in the file ``path``: one, or one per member of an archive.

    Each stream is good until the next one is asked for, and is closed then. A stream that ends early
    (damage, limits) has said so through ``reject`` when its end is reached.
    """
    source = _source_name(path)
    try:
        raw = _File(path, source, reject)
        size = os.fstat(raw.fileno()).st_size
    except OSError as error:
        reject(Rejected(source, 0, f"the file cannot be opened: {_why(error)}"))
        return
    with buffered(raw) as stream:
        yield from _plain(Opened(source, stream, path, size), 0, Budget(limits, size), reject)


def as_text(opened: Opened) -> Opened:
    """``opened`` as UTF-8 without a byte order mark, from UTF-8 or UTF-16; as it is, if it already is."""
    if encoding(opened.head()) is None:
        return opened
    return replace(opened, stream=text_stream(opened.stream), path=None, size=None)


def seekable(opened: Opened, limits: Limits, reject: Reject) -> BinaryIO:
    """The stream for a reader that has to seek: spooled to a file without a name unless it can already.

    The caller closes it. Raises `UnusableInput` when there is no place for temporary files at all.
    """
    if opened.stream.seekable():
        return opened.stream
    try:
        spool: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise UnusableInput(
            f"no temporary file can be made ({_why(error)}): set TMPDIR to a folder with space"
        ) from error
    spooled = 0
    try:
        while chunk := opened.stream.read(READ_BYTES):
            if spooled + len(chunk) > limits.max_spooled_bytes:
                reason = f"the rest does not fit the {limits.max_spooled_bytes} bytes of temporary space allowed"
                reject(Rejected(opened.source, spooled, reason))
                break
            spool.write(chunk)
            spooled += len(chunk)
        spool.flush()
    except OSError as error:
        reject(Rejected(opened.source, spooled, f"the temporary space is full ({_why(error)}): set TMPDIR"))
    spool.seek(0)
    return spool


class _File(io.FileIO):
    """A file on disk. Where it cannot be read any further it ends, and says why."""

    def __init__(self, path: Path, source: SourceName, reject: Reject) -> None:
        super().__init__(path, "rb")
        self._source, self._reject = source, reject

    def readinto(self, buffer: Any, /) -> int:
        try:
            return super().readinto(buffer) or 0
        except OSError as error:
            self._reject(Rejected(self._source, self.tell(), f"the file cannot be read further: {_why(error)}"))
            return 0


_ZIP: Final = re.compile(rb"PK(?:\x03\x04|\x05\x06)")
_CODECS: Final[tuple[tuple[re.Pattern[bytes], Codec], ...]] = (
    (re.compile(rb"\x1f\x8b\x08"), GZIP),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL), ZSTD),  # RFC 8878, 3.1
)
_NOT_READ: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = (
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7-Zip archive"),
    (re.compile(rb"Rar!\x1a\x07"), "a RAR archive"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz data"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "bzip2 data"),
    (re.compile(rb".{257}ustar", re.DOTALL), "a tar archive"),
)


def _plain(opened: Opened, depth: int, budget: Budget, reject: Reject) -> Iterator[Opened]:
    """The plain streams in ``opened``, which stands inside ``depth`` layers of packing."""
    head = opened.head()
    for magic, what in _NOT_READ:
        if magic.match(head):
            reject(Rejected(opened.source, 0, f"this is {what}, which is not read here: unpack it first"))
            return
    codec = next((codec for magic, codec in _CODECS if magic.match(head)), None)
    if codec is None and not _ZIP.match(head):
        yield opened
    elif depth >= budget.limits.max_depth:
        reason = f"more than {budget.limits.max_depth} archives are packed into each other: unpack it first"
        reject(Rejected(opened.source, 0, reason))
    elif codec is not None:
        chunks = unpacked(iter(lambda: opened.stream.read(READ_BYTES), b""), codec, budget, _to(reject, opened.source))
        with buffered(ChunkStream(chunks)) as stream:
            yield from _plain(Opened(opened.source, stream, None, None), depth + 1, budget, reject)
    else:
        yield from _members(opened, depth, budget, reject)


def _members(opened: Opened, depth: int, budget: Budget, reject: Reject) -> Iterator[Opened]:
    def member_source(name: str) -> SourceName:
        return SourceName(f"{opened.source}#{name}")

    with seekable(opened, budget.limits, reject) as archive:
        report = _to(reject, opened.source)
        for member in zip_members(archive, budget, report, lambda name: _to(reject, member_source(name))):
            with buffered(ChunkStream(member.chunks)) as stream:
                inner = Opened(member_source(member.name), stream, None, member.size)
                yield from _plain(inner, depth + 1, budget, reject)


def _files(named: Path, seen: set[str], reject: Reject) -> Iterator[Path]:
    # Every folder waits with its real path, made from its parent's: asking for it costs its depth each time.
    waiting = [(named, Path(os.path.realpath(named)))]
    while waiting:
        path, real = waiting.pop()
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                real = path.resolve() if path.is_symlink() else real
                if str(real) not in seen:
                    seen.add(str(real))
                    names = sorted((entry.name for entry in path.iterdir()), reverse=True)
                    waiting.extend((path / name, real / name) for name in names)
                continue
        except OSError as error:
            reject(Rejected(_source_name(path), 0, f"this cannot be opened: {_why(error)}"))
            continue
        if stat.S_ISREG(mode):
            yield path
        else:
            kind = next(what for is_kind, what in _SPECIAL if is_kind(mode))
            reject(Rejected(_source_name(path), 0, f"this is {kind}, not a file: it is not read"))


_SPECIAL: Final[tuple[tuple[Callable[[int], int], str], ...]] = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "a device"),
    (stat.S_IFMT, "something special"),
)


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # it may well exist: why it cannot be reached is told when it is opened
    return True


def _to(reject: Reject, source: SourceName) -> Report:
    return lambda offset, reason: reject(Rejected(source, offset, reason))


def _source_name(path: Path) -> SourceName:
    return SourceName(shown(str(path)))


def _why(error: OSError) -> str:
    return error.strerror or str(error)
