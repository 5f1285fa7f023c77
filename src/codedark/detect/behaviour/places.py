r"""One name for each host and account, however logs spell them, and what the model knows of it.

``LIS01.hospital.example``, ``lis01`` and ``10.59.0.71`` are one machine; ``HOSP\anna``, ``anna@hosp.example`` and
``anna`` one account.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from string import whitespace

from codedark.hospital.account import Account
from codedark.hospital.asset import Asset
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Purpose, ZoneId

_NOBODY = frozenset(
    {"", "-", "?", "(null)", "system", "local service", "network service", "anonymous logon", "window manager",
     "font driver host", "n/a", "(unknown)", "anonymous"}
)  # fmt: skip

# RFC 1918, 6598, 4193, 3927 and 4291. `is_private` would count the documentation ranges in, which stand for the
# internet in every example.
_PRIVATE = tuple(
    ip_network(cidr)
    for cidr in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)


_AROUND = whitespace + "\\"  # ``\\\\WS01`` in events of NTLM

_LONGEST = 256
"""Characters of a name: host names have at most 253 (RFC 1035), account names of Active Directory 256. What is longer
is nobody's, and would fill memories that are bounded by their number of names.
"""
_MOST_ZONES_KEPT = 65_536
"""Zones of hosts that are kept: a hospital has a hundred ranges, and each logon asks."""


class Places:
    """What names mean in one hospital. Without a hospital, names are only spelled alike."""

    def __init__(self, hospital: Hospital | None = None) -> None:
        self.hospital = hospital or Hospital("")
        self._assets = {short(asset.id): asset for asset in self.hospital.assets.values()}
        self._names = {short(address): short(a.id) for a in self.hospital.assets.values() for address in a.addresses}
        self._accounts = {str(account.id).lower(): account for account in self.hospital.accounts.values()}
        self._ranges: list[tuple[IPv4Network | IPv6Network, ZoneId]] = sorted(
            ((cidr, zone.id) for zone in self.hospital.zones.values() for cidr in zone.cidrs),
            key=lambda each: -each[0].prefixlen,
        )
        self._zones: dict[str, ZoneId | None] = {}

    def host(self, name: str) -> str:
        """The one name of a host, given by name or address; an address that is nobody's stays one. "" for no host, and
        for the machine itself (loopback).
        """
        spelled = short(name)[:_LONGEST]
        return self._names.get(spelled, spelled)

    def account(self, name: str) -> str:
        """The one name of an account; "" for nobody and for the system itself. Machine accounts keep their ``$``."""
        bare = bare_account(name)[:_LONGEST]
        return "" if bare in _NOBODY or bare.startswith(("dwm-", "umfd-")) else bare

    def asset(self, host: str) -> Asset | None:
        """The asset that goes by a name of `host`."""
        return self._assets.get(host)

    def account_of(self, account: str) -> Account | None:
        """The account that goes by a name of `account`."""
        return self._accounts.get(account)

    def zone(self, host: str) -> ZoneId | None:
        """The zone of an asset, or of an address that is no asset's."""
        if host not in self._zones:
            if len(self._zones) >= _MOST_ZONES_KEPT:
                self._zones.clear()
            self._zones[host] = self._zone(host)
        return self._zones[host]

    def _zone(self, host: str) -> ZoneId | None:
        asset = self._assets.get(host)
        if asset is not None and asset.zone is not None:
            return asset.zone
        known = [_address(text) for text in (asset.addresses if asset else (host,))]
        return next((zone for cidr, zone in self._ranges for address in known if address and address in cidr), None)

    def inside(self, host: str) -> bool:
        """Whether this is a machine of the hospital: an asset, a name, or an address in a zone or a private range."""
        return _is_private(host) or (
            (zone := self.zone(host)) is not None and self.hospital.zones[zone].purpose is not Purpose.INTERNET
        )


@lru_cache(maxsize=65_536)
def short(name: str) -> str:
    """A host name in lower case without its domain, and without the ``$`` of its account; an address in canonical form
    (RFC 5952), IPv4 also where it was mapped into IPv6. "" for no host and for loopback.
    """
    bare = name.strip(_AROUND).lower()
    if (address := _address(bare)) is not None:
        return "" if address.is_loopback or address.is_unspecified else str(address)
    if ":" in bare or bare.replace(".", "").isdigit():  # an address that is written wrong is not a name
        return bare
    bare = bare.partition(".")[0].rstrip(_AROUND + "$")
    return "" if bare in {"-", "?"} else bare


@lru_cache(maxsize=65_536)
def bare_account(name: str) -> str:
    """An account name without its domain, in lower case."""
    return name.rpartition("\\")[2].partition("@")[0].strip().lower()


@lru_cache(maxsize=65_536)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text writes, without the zone of a link-local one; None where it is a name."""
    if not (text[:1].isdigit() or ":" in text):
        return None
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@lru_cache(maxsize=65_536)
def _is_private(host: str) -> bool:
    address = _address(host)
    return bool(host) if address is None else any(address in cidr for cidr in _PRIVATE)
