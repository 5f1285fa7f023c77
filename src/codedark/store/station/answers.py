"""What a ward station answers to whoever writes or joins."""

from __future__ import annotations

from typing import NamedTuple

from codedark.errors import UsageError
from codedark.events.record import Rejected


class NumberTaken(UsageError):
    """The form row's number stands for another act already."""


class Written(NamedTuple):
    """What became of an entry that is on disk. ``is_new`` is false where the same entry was there already.

    ``mirrors`` is how many second copies hold it; with none, ``told`` says loudly why.
    """

    is_new: bool
    mirrors: int
    told: tuple[str, ...]


class Joined(NamedTuple):
    """What came in from another journal: new links, those that were here already, and what cannot be used."""

    new: int
    known: int
    rejected: tuple[Rejected, ...]
