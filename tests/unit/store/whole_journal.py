"""All of a journal, read at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.events.parcel import Parcel, Sequence
from codedark.store.journal.damage import Damaged
from codedark.store.journal.follower import Follower


def no_damage(damaged: Damaged) -> None:
    """What a follower is told to do with damage where there should be none."""
    pytest.fail(str(damaged))


def whole(folder: Path, number: int = 1, max_bytes: int = 10_000) -> list[Parcel]:
    """The parcels from a number on; fails where anything is damaged."""
    follower = Follower(folder, Sequence(number), no_damage)
    found: list[Parcel] = []
    while parcels := follower.read(max_bytes):
        found += parcels
    follower.close()
    return found
