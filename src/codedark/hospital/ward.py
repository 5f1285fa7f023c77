"""Where patients lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

WardId = NewType("WardId", str)
BedId = NewType("BedId", str)


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward with its beds, in their order on the corridor. ``zones``: the segments its machines stand in.

    ``specialty`` in plain words (``intensive care``, ``cardiology``, ``operating theatre``).
    """

    id: WardId
    name: str
    specialty: str
    beds: tuple[BedId, ...] = ()
    zones: tuple[str, ...] = ()
