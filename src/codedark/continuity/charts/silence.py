"""A source that has told nothing for too long, as data, so that it is told in the language of whoever reads."""

from __future__ import annotations

import msgspec


class Silence(msgspec.Struct, frozen=True):
    """One silent feed: its sentence is ``silence`` of the words. What happened since then is not known from it."""

    source: str
    since_us: int
    """When it was heard last."""
