"""Writing one segment: entries at its end, whole or not at all."""

from __future__ import annotations

import os

from codedark.events.parcel import Parcel
from codedark.store.journal.segment import Segment, encode


class SegmentWriter:
    """A segment opened for writing behind ``offset``; what stands there is cut off. Every method raises OSError."""

    def __init__(self, segment: Segment, offset: int = 0) -> None:
        self.segment = segment
        self.offset = offset
        """Where the entries end."""
        self._file = os.open(segment.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._is_ragged = True  # the file may be longer than its entries

    def write(self, parcel: Parcel) -> None:
        """Append an entry; where that fails, the segment is as it was."""
        if self._is_ragged:
            self.cut(self.offset)
        parts = encode(self.segment.marker, parcel)
        size = sum(map(len, parts))
        self._is_ragged = True
        written = os.pwritev(self._file, parts, self.offset)
        if written < size:
            whole = b"".join(parts)
            while written < size:
                written += os.pwrite(self._file, whole[written:], self.offset + written)
        self._is_ragged = False
        self.offset += size

    def cut(self, offset: int) -> None:
        """Cut off what stands behind ``offset``: now, or before anything is written if the disk does not let us now."""
        self.offset = offset
        self._is_ragged = True
        os.ftruncate(self._file, offset)
        self._is_ragged = False

    def sync(self) -> None:
        """Make what was written durable."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
