"""Windows event log files (EVTX), through the `evtx` library, with what it passes over in silence accounted for.

The library skips a damaged or missing chunk without a word, or with one exception for all of its records. Each
chunk's header says which record ids it holds (MS-EVEN6 file format, chunk header: first and last event record id at
24 and 32), so every record that the header promises and the library does not deliver is rejected by its id.

A chunk keeps its names and templates in linked lists: 64 and 32 heads at 128, the next link in the first four bytes
of each entry. The library follows them to the end, which a damaged list may not have. New entries go to the
front, so a sound link leads backwards; any other is cut before the library sees it.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from io import SEEK_END, BytesIO
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, cast

from evtx import PyEvtxParser

from codedark.events.record import Batch, Rejected, SourceName, Wanted
from codedark.ingest.nested_events import NestedBatch, NestedEvents

_FILE_HEADER_BYTES = 4096
_CHUNK_BYTES = 65536
_CHUNK_MAGIC = b"ElfChnk\0"
_CHUNKS_IN_HEADER_AT = 42
_LINKS = struct.Struct("<96I")
_LINK = struct.Struct("<I")
_LINKS_AT = 128
_IDS_AT, _IDS_END = 24, 40
_RECORDS_AT = 512
_BATCH_RECORDS = 2000
_SMALL_BYTES = 1 << 24
_RECORD = struct.Struct("<IIQ")
_RECORD_MAGIC = b"\x2a\x2a\0\0"
_MOST_RECORDS_IN_CHUNK = 4096
_NO_ID = 2**64 - 1
_MOST_FAILURES = 100_000
_UNDELIVERED = "a record that its chunk promises and that cannot be read: the chunk is damaged"


class _Survey(NamedTuple):
    """The record ids of each chunk, (offset, reason) for what should be there and is not, offsets of wrong links."""

    chunks: list[Sequence[int]]
    lost: list[tuple[int, str]]
    wrong_links: list[int]


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """The records of a stream that can seek, by their EventRecordID; then one batch with all that was not delivered."""
    stream = _in_memory(stream)
    survey = _survey(stream)
    stream.seek(0)
    if survey.wrong_links:
        stream = cast("BinaryIO", _Cut(stream, survey.wrong_links))
    events = NestedEvents(source, wanted)
    missing = _Missing(survey.chunks)
    failures: list[str] = []
    for some in _records(stream, failures):
        numbers = [record["event_record_id"] for record in some]
        missing.delivered(numbers)
        yield events.batch([record["data"] for record in some], numbers)
    lost = [Rejected(source, offset, reason) for offset, reason in survey.lost]
    lost += [Rejected(source, number, _UNDELIVERED) for number in missing.ids()]
    lost = lost or [Rejected(source, 0, reason) for reason in failures]
    if lost:
        yield NestedBatch(source, [], [], lost)


def _in_memory(stream: BinaryIO) -> BinaryIO:
    """The stream, read in one go if it is small: it is looked at twice."""
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    return BytesIO(stream.read(size)) if size <= _SMALL_BYTES else stream


class _Missing:
    """The record ids that chunks promise and that have not been delivered yet: of each chunk only while some are."""

    def __init__(self, chunks: Sequence[Sequence[int]]) -> None:
        self._chunks: list[Sequence[int]] = []
        for ids in sorted((ids for ids in chunks if ids), key=min):
            if self._chunks and min(ids) <= max(self._chunks[-1]):
                # Two chunks that promise the same ids: damage, and which record is whose cannot be told.
                self._chunks[-1] = sorted({*self._chunks[-1], *ids})
            else:
                self._chunks.append(ids)
        self._firsts = [min(ids) for ids in self._chunks]
        self._left: dict[int, set[int]] = {}

    def delivered(self, numbers: Sequence[int]) -> None:
        """Note some records, each for the last chunk that begins at or before it."""
        numbers, done = sorted(numbers), 0
        while done < len(numbers):
            place = bisect_right(self._firsts, numbers[done]) - 1
            begun = done
            done = (
                bisect_left(numbers, self._firsts[place + 1], done) if place + 1 < len(self._firsts) else len(numbers)
            )
            if place >= 0:
                left = self._left.get(place)
                left = self._left[place] = set(self._chunks[place]) if left is None else left
                left.difference_update(numbers[begun:done])

    def ids(self) -> Iterator[int]:
        """What is missing, chunk by chunk."""
        for place, ids in enumerate(self._chunks):
            yield from sorted(self._left.get(place, ids))


def _records(stream: BinaryIO, failures: list[str]) -> Iterator[list[dict[str, Any]]]:
    """The records that the library delivers, some at a time; its complaints go to ``failures``."""
    try:
        records: Iterator[Any] = iter(PyEvtxParser(stream).records_json())
    except (RuntimeError, OSError, ValueError) as error:
        failures.append(f"not a readable event log: {error}")
        return
    is_end = False
    while not is_end:
        some: list[dict[str, Any]] = []
        while len(some) < _BATCH_RECORDS and not is_end:
            try:
                some.extend(islice(records, _BATCH_RECORDS - len(some)))  # keeps what came before an exception
                is_end = len(some) < _BATCH_RECORDS
            except (RuntimeError, OSError, ValueError) as error:
                failures.append(f"a record cannot be read: {error}")
                is_end = len(failures) >= _MOST_FAILURES
        if some:
            yield some


def _survey(stream: BinaryIO) -> _Survey:
    """What the headers of the file and of its chunks say."""
    header = stream.read(_FILE_HEADER_BYTES)
    if len(header) < _FILE_HEADER_BYTES:
        return _Survey([], [(0, "the file ends within its header")], [])
    promised = struct.unpack_from("<H", header, _CHUNKS_IN_HEADER_AT)[0]
    found = _Survey([], [], [])
    offset = _FILE_HEADER_BYTES
    while chunk := stream.read(_CHUNK_BYTES):
        ids = _ids(chunk) if len(chunk) >= _IDS_END else ()
        if chunk.startswith(_CHUNK_MAGIC) and len(chunk) >= _IDS_END:
            found.wrong_links.extend(offset + place for place in _wrong_links(chunk))
            found.chunks.append(ids)
        elif len(found.chunks) + len(found.lost) < promised and any(chunk):
            if ids:
                found.chunks.append(ids)
            else:
                found.lost.append((offset, "a chunk of records whose header is damaged or cut off"))
        offset += len(chunk)
    if missing := max(promised - len(found.chunks) - len(found.lost), 0):
        found.lost.append((offset, f"{missing} chunks of records that the file header promises are not there"))
    return found


def _ids(chunk: bytes) -> Sequence[int]:
    """The record ids that a chunk's header promises; where that cannot be right, those of the records found in it.

    A record begins with its mark, its size and its id, and ends with its size again.
    """
    first, last = struct.unpack_from("<QQ", chunk, _IDS_AT)
    if first <= last < min(first + _MOST_RECORDS_IN_CHUNK, _NO_ID):
        return range(first, last + 1)
    found: list[int] = []
    place = chunk.find(_RECORD_MAGIC, _RECORDS_AT)
    while 0 <= place <= len(chunk) - _RECORD.size:
        _, size, number = _RECORD.unpack_from(chunk, place)
        is_whole = size > _RECORD.size and chunk[place + size - 4 : place + size] == chunk[place + 4 : place + 8]
        if is_whole:
            found.append(number)
        place = chunk.find(_RECORD_MAGIC, place + (size if is_whole else 1))
    return found


def _wrong_links(chunk: bytes) -> Iterator[int]:
    """Where the links stand in a chunk that do not lead backwards to another entry."""
    if len(chunk) <= _RECORDS_AT:
        return
    for number, head in enumerate(_LINKS.unpack_from(chunk, _LINKS_AT)):
        if head:
            place, before, link = _LINKS_AT + _LINK.size * number, len(chunk) - _LINK.size + 1, head
            while link:
                if not _RECORDS_AT <= link < before:
                    yield place
                    break
                place = before = link
                link = _LINK.unpack_from(chunk, link)[0]


class _Cut:
    """A stream in which the links at some offsets read as zero: the end of a list."""

    def __init__(self, stream: BinaryIO, places: list[int]) -> None:
        self._stream = stream
        self._places = sorted(places)
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        begin = self._stream.tell()
        data = bytearray(self._stream.read(size))
        for place in self._places[bisect_left(self._places, begin - _LINK.size + 1) :]:
            if place >= begin + len(data):
                break
            first, last = max(place - begin, 0), min(place - begin + _LINK.size, len(data))
            data[first:last] = bytes(last - first)
        return bytes(data)
