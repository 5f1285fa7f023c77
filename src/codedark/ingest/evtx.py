"""Windows event log files (EVTX), through the `evtx` library, with what it passes over in silence accounted for.

The library skips a damaged or missing chunk without a word, or with one exception for all of its records. Each
chunk's header says which record ids it holds (MS-EVEN6 file format, chunk header: first and last event record id at
24 and 32), so every record that the header promises and the library does not deliver is rejected by its id.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from evtx import PyEvtxParser

from codedark.events.record import Batch, Rejected, SourceName, Wanted
from codedark.ingest.json_columns import NestedShape
from codedark.ingest.json_lines import EventLines, LineBatch
from codedark.ingest.lines import Block

_FILE_HEADER_BYTES = 4096
_CHUNK_BYTES = 65536
_CHUNK_MAGIC = b"ElfChnk\0"
_CHUNKS_IN_HEADER_AT = 42
_BATCH_RECORDS = 2000
_MOST_RECORDS_IN_CHUNK = 4096
_UNDELIVERED = "a record that its chunk promises and that cannot be read: the chunk is damaged"


class Chunk(NamedTuple):
    """What the header of one chunk says: record ids from ``first`` to ``last``; None for a chunk that is no chunk."""

    offset: int
    first: int
    last: int


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """The records of a stream that can seek, by their EventRecordID; then one batch with all that was not delivered."""
    chunks, lost = _chunks(stream)
    stream.seek(0)
    events = EventLines(source, wanted, NestedShape())
    delivered: set[int] = set()
    failures: list[str] = []
    found = _records(stream, failures)
    while some := list(islice(found, _BATCH_RECORDS)):
        delivered.update(number for number, _ in some)
        data = "\n".join(text for _, text in some).encode()
        block = Block(1, 0, len(data), data, data.split(b"\n"))
        yield events.batch(block, numbers=[number for number, _ in some])
    rest = LineBatch(source, Block(1, 0, 0, b"", []))
    rest.rejected += [Rejected(source, offset, reason) for offset, reason in lost]
    for chunk in chunks:
        missing = (number for number in range(chunk.first, chunk.last + 1) if number not in delivered)
        rest.rejected += [Rejected(source, number, _UNDELIVERED) for number in missing]
    if not rest.rejected:
        rest.rejected += [Rejected(source, 0, reason) for reason in failures]
    yield rest


def _records(stream: BinaryIO, failures: list[str]) -> Iterator[tuple[int, str]]:
    """Record id and JSON text of each record that the library delivers; its complaints go to ``failures``."""
    try:
        records: Iterator[Any] = iter(PyEvtxParser(stream).records_json())
    except (RuntimeError, OSError, ValueError) as error:
        failures.append(f"not a readable event log: {error}")
        return
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError) as error:
            failures.append(f"a record cannot be read: {error}")
            continue
        yield int(record["event_record_id"]), record["data"]


def _chunks(stream: BinaryIO) -> tuple[list[Chunk], list[tuple[int, str]]]:
    """The chunks that have records, and (offset, reason) for those that the file should have and has not."""
    header = stream.read(_FILE_HEADER_BYTES)
    if len(header) < _FILE_HEADER_BYTES:
        return [], [(0, "the file ends within its header")]
    promised = struct.unpack_from("<H", header, _CHUNKS_IN_HEADER_AT)[0]
    chunks: list[Chunk] = []
    lost: list[tuple[int, str]] = []
    offset = _FILE_HEADER_BYTES
    while len(head := stream.read(_CHUNK_BYTES)) > 0:
        if len(head) < _CHUNK_BYTES:
            lost.append((offset, "the file ends within a chunk of records"))
        if head.startswith(_CHUNK_MAGIC) and len(head) >= 40:
            first, last = struct.unpack_from("<QQ", head, 24)
            if first <= last < first + _MOST_RECORDS_IN_CHUNK:
                chunks.append(Chunk(offset, first, last))
        elif len(chunks) < promised and any(head):
            lost.append((offset, "a chunk of records whose header is damaged"))
        offset += _CHUNK_BYTES
    if len(chunks) + len(lost) < promised:
        missing = promised - len(chunks) - len(lost)
        lost.append((offset, f"{missing} chunks of records that the file header promises are not there"))
    return chunks, lost
