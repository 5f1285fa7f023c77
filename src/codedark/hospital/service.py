"""What clinicians or the hospital use, what it needs, and what its loss costs by the hour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NewType

from codedark.hospital.asset import AssetId
from codedark.hospital.zone import Link

ServiceId = NewType("ServiceId", str)


class Tier(IntEnum):
    """How soon a service must be back, as published impact tiers have it (UCSF IT recovery tiers), below tier 0.

    Tier 0 is what everything else stands on: identity, names, time, blood bank, medication cabinets, pump gateways.
    """

    ZERO = 0
    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4
    FIVE = 5


RTO_MINUTES = {Tier.ZERO: 15, Tier.ONE: 15, Tier.TWO: 360, Tier.THREE: 1440, Tier.FOUR: 7200, Tier.FIVE: 43200}
"""Recovery time by tier, in minutes: 15 min, 6 h, 24 h, 5 d, 30 d; tier 0 as tier 1."""


@dataclass(frozen=True, slots=True)
class OnAsset:
    """Needs this asset."""

    asset: AssetId


@dataclass(frozen=True, slots=True)
class OnService:
    """Needs this service."""

    service: ServiceId


@dataclass(frozen=True, slots=True)
class OnLink:
    """Needs the way between two zones."""

    link: Link


@dataclass(frozen=True, slots=True)
class AllOf:
    """Needs every part. Without parts it needs nothing."""

    parts: tuple[Dependency, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Needs ``at_least`` of its parts (one, unless said otherwise)."""

    parts: tuple[Dependency, ...]
    at_least: int = 1


Dependency = OnAsset | OnService | OnLink | AllOf | AnyOf
NOTHING = AllOf()


@dataclass(frozen=True, slots=True)
class LossPoint:
    """After ``hours`` without the service its loss costs ``harm_per_hour`` (policy weight, no unit), and
    ``consequence`` says why.
    """

    hours: float
    harm_per_hour: float
    consequence: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service. ``loss_curve`` rises in steps: the last point at or before the time without the service holds.

    ``rto_minutes`` is how soon it must be back; ``downtime_procedure`` what the wards do without it.
    ``patient_facing`` services are what clinicians touch; the others carry them. ``wards`` empty means all wards.
    """

    id: ServiceId
    name: str
    tier: Tier
    needs: Dependency = NOTHING
    loss_curve: tuple[LossPoint, ...] = ()
    rto_minutes: int = 0
    downtime_procedure: str = ""
    patient_facing: bool = False
    wards: tuple[str, ...] = ()
    proposed: bool = False
