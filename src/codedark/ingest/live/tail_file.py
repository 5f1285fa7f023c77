"""One open file that grows: whole records off its front, up to where it is written now.

Nothing is forgotten before it is handed over: `OpenFile.read` only looks, and `OpenFile.taken` moves on. All methods
block for as long as the disk does, and are called in a thread.
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from codedark.events.record import Rejected, SourceName
from codedark.ingest.live.records import whole_lines
from codedark.ingest.live.tail_mark import PROOF_BYTES, Place, proof_of
from codedark.ingest.live.tail_shape import (
    Header,
    Shape,
    columns_start,
    header_length,
    named_shape,
    rows_length,
    settled,
    shape_of,
)

HOLD_SECONDS: Final = 1.0
"""How long records that may go on (an audit event, a quoted cell) wait for the rest."""
_HEAD_BYTES: Final = 1 << 16
_BOM: Final = codecs.BOM_UTF8


class Piece(NamedTuple):
    """Whole records of one file, and where it stands behind them."""

    data: bytes
    records: int
    header: bytes
    rejected: tuple[Rejected, ...]
    place: Place


class OpenFile:
    """A file under the name ``path``, read from ``place`` on, or from its start."""

    def __init__(
        self, path: Path, stream: BinaryIO, limit: int, format_: str | None = None, place: Place | None = None
    ) -> None:
        self.path = path
        self._stream = stream
        self._limit = limit
        status = os.fstat(stream.fileno())
        self.identity = (status.st_dev, status.st_ino)
        self.offset = place.offset if place else 0
        self._given = format_
        self._format = (place.format if place else "") or format_
        self._shape: Shape | None = None
        self._header = place.header if place else (0, 0)
        self._notes = (0, 0)
        self._head, self._last = self._ends(self.offset)
        self._held = (-1, 0.0)
        self.changed_ns = status.st_mtime_ns
        self.problem = ""
        self._next: tuple[Place, bytes, bytes] | None = None

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    @property
    def size(self) -> int:
        """Its size now, in bytes."""
        return os.fstat(self._stream.fileno()).st_size

    def place(self) -> Place:
        """Where it stands: everything before is handed over."""
        return self._place(self.offset, self._head, self._last)

    def from_start(self) -> OpenFile:
        """The same file, which was truncated, to be read anew."""
        return OpenFile(self.path, self._stream, self._limit, self._given)

    def skip_to_end(self) -> None:
        """Leave out the lines that are there already."""
        size = self.size
        sample = self._pread(max(0, size - self._limit), min(size, self._limit))
        whole = size - len(sample) + sample.rfind(b"\n") + 1
        self._recognise(final=False)
        if self._shape is not None and self._shape.header is not Header.NONE:
            length = header_length(self._shape, self._whole_head())
            self._header = (0, length)
        self._go_to(whole)

    def was_rewritten(self) -> bool:
        """Whether what was read is no longer what stands there: the file was truncated, and perhaps written anew."""
        status = os.fstat(self._stream.fileno())
        self.changed_ns = status.st_mtime_ns
        begin = self.offset - len(self._last)
        return (
            status.st_size < self.offset
            or self._pread(0, len(self._head)) != self._head
            or self._pread(begin, len(self._last)) != self._last
        )

    def read(self, now_seconds: float, *, final: bool = False) -> Piece | None:
        """The next whole records; None where there are none yet. ``final``: take a last line without its end, too."""
        while True:
            chunk = self._pread(self.offset, self._limit + 1)
            if not chunk or not self._recognise(final=final):
                return None
            assert self._shape is not None
            end = chunk.rfind(b"\n") + 1
            if not end and len(chunk) > self._limit:
                return self._pass_over(final=final)
            if not end and not final:
                return None
            data = chunk[:end] or chunk + b"\n"
            if length := self._header_here(data):
                self._go_to(self.offset + length)
                continue
            length = rows_length(self._shape, data)
            if self._shape.format == "auditd" or self._shape.header is Header.FIRST_LINE:
                length = self._settled(data[:length], now_seconds, final=final)
            if not length:
                return None
            records, count = whole_lines(data[:length] if self.offset else data[:length].removeprefix(_BOM))
            end = self.offset + min(length, len(chunk))
            if count:
                return self._piece(records, count, end)
            self._go_to(end)

    def taken(self) -> None:
        """What was read last is on disk: go on behind it."""
        assert self._next is not None
        place, self._head, self._last = self._next
        self.offset = place.offset
        self._next = None

    def _piece(self, records: bytes, count: int, end: int, rejected: tuple[Rejected, ...] = ()) -> Piece:
        """What to hand over, and remember where that ends."""
        head, last = self._ends(end)
        self._next = (self._place(end, head, last), head, last)
        start, length = self._header
        header = self._pread(start, length).removeprefix(_BOM) if length else b""
        return Piece(records, count, header, rejected, self._next[0])

    def _go_to(self, offset: int) -> None:
        """Go on behind bytes that hold no record."""
        self.offset = offset
        self._head, self._last = self._ends(offset)

    def _ends(self, offset: int) -> tuple[bytes, bytes]:
        """The first and the last bytes before ``offset``, by which the file is known again."""
        begin = max(0, offset - PROOF_BYTES)
        return self._pread(0, min(offset, PROOF_BYTES)), self._pread(begin, offset - begin)

    def _place(self, offset: int, head: bytes, last: bytes) -> Place:
        format_ = self._shape.format if self._shape else self._format or ""
        return Place(*self.identity, offset, *proof_of(head, last), self._header, self.changed_ns, format_)

    def _recognise(self, *, final: bool) -> bool:
        """Find out what the file is, from its first whole lines; whether it can be read."""
        if self._shape is None:
            head = self._pread(0, _HEAD_BYTES) if final else self._whole_head()
            if not head.strip() and not final:
                return False
            self._shape = named_shape(self._format, head) if self._format else shape_of(head, self.path.name)
            self.problem = self._shape.problem
        return not self._shape.problem

    def _whole_head(self) -> bytes:
        head = self._pread(0, _HEAD_BYTES)
        return head[: head.rfind(b"\n") + 1] or (head if len(head) == _HEAD_BYTES else b"")

    def _header_here(self, data: bytes) -> int:
        """The length of header lines at the front of ``data``, which are remembered if they say how to read on."""
        assert self._shape is not None
        if self._shape.header is Header.FIRST_LINE and self._header[1]:
            return 0
        bare = data.removeprefix(_BOM) if not self.offset else data
        length = header_length(self._shape, bare)
        if not length:
            return 0
        length += len(data) - len(bare)
        start, before = self._notes
        start, before = (start, before) if start + before == self.offset else (self.offset, 0)
        self._notes = (start, before + length)
        notes = self._pread(start, before) + data[:length]
        begin = 0 if self._shape.header is Header.FIRST_LINE else columns_start(notes)
        if begin >= 0:
            self._header = (start + begin, len(notes) - begin)
        return length

    def _settled(self, data: bytes, now_seconds: float, *, final: bool) -> int:
        """As much of ``data`` as is complete; all of it when it has waited long enough, or can hold no more."""
        assert self._shape is not None
        length = settled(self._shape, data)
        if length or final or len(data) >= self._limit:
            return length or len(data)
        if self._held[0] != self.offset:
            self._held = (self.offset, now_seconds)
        return len(data) if now_seconds - self._held[1] >= HOLD_SECONDS else 0

    def _pass_over(self, *, final: bool) -> Piece | None:
        """A line that is too long: told once its end is there."""
        end = self.offset
        while part := self._pread(end, self._limit):
            found = part.find(b"\n") + 1
            end += found or len(part)
            if found:
                break
        else:
            if not final:
                return None
        size = end - self.offset
        reason = f"a line of {size:,} bytes: at most {self._limit:,} are taken"
        rejected = (Rejected(SourceName(str(self.path)), self.offset, reason),)
        return self._piece(b"", 0, end, rejected)

    def _pread(self, start: int, length: int) -> bytes:
        return os.pread(self._stream.fileno(), length, start)
