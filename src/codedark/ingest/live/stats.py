"""What a source has heard, refused and dropped: read by the status page and by metrics."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Final

_MOST_SENDERS: Final = 4096
"""Senders that are counted one by one. Addresses of UDP can be forged, so there has to be an end."""


@dataclass(slots=True)
class Stats:
    """Counts since the start of the process.

    ``records``, ``bytes``  handed over and on disk.
    ``rejected``     what could not be cut into records.
    ``dropped``      records that came and were lost here because nothing could hold them (UDP only).
    ``connections``  open now.
    ``refused``      connections and requests that were turned away, by reason.
    ``last_us``      when records were last handed over, microseconds since 1970 UTC; 0 for never.
    ``problem``      what is wrong now, as one plain sentence; "" when nothing is.
    """

    records: int = 0
    bytes: int = 0
    rejected: int = 0
    dropped: int = 0
    connections: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    last_us: int = 0
    problem: str = ""

    def count(self, records: int, size: int, rejected: int) -> None:
        """Add what has just been taken; ``size`` in bytes."""
        self.records += records
        self.bytes += size
        self.rejected += rejected
        self.last_us = time.time_ns() // 1000


class Board:
    """The counts of one listener: ``total``, and those of the senders heard last by source name."""

    def __init__(self) -> None:
        self.total = Stats()
        self.senders: OrderedDict[str, Stats] = OrderedDict()

    def of(self, source: str) -> Stats:
        """The counts of one sender; the one unheard of for longest makes room for a new one."""
        stats = self.senders.get(source)
        if stats is None:
            stats = self.senders[source] = Stats()
            if len(self.senders) > _MOST_SENDERS:
                self.senders.popitem(last=False)
        else:
            self.senders.move_to_end(source)
        return stats

    def count(self, source: str, records: int, size: int, rejected: int) -> None:
        """Add what has just been taken from a sender."""
        self.total.count(records, size, rejected)
        self.of(source).count(records, size, rejected)

    def refuse(self, reason: str, source: str = "") -> None:
        """Count a connection or request that was turned away."""
        self.total.refused[reason] += 1
        if source:
            self.of(source).refused[reason] += 1

    def drop(self, source: str, records: int) -> None:
        """Count records that are lost here."""
        self.total.dropped += records
        self.of(source).dropped += records
