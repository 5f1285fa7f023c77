"""What logs call machines, where these stand, and which domain controller serves them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

from codedark.hospital.asset import AssetId
from codedark.hospital.zone import Purpose
from codedark.simulate.site import Family, Function, Host, Site

_INSIDE: Final = ("10.", "192.168.", "172.16.")
_PAIRS_KEPT: Final = 1 << 16


class Names:
    """Looks up hosts by id or address. One for all logs of a run: it holds nothing that changes."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.controllers: Sequence[Host] = [
            site.hosts[host] for host in site.by_function.get(Function.DOMAIN_CONTROLLER, ())
        ]
        self._by_address = {host.address: host for host in site.hosts.values() if host.address}
        zones = site.hospital.zones
        self._server_zones = frozenset(zone for zone in zones if zones[zone].purpose is Purpose.SERVERS)
        self._guarded_zones = frozenset(
            zone for zone in zones if zones[zone].purpose in (Purpose.VENDOR, Purpose.GUEST, Purpose.INTERNET)
        )
        self.crosses = lru_cache(maxsize=_PAIRS_KEPT)(self._crosses)
        self.sensed = lru_cache(maxsize=_PAIRS_KEPT)(self._sensed)
        self.guarded = lru_cache(maxsize=_PAIRS_KEPT)(self._guarded)

    def first(self, function: Function) -> AssetId:
        """The id of the first host with a function, "" where there is none."""
        hosts = self.site.by_function.get(function, ())
        return hosts[0] if hosts else AssetId("")

    def with_sensor(self, sensor: str) -> list[Host]:
        """The hosts that have a sensor."""
        return [host for host in self.site.hosts.values() if sensor in host.logs]

    def host(self, peer: str) -> Host | None:
        """The host with this id or address; None for what stands outside."""
        return self.site.hosts.get(peer) or self._by_address.get(peer)  # type: ignore[call-overload]

    def address(self, peer: str) -> str:
        """The address of a host, and of a peer outside what it is called by."""
        host = self.site.hosts.get(peer)  # type: ignore[call-overload]
        return host.address if host else peer

    def controller(self, host: str) -> Host | None:
        """The domain controller that a host asks: always the same one."""
        if not self.controllers:
            return None
        return self.controllers[crc32(host.encode()) % len(self.controllers)]

    def is_windows(self, peer: str) -> bool:
        """Whether a host is of the Windows family."""
        host = self.host(peer)
        return host is not None and host.family is Family.WINDOWS

    def _crosses(self, source: str, target: str) -> bool:
        """Whether traffic between two peers passes the firewall: they stand in different zones, or one is outside."""
        one, other = self.host(source), self.host(target)
        return one is None or other is None or one.zone != other.zone

    def _sensed(self, source: str, target: str) -> bool:
        """Whether the sensor sees traffic: between zones, and of servers; not inside an access VLAN."""
        if self._crosses(source, target):
            return True
        host = self.host(source)
        return host is not None and host.zone in self._server_zones

    def _guarded(self, source: str, target: str) -> bool:
        """Whether the firewall writes down what it lets through: the ways out, and those of vendors and guests."""
        hosts = self.host(source), self.host(target)
        return self._crosses(source, target) and any(host is None or host.zone in self._guarded_zones for host in hosts)


def is_inside(address: str) -> bool:
    """Whether an address is of a private network (RFC 1918)."""
    return address.startswith(_INSIDE)


def uid_of(account: str) -> int:
    """The user id that an account has on every Linux machine: 0 for ``root``, else one that follows from its name."""
    return 0 if account == "root" else 1000 + sum(account.encode()) % 5000
