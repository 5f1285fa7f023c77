"""HL7 v2 messages out of a stream of bytes, and acknowledgements into it (HL7 v2 transport specification, appendix C).

A frame is 0x0B, the message, 0x1C 0x0D. What stands outside of frames is thrown away, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_START, _END = 0x0B, 0x1C
_LONGEST_FIELD: Final = 250
_FIRST: Final = re.compile(rb"[\r\n]MSH")
_NOT_TEXT: Final = re.compile(rb"[\x00-\x1f]")


class TooLong(ValueError):
    """A message that does not end within the limit; the text says how long it may be."""


class Frames:
    """The frames of one connection, whatever pieces they come in. ``outside_bytes``: how much stood between them."""

    def __init__(self, most_bytes: int) -> None:
        self.outside_bytes = 0
        self._most_bytes: Final = most_bytes
        self._held = bytearray()
        self._looked = 0

    @property
    def held_bytes(self) -> int:
        """How much of a message that is not whole yet is in memory."""
        return len(self._held)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The messages that are whole now. Raises `TooLong` behind the last whole one."""
        self._held += piece
        while True:
            start = self._held.find(_START)
            if start != 0:
                self._drop(len(self._held) if start < 0 else start)
            end = self._held.find(_END, self._looked)
            if end < 0:
                break
            message = bytes(self._held[1:end])
            behind = end + 1
            del self._held[: behind + (self._held[behind : behind + 1] == b"\r")]
            self._looked = 0
            yield message
        self._looked = len(self._held)
        if len(self._held) > self._most_bytes:
            raise TooLong(f"a message of more than {self._most_bytes} bytes")

    def _drop(self, count: int) -> None:
        """Throw away what stands before a frame. The return that ends a frame may come late; it is no rubbish."""
        self.outside_bytes += len(self._held[:count].strip(b"\r\n"))
        del self._held[:count]
        self._looked = 0


def acknowledgement(message: bytes, code: str, reason: str, at: str) -> bytes:
    """The frame that answers a message: MSH, MSA and, with a ``reason``, ERR. ``at`` as MSH-7 has it.

    The answer uses the separators of the question, and swaps who sends and who receives. A message without a header is
    answered too, for a sender that gets no answer sends the same for ever. A batch is answered by its first message.
    """
    header = message.lstrip(b"\r\n \xef\xbb\xbf")
    if header.startswith((b"FHS", b"BHS")) and (first := _FIRST.search(header)):
        header = header[first.end() - 3 :]
    field = header[3:4] if header.startswith(b"MSH") and len(header) > 8 else b"|"
    asked = re.split(rb"[\r\n]", header, maxsplit=1)[0].split(field) if header.startswith(b"MSH") else []
    told = [_safe(asked[n]) if n < len(asked) else b"" for n in range(13)]
    separators = told[1] or rb"^~\&"
    trigger = told[8].split(separators[:1])[1:2]
    kind = separators[:1].join([b"ACK", *trigger])
    msh = [b"MSH", separators, told[4], told[5], told[2], told[3], at.encode(), b"", kind, told[9], told[10] or b"P"]
    msa = [b"MSA", code.encode(), told[9]]
    segments = [field.join([*msh, told[11] or b"2.5.1"]), field.join(msa)]
    if reason:
        text = _safe(reason.encode("ascii", "replace").translate(None, field + separators))[:_LONGEST_FIELD]
        segments[1] += field + text
    return b"\x0b" + b"\r".join(segments) + b"\r\x1c\r"


def _safe(field: bytes) -> bytes:
    """A field as it may be sent back: without control characters, and not longer than fields are."""
    return _NOT_TEXT.sub(b"", field)[:_LONGEST_FIELD]
