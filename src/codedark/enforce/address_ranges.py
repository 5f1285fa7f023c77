"""The addresses of each zone as disjoint ranges: two ranges of any zones are equal or have no address in common.

Zones may nest in a model (a ward's segment inside the site's): the narrowest has the address, as in
`codedark.hospital.ranges`. A zone of the internet has, besides its own, every address that no zone has.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from codedark.hospital.zone import Purpose, Zone, ZoneId

_LAST = {4: 2**32 - 1, 6: 2**128 - 1}


class AddressRange(NamedTuple):
    """From the ``first`` to the ``last`` address, both in it; ``version`` is 4 or 6."""

    version: int
    first: int
    last: int

    def __str__(self) -> str:
        address = IPv4Address if self.version == 4 else IPv6Address
        return str(address(self.first)) if self.first == self.last else f"{address(self.first)}-{address(self.last)}"

    @staticmethod
    def parse(text: str) -> AddressRange:
        """``10.0.0.1`` or ``10.0.0.0-10.0.0.255``. Raises `ValueError`."""
        first, _, last = text.partition("-")
        begin, end = ip_address(first), ip_address(last or first)
        if begin.version != end.version or int(begin) > int(end):
            raise ValueError(f"{text}: is no range of addresses: write first-last")
        return AddressRange(begin.version, int(begin), int(end))

    @staticmethod
    def of(network: IPv4Network | IPv6Network) -> AddressRange:
        """All addresses of a network."""
        return AddressRange(network.version, int(network[0]), int(network[-1]))


def disjoint_ranges(zones: Iterable[Zone]) -> Mapping[ZoneId, tuple[AddressRange, ...]]:
    """What each zone has, in order. If several are the internet, the first has what is in no zone."""
    zones = list(zones)
    outside = next((zone.id for zone in zones if zone.purpose is Purpose.INTERNET), None)
    held: dict[ZoneId, list[AddressRange]] = {zone.id: [] for zone in zones}
    for version, last in _LAST.items():
        laid = [(AddressRange(version, 0, last), outside)]
        of_version = [(cidr, zone.id) for zone in zones for cidr in zone.cidrs if cidr.version == version]
        for cidr, zone_id in sorted(of_version, key=lambda each: each[0].prefixlen):
            laid = _over(laid, AddressRange.of(cidr), zone_id)
        for part, owner in laid:
            if owner is not None:
                held[owner].append(part)
    return {zone_id: tuple(_joined(parts)) for zone_id, parts in held.items()}


def _over(
    laid: list[tuple[AddressRange, ZoneId | None]], new: AddressRange, owner: ZoneId
) -> list[tuple[AddressRange, ZoneId | None]]:
    """``laid`` covers everything in order; a prefix that comes later is inside one part, or is equal to several."""
    at = bisect_left(laid, new.first, key=lambda each: each[0].last)
    (version, first, last), around = laid[at]
    before = [(AddressRange(version, first, new.first - 1), around)] if first < new.first else []
    after = [(AddressRange(version, new.last + 1, last), around)] if last > new.last else []
    return [*laid[:at], *before, (new, owner), *after, *laid[at + 1 :]]


def _joined(parts: Iterable[AddressRange]) -> list[AddressRange]:
    """Neighbours as one."""
    out: list[AddressRange] = []
    for part in sorted(parts):
        if out and out[-1].version == part.version and out[-1].last + 1 == part.first:
            out[-1] = AddressRange(part.version, out[-1].first, part.last)
        else:
            out.append(part)
    return out
