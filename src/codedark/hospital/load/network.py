"""Whether addresses make sense: each machine its own, each range one zone, machines inside their zone's ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from codedark.hospital.asset import Asset, AssetId
from codedark.hospital.load.inventory import Source, twice
from codedark.hospital.load.report import Report
from codedark.hospital.problem import Severity
from codedark.hospital.zone import Purpose, Zone, ZoneId

Network = IPv4Network | IPv6Network
Inventory = Sequence[tuple[Source, Sequence[Asset]]]


def check_ranges(zones: Iterable[tuple[Zone, Sequence[int]]], report: Report) -> None:
    """Report ranges that share addresses; ``zones`` with the line of each of their ranges.

    The internet is what no other zone holds: its ranges may lie around all others.
    """
    ranges = [
        (cidr.version, int(cidr.network_address), cidr.prefixlen, line, cidr, zone)
        for zone, lines in zones
        if zone.purpose is not Purpose.INTERNET
        for cidr, line in zip(zone.cidrs, lines, strict=True)
    ]
    around: list[tuple[Network, Zone, int]] = []  # the ranges that hold the present one, the widest first
    for _, _, _, line, cidr, zone in sorted(ranges, key=lambda each: each[:4]):
        while around and not _holds(around[-1][0], cidr):
            around.pop()
        if around:
            other, owner, there = around[-1]
            what = f"{cidr} of zone `{zone.id}` lies in {other} of zone `{owner.id}` (line {there})"
            report.error(line, what, "cut the wider range so that every address belongs to one zone")
        around.append((cidr, zone, line))


def check_addresses(inventory: Inventory, zones: Mapping[ZoneId, Zone]) -> dict[str, AssetId]:
    """Report addresses that two machines have, and those outside the ranges of their zone. Returns who has which."""
    owners = {address: asset.id for _, assets in inventory for asset in assets for address in asset.addresses}
    if len(owners) < sum(len(asset.addresses) for _, assets in inventory for asset in assets):
        stands = (
            (report, line, address, address)
            for report, line, asset in _standing(inventory)
            for address in asset.addresses
        )
        twice(stands, "the address", "an address belongs to one machine: correct one, or take away what is out of date")
    macs = [asset.mac for _, assets in inventory for asset in assets if asset.mac]
    if len(set(macs)) < len(macs):
        stands = ((report, line, asset.mac, asset.mac) for report, line, asset in _standing(inventory))
        twice(stands, "the MAC address", "the two may be one machine: keep one of them", Severity.WARNING)
    places = {zone.id: _Place(zone) for zone in zones.values() if zone.cidrs}
    for source, assets in inventory:
        for asset, line in zip(assets, source.rows.lines, strict=True):
            place = places.get(asset.zone) if asset.zone else None
            if place is None:
                continue
            for address in asset.addresses:
                if not place.holds(address):
                    what = f"{address} of `{asset.id}` lies outside zone `{asset.zone}` ({place.ranges})"
                    source.report.warning(line, what, "correct the address or the zone, or add the range to the zone")
    return owners


class _Place:
    """The ranges of a zone, as numbers."""

    def __init__(self, zone: Zone) -> None:
        self.ranges = ", ".join(map(str, zone.cidrs))
        self._v4 = _spans(cidr for cidr in zone.cidrs if cidr.version == 4)
        self._v6 = _spans(cidr for cidr in zone.cidrs if cidr.version == 6)
        self._whole = all(cidr.prefixlen <= 24 for cidr in zone.cidrs if cidr.version == 4)
        self._seen: dict[str, bool] = {}

    def holds(self, address: str) -> bool:
        """Whether an address, in canonical text, lies in one of them."""
        # Where every range is made of whole /24, the last number of an IPv4 address makes no difference.
        key = address[: address.rfind(".")] if self._whole else address
        if key not in self._seen:
            number, spans = int(ip_address(address)), self._v6 if ":" in address else self._v4
            self._seen[key] = any(first <= number <= last for first, last in spans)
        return self._seen[key]


def _spans(cidrs: Iterable[Network]) -> list[tuple[int, int]]:
    return [(int(cidr.network_address), int(cidr.broadcast_address)) for cidr in cidrs]


def _holds(wide: Network, cidr: Network) -> bool:
    first, last = int(wide.network_address), int(wide.broadcast_address)
    return wide.version == cidr.version and first <= int(cidr.network_address) <= last


def _standing(inventory: Inventory) -> Iterator[tuple[Report, int, Asset]]:
    for source, assets in inventory:
        for asset, line in zip(assets, source.rows.lines, strict=True):
            yield source.report, line, asset
