"""What a live source hands over, and to whom: whole records, acknowledged once they are on disk.

Sources know nothing of the journal. They cut (`Cut`), hand over (`Intake.take`), and wait: that wait is the whole of
back-pressure. A source that can wait passes it on to its sender (TCP stops reading, HTTP answers 429 or 503, a file
is simply read later); one that cannot (UDP) counts what it drops.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from codedark.errors import CodeDarkError
from codedark.events.record import Rejected
from codedark.ingest.live.stats import Stats

MAX_RECORD_BYTES = 1 << 20
"""The longest record that a live source takes, as a rule: RFC 5425 (4.3.1) asks for 8,192, Windows events with a script
block in them reach some hundred thousand."""


@dataclass(frozen=True, slots=True)
class Cut:
    r"""Whole records of one source, ready for the journal.

    ``source``    where they came from: ``tcp://10.1.2.3``, ``tls://pacs-01@10.1.2.3``, ``/var/log/auth.log``.
    ``format``    a name of `codedark.ingest.formats.READERS`.
    ``data``      whole lines without blank ones, each with its ``\n``: exactly ``count``. Where a record has several
                  lines (auditd, a CSV cell with a line break), all its lines are here, and it is numbered by the first.
    ``header``    the lines of a Zeek or CSV file without which ``data`` cannot be read; not counted.
    ``mark``      JSON: where to go on in a file behind these records, or the identity of an HTTP body; else b"".
    ``rejected``  what could not be cut into records, with the offset in the stream or file, and why.
    """

    source: str
    format: str
    data: bytes
    count: int
    header: bytes = b""
    mark: bytes = b""
    rejected: tuple[Rejected, ...] = ()


class NotTaken(CodeDarkError):
    """Records cannot be taken now. The source keeps them, and offers them again after ``retry_after_seconds``."""

    def __init__(self, reason: str, retry_after_seconds: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class Overloaded(NotTaken):
    """More comes in than can be written; it will pass (HTTP 429)."""


class Unavailable(NotTaken):
    """Nothing can be written, as when the disk is full (HTTP 503)."""


class Intake(Protocol):
    """Takes records in. `codedark.app` puts the journal behind it."""

    async def take(self, cut: Cut) -> None:
        """Return when the records are on disk. Raises `NotTaken` where they cannot be taken now."""


async def deliver(intake: Intake, cut: Cut, stats: Stats) -> None:
    """Hand over ``cut`` and try again until it is taken; meanwhile ``stats.problem`` says why it is not."""
    told = ""
    while True:
        try:
            await intake.take(cut)
        except NotTaken as reason:
            stats.problem = told = f"waiting to hand over {cut.count:,} records: {reason}"
            await asyncio.sleep(reason.retry_after_seconds)
        else:
            if stats.problem == told:
                stats.problem = ""
            return
