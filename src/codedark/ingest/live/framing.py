r"""Where messages begin and end in a stream of bytes: RFC 6587 and RFC 5425 framing, and lines.

Sans I/O: bytes in, in any pieces, whole records out. The framing is found out for each connection from its first bytes:

1. a number, a space and the start of a message: octet counting (RFC 6587, 3.4.1; RFC 5425, 4.3);
2. anything else: records up to a trailer (RFC 6587, 3.4.2), which is the first line feed or NUL that comes. NDJSON
   is of this kind.

What cannot be framed is `Bad`, never an exception. A record that is too long is passed over up to its end, and the
stream goes on behind it. A broken octet count leaves nothing to go on from: the framing is ``broken``, and the
connection has to be closed.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Protocol

from codedark.ingest.live.records import on_lines, whole_lines

_COUNTED: Final = re.compile(rb"[1-9]\d{0,8} (?:<\d|\{|CEF:|LEEF:)")
_MAYBE_COUNTED: Final = re.compile(rb"(?:[1-9]\d{0,8}(?: (?:<|C|CE|CEF|L|LE|LEE|LEEF)?)?)?\Z")
_COUNT_DIGITS: Final = 9
_FARTHEST_SKIP: Final = 64
"""A message of more than this many times the limit is taken for a broken count, not passed over."""


class Bad(NamedTuple):
    """Something that is no record: its offset in the stream, and why, as one plain sentence."""

    offset: int
    reason: str


class Framed(NamedTuple):
    """Whole lines (``data``), their number, and what could not be framed."""

    data: bytes = b""
    records: int = 0
    bad: tuple[Bad, ...] = ()


NOTHING: Final = Framed()


class Framer(Protocol):
    """One way of framing. ``unfinished`` is the bytes held of a record whose end has not come."""

    @property
    def unfinished(self) -> int:
        """Bytes that are held."""

    @property
    def broken(self) -> bool:
        """Whether nothing that follows can be read."""

    def feed(self, data: bytes) -> Framed:
        """The records that end in ``data``."""

    def finish(self) -> Framed:
        """What is left when the stream has ended."""


class Trailed:
    r"""Records that end with a trailer. Costs a search for the last trailer, whatever the number of records."""

    broken = False

    def __init__(self, limit: int, trailer: bytes = b"\n") -> None:
        self._limit = limit
        self._trailer = trailer
        self._held = bytearray()
        self._at = 0
        self._skipping = False

    @property
    def unfinished(self) -> int:
        """Bytes held of the last record; 1 within one that is passed over."""
        return 1 if self._skipping else len(self._held)

    def feed(self, data: bytes) -> Framed:
        """The records that end in ``data``."""
        if self._skipping:
            end = data.find(self._trailer) + 1
            self._at += end or len(data)
            if not end:
                return NOTHING
            self._skipping, data = False, data[end:]
        end = data.rfind(self._trailer) + 1
        block = b"".join((self._held, memoryview(data)[:end])) if end else b""
        if end:
            self._held = bytearray(data[end:])
        else:
            self._held += data
        framed, bad = self._without_too_long(block)
        self._at += len(block)
        if len(self._held) > self._limit:
            bad.append(self._too_long(self._at))
            self._at += len(self._held)
            self._held.clear()
            self._skipping = True
        return Framed(*self._on_lines(framed), tuple(bad))

    def finish(self) -> Framed:
        """A last record that lacks its trailer is a record all the same."""
        last = bytes(self._held) + self._trailer if self._held else b""
        self._at += len(self._held)
        self._held.clear()
        return Framed(*self._on_lines(last))

    def _without_too_long(self, block: bytes) -> tuple[bytes, list[Bad]]:
        """Leaps from trailer to trailer by at most a record's length, so the block is not looked at line by line."""
        if len(block) <= self._limit + 1:
            return block, []
        good, bad, start, begun = [], [], 0, 0
        while start < len(block):
            end = block.rfind(self._trailer, start, start + self._limit + 1) + 1
            if not end:
                good.append(block[begun:start])
                bad.append(self._too_long(self._at + start))
                end = begun = block.find(self._trailer, start) + 1
            start = end
        return (b"".join([*good, block[begun:]]), bad) if bad else (block, bad)

    def _too_long(self, offset: int) -> Bad:
        return Bad(offset, f"a record of more than {self._limit:,} bytes: passed over up to its end")

    def _on_lines(self, block: bytes) -> tuple[bytes, int]:
        if self._trailer == b"\n":
            return whole_lines(block)
        return on_lines(block[:-1].split(self._trailer)) if block else (b"", 0)


class Counted:
    """Messages, each behind its length in octets and a space. Line ends between messages are passed over."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._at = 0
        self._needed = 0
        self._skip = 0
        self.broken = False

    @property
    def unfinished(self) -> int:
        """Bytes held of the last message; 1 within one that is passed over."""
        return len(self._held) or min(self._skip, 1)

    def feed(self, data: bytes) -> Framed:
        """The messages that end in ``data``. What comes after a broken count is not looked at."""
        if self.broken:
            return NOTHING
        if len(self._held) + len(data) < self._needed:
            self._held += data
            return NOTHING
        stream = bytes(self._held) + data if self._held else data
        self._needed = 0
        messages: list[bytes] = []
        bad: list[Bad] = []
        place = self._walk(stream, messages, bad)
        self._held = bytearray() if self.broken else bytearray(stream[place:])
        self._at += place
        return Framed(*(on_lines(messages) if messages else (b"", 0)), tuple(bad))

    def finish(self) -> Framed:
        """A message that breaks off is told, not taken: its length says that it is not whole."""
        held = len(self._held)
        return Framed(bad=(Bad(self._at, f"the stream ended {held:,} bytes into a message"),)) if held else NOTHING

    def _walk(self, stream: bytes, messages: list[bytes], bad: list[Bad]) -> int:
        """Take whole messages off the front of ``stream``; where the first that is not whole begins."""
        place, size = 0, len(stream)
        while place < size:
            if self._skip:
                step = min(self._skip, size - place)
                self._skip -= step
                place += step
                continue
            if stream[place] in b"\r\n":
                place += 1
                continue
            space = stream.find(b" ", place, place + _COUNT_DIGITS + 1)
            digits = stream[place : space if space >= 0 else place + _COUNT_DIGITS + 1]
            if not digits.isdigit() or digits[:1] == b"0" or (space < 0 and len(digits) > _COUNT_DIGITS):
                return self._break(place, digits, bad)
            if space < 0:
                return place
            length = int(digits)
            if length > self._limit:
                if length > self._limit * _FARTHEST_SKIP:
                    return self._break(place, digits, bad)
                bad.append(Bad(self._at + place, f"a message of {length:,} bytes: at most {self._limit:,} are taken"))
                self._skip, place = length, space + 1
            elif space + 1 + length > size:
                self._needed = space + 1 + length - place
                return place
            else:
                place = space + 1 + length
                messages.append(stream[space + 1 : place])
        return place

    def _break(self, place: int, digits: bytes, bad: list[Bad]) -> int:
        self.broken = True
        said = ascii(digits.decode("latin-1"))
        bad.append(Bad(self._at + place, f"the length of a message was expected, not {said}: nothing behind is read"))
        return place


class Framing:
    """Finds out how a stream is framed, and then frames it so; ``limit`` is the longest record in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._head = bytearray()
        self._framer: Framer | None = None

    @property
    def unfinished(self) -> int:
        """Bytes held of a record whose end has not come."""
        return self._framer.unfinished if self._framer else len(self._head)

    @property
    def broken(self) -> bool:
        """Whether nothing that follows can be read."""
        return self._framer is not None and self._framer.broken

    def feed(self, data: bytes) -> Framed:
        """The records that end in ``data``."""
        if self._framer is not None:
            return self._framer.feed(data)
        self._head += data
        self._framer = self._decide(ended=False)
        return self._begin() if self._framer else NOTHING

    def finish(self) -> Framed:
        """What is left when the stream has ended."""
        begun = NOTHING
        if self._framer is None:
            self._framer = self._decide(ended=True)
            begun = self._begin()
        last = self._framer.finish() if self._framer else NOTHING
        return Framed(begun.data + last.data, begun.records + last.records, begun.bad + last.bad)

    def _begin(self) -> Framed:
        assert self._framer is not None
        head, self._head = bytes(self._head), bytearray()
        return self._framer.feed(head)

    def _decide(self, *, ended: bool) -> Framer | None:
        """Depends on the bytes alone and not on the pieces in which they came."""
        head = self._head
        if _COUNTED.match(head):
            return Counted(self._limit)
        if _MAYBE_COUNTED.match(head) and not ended:
            return None
        feed, nul = head.find(b"\n", 0, self._limit + 1), head.find(b"\0", 0, self._limit + 1)
        if nul >= 0 and (feed < 0 or nul < feed):
            return Trailed(self._limit, b"\0")
        return Trailed(self._limit) if feed >= 0 or ended or len(head) > self._limit else None
