"""The books of the census: what became of everything that was taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from codedark.app.own_errors import apart
from codedark.events.record import Rejected, SourceName
from codedark.store.journal.damage import Damaged

_MOST_REJECTED: Final = 1000


@dataclass(slots=True)
class Books:
    """What became of everything: taken in is understood plus rejected. ``rejected`` holds the first thousand."""

    taken: int = 0
    understood: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    rejected_count: int = 0
    not_understood: Counter[str] = field(default_factory=Counter)
    damaged: list[Damaged] = field(default_factory=list)

    def reject(self, source: str, number: int, reason: str) -> None:
        """Something cannot be read: counted, and kept by name."""
        self.rejected_count += 1
        if len(self.rejected) < _MOST_REJECTED:
            self.rejected.append(Rejected(SourceName(source), number, reason))

    def apart(self, source: str, number: int) -> AbstractContextManager[None]:
        """Reject what meets an error of our own, and read the others. Raises MemoryError."""
        return apart(partial(self.reject, source, number))


def counted(books: Books) -> Mapping[str, Any]:
    """The books as they are told."""
    return {
        "taken": books.taken,
        "understood": books.understood,
        "rejected": books.rejected_count,
        "not_understood": dict(books.not_understood.most_common()),
        "damaged": len(books.damaged),
    }
