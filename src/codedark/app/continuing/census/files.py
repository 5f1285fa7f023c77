"""Files of messages and resources, read a part at a time however large they are when unpacked."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson

from codedark.app.continuing.census.formats import FHIR, HL7
from codedark.errors import UnusableInput
from codedark.events.record import Rejected
from codedark.ingest.archive import Limits
from codedark.ingest.open import open_sources
from codedark.store.journal.segment import LARGEST_BYTES

_HEADER_BYTES: Final = 4
_BLANK: Final = frozenset(b" \t\x0c")
_LINE_ENDS: Final = frozenset(b"\r\n\x0b\x1c")
_NO_SEPARATOR: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \t\r\n\x0b\x0c")
_AROUND: Final = b"\r\n\x0b\x0c\x1c \t"
_PART_BYTES: Final = 1 << 20
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_MOST_DOCUMENT_BYTES: Final = 64 << 20
"""One JSON document is in memory as a whole; resources one a line are not."""


class NotRecords(UnusableInput):
    """What is neither HL7 v2 nor FHIR, by its beginning: nothing of it was given out."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some records of a file: their format, their lines, and how many they are."""

    format: str
    data: bytes
    count: int


def records(file: Path) -> Iterator[Part]:
    """What a file holds, plain, compressed or in an archive. Raises `UnusableInput` where it is damaged or too large,
    behind what could be read, and `NotRecords` behind all else where it, or a file in it, is of another kind.
    """
    refused: list[Rejected] = []
    others: list[str] = []
    for opened in open_sources(file, Limits(), refused.append):
        stream = opened.stream
        beginning = opened.head()
        is_json = beginning.lstrip()[:1] in {b"{", b"["}
        if beginning.strip() and not _is_ours(beginning, is_json=is_json):
            others.append(str(opened.source))
            continue
        for part in _resources(stream, file) if is_json else _messages(stream, file):
            if len(part.data) > LARGEST_BYTES:
                raise UnusableInput(f"{file}: a record has {len(part.data)} bytes; {LARGEST_BYTES} are taken at most")
            yield part
    if refused:
        raise UnusableInput(f"{file}: it cannot be read: {refused[0].reason}")
    if others:
        raise NotRecords(f"{', '.join(others)}: neither HL7 v2 nor FHIR; nothing of it is taken")


def _is_ours(beginning: bytes, *, is_json: bool) -> bool:
    """Whether a file begins like resources or messages: a file of keys that was named by mistake is not kept."""
    if is_json:
        return b'"resourceType"' in beginning
    plain = beginning.removeprefix(_BYTE_ORDER_MARK)
    return next(_starts(plain, 0, len(plain)), None) is not None


def messages(octets: bytes) -> list[bytes]:
    """The messages of a file: each from its MSH on. What stands before the first is one that cannot be read."""
    starts = [0, *_starts(octets, 0, len(octets)), len(octets)]
    parts = (octets[start:end].strip(_AROUND) for start, end in pairwise(starts))
    return [part for part in parts if part]


def _starts(octets: bytes | bytearray, begin: int, end: int) -> Iterator[int]:
    """Where headers begin: MSH and a separator, behind the end of a line or of a frame, or at the beginning.

    Each octet is looked at once or twice, however many lines are empty.
    """
    at = octets.find(b"MSH", begin, end)
    while at >= 0:
        before = at - 1
        while before >= 0 and octets[before] in _BLANK:
            before -= 1
        is_line = before < 0 or octets[before] in _LINE_ENDS
        if is_line and octets[at + 3 : at + 4] and octets[at + 3] not in _NO_SEPARATOR:
            yield at
        at = octets.find(b"MSH", at + 3, end)


def _messages(stream: io.BufferedReader, file: Path) -> Iterator[Part]:
    """Message by message; the last of what was read so far may go on, and a header may be cut in two."""
    held, looked = bytearray(), 0
    while chunk := stream.read(_PART_BYTES):
        held += chunk
        starts = [0, *(start for start in _starts(held, looked, len(held) - 1) if start > 0)]
        for start, end in pairwise(starts):
            if part := bytes(held[start:end]).strip(_AROUND):
                yield Part(HL7, part + b"\n", 1)
        del held[: starts[-1]]
        looked = max(3 if held.startswith(b"MSH") else 0, len(held) - _HEADER_BYTES)
        if len(held) > LARGEST_BYTES:
            raise UnusableInput(f"{file}: a message does not end; {LARGEST_BYTES} bytes are taken at most")
    if part := bytes(held).strip(_AROUND):
        yield Part(HL7, part + b"\n", 1)


def _resources(stream: io.BufferedReader, file: Path) -> Iterator[Part]:
    """Resources one a line, in parts of about a megabyte; a document is read as a whole, and made such lines."""
    first = stream.readline(LARGEST_BYTES + 1)
    while first and not first.strip():
        first = stream.readline(LARGEST_BYTES + 1)
    lines = _lines(first, stream) if _is_line(first) else _entries(first, stream, file)
    held: list[bytes] = []
    size_bytes = 0
    for line in lines:
        if line.strip():
            held.append(line.rstrip(b"\r\n") + b"\n")
            size_bytes += len(line)
        if size_bytes > _PART_BYTES:
            yield Part(FHIR, b"".join(held), len(held))
            held, size_bytes = [], 0
    if held:
        yield Part(FHIR, b"".join(held), len(held))


def _is_line(first: bytes) -> bool:
    """Whether the first line is a resource of its own: it ends what it begins, and is no bundle of others."""
    if not first.rstrip().endswith(b"}"):
        return False
    try:
        found = orjson.loads(first)
    except orjson.JSONDecodeError:
        return True  # one line that cannot be read does not make a document of the others
    return isinstance(found, dict) and found.get("resourceType") != "Bundle"


def _lines(first: bytes, stream: io.BufferedReader) -> Iterator[bytes]:
    yield first
    while line := stream.readline(LARGEST_BYTES + 1):
        yield line


def _entries(first: bytes, stream: io.BufferedReader, file: Path) -> Iterable[bytes]:
    octets = first + stream.read(max(0, _MOST_DOCUMENT_BYTES + 1 - len(first)))
    if len(octets) > _MOST_DOCUMENT_BYTES:
        raise UnusableInput(
            f"{file}: one JSON document of more than {_MOST_DOCUMENT_BYTES} bytes: give its resources one a line"
        )
    try:
        found: Any = orjson.loads(octets)
    except orjson.JSONDecodeError as error:
        raise UnusableInput(f"{file}: neither FHIR resources one a line nor one JSON document: {error}") from error
    if isinstance(found, dict) and found.get("resourceType") == "Bundle":
        found = [entry.get("resource") for entry in found.get("entry", []) if isinstance(entry, dict)]
    return map(orjson.dumps, found if isinstance(found, list) else [found])
