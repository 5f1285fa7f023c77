"""The whole hospital as one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from codedark.hospital.account import Account, AccountId
from codedark.hospital.asset import Asset, AssetId
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import Service, ServiceId
from codedark.hospital.ward import Ward, WardId
from codedark.hospital.zone import Zone, ZoneId

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Flows:
    """Who talked to whom, folded: one row for each (source, target, protocol, port). Columns of equal length.

    ``sources`` and ``targets`` are asset ids, or addresses of what the model does not know; ``protocols`` are ``tcp``,
    ``udp`` or ``icmp``; ``ports`` the server's, 0 where there is none; ``connections`` how many, ``octets`` in both
    directions.
    """

    sources: Sequence[str] = ()
    targets: Sequence[str] = ()
    protocols: Sequence[str] = ()
    ports: Sequence[int] = ()
    connections: Sequence[int] = ()
    octets: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.sources)


@dataclass(frozen=True, slots=True)
class Hospital:
    """One model of the hospital: every reference in it resolves (see `codedark.hospital.load`).

    ``placeholders`` are the values of ``%name%`` in Sigma rules. ``time_zone`` is an IANA name.
    Mappings keep the order of the files.
    """

    name: str
    time_zone: str = "UTC"
    zones: Mapping[ZoneId, Zone] = field(default_factory=dict)
    assets: Mapping[AssetId, Asset] = field(default_factory=dict)
    accounts: Mapping[AccountId, Account] = field(default_factory=dict)
    services: Mapping[ServiceId, Service] = field(default_factory=dict)
    wards: Mapping[WardId, Ward] = field(default_factory=dict)
    lifelines: Mapping[LifelineId, Lifeline] = field(default_factory=dict)
    flows: Flows = field(default_factory=Flows)
    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
