"""What an importer says: facts about things, each with where it was read. Empty fields say nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.problem import Problem
from codedark.hospital.zone import Purpose


class Origin(NamedTuple):
    """Where a fact was read: the file as it was named, and the line or record in it."""

    file: str
    record: str


@dataclass(frozen=True, slots=True)
class AssetFact:
    """What one record says of one asset. An asset is recognised by name, then MAC, then address."""

    origin: Origin
    name: str = ""
    addresses: tuple[str, ...] = ()
    mac: str = ""
    kind: AssetKind | None = None
    operating_system: str = ""
    support: Support | None = None
    manufacturer: str = ""
    owner: str = ""
    zone: str = ""
    ward: str = ""
    place: str = ""
    log_sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountFact:
    """What one record says of one account."""

    origin: Origin
    name: str
    kind: AccountKind | None = None
    domain: str = ""
    person: str = ""
    role: str = ""
    privileged: bool | None = None
    enabled: bool | None = None
    may_log_on_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ZoneFact:
    """What one record says of one zone."""

    origin: Origin
    id: str
    name: str = ""
    purpose: Purpose | None = None
    vlans: tuple[int, ...] = ()
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WardFact:
    """What one record says of one ward; ``beds`` in their order."""

    origin: Origin
    id: str
    name: str = ""
    specialty: str = ""
    beds: tuple[str, ...] = ()


class FlowKey(NamedTuple):
    """Between which addresses, and to which service."""

    source: str
    target: str
    protocol: str
    port: int


@dataclass(slots=True)
class Facts:
    """Everything that was read from some files, and what could not be; ``connections`` and ``octets`` fold flows.

    ``records`` is how many records said something, ``passed_over`` how many of which sort say nothing that the model
    holds; with ``rejected`` these are all that were read.
    """

    assets: list[AssetFact] = field(default_factory=list)
    accounts: list[AccountFact] = field(default_factory=list)
    zones: list[ZoneFact] = field(default_factory=list)
    wards: list[WardFact] = field(default_factory=list)
    connections: Counter[FlowKey] = field(default_factory=Counter)
    octets: Counter[FlowKey] = field(default_factory=Counter)
    rejected: list[Problem] = field(default_factory=list)
    records: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)

    def add(self, other: Facts) -> None:
        """Take in what another file said."""
        self.assets += other.assets
        self.accounts += other.accounts
        self.zones += other.zones
        self.wards += other.wards
        self.connections.update(other.connections)
        self.octets.update(other.octets)
        self.rejected += other.rejected
        self.records += other.records
        self.passed_over.update(other.passed_over)
