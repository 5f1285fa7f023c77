"""What lifelines need of the network, read off the model and its flows: it passes every firewall, cuts or not. Pure.

A cut that would touch a lifeline is never among the actions (`codedark.contain.lifelines`). These passages are the
second guard: on the firewall itself they stand before the one drop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, NamedTuple

from codedark.app.enforcing.probing import Probe
from codedark.contain.lifelines import Reach, reach_of
from codedark.enforce.nftables.table import Passage
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import Dependents
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Link, ZoneId

_WITH_PORTS: Final = ("tcp", "udp")
_MOST_PROBES: Final = 8
_MOST_HOSTS: Final = 4


class Seen(NamedTuple):
    """A service that somebody was seen to use: "" and 0 for everything."""

    protocol: str
    port: int


_EVERYTHING: Final = Seen("", 0)
_Served = Mapping[AssetId, Mapping[AssetId, frozenset[Seen]]]


def leaning(hospital: Hospital) -> tuple[Reach, ...]:
    """What each lifeline leans on."""
    dependents = Dependents(hospital)
    return tuple(reach_of(dependents, each) for each in hospital.lifelines.values())


def passages_of(hospital: Hospital, reaches: Iterable[Reach]) -> tuple[Passage, ...]:
    """What passes for each lifeline.

    1. Along each way that it leans on, from the whole zone to its own machines there, what that zone was seen to use
       of them, and everything where nothing was seen; and what its own machines were seen to use at the other end, or
       everything there if it has none there.
    2. Between two of its machines, what was seen; where no flow at all is known, everything.
    3. Along a way that the hospital names itself and at whose ends it has no machine, everything.
    4. Where more than a few machines of one range use the same service of one machine, the whole range may, and the
       other way round: every packet that is to be dropped is held against each passage.
    """
    served, homes = _served(hospital), _homes(hospital)
    found: dict[Passage, None] = {}
    for reach in reaches:
        ways: list[_Way] = []
        for link in sorted(reach.links):
            along = list(_along(hospital, served, reach, link))  # (1)
            if not along and link in reach.lifeline.links:  # (3)
                along = [
                    (a, b, _EVERYTHING) for a in _cidrs(hospital, link.source) for b in _cidrs(hospital, link.target)
                ]
            ways += along
        ways += _between(hospital, served, reach)  # (2)
        found |= dict.fromkeys(_passages(reach.lifeline.name, _folded(ways, homes)))  # (4)
    return tuple(found)


def probes_of(hospital: Hospital, reaches: Iterable[Reach]) -> tuple[Probe, ...]:
    """Where machines of lifelines were seen to accept TCP connections, at most eight places of each lifeline."""
    served = _served(hospital)
    found: dict[Probe, None] = {}
    for reach in reaches:
        places = [
            Probe(f"{reach.lifeline.name} ({asset} port {seen.port})", address, seen.port)
            for asset in sorted(reach.assets)
            for seen in sorted({seen for used in served.get(asset, {}).values() for seen in used})
            if seen.protocol == "tcp"
            for address in hospital.assets[asset].addresses[:1]
        ]
        found |= dict.fromkeys(places[:_MOST_PROBES])
    return tuple(found)


_Network = IPv4Network | IPv6Network
_Way = tuple[_Network, _Network, Seen]


def _along(hospital: Hospital, served: _Served, reach: Reach, link: Link) -> Iterator[_Way]:
    mine = sorted(reach.assets)
    for asset in (each for each in mine if hospital.assets[each].zone == link.target):
        clients = served.get(asset, {})
        used = {seen for client, each in clients.items() if _zone(hospital, client) == link.source for seen in each}
        for a in _cidrs(hospital, link.source):
            yield from ((a, b, seen) for b in _hosts(hospital, asset) for seen in sorted(used) or [_EVERYTHING])
    there = any(hospital.assets[each].zone == link.target for each in mine)
    clients_here = {each for each in mine if hospital.assets[each].zone == link.source}
    seen_by: defaultdict[AssetId, set[Seen]] = defaultdict(set)
    for server, clients in served.items():
        if _zone(hospital, server) == link.target:
            for client in clients.keys() & clients_here:
                seen_by[client] |= clients[client]
    for asset in sorted(clients_here):
        unseen = [] if there else [_EVERYTHING]
        for b in _cidrs(hospital, link.target):
            yield from ((a, b, seen) for a in _hosts(hospital, asset) for seen in sorted(seen_by[asset]) or unseen)


def _between(hospital: Hospital, served: _Served, reach: Reach) -> Iterator[_Way]:
    mine = sorted(reach.assets)
    if not len(hospital.flows):
        pairs = ((a, b, frozenset({_EVERYTHING})) for a in mine for b in mine if a < b)
    else:
        pairs = (
            (client, server, served[server][client])
            for server in mine
            for client in sorted(served.get(server, {}))
            if client in reach.assets
        )
    for client, server, used in pairs:
        for a in _hosts(hospital, client):
            yield from ((a, b, seen) for b in _hosts(hospital, server) for seen in sorted(used))


def _served(hospital: Hospital) -> _Served:
    """Who was seen to use what, by server and client."""
    found: defaultdict[AssetId, defaultdict[AssetId, set[Seen]]] = defaultdict(lambda: defaultdict(set))
    flows = hospital.flows
    for source, target, protocol, port in zip(flows.sources, flows.targets, flows.protocols, flows.ports, strict=True):
        used = Seen(protocol, port) if protocol in _WITH_PORTS and port else _EVERYTHING
        found[AssetId(target)][AssetId(source)].add(used)
    return {server: {client: frozenset(used) for client, used in each.items()} for server, each in found.items()}


def _homes(hospital: Hospital) -> Mapping[_Network, _Network]:
    """The range of its zone that each machine's address lies in."""
    found: dict[_Network, _Network] = {}
    for asset in hospital.assets.values():
        for host in _hosts(hospital, asset.id):
            around = [each for each in _cidrs(hospital, asset.zone or ZoneId("")) if host.network_address in each]
            found[host] = max(around, key=lambda each: each.prefixlen, default=host)
    return found


def _folded(ways: Iterable[_Way], homes: Mapping[_Network, _Network]) -> Iterator[_Way]:
    """First the clients of one service together, then, for single clients, the servers that they use."""
    to: defaultdict[tuple[_Network, Seen], dict[_Network, None]] = defaultdict(dict)
    for a, b, seen in ways:
        to[b, seen][a] = None
    of: defaultdict[tuple[_Network, Seen], dict[_Network, None]] = defaultdict(dict)
    for (b, seen), sources in to.items():
        for a in _joined(sources, homes):
            if a in homes:
                of[a, seen][b] = None
            else:
                yield a, b, seen
    for (a, seen), targets in of.items():
        yield from ((a, b, seen) for b in _joined(targets, homes))


def _joined(networks: Iterable[_Network], homes: Mapping[_Network, _Network]) -> list[_Network]:
    """Machines, of one range more than a few as that range."""
    groups: defaultdict[_Network, list[_Network]] = defaultdict(list)
    for each in networks:
        groups[homes.get(each, each)].append(each)
    return [each for home, held in groups.items() for each in ([home] if len(held) > _MOST_HOSTS else held)]


def _passages(name: str, ways: Iterable[_Way]) -> Iterator[Passage]:
    for a, b, seen in ways:
        if a.version == b.version and a != b:
            yield Passage(name, a, b, seen.protocol, seen.port)


def _zone(hospital: Hospital, asset: AssetId) -> ZoneId | None:
    return hospital.assets[asset].zone if asset in hospital.assets else None


def _cidrs(hospital: Hospital, zone: ZoneId) -> Sequence[_Network]:
    return hospital.zones[zone].cidrs if zone in hospital.zones else ()


def _hosts(hospital: Hospital, asset: AssetId) -> list[_Network]:
    return [ip_network(address) for address in hospital.assets[asset].addresses]
