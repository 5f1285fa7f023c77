r"""Splits a stream into blocks of whole lines, at close to the speed of memory.

One read and one split per block: nothing is done per line on the ordinary path. Lines end with
``\n`` or ``\r\n``. A line that is too long is passed over in bounded memory and named in
`Block.too_long`; the lines behind it are read as usual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from itertools import repeat
from typing import BinaryIO, Final

BLOCK_BYTES: Final = 1 << 22
MAX_LINE_BYTES: Final = 1 << 24
_SKIP_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Block:
    """Some consecutive lines of a stream.

    ``first_number``  1-based number of the first line, counted from where reading began.
    ``offset``, ``end``  byte offset of the first line, and of what follows the block.
    ``data``  the bytes of the lines as they were read.
    ``too_long``  (byte offset, length in bytes) of a line that was passed over. Such a block has
    no lines, and covers exactly that one line, so that numbers stay right.
    ``keep_cr``  whether a carriage return before the line feed is part of a line.
    """

    first_number: int
    offset: int
    end: int
    data: bytes = field(repr=False)
    too_long: list[tuple[int, int]] = field(default_factory=list)
    keep_cr: bool = False

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines without line ends, blank ones as ``b""``. Splitting is as dear as reading."""
        return _split(self.data, keep_cr=self.keep_cr)

    # Looking for line ends one by one is several times faster than bytes.count.
    @cached_property
    def starts(self) -> list[int]:
        """Where in ``data`` each line starts, and behind the last, where it ends."""
        starts, data = [0], self.data
        end = data.find(b"\n")
        while end >= 0:
            starts.append(end + 1)
            end = data.find(b"\n", end + 1)
        if starts[-1] < len(data):
            starts.append(len(data))
        return starts

    def __len__(self) -> int:
        return len(self.starts) - 1

    def line(self, row: int) -> bytes:
        """One line, with its line end."""
        return self.data[self.starts[row] : self.starts[row + 1]]

    def offsets(self) -> list[int]:
        """Byte offset of every line. Costs a pass over the block: ask once, when something is rejected."""
        return [self.offset + start for start in self.starts[:-1]]


def blocks(
    stream: BinaryIO,
    block_bytes: int = BLOCK_BYTES,
    max_line_bytes: int = MAX_LINE_BYTES,
    start: int = 0,
    stop: int | None = None,
    *,
    keep_cr: bool = False,
) -> Iterator[Block]:
    r"""Yield the lines that begin in the bytes [``start``, ``stop``), in blocks of about ``block_bytes``.

    Ranges that cover a file without gaps give each of its lines exactly once, so several processes
    can share one file. A ``start`` above 0 needs a stream that can seek. Memory is bounded by
    ``block_bytes`` and ``max_line_bytes``, whatever the stream holds. With ``keep_cr`` only
    ``\n`` is taken off, for formats to which ``\r`` is white space: taking it off is dearer than reading.
    """
    size = min(block_bytes, max_line_bytes)
    number, offset = 1, _first_line_start(stream, start)
    while wanted := size if stop is None else min(size, max(stop - offset, 0)):
        data = stream.read(wanted)
        if not data:
            return
        begun = len(data) - data.rfind(b"\n") - 1
        too_long = 0
        if begun:
            rest = stream.readline(max_line_bytes - begun + 2)
            if _length(data[len(data) - begun :] + rest) <= max_line_bytes:
                data += rest
            else:
                too_long = begun + len(rest)
                too_long += 0 if rest.endswith(b"\n") else _skip_line(stream)
                data = data[: len(data) - begun]
        if data:
            block = Block(number, offset, offset + len(data), data, keep_cr=keep_cr)
            yield block
            number += len(block)
            offset += len(data)
        if too_long:
            yield Block(number, offset, offset + too_long, b"", [(offset, too_long)])
            number += 1
            offset += too_long


def _length(line: bytes) -> int:
    """The length of one line without its line end, if it has one."""
    return len(line[:-1].removesuffix(b"\r")) if line.endswith(b"\n") else len(line)


def _split(data: bytes, *, keep_cr: bool) -> list[bytes]:
    """The lines of ``data`` without line ends."""
    if keep_cr or b"\r" not in data:
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return lines
    # Several times faster than bytes.replace and a split: readlines finds line ends with memchr.
    bare = map(bytes.removesuffix, BytesIO(data).readlines(), repeat(b"\r\n"))
    return list(map(bytes.removesuffix, bare, repeat(b"\n")))


def _first_line_start(stream: BinaryIO, start: int) -> int:
    """Move to the first line that begins at or behind ``start``; its offset."""
    if start == 0:
        return 0
    stream.seek(start - 1)
    return start - 1 + _skip_line(stream)


def _skip_line(stream: BinaryIO) -> int:
    """Read to the end of the line in bounded memory; the number of bytes, with the line end."""
    skipped = 0
    while part := stream.readline(_SKIP_BYTES):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
