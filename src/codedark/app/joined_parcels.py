"""Parcels of one format read as one text: small parcels from many sources cost no more than one large one.

A record is found again by its number among all (`Sequence`), however its parcel was joined with others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from io import BytesIO
from itertools import accumulate

from codedark.events.parcel import NOTE, Parcel
from codedark.events.record import Batch, Rejected, SourceName, Wanted
from codedark.ingest.formats import READERS

MOST_BYTES = 4 << 20
_SOURCE = SourceName("journal")
_EVENT_ID = b'"EventID":'


class JoinedParcels:
    """Parcels of one format and header, in their order."""

    def __init__(self, parcels: Sequence[Parcel]) -> None:
        self.parcels = parcels
        self.format = parcels[0].format
        self.header = parcels[0].header
        self.header_lines = self.header.count(b"\n")
        self._ends = [*accumulate(parcel.count for parcel in parcels)]

    @cached_property
    def text(self) -> bytes:
        """The header and all lines."""
        return b"".join((self.header, *(parcel.data for parcel in self.parcels)))

    @cached_property
    def starts(self) -> list[int]:
        """Where each line of the text starts, and where the last one ends."""
        starts, end = [0], self.text.find(b"\n")
        while end >= 0:
            starts.append(end + 1)
            end = self.text.find(b"\n", end + 1)
        return starts

    def line(self, number: int) -> bytes:
        """The line of that 1-based number, without its end."""
        return self.text[self.starts[number - 1] : self.starts[number]].removesuffix(b"\n")

    def line_at(self, offset: int) -> int:
        """The 1-based number of the line that holds a byte of the text."""
        return min(bisect_right(self.starts, offset), len(self.starts) - 1)

    def batches(self, wanted: Wanted) -> Iterator[Batch]:
        """Read it all. What is rejected has offsets in the joined text: see `rejected`."""
        return READERS[self.format](BytesIO(self.text), _SOURCE, wanted)

    def place(self, number: int) -> tuple[Parcel, int]:
        """The parcel and the number among all of the record with the 1-based line ``number``."""
        line = min(max(number - self.header_lines, 1), self._ends[-1]) - 1
        index = bisect_right(self._ends, line)
        parcel = self.parcels[index]
        return parcel, parcel.first + line - (self._ends[index] - parcel.count)

    def rejected(self, each: Rejected) -> Rejected:
        """The same with the source it came from, and the number among all where its offset was."""
        offset = each.offset - len(self.header)
        for index, parcel in enumerate(self.parcels):
            if offset < len(parcel.data) or index == len(self.parcels) - 1:
                before = parcel.data.count(b"\n", 0, max(offset, 0))
                number = parcel.first + min(before, parcel.count - 1)
                return replace(each, source=SourceName(parcel.source), offset=number)
            offset -= len(parcel.data)
        return each


def joined(parcels: Sequence[Parcel]) -> list[JoinedParcels]:
    """Parcels of records by format and header, in the order in which each first comes, in texts of at most about
    `MOST_BYTES`. Notes are left out. Windows events keep to themselves: they are read in blocks that hold nothing else.
    """
    done: list[list[Parcel]] = []
    open_: dict[tuple[str, bytes, bool], tuple[list[Parcel], int]] = {}
    for parcel in parcels:
        if parcel.format == NOTE:
            continue
        key = (parcel.format, parcel.header, _EVENT_ID in parcel.data[: parcel.data.find(b"\n")])
        together, octets = open_.get(key, ([], MOST_BYTES))
        if octets >= MOST_BYTES:
            together, octets = [], 0
            done.append(together)
        together.append(parcel)
        open_[key] = (together, octets + len(parcel.data))
    return [JoinedParcels(together) for together in done]
