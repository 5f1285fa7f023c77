"""Parcels of one format read as one text: small parcels from many sources cost no more than one large one.

A record is found again by its number among all (`Sequence`), however its parcel was joined with others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO

from codedark.events.parcel import NOTE, Parcel
from codedark.events.record import Batch, Rejected, SourceName, Wanted
from codedark.ingest.formats import READERS

MOST_BYTES = 4 << 20
_SOURCE = SourceName("journal")
_EVENT_ID = b'"EventID":'


@dataclass(slots=True)
class JoinedParcels:
    """Parcels of one format and header, in their order. ``ends`` are the lines up to the end of each."""

    format: str
    header: bytes
    parcels: list[Parcel] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    octets: int = 0

    def add(self, parcel: Parcel) -> None:
        """Append a parcel of the same format and header."""
        self.parcels.append(parcel)
        self.ends.append((self.ends[-1] if self.ends else 0) + parcel.count)
        self.octets += len(parcel.data)

    def batches(self, wanted: Wanted) -> Iterator[Batch]:
        """Read it all. What is rejected has offsets in the joined text: see `rejected`."""
        text = BytesIO(b"".join((self.header, *(parcel.data for parcel in self.parcels))))
        return READERS[self.format](text, _SOURCE, wanted)

    def place(self, number: int) -> tuple[Parcel, int]:
        """The parcel and the number among all of the record with the 1-based line ``number``."""
        line = min(max(number - self._header_lines, 1), self.ends[-1]) - 1
        index = bisect_right(self.ends, line)
        parcel = self.parcels[index]
        return parcel, parcel.first + line - (self.ends[index] - parcel.count)

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

    @property
    def _header_lines(self) -> int:
        return self.header.count(b"\n")


def joined(parcels: Sequence[Parcel]) -> list[JoinedParcels]:
    """Parcels of records by format and header, in the order in which each first comes, in texts of at most about
    `MOST_BYTES`. Notes are left out. Windows events keep to themselves: they are read in blocks that hold nothing else.
    """
    done: list[JoinedParcels] = []
    open_: dict[tuple[str, bytes, bool], JoinedParcels] = {}
    for parcel in parcels:
        if parcel.format == NOTE:
            continue
        key = (parcel.format, parcel.header, _EVENT_ID in parcel.data[: parcel.data.find(b"\n")])
        found = open_.get(key)
        if found is None or found.octets >= MOST_BYTES:
            found = open_[key] = JoinedParcels(parcel.format, parcel.header)
            done.append(found)
        found.add(parcel)
    return done
