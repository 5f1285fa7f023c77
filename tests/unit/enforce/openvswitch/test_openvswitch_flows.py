"""Flows of Open vSwitch: port ranges as masks, and no flow in two things."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codedark.enforce.openvswitch.flows import flows_of, meaning, port_matches


@given(st.tuples(st.integers(1, 65_535), st.integers(1, 65_535)).map(sorted))
def test_a_range_of_ports_is_matched_exactly_and_by_few(ends: list[int]) -> None:
    first, last = ends
    matched: list[int] = []
    matches = port_matches(f"{first}-{last}")
    for each in matches:
        value, _, mask = each.partition("/")
        size = 65_536 - int(mask, 16) if mask else 1
        assert int(value, 0) % size == 0
        matched += range(int(value, 0), int(value, 0) + size)
    assert matched == list(range(first, last + 1))
    assert len(matches) <= 30


addresses = st.sampled_from(["10.1.0.7", "10.1.0.8", "2001:db8::7"])
macs = st.sampled_from(["02:00:00:00:00:01", "02:00:00:00:00:02"])
ranges = st.sampled_from(["10.1.0.0-10.1.0.255", "10.2.0.0-10.2.3.9"])
pairs = st.permutations(["10.1.0.0-10.1.0.255", "10.2.0.0-10.2.3.9"]).map(" ".join)
things = st.one_of(
    addresses.map("address {}".format),
    macs.map("machine {}".format),
    st.tuples(macs, addresses).map(lambda each: "speaks " + " ".join(each)),
    pairs.map(lambda each: "apart " + " ".join(sorted(each.split()))),
    st.tuples(pairs, st.sampled_from(["tcp 445", "tcp 49152-65535", "udp 53"])).map(
        lambda each: "blocked " + " ".join(each)
    ),
)


@given(st.lists(things, min_size=2, max_size=2, unique=True))
def test_no_flow_is_part_of_two_things(pair: list[str]) -> None:
    one, other = (set(flows_of(thing, "NORMAL")) for thing in pair)
    assert one
    assert not one & other
    assert all(meaning(thing) != thing for thing in pair)
