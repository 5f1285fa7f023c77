"""Finds the record objects in JSON that is not one object a line, in bounded memory.

Records are the objects of a top-level array, objects one after the other (also indented over many lines, also
with commas or RFC 7464 separators between them), the objects in the array of an envelope (`Records` of
CloudTrail, `value` of Microsoft Graph, ...), and `_source` in the hits of Elastic. This module only finds
where values begin and end; whether they are valid is for the JSON parser to say, record by record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

MAX_VALUE_BYTES: Final = 1 << 24
MAX_DEPTH: Final = 1000
_READ_BYTES: Final = 1 << 20
_LOOKAHEAD: Final = 1 << 16
_RESCANS: Final = 16
_SAMPLE_LINES: Final = 20
_TOO_LARGE: Final = f"the value is larger than {MAX_VALUE_BYTES:,} bytes, or not closed"


class Frame(NamedTuple):
    """The bytes of one record object, and their byte offset in the stream."""

    offset: int
    raw: bytes


class Bad(NamedTuple):
    """Something that is not a record object: where it begins, and what is wrong, as one plain sentence."""

    offset: int
    reason: str


# A JSON string holds no bare line feed, so a string that is not closed is noticed at the end of its line.
_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_WS = rb"[ \t\r\n]*+"
_SCALAR = rb"(?:" + _STRING + rb"|[-+.\w]++)"
_FLAT = rb'\{[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+\}'
_KEY = _STRING + _WS + rb":" + _WS
_SCALARS = rb"(?:" + _KEY + _SCALAR + _WS + rb"," + _WS + rb")*+"
_VALUE = rb"(?:" + _SCALAR + rb"|" + _FLAT + rb")"
_MEMBERS = rb'(?:(?!"_source")' + _KEY + _VALUE + _WS + rb"," + _WS + rb")*+"
_OPEN = rb"\{" + _WS
_COLON = _WS + rb":" + _WS
_OBJECTS = rb"\[" + _WS + rb"(?=\{)"
_LISTED = rb'"(?:Records|records|value|events|logEvents)"' + _COLON + _OBJECTS
_HITS = rb'"hits"' + _COLON

_BETWEEN: Final = re.compile(rb"[ \t\r\n,\x1e]*+")
_TO_BRACKET: Final = re.compile(rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+')
_OPEN_STRING: Final = re.compile(rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+')
_LONE_SCALAR: Final = re.compile(_SCALAR)
_MEMBER_KEY: Final = re.compile(_KEY)
_MORE_OBJECTS: Final = re.compile(_LISTED)
_FIRST_KEY: Final = re.compile(rb"\{" + _WS + _STRING + _WS + rb":")
_HIT: Final = re.compile(_OPEN + rb'(?="_(?:index|id|type|score)")' + _MEMBERS + rb'"_source"' + _COLON + rb"(?=\{)")
# What a top-level object begins with when it is an envelope, and the brackets that are open behind that.
_ENVELOPES: Final = (
    (re.compile(_OPEN + _SCALARS + _LISTED), b"}]"),
    (re.compile(_OPEN + _MEMBERS + _HITS + _OPEN + _MEMBERS + _HITS + _OBJECTS), b"}}]"),
    (_HIT, b"}"),
)
# What no envelope is without: looked for once per read, because to try every record as an envelope is slow.
_ENVELOPE_KEY: Final = re.compile(rb'"(?:Records|records|value|events|logEvents|hits|_source)"' + _COLON + rb"[\[{]")
_OPENING: Final = b"{["
_ARRAY: Final = 0x5B
_QUOTE: Final = 0x22


def frames(stream: BinaryIO) -> Iterator[Frame | Bad]:
    """Yield the records of ``stream`` in order, and what could not be read between them.

    A record larger than 16 MiB, nested deeper than 1,000 or not closed is one `Bad`; reading goes on at the
    next place that begins like a record. Where there is none, the rest of the stream is part of that `Bad`.
    """
    return _Scanner(stream).items()


def is_one_per_line(head: bytes) -> bool:
    """Whether JSON that begins with ``head`` (up to 64 KiB) holds one record object a line."""
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    whole = [line.strip() for line in lines[:-1] if line.strip()][:_SAMPLE_LINES]
    if whole:
        return 2 * sum(map(_is_one_record, whole)) >= len(whole)
    found = list(frames(BytesIO(lines[0])))
    start = len(lines[0]) - len(lines[0].lstrip())
    return lines[0].lstrip().startswith(b"{") and len(found) == 1 and found[0].offset == start


def _is_one_record(line: bytes) -> bool:
    first = next(frames(BytesIO(line)), None)
    return isinstance(first, Frame) and len(first.raw) == len(line)


class _Scanner:
    """``buffer[at:]`` is what is still to be read; ``open`` are the brackets to be closed around records."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.buffer = self.last = b""
        self.base = self.at = self.stuck = 0
        self.open = bytearray()
        self.key_at = -1
        self.rescans = _RESCANS
        self.deep = False

    def items(self) -> Iterator[Frame | Bad]:
        self._ahead()
        if self.buffer.startswith(b"\xef\xbb\xbf"):
            self.at = 3
        while self._between():
            item = self._next()
            if item is not None:
                yield item
        if self.open:
            yield self._bad("the JSON ends before its array is closed: the file is cut off here")

    def _bad(self, reason: str) -> Bad:
        return Bad(self.base + self.at, reason)

    def _next(self) -> Frame | Bad | None:
        """Take one step from a place between records."""
        token = self.buffer[self.at]
        if token in _OPENING:
            return None if self._entered(token) else self._record(token)
        if self.open and token == self.open[-1]:
            self.open.pop()
            self.at += 1
            return None
        if self.open.endswith(b"}") and _MEMBER_KEY.match(self.buffer, self.at):
            return self._member()
        if scalar := _LONE_SCALAR.match(self.buffer, self.at):
            bad = self._bad("there is a single value where a JSON object should be")
            self.at = scalar.end()
            return bad
        bad = self._bad(f"there is no JSON at the byte 0x{token:02x}")
        self._seek(b"{", self.at + 1)
        return bad

    def _entered(self, token: int) -> bool:
        """Enter an array or envelope of records, if one begins here."""
        if token == _ARRAY:
            if self.open:
                return False
            self.open += b"]"
            self.at += 1
            return True
        if self.key_at < self.at:
            key = _ENVELOPE_KEY.search(self.buffer, self.at)
            self.key_at = key.start() if key else len(self.buffer)
        if self.key_at > min(self.at + _LOOKAHEAD, len(self.buffer) - 1):
            return False
        kinds = _ENVELOPES if not self.open else _ENVELOPES[2:] if self.open.endswith(b"]") else ()
        for start, brackets in kinds:
            if found := start.match(self.buffer, self.at):
                self.open += brackets
                self.at = found.end()
                return True
        return False

    def _record(self, token: int) -> Frame | Bad:
        end = self._value_end()
        if isinstance(end, str):
            return self._lost(end)
        item: Frame | Bad
        if self.deep:
            item = self._bad(f"the JSON is nested deeper than {MAX_DEPTH}")
        elif token == _ARRAY:
            item = self._bad("there is an array where a JSON object should be")
        else:
            self.last = self.buffer[self.at : end]
            item = Frame(self.base + self.at, self.last)
        self.at = end
        return item

    def _member(self) -> Bad | None:
        """Pass over a member of an envelope behind its records, or enter one that holds more of them."""
        if more := _MORE_OBJECTS.match(self.buffer, self.at):
            self.open += b"]"
            self.at = more.end()
            return None
        key = _MEMBER_KEY.match(self.buffer, self.at)
        self.at = key.end() if key else self.at
        if scalar := _LONE_SCALAR.match(self.buffer, self.at):
            self.at = scalar.end()
        elif self.buffer[self.at : self.at + 1] in (b"{", b"["):
            end = self._value_end()
            if isinstance(end, str):
                return self._lost(end)
            self.at = end
        return None

    def _value_end(self) -> int | str:
        """Where the value that begins at ``at`` ends in the buffer, or why it does not."""
        place, depth, self.deep = self.at, 0, False
        while True:
            place = _end(_TO_BRACKET, self.buffer, place)
            if place < len(self.buffer) and self.buffer[place] != _QUOTE:
                depth += 1 if self.buffer[place] in _OPENING else -1
                self.deep = self.deep or depth > MAX_DEPTH
                place += 1
                if depth and place - self.at <= MAX_VALUE_BYTES:
                    continue
                self.stuck = place
                return place if place - self.at <= MAX_VALUE_BYTES else _TOO_LARGE
            self.stuck = place
            if self._string_broken(place):
                return "the value holds a string that is not closed at the end of its line"
            if len(self.buffer) - self.at > MAX_VALUE_BYTES:
                return _TOO_LARGE
            moved = self.at
            if not self._more():
                return "the JSON ends in the middle of this value"
            place -= moved

    def _string_broken(self, place: int) -> bool:
        if place == len(self.buffer):
            return False
        stop = _end(_OPEN_STRING, self.buffer, place)
        at_escape = self.buffer[stop : stop + 1] == b"\\"
        return stop + at_escape < len(self.buffer)

    def _lost(self, reason: str) -> Bad:
        """Give up the value that begins here; go on where the first key of records stands again."""
        offset = self.base + self.at
        mark = _FIRST_KEY.match(self.last) or _FIRST_KEY.match(self.buffer, self.at)
        # Every search from inside a value may be in vain as far as to the end: only some are allowed.
        start = self.at + 1 if self.rescans else max(self.stuck, self.at + 1)
        self.rescans = max(self.rescans - 1, 0)
        if mark is None or not self._seek(mark[0], start):
            self.buffer, self.at, self.open = b"", 0, bytearray()
            self.stream = BytesIO()
            reason += ": the rest is not read"
        return Bad(offset, reason)

    def _seek(self, mark: bytes, start: int) -> bool:
        """Move to the next ``mark`` from ``start`` on, in bounded memory; to the end if there is none."""
        while (found := self.buffer.find(mark, start)) < 0:
            self.at = max(start, len(self.buffer) - len(mark) + 1)
            if not self._more():
                self.at = len(self.buffer)
                return False
            start = self.at
        self.at = found
        return True

    def _between(self) -> bool:
        """Move over white space and separators to the next token; False at the end of the stream."""
        while True:
            self.at = _end(_BETWEEN, self.buffer, self.at)
            if self.at < len(self.buffer):
                self._ahead()
                return True
            if not self._more():
                return False

    def _ahead(self) -> None:
        while len(self.buffer) - self.at < _LOOKAHEAD and self._more():
            pass

    def _more(self) -> bool:
        """Read on, and forget what stands before ``at``."""
        chunk = self.stream.read(max(_READ_BYTES, len(self.buffer) - self.at))
        if chunk:
            self.base += self.at
            self.buffer = self.buffer[self.at :] + chunk
            self.at = 0
            self.key_at = -1
        return bool(chunk)


def _end(pattern: re.Pattern[bytes], data: bytes, start: int) -> int:
    """Where a pattern that can match nothing stops, from ``start``."""
    found = pattern.match(data, start)
    return found.end() if found else start
