"""The flows of Code Dark in Open vSwitch, as ovs-ofctl(8) writes them, and the things that they are. Pure.

A thing of this device is one of

    address ADDRESS            all that an IP address sends and gets
    machine MAC                all that a network card sends and gets, whatever address it uses
    speaks MAC ADDRESS         that card may say that it has that address (ARP, neighbour discovery)
    apart RANGE RANGE          two ranges of addresses, in both directions
    blocked RANGE RANGE PROTOCOL PORTS    what the first opens to these ports of the second

and stands when all its flows do. Flows keep no state, so what was established is cut as well, but for blocked ports of
TCP from 32768 on: answers go there too, so only what opens a connection is dropped. The first that matches decides, in
this order: lifelines pass; so does what keeps an address (ARP, neighbour discovery, DHCP), because lifelines are found
by it; things are dropped; all else is for the flows of the hospital.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, summarize_address_range
from typing import Final

from codedark.enforce.address_ranges import AddressRange
from codedark.enforce.nftables.table import Passage

COOKIE: Final = 0xC0DEDA4B
LIFELINE, NEIGHBOUR, DROP = 60_020, 60_015, 60_010
_LAST_PORT: Final = 65_535
_ASKS_FROM: Final = 32_768
"""Linux takes a client's own port from here on, Windows from 49152 on (RFC 6335 6)."""

Network = IPv4Network | IPv6Network


def lifeline_flows(lifelines: Iterable[Passage], passes_to: str) -> list[str]:
    """What lifelines need, both ways, handed on to ``passes_to``: ``NORMAL``, or ``resubmit(,TABLE)``."""
    found = []
    for each in lifelines:
        ports = f",tp_dst={each.port}", f",tp_src={each.port}"
        there, back = ports if each.protocol else ("", "")
        kind = _kind(each.targets.version, each.protocol)
        found += [
            _flow(LIFELINE, f"{kind}{_ends(each.sources, each.targets)}{there}", passes_to),
            _flow(LIFELINE, f"{kind}{_ends(each.targets, each.sources)}{back}", passes_to),
        ]
    return list(dict.fromkeys(found))


def flows_of(thing: str, passes_to: str) -> list[str]:
    """All flows of a thing. No other thing has any of them."""
    match thing.split():
        case ["address", address]:
            return list(_address(address, passes_to))
        case ["machine", mac]:
            return list(_machine(mac, passes_to))
        case ["speaks", mac, address]:
            return list(_speaks(mac, address, passes_to))
        case ["apart", one, other]:
            pairs = [(a, b) for a in _networks(one) for b in _networks(other)]
            both = [pair for a, b in pairs for pair in ((a, b), (b, a))]
            return [_flow(DROP, f"{_kind(a.version)}{_ends(a, b)}", "drop") for a, b in both]
        case ["blocked", one, other, protocol, ports]:
            return [
                _flow(DROP, f"{_kind(a.version, protocol)}{_ends(a, b)}{port}", "drop")
                for a in _networks(one)
                for b in _networks(other)
                for port in _blocked(protocol, ports)
            ]
    raise ValueError(f"{thing}: is none of the things of Open vSwitch")


def addition(flow: str, seconds: int) -> str:
    """The line of a bundle that has the switch keep a flow for so long from now."""
    match, _, actions = flow.partition(" actions=")
    return f"add cookie={COOKIE:#x},hard_timeout={seconds},{match} actions={actions}"


def removal(flow: str) -> str:
    """The line of a bundle that takes a flow away."""
    return f"delete_strict cookie={COOKIE:#x}/-1,table=0,{flow.partition(' actions=')[0]}"


def meaning(thing: str) -> str:
    """A thing in a sentence."""
    match thing.split():
        case ["address" | "machine", name]:
            return f"drops everything from and to {name}"
        case ["speaks", mac, address]:
            return f"lets {mac} keep {address}, and claim no other address"
        case ["apart", one, other]:
            return f"drops everything between {one} and {other}, both ways"
        case ["blocked", one, other, protocol, ports]:
            return f"drops {protocol}/{ports} that {one} sends to {other}"
    return thing


def takes_answers(protocol: str, ports: str) -> bool:
    """Whether among these ports are some from which the other side may have asked, and to which it is answered."""
    return protocol != "tcp" and _ends_of(ports)[1] >= _ASKS_FROM


def port_matches(ports: str) -> list[str]:
    """``445`` or ``49152-65535`` as OpenFlow matches, which know single ports and masks only."""
    at, end = _ends_of(ports)
    found = []
    while at <= end:
        size = at & -at
        while at + size - 1 > end:
            size //= 2
        found.append(str(at) if size == 1 else f"{at:#x}/{_LAST_PORT + 1 - size:#x}")
        at += size
    return found


def _ends_of(ports: str) -> tuple[int, int]:
    first, _, last = ports.partition("-")
    at, end = int(first), int(last or first)
    if not 0 < at <= end <= _LAST_PORT:
        raise ValueError(f"{ports}: are no ports")
    return at, end


def _blocked(protocol: str, ports: str) -> Iterator[str]:
    """Matches of ports; where an answer may go there too, only of the packet that opens a connection (RFC 9293 3.5)."""
    at, end = _ends_of(ports)
    if at < _ASKS_FROM:
        yield from (f",tp_dst={each}" for each in port_matches(f"{at}-{min(end, _ASKS_FROM - 1)}"))
    if end >= _ASKS_FROM:
        opens = ",tcp_flags=+syn-ack" if protocol == "tcp" else ""
        yield from (f",tp_dst={each}{opens}" for each in port_matches(f"{max(at, _ASKS_FROM)}-{end}"))


def _address(address: str, passes_to: str) -> Iterator[str]:
    version = ip_address(address).version
    for end in ("nw_src", "nw_dst") if version == 4 else ("ipv6_src", "ipv6_dst"):
        yield _flow(DROP, f"{_kind(version)},{end}={address}", "drop")
        if version == 6:
            for kind in (135, 136):
                yield _flow(NEIGHBOUR, f"icmp6,{end}={address},icmp_type={kind}", passes_to)


def _machine(mac: str, passes_to: str) -> Iterator[str]:
    """RFC 2131 4.1 and RFC 8415 7.2 for the ports of DHCP."""
    for end in ("dl_src", "dl_dst"):
        yield _flow(DROP, f"{end}={mac}", "drop")
    yield _flow(NEIGHBOUR, f"arp,dl_dst={mac}", passes_to)
    yield _flow(NEIGHBOUR, f"icmp6,dl_dst={mac},icmp_type=136", passes_to)
    for kind, client, server in (("udp", 68, 67), ("udp6", 546, 547)):
        yield _flow(NEIGHBOUR, f"{kind},dl_src={mac},tp_src={client},tp_dst={server}", passes_to)
        yield _flow(NEIGHBOUR, f"{kind},dl_dst={mac},tp_src={server},tp_dst={client}", passes_to)


def _speaks(mac: str, address: str, passes_to: str) -> Iterator[str]:
    if ip_address(address).version == 4:
        yield _flow(NEIGHBOUR, f"arp,dl_src={mac},arp_spa={address}", passes_to)
        return
    yield _flow(NEIGHBOUR, f"icmp6,dl_src={mac},ipv6_src={address},icmp_type=135", passes_to)
    yield _flow(NEIGHBOUR, f"icmp6,dl_src={mac},icmp_type=136,icmp_code=0,nd_target={address}", passes_to)


def _flow(priority: int, match: str, actions: str) -> str:
    return f"priority={priority},{match} actions={actions}"


def _kind(version: int, protocol: str = "") -> str:
    return f"{protocol}{'6' if version == 6 else ''}" if protocol else {4: "ip", 6: "ipv6"}[version]


def _ends(source: Network, target: Network) -> str:
    names = ("nw_src", "nw_dst") if source.version == 4 else ("ipv6_src", "ipv6_dst")
    return "".join(_end(name, network) for name, network in zip(names, (source, target), strict=True))


def _end(name: str, network: Network) -> str:
    if network.prefixlen == 0:
        return ""
    return f",{name}={network.network_address if network.num_addresses == 1 else network}"


def _networks(text: str) -> Sequence[Network]:
    part = AddressRange.parse(text)
    kind = IPv4Address if part.version == 4 else IPv6Address
    return list(summarize_address_range(kind(part.first), kind(part.last)))
