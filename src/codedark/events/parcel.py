"""Some records as they came in over one source, numbered for ever: the unit of the journal.

Everything that `serve` decides is a function of parcels in their order: what they hold, and when each arrived.
So a decision can be replayed exactly, and after a crash it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Sequence = NewType("Sequence", int)
"""The number of a record among all that this installation ever took in, from 1 on."""

NOTE = "note"
"""The ``format`` of parcels that hold no records of a log but notes of Code Dark itself, one JSON object a line."""


@dataclass(frozen=True, slots=True)
class Parcel:
    r"""Consecutive records of one source.

    ``data``        whole lines, each with its ``\n``: as many as ``count``, one record each, behind the lines of
                    ``header`` (of Zeek and CSV files), which are not counted.
    ``source``      where it came from, as a person would say it: ``tcp://10.1.2.3``, ``/var/log/auth.log``.
    ``format``      a name of `codedark.ingest.formats.READERS`, or `NOTE`.
    ``arrived_us``  when it was taken in, microseconds since 1970 UTC; never less than that of the parcel before.
    ``mark``        what the source needs to go on behind this parcel after a restart (JSON); b"" where nothing.
    """

    first: Sequence
    count: int
    arrived_us: int
    source: str
    format: str
    data: bytes
    header: bytes = b""
    mark: bytes = b""

    @property
    def end(self) -> Sequence:
        """The number of the first record behind this parcel."""
        return Sequence(self.first + self.count)
