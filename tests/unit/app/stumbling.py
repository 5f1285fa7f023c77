"""A reader with an error in it: one record ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from codedark.events.record import Batch, SourceName, Wanted
from codedark.ingest.formats import Reader


def stumbling(reader: Reader) -> Reader:
    """The reader, which now raises for a text with a record that says ``poison``, and says the record in its error."""

    def read(text: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
        for batch in reader(text, source, wanted):
            for row in range(len(batch)):
                if "poison" in batch.record(row):
                    raise LookupError(batch.record(row))
            yield batch

    return read
