"""Laws of filters without state, judged packet by packet: what is ordered is dropped, and never a lifeline's packet."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from hypothesis import assume, example, given
from hypothesis import strategies as st

from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.address_ranges import AddressRange, disjoint_ranges
from codedark.enforce.contract import DeviceId, Order, OrderId, Way
from codedark.enforce.nftables.table import Passage
from codedark.enforce.packet_rules import PacketRule, Verdict, rules_of
from codedark.hospital.zone import Purpose, Zone, ZoneId

CIDRS = ("10.0.0.0/28", "10.0.0.16/28", "10.0.0.32/29", "10.0.0.40/30")
ZONES = tuple(Zone(ZoneId(c), "", Purpose.OFFICE, cidrs=(IPv4Network(c),)) for c in CIDRS)
RANGES = disjoint_ranges(ZONES)
SERVICES = (("", 0), ("tcp", 443), ("tcp", 3389), ("udp", 3389), ("tcp", 445))


class Packet(NamedTuple):
    source: IPv4Address
    target: IPv4Address
    protocol: str
    source_port: int
    port: int


addresses = st.integers(0, 47).map(lambda low: IPv4Address("10.0.0.0") + low)
blocks = st.builds(lambda a, length: IPv4Network((int(a), length), strict=False), addresses, st.integers(27, 32))
passages = st.builds(lambda a, b, s: Passage("lifeline", a, b, *s), blocks, blocks, st.sampled_from(SERVICES))
zones = st.sampled_from([zone.id for zone in ZONES])
ways = st.builds(Way, zones, zones, st.sampled_from(["", "rdp", "smb", "tcp/443"]))


def order(kind: ActionKind, of: Sequence[IPv4Address], through: Sequence[Way]) -> Order:
    return Order(
        OrderId("o"), ActionId("a"), kind, DeviceId("d"), 60, addresses=tuple(map(str, of)), ways=tuple(through)
    )


orders = st.one_of(
    st.builds(
        order,
        st.sampled_from([ActionKind.ISOLATE_HOST, ActionKind.RESTRICT_TO_LIFELINE]),
        st.lists(addresses, min_size=1, max_size=3),
        st.just(()),
    ),
    st.builds(order, st.just(ActionKind.CUT_ZONES), st.just(()), st.lists(ways, min_size=1, max_size=3)),
)


def matches(rule: PacketRule, packet: Packet) -> bool:
    ends = (rule.source is None or packet.source in rule.source) and (
        rule.target is None or packet.target in rule.target
    )
    ports = rule.source_port in {0, packet.source_port} and rule.port in {0, packet.port}
    return ends and (not rule.protocol or (rule.protocol == packet.protocol and ports))


def of_a_lifeline(packet: Packet, passage: Passage) -> bool:
    """As a person reads the passage, not as the rules are made from it."""
    same = not passage.protocol or packet.protocol == passage.protocol
    asks = packet.source in passage.sources and packet.target in passage.targets
    answers = packet.source in passage.targets and packet.target in passage.sources
    return same and (
        (asks and passage.port in {0, packet.port}) or (answers and passage.port in {0, packet.source_port})
    )


def packets_between(a: IPv4Address, b: IPv4Address, service: tuple[str, int], client: int) -> list[Packet]:
    protocol, port = service if service[0] else ("tcp", 5000)
    return [Packet(a, b, protocol, client, port), Packet(b, a, protocol, port, client)]


clients = st.integers(1024, 65_535) | st.sampled_from([3389])
talks = st.builds(packets_between, addresses, addresses, st.sampled_from(SERVICES), clients)


@given(orders, st.lists(passages, max_size=3), talks)
@example(
    order(ActionKind.CUT_ZONES, (), [Way(ZoneId(CIDRS[1]), ZoneId(CIDRS[0]), "rdp")]),
    [Passage("l", IPv4Network(CIDRS[0]), IPv4Network(CIDRS[1]), "tcp", 443)],
    packets_between(IPv4Address("10.0.0.1"), IPv4Address("10.0.0.17"), ("tcp", 443), 3389),
)
def test_where_lifelines_come_first_all_of_their_packets_pass_and_others_that_were_ordered_do_not(
    given_order: Order, lifelines: list[Passage], talk: list[Packet]
) -> None:
    rules = rules_of(given_order, RANGES, lifelines, (), lifelines_first=True)
    denied = [rule for rule in rules if rule.verdict is Verdict.DENY]
    for packet in talk:
        first = next((rule.verdict for rule in rules if matches(rule, packet)), Verdict.ALLOW)
        if any(of_a_lifeline(packet, each) for each in lifelines):
            assert first is Verdict.ALLOW
        elif any(matches(rule, packet) for rule in denied):
            assert first is Verdict.DENY


@given(orders, st.lists(passages, max_size=2), talks)
def test_where_rules_have_no_order_none_of_them_may_take_a_lifelines_packet(
    given_order: Order, lifelines: list[Passage], talk: list[Packet]
) -> None:
    try:
        rules = rules_of(given_order, RANGES, lifelines, (), lifelines_first=False)
    except ValueError:
        assume(False)
    assert all(rule.verdict is Verdict.DENY for rule in rules)
    for packet in talk:
        if any(of_a_lifeline(packet, each) for each in lifelines):
            assert not any(matches(rule, packet) for rule in rules)


@given(orders, talks)
def test_what_is_ordered_is_dropped_and_nothing_else(given_order: Order, talk: list[Packet]) -> None:
    rules = rules_of(given_order, RANGES, (), (), lifelines_first=True)
    zone_of = {address: zone.id for zone in ZONES for cidr in zone.cidrs for address in cidr}
    for packet in talk:
        isolated = {str(packet.source), str(packet.target)} & set(given_order.addresses)
        between = (zone_of.get(packet.source), zone_of.get(packet.target))
        ports = {"": None, "rdp": {("tcp", 3389), ("udp", 3389)}, "tcp/443": {("tcp", 443)}}
        smb = {("tcp", 139), ("tcp", 445), ("udp", 137), ("udp", 138)}
        cut = any(
            between == (way.source, way.target)
            and (not way.protocol or (packet.protocol, packet.port) in (ports.get(way.protocol) or smb))
            for way in given_order.ways
        )
        assert any(matches(rule, packet) for rule in rules) is bool(isolated or cut)


@given(orders, st.lists(passages, max_size=2))
def test_a_rule_is_what_its_text_says(given_order: Order, lifelines: list[Passage]) -> None:
    for rule in rules_of(given_order, RANGES, lifelines, (), lifelines_first=True):
        assert PacketRule.parse(str(rule)) == rule


def test_an_address_of_a_lifeline_is_never_isolated() -> None:
    isolation = order(ActionKind.ISOLATE_HOST, [IPv4Address("10.0.0.1")], ())
    protected = {AddressRange.parse("10.0.0.1")}
    try:
        rules_of(isolation, RANGES, (), protected, lifelines_first=True)
    except ValueError as error:
        assert "never isolated" in str(error)  # noqa: PT017 - the law is that there are no rules
    else:
        raise AssertionError("rules for a lifeline's address")
