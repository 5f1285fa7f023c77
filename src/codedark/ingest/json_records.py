"""JSON that is not one object a line: arrays, envelopes, objects over many lines. One record at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from codedark.events.record import Batch, RecordBatch, Rejected, SourceName, Wanted
from codedark.ingest.json_frames import Bad, frames
from codedark.ingest.json_lines import decode_object
from codedark.ingest.shapes import normalise

_BATCH_RECORDS = 1000
_BATCH_BYTES = 1 << 22


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """The records in the order of the stream, known by their 1-based number in it."""
    batch = RecordBatch(source, wanted)
    size = 0
    for number, frame in enumerate(frames(stream), 1):
        if isinstance(frame, Bad):
            batch.rejected.append(Rejected(source, frame.offset, frame.reason))
        else:
            size += len(frame.raw)
            try:
                batch.add(*normalise(decode_object(frame.raw)), number)
            except ValueError as error:
                batch.rejected.append(Rejected(source, frame.offset, str(error)))
        if len(batch) + len(batch.rejected) >= _BATCH_RECORDS or size >= _BATCH_BYTES:
            yield batch
            batch = RecordBatch(source, wanted)
            size = 0
    yield batch
