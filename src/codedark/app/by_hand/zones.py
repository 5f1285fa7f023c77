"""Each zone for the paper plan: where it is cut, what goes down with it for whom, and what may not be cut there. Pure.

It is more careful than the plans are: a zone in which a lifeline has anything is never cut as a whole, because on the
night nobody can look up whether that is one of two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from codedark.contain.lifelines import Reach, reach_of
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.failure import Dependents, Down, cut_off, leaves, services_of
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.service import OnLink, Service, Tier
from codedark.hospital.ward import Ward
from codedark.hospital.zone import Purpose, Zone, ZoneId

_URGENT = Tier.ONE
GATEWAYS = frozenset({AssetKind.FIREWALL, AssetKind.SWITCH})
"""What passes packets on."""


@dataclass(frozen=True, slots=True)
class ZoneFate:
    """One zone. ``gateways`` are machines that pass packets on and have an address in it, ``lifelines`` those because
    of which it is not cut as a whole, ``kept`` the zones to which a lifeline needs the way: all others may be parted.

    ``for_all`` fall for everybody if it is cut off, ``for_wards`` are out of reach of a ward.
    """

    zone: Zone
    kinds: Mapping[AssetKind, int]
    gateways: tuple[Asset, ...]
    lifelines: tuple[Lifeline, ...]
    kept: tuple[ZoneId, ...]
    for_all: tuple[Service, ...]
    for_wards: tuple[tuple[Ward, tuple[Service, ...]], ...]

    @property
    def is_urgent(self) -> bool:
        """Whether anybody loses a service of tier 0 or 1, so that somebody has to sign who answers for patients."""
        lost = [*self.for_all, *(each for _, services in self.for_wards for each in services)]
        return any(each.tier <= _URGENT for each in lost)


class Fates:
    """Answers for one hospital. Everything that needs all assets is reckoned once."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital
        self._dependents = Dependents(hospital)
        self.reaches: Sequence[Reach] = [reach_of(self._dependents, each) for each in hospital.lifelines.values()]
        self._assets: defaultdict[ZoneId | None, list[Asset]] = defaultdict(list)
        for asset in hospital.assets.values():
            self._assets[asset.zone].append(asset)
        zone_of: dict[AssetId, ZoneId | None] = {asset.id: asset.zone for asset in hospital.assets.values()}
        self._zones = [{zone_of[each] for each in reach.assets} for reach in self.reaches]
        needed = (leaf for each in hospital.services.values() for leaf in leaves(each.needs))
        self._ways = {pair for reach in self.reaches for pair in self._ways_of(reach, zone_of)}
        of_services = {leaf.link for leaf in needed if isinstance(leaf, OnLink)}
        self._links = of_services.union(*(each.links for each in hospital.lifelines.values()))

    def all(self) -> list[ZoneFate]:
        """All zones but the internet, in the order of the hospital."""
        return [self.of(zone) for zone in self.hospital.zones.values() if zone.purpose is not Purpose.INTERNET]

    def of(self, zone: Zone) -> ZoneFate:
        """What becomes of one zone that is cut off.

        1. Its ways are gone, and for everybody else its machines are.
        2. What stands may be out of reach for a ward whose own way is gone.
        3. A lifeline leans on it that has something in it, needs a way at it, or falls.
        """
        assets = self._assets[zone.id]
        ways = frozenset(link for link in self._links if zone.id in (link.source, link.target))
        down = Down(frozenset(asset.id for asset in assets), links=ways)
        failure = self._dependents.fail(down)  # (1)
        lost = [  # (2)
            (ward, tuple(each for each in services if each.id not in failure.because))
            for ward, services in cut_off(self._dependents, Down(links=ways))
        ]
        touched = [  # (3)
            reach.lifeline
            for reach, zones in zip(self.reaches, self._zones, strict=True)
            if zone.id in zones or reach.links & ways or reach.lifeline in failure.lifelines
        ]
        return ZoneFate(
            zone,
            Counter(asset.kind for asset in assets),
            tuple(each for each in assets if each.kind in GATEWAYS and _stands_in(each, zone)),
            tuple(touched),
            self._kept(zone),
            tuple(services_of(self.hospital, failure.because)),
            tuple((ward, services) for ward, services in lost if services),
        )

    def _ways_of(self, reach: Reach, zone_of: Mapping[AssetId, ZoneId | None]) -> set[frozenset[ZoneId | None]]:
        """The pairs of zones between which a lifeline may need the way.

        1. Those that it names, or that its services need.
        2. Those between which two of its things were seen to talk; where no flow is known, all in which it has things.
        """
        pairs: set[frozenset[ZoneId | None]] = {frozenset((link.source, link.target)) for link in reach.links}  # (1)
        flows = self.hospital.flows
        for source, target in zip(flows.sources, flows.targets, strict=True):  # (2)
            if source in reach.assets and target in reach.assets:
                pairs.add(frozenset((zone_of[AssetId(source)], zone_of[AssetId(target)])))
        if not len(flows):
            zones = {zone_of[each] for each in reach.assets}
            pairs |= {frozenset((one, other)) for one in zones for other in zones}
        return pairs

    def _kept(self, zone: Zone) -> tuple[ZoneId, ...]:
        """The zones the way to which a lifeline may need."""
        others = (each for each in self.hospital.zones if each != zone.id)
        return tuple(other for other in others if frozenset((zone.id, other)) in self._ways)


def _stands_in(asset: Asset, zone: Zone) -> bool:
    for each in asset.addresses:
        try:
            address = ip_address(each)
        except ValueError:
            continue
        if any(address in net for net in zone.cidrs):
            return True
    return False
