"""Reads a log from bytes with a reader of `codedark.ingest`, for the tests of readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from codedark.events.record import Batch, Origin, Record, Rejected, SourceName, Wanted

Reader = Callable[[BinaryIO, SourceName, Wanted], Iterator[Batch]]


class NothingWanted:
    """No column is wanted; whole records are looked at."""

    def fields(self, origin: Origin) -> tuple[str, ...]:  # noqa: ARG002
        return ()


@dataclass(frozen=True)
class Found:
    """All that came out of a log, in the order in which it came."""

    records: list[Record]
    origins: list[Origin]
    numbers: list[int]
    rejected: list[Rejected]
    sizes: list[int]

    @property
    def reasons(self) -> list[str]:
        return [rejected.reason for rejected in self.rejected]

    @property
    def count(self) -> int:
        return len(self.records) + len(self.rejected)


def read_bytes(read: Reader, data: bytes) -> Found:
    """What ``read`` makes of a log that holds ``data``."""
    found = Found([], [], [], [], [])
    for batch in read(BytesIO(data), SourceName("log"), NothingWanted()):
        origins = {row: group.origin for group in batch.groups for row in group.rows}
        for row in range(len(batch)):
            found.records.append(batch.record(row))
            found.origins.append(origins[row])
            found.numbers.append(batch.number(row))
        found.rejected.extend(batch.rejected)
        found.sizes.append(len(batch) + len(batch.rejected))
    return found


def meaningful(data: bytes, comment: tuple[bytes, ...] = ()) -> list[bytes]:
    """The lines of ``data`` that have to be counted: neither blank nor beginning like a comment."""
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    return [line for line in lines if line.strip() and not (comment and line.startswith(comment))]
