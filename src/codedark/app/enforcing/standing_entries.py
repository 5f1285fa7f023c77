"""What the case log tells of standing orders: what the keeper may do without being asked, and until when."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from codedark.app.enforcing.own_entries import LogEntry
from codedark.contain.action import ActionKind
from codedark.hospital.service import Tier

_encoder: Final = msgspec.json.Encoder()


class StandingOrder(msgspec.Struct, frozen=True):
    """What the keeper may do without being asked: actions of some ``kinds`` on whoever is believed to be taken at least
    as much as ``belief``, at most so many at once, never where services of ``never_tiers`` are touched, until a day.
    """

    id: str
    kinds: tuple[ActionKind, ...]
    belief: float
    at_most: int
    never_tiers: tuple[Tier, ...]
    until_us: int
    stands_seconds: int

    @property
    def called(self) -> str:
        """What people call it."""
        return f"standing order {self.id}"

    @property
    def urgent_because(self) -> str:
        """Why somebody clinical approves it: always."""
        return "lets the keeper act without asking"

    @property
    def digest(self) -> str:
        """What is approved."""
        return sha256(_encoder.encode(self)).hexdigest()


class StandingAdded(LogEntry, frozen=True, kw_only=True):
    """A standing order was written; it holds once two people have approved it."""

    order: StandingOrder


class StandingRevoked(LogEntry, frozen=True, kw_only=True):
    """A standing order holds no more. What was done by it stands until its own end."""

    standing: str
    why: str
