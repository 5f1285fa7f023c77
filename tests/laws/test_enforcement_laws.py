"""Laws of acting: ranges of zones, elements of the firewall's sets as text, and what stands."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from codedark.enforce.address_ranges import AddressRange, disjoint_ranges
from codedark.enforce.contract import Change, Reading, Standing, standing
from codedark.enforce.nftables import table
from codedark.hospital.ranges import Ranges
from codedark.hospital.zone import Purpose, Zone, ZoneId


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network | IPv6Network:
    base, bits = draw(st.sampled_from([("10.0.0.0", 32), ("192.0.2.0", 32), ("2001:db8::", 128)]))
    length = draw(st.integers(bits - 8, bits))
    low = draw(st.integers(0, 255)) >> (bits - length) << (bits - length)
    network = ip_network(f"{base}/{bits - 8}")
    return ip_network((int(network.network_address) + low, length))


@st.composite
def hospitals(draw: st.DrawFn) -> list[Zone]:
    """Zones whose ranges nest, none of which has the range of another."""
    cidrs = draw(st.lists(networks(), min_size=1, max_size=12, unique=True))
    owners = [draw(st.integers(0, 3)) for _ in cidrs]
    zones = [
        Zone(
            ZoneId(f"Z{at}"), "", Purpose.OFFICE, cidrs=tuple(c for c, o in zip(cidrs, owners, strict=True) if o == at)
        )
        for at in range(4)
    ]
    internet = Zone(ZoneId("WORLD"), "", Purpose.INTERNET)
    return [*zones, internet] if draw(st.booleans()) else zones


@given(hospitals())
def test_an_address_is_in_the_ranges_of_its_narrowest_zone_and_of_no_other(zones: list[Zone]) -> None:
    ranges = disjoint_ranges(zones)
    everything = sorted(part for parts in ranges.values() for part in parts)
    assert all(a.version != b.version or a.last < b.first for a, b in pairwise(everything))
    narrowest = Ranges(zones)
    outside = "WORLD" if len(zones) == 5 else None
    edges = {edge + near & 255 for part in everything for edge in (part.first, part.last) for near in (-1, 0, 1)}
    for low in edges:
        for address in (IPv4Address("10.0.0.0") + low, ip_network("2001:db8::/120")[low], IPv4Address("8.8.8.0") + low):
            one = AddressRange.parse(str(address))
            holders = [
                zone
                for zone, parts in ranges.items()
                if any(part.version == one.version and part.first <= one.first <= part.last for part in parts)
            ]
            wanted = narrowest.zone_of(str(address)) or outside
            assert holders == ([wanted] if wanted else [])


@given(
    networks(),
    networks(),
    st.sampled_from(["isolated", "cut", "blocked"]),
    st.sampled_from(["1", "445", "65535", "49152-65535"]),
)
def test_a_thing_read_back_from_the_commands_for_it_is_the_same(
    source: IPv4Network | IPv6Network, target: IPv4Network | IPv6Network, kind: str, port: str
) -> None:
    sources, targets = [AddressRange.of(source)], [AddressRange.of(target)]
    isolated = [table.isolating(AddressRange.parse(str(source[0])))]
    blocked = table.blocking(sources, targets, [("tcp", port)])
    things = {"isolated": isolated, "cut": table.cutting(sources, targets), "blocked": blocked}[kind]
    assert len(things) == (1 if kind == "isolated" or source.version == target.version else 0)
    for command in table.renewed(things, 60):
        (what,) = command.values()
        read = [table.told(what["element"]["name"], each["elem"]["val"]) for each in what["element"]["elem"]]
        assert read == things


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["before", "after", "other", None])), min_size=1, max_size=6))
def test_what_stands_is_all_or_nothing_only_if_every_thing_says_so(things: list[tuple[bool, str | None]]) -> None:
    changes = [Change(f"t{at}", "after" if same else "before", "after") for at, (same, _) in enumerate(things)]
    readings = [Reading(f"t{at}", value) for at, (_, value) in enumerate(things)]
    found = standing(changes, readings)
    values = [value for _, value in things]
    assert (found is Standing.UNKNOWN) == (None in values)
    assert (found is Standing.ALL) == (set(values) == {"after"})
    if found is Standing.NOTHING:
        assert all(value == change.before for change, value in zip(changes, values, strict=True))
    assert standing([change.inverse for change in changes], readings) is not Standing.ALL or found is not Standing.PART
    waiting = standing(changes, [Reading(each.thing, each.value, waits=True) for each in readings])
    assert waiting is (found if found in {Standing.UNKNOWN, Standing.ALL} else Standing.WAITING)
