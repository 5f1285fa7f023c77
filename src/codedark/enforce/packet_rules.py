"""What a packet filter without state would have to do for an order: rules, each from one block of addresses to another.

OpenC2's stateless packet filtering and the access lists of RFC 8519 judge each packet alone. So a rule that drops what
A opens to B also drops what A answers to B, and a lifeline needs a rule for its requests and one for its answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network, summarize_address_range
from typing import Final, NamedTuple

from codedark.contain.action import ActionKind
from codedark.enforce.address_ranges import AddressRange
from codedark.enforce.contract import Order, Way
from codedark.enforce.nftables.table import Passage
from codedark.enforce.packet_orders import ADDRESS_KINDS, WAY_KINDS, Ranges, addresses_of, ends_of, ways_of
from codedark.enforce.protocols import ports_of

Network = IPv4Network | IPv6Network
_ANY: Final = "any"
_MOST_RULES: Final = 200
"""Of one order. A zone of scattered addresses makes the product of its blocks and those of the other zone."""
_FIRST_CLIENT_PORT: Final = 1024
"""RFC 6335, 6 has clients use 49152 and above; systems that hospitals still have begin at 1025."""


class Verdict(StrEnum):
    """What becomes of a packet."""

    ALLOW = "allow"
    DENY = "deny"


class PacketRule(NamedTuple):
    """Packets from ``source`` to ``target``, None for any; where ``protocol`` is ``tcp`` or ``udp``, with those ports,
    0 for any.
    """

    verdict: Verdict
    source: Network | None
    target: Network | None
    protocol: str = ""
    source_port: int = 0
    port: int = 0

    def __str__(self) -> str:
        ends = f"{self.verdict} {self.source or _ANY} {self.target or _ANY}"
        return f"{ends} {self.protocol} {self.source_port or _ANY} {self.port or _ANY}" if self.protocol else ends

    @property
    def version(self) -> int:
        """Of its addresses: 4 or 6."""
        return next(end.version for end in (self.source, self.target) if end is not None)

    @staticmethod
    def parse(text: str) -> PacketRule:
        """What `str` wrote. Raises `ValueError`."""
        try:
            verdict, source, target, *service = text.split()
            protocol, source_port, port = service or ("", _ANY, _ANY)
            rule = PacketRule(
                Verdict(verdict), _network(source), _network(target), protocol, _port(source_port), _port(port)
            )
            _ = rule.version
        except (ValueError, StopIteration) as error:
            raise ValueError(f"'{text}' is no rule of a packet filter ({error})") from error
        return rule


def rules_of(
    order: Order,
    ranges: Ranges,
    lifelines: Iterable[Passage],
    protected: Collection[AddressRange],
    *,
    lifelines_first: bool,
) -> tuple[PacketRule, ...]:
    """The rules of an order, those that allow before those that deny. Raises `ValueError` with the reason of a refusal.

    1. What the order names becomes rules that deny.
    2. A lifeline that one of them might hit is allowed before, both ways, where the filter asks rules in an order that
       we know (``lifelines_first``).
    3. Else the order is refused: nothing that might cut a lifeline is tried.
    """
    denied = tuple(dict.fromkeys(_denied(order, ranges, protected, lifelines_first=lifelines_first)))  # (1)
    if len(denied) > _MOST_RULES:
        raise ValueError(f"takes {len(denied)} rules, and {_MOST_RULES} are the most: give the zones fewer blocks")
    allowed: dict[PacketRule, None] = {}
    for passage in lifelines:
        if any(_may_hit(rule, passage) for rule in denied):
            if not lifelines_first:  # (3)
                raise ValueError(
                    f"might cut the lifeline {passage.name}: this filter does not say in which order it asks its rules"
                )
            allowed |= dict.fromkeys(_passing(passage))  # (2)
    return (*allowed, *denied)


def meaning(rule: PacketRule) -> str:
    """A rule in a sentence."""
    verb = "lets pass" if rule.verdict is Verdict.ALLOW else "drops"
    what = f"{rule.protocol} " if rule.protocol else "everything "
    ends = [f"{word} {end or 'anywhere'}" for word, end in (("from", rule.source), ("to", rule.target))]
    ports = [f"{word} {port}" for word, port in (("from port", rule.source_port), ("to port", rule.port)) if port]
    return f"{verb} {what}{' '.join([*ends, *ports])}"


def _denied(
    order: Order,
    ranges: Ranges,
    protected: Collection[AddressRange],
    *,
    lifelines_first: bool,
) -> Iterator[PacketRule]:
    if order.kind in ADDRESS_KINDS:
        if order.kind is ActionKind.RESTRICT_TO_LIFELINE and not lifelines_first:
            raise ValueError("a filter without an order of rules cannot leave a lifeline open to a restricted machine")
        for address in addresses_of(order, protected):
            for block in _blocks(address):
                yield PacketRule(Verdict.DENY, block, None)
                yield PacketRule(Verdict.DENY, None, block)
    elif order.kind in WAY_KINDS:
        for way in ways_of(order):
            yield from _way(way, ranges)
    else:
        raise ValueError(f"a packet filter cannot do '{order.kind}'")


def _way(way: Way, ranges: Ranges) -> Iterator[PacketRule]:
    sources, targets = ([block for part in parts for block in _blocks(part)] for parts in ends_of(way, ranges))
    services = ports_of(way.protocol) if way.protocol else (("", 0),)
    for source in sources:
        for target in targets:
            if source.version == target.version:
                for protocol, port in services:
                    yield PacketRule(Verdict.DENY, source, target, protocol, 0, port)


def _passing(passage: Passage) -> tuple[PacketRule, PacketRule]:
    there, back = passage.sources, passage.targets
    return (
        PacketRule(Verdict.ALLOW, there, back, passage.protocol, 0, passage.port),
        PacketRule(Verdict.ALLOW, back, there, passage.protocol, passage.port, 0),
    )


def _may_hit(rule: PacketRule, passage: Passage) -> bool:
    """Whether a rule that denies may take a request of a lifeline, or an answer: those go to a port of the client's."""
    if rule.version != passage.sources.version:
        return False
    same = not rule.protocol or not passage.protocol or rule.protocol == passage.protocol
    asked = same and (not rule.port or not passage.port or rule.port == passage.port)
    answered = same and (not rule.port or rule.port >= _FIRST_CLIENT_PORT or not passage.port)
    there = _meet(rule.source, passage.sources) and _meet(rule.target, passage.targets)
    back = _meet(rule.source, passage.targets) and _meet(rule.target, passage.sources)
    return (there and asked) or (back and answered)


def _meet(block: Network | None, other: Network) -> bool:
    return block is None or block.overlaps(other)


def _blocks(part: AddressRange) -> Iterator[Network]:
    """The fewest CIDR blocks of a range."""
    if part.version == 4:
        return summarize_address_range(IPv4Address(part.first), IPv4Address(part.last))
    return summarize_address_range(IPv6Address(part.first), IPv6Address(part.last))


def _network(text: str) -> Network | None:
    return None if text == _ANY else ip_network(text)


def _port(text: str) -> int:
    return 0 if text == _ANY else int(text)
