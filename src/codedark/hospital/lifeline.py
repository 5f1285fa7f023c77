"""What must never be cut, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NewType

from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.service import ServiceId
from codedark.hospital.zone import Link

LifelineId = NewType("LifelineId", str)


@dataclass(frozen=True, slots=True)
class Lifeline:
    """What must never be cut: named assets, all assets of some kinds, services with what they need, and links.

    It holds when a named role has attested it (``attested_by``) until a date that has not passed (``attested_until``).
    A lifeline that nobody attested is protected all the same; it is also a problem that `hospital check` names.
    """

    id: LifelineId
    name: str
    assets: tuple[AssetId, ...] = ()
    kinds: tuple[AssetKind, ...] = ()
    services: tuple[ServiceId, ...] = ()
    links: tuple[Link, ...] = ()
    attested_by: str = ""
    attested_until: date | None = None
