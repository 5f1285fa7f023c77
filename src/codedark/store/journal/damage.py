"""What of a journal can no longer be read, said as data: the run goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codedark.events.parcel import Sequence


@dataclass(frozen=True, slots=True)
class Damaged:
    """Records ``first`` to ``first + count - 1`` were in the journal and are not any more.

    ``path`` and ``offset`` say where the damage begins, ``size_bytes`` how far it goes. ``count`` is 0 where only a
    roll of marks was hit, ``size_bytes`` 0 where a file or its end is gone.
    """

    path: Path
    offset: int
    size_bytes: int
    first: Sequence
    count: int

    def __str__(self) -> str:
        lost = f"records {self.first} to {self.first + self.count - 1} are lost" if self.count else "no record is lost"
        return f"{self.path}: {self.size_bytes} bytes from {self.offset} on are damaged or gone; {lost}"
