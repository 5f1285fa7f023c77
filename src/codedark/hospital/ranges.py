"""Which zone an address lies in."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from codedark.hospital.zone import Zone, ZoneId


class Ranges:
    """The address ranges of zones: one look-up for each length of prefix that there is, the narrowest first."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        by_shift: dict[tuple[int, int], dict[int, ZoneId]] = {}
        for zone in zones:
            for cidr in zone.cidrs:
                shift = cidr.max_prefixlen - cidr.prefixlen
                by_shift.setdefault((cidr.version, shift), {})[int(cidr.network_address) >> shift] = zone.id
        self._by_shift = sorted(by_shift.items(), key=lambda each: each[0])

    def zone_of(self, address: str) -> ZoneId | None:
        """The zone with the narrowest range that holds an address. Raises `ValueError` for text that is none."""
        parsed = ip_address(address)
        number, version = int(parsed), parsed.version
        for (of_version, shift), zones in self._by_shift:
            if of_version == version and (zone := zones.get(number >> shift)) is not None:
                return zone
        return None
