"""From an order to what its command lines are filled in with, by the model of the hospital. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Network
from typing import Final

from codedark.app.by_hand import quoting
from codedark.app.by_hand.commands import BLANK, Filling
from codedark.contain.action import ActionKind
from codedark.contain.lifelines import reach_of
from codedark.enforce.contract import Order
from codedark.enforce.protocols import port_ranges_of
from codedark.hospital.asset import MEDICAL_DEVICES, Asset, AssetId, AssetKind
from codedark.hospital.failure import Dependents
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Zone, ZoneId

_METHODS: Final = {
    ActionKind.ISOLATE_HOST: "host",
    ActionKind.SHUT_DOWN: "shut_down",
    ActionKind.RESTRICT_TO_LIFELINE: "restrict",
    ActionKind.BLOCK_PROTOCOL: "pair",
    ActionKind.CLOSE_INTERNET: "internet",
    ActionKind.CLOSE_REMOTE_ACCESS: "remote",
    ActionKind.CLOSE_VENDOR: "remote",
}
AROUND: Final = frozenset({"zone", "remote"})
"""Methods that are about one zone with all its ways."""
_LINUX: Final = ("linux", "debian", "ubuntu", "red hat", "rhel", "centos", "suse", "alma", "rocky")
_NO_SHELL: Final = MEDICAL_DEVICES | {
    AssetKind.PHONE,
    AssetKind.CAMERA,
    AssetKind.PRINTER,
    AssetKind.LABEL_PRINTER,
    AssetKind.BADGE_READER,
    AssetKind.BUILDING_CONTROL,
    AssetKind.SWITCH,
    AssetKind.FIREWALL,
    AssetKind.ACCESS_POINT,
}
_ON_THE_NETWORK: Final = frozenset({"cisco", "fortigate", "paloalto", "any"})


@dataclass(frozen=True, slots=True)
class Meant:
    """What an order is about. ``refused`` are names that cannot stand in a command line; without them there is none."""

    method: str
    filling: Filling
    asset: Asset | None = None
    zones: tuple[Zone, ...] = ()
    peers: tuple[str, ...] = ()
    v6_only: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Filler:
    """Reads orders with one model of the hospital."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital: Final = hospital

    def meant(self, order: Order, name: str) -> Meant:
        """What an order is about, for a task called ``name`` (``T12``)."""
        method = self.method_of(order)
        filling = Filling(f"CD-{name}", int(name.lstrip("T")), products=_ON_THE_NETWORK)
        if method in {"account", "group"}:
            return _accounts(order, method, replace(filling, products=frozenset()))
        if method in {"host", "shut_down", "restrict"}:
            return self._machine(order, method, filling)
        return self._network(order, method, filling)

    @staticmethod
    def method_of(order: Order) -> str:
        """How it is done: a key of the commands."""
        if order.kind is ActionKind.DISABLE_ACCOUNT:
            return "group" if order.groups else "account"
        if order.kind is ActionKind.CUT_ZONES:
            pairs = {frozenset((way.source, way.target)) for way in order.ways}
            return "zone" if len(pairs) != 1 else "pair"
        return _METHODS[order.kind]

    def around(self, order: Order) -> ZoneId | None:
        """The zone that all its ways have in common, if there is one."""
        common = [{way.source, way.target} for way in order.ways]
        found = set.intersection(*common) if common else set()
        named = order.action.partition(":")[2]
        return ZoneId(named) if named in self.hospital.zones else min(found, default=None)

    def _machine(self, order: Order, method: str, filling: Filling) -> Meant:
        asset = self.asset_of(order)
        given = order.addresses or (asset.addresses if asset else ())
        refused: list[str] = []
        v4, v6 = list[str](), list[str]()
        try:
            v4, v6 = quoting.addresses(given)
        except quoting.UnquotableError as error:
            refused.append(str(error))
        peers = self._peers(asset) if asset and method == "restrict" else ()
        zone = self.hospital.zones.get(asset.zone) if asset and asset.zone else None
        filled = replace(
            filling,
            v4=tuple(v4),
            v6=tuple(v6),
            mac=quoting.cisco_mac(asset.mac) if asset else "",
            vlans=zone.vlans if zone else (),
            peers=tuple(address for _, address in peers),
            products=filling.products | _shells(asset),
        )
        names = tuple(f"{name} ({address})" for name, address in peers)
        return Meant(method, filled, asset, peers=names, refused=tuple(refused))

    def _network(self, order: Order, method: str, filling: Filling) -> Meant:
        zones = self.hospital.zones
        around = self.around(order) if method in AROUND else None
        first = order.ways[0] if order.ways else None
        ends = [around] if around else [first.source, first.target] if first and method == "pair" else []
        named = tuple(zones[each] for each in ends if each in zones)
        ports: dict[str, list[str]] = {"tcp": [], "udp": []}
        for way in order.ways if method == "pair" else ():
            for kind, port in port_ranges_of(way.protocol) if way.protocol else ():
                ports[kind].append(port)
        nets = [networks(zone) for zone in named]
        v6_only = tuple(f"{zone.id}: {net}" for zone in named for net in zone.cidrs if net.version == 6)
        filled = replace(
            filling,
            source=nets[0] if nets else (),
            target=nets[1] if len(nets) > 1 else (),
            both=order.kind is not ActionKind.BLOCK_PROTOCOL,
            tcp=tuple(dict.fromkeys(ports["tcp"])),
            udp=tuple(dict.fromkeys(ports["udp"])),
            vlans=named[0].vlans if named else (),
        )
        return Meant(method, filled, zones=named, v6_only=v6_only)

    def asset_of(self, order: Order) -> Asset | None:
        """The machine of an order: by the name in its action, else by its address."""
        named = self.hospital.assets.get(AssetId(order.action.partition(":")[2]))
        found = (self._by_address[each] for each in order.addresses if each in self._by_address)
        return named or next(found, None)

    def _peers(self, asset: Asset) -> tuple[tuple[str, str], ...]:
        """Those of its lifelines that it was seen to talk to: (name, address), all of them, because whoever is left out
        is cut off. Where the address is not known, somebody has to fill it in.
        """
        reach = {each for assets in self._reaches if asset.id in assets for each in assets} - {asset.id}
        flows = self.hospital.flows
        seen: dict[str, None] = {}
        for source, target in zip(flows.sources, flows.targets, strict=True):
            if asset.id in (source, target):
                seen[target if source == asset.id else source] = None
        peers = [self.hospital.assets[AssetId(each)] for each in seen if AssetId(each) in reach]
        return tuple((str(peer.id), address) for peer in peers for address in _safe(peer.addresses) or [BLANK])

    @cached_property
    def _by_address(self) -> dict[str, Asset]:
        return {address: asset for asset in self.hospital.assets.values() for address in asset.addresses}

    @cached_property
    def _reaches(self) -> list[frozenset[AssetId]]:
        dependents = Dependents(self.hospital)
        return [reach_of(dependents, each).assets for each in self.hospital.lifelines.values()]


def networks(zone: Zone) -> tuple[IPv4Network, ...]:
    """The IPv4 ranges of a zone."""
    return tuple(net for net in zone.cidrs if isinstance(net, IPv4Network))


def _accounts(order: Order, method: str, filling: Filling) -> Meant:
    refused: list[str] = []

    def quoted(names: Sequence[str]) -> tuple[str, ...]:
        found = []
        for name in names:
            try:
                found.append(quoting.powershell(name))
            except quoting.UnquotableError as error:
                refused.append(str(error))
        return tuple(found)

    accounts, groups = quoted(order.accounts), quoted(order.groups)
    return Meant(method, replace(filling, accounts=accounts, groups=groups), refused=tuple(refused))


def _shells(asset: Asset | None) -> frozenset[str]:
    """Whose commands can be typed at the machine itself."""
    system = asset.operating_system.casefold() if asset else ""
    if "windows" in system:
        return frozenset({"windows"})
    if any(word in system for word in _LINUX):
        return frozenset({"linux"})
    return frozenset() if system or (asset and asset.kind in _NO_SHELL) else frozenset({"windows", "linux"})


def _safe(given: Iterable[str]) -> list[str]:
    try:
        v4, v6 = quoting.addresses(given)
    except quoting.UnquotableError:
        return []
    return [*v4, *v6]
