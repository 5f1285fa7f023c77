"""Imports add and never lose: what stands stays, the same read twice changes nothing more, changes say their origin."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.importers.facts import AssetFact, Facts, FlowKey, Origin
from codedark.hospital.importers.merge import Effect, Merged, merge
from codedark.hospital.zone import Purpose, Zone, ZoneId

ZONES = {
    ZoneId(name): Zone(ZoneId(name), name, Purpose.OFFICE, (), (ip_network(cidr),))
    for name, cidr in (("wide", "10.0.0.0/8"), ("narrow", "10.1.0.0/16"))
}
names = st.sampled_from(["WS-1", "ws-1.h.example", "ws-1.k.example", "W.h.example", "W", "WS-2", "PACS01", "Dr. W", ""])
addresses = st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2", "10.1.0.3", "192.0.2.1"]), max_size=2, unique=True).map(
    tuple
)
macs = st.sampled_from(["", "00:00:5e:00:53:01", "00:00:5e:00:53:02"])
facts = st.builds(
    AssetFact,
    st.integers(1, 99).map(lambda line: Origin("cmdb.csv", f"line {line}")),
    names,
    addresses,
    macs,
    st.sampled_from([None, AssetKind.SERVER, AssetKind.LAPTOP]),
    st.sampled_from(["", "Windows 10", "Windows 11"]),
    st.sampled_from([None, Support.SUPPORTED]),
    owner=st.sampled_from(["", "IT", "Radiology"]),
)
standing = st.builds(
    lambda kind, owner: Hospital(
        "h",
        zones=ZONES,
        assets={
            AssetId("WS-1"): Asset(
                AssetId("WS-1"), kind, ZoneId("wide"), ("10.0.0.1",), "00:00:5e:00:53:01", owner=owner
            ),
            AssetId("PACS01"): Asset(AssetId("PACS01"), AssetKind.SERVER, None, ("10.1.0.3",)),
        },
        flows=Flows(["WS-1"], ["PACS01"], ["tcp"], [104], [3], [1000]),
    ),
    st.sampled_from([AssetKind.OTHER, AssetKind.WORKSTATION]),
    st.sampled_from(["", "IT"]),
)


@given(standing, st.lists(facts, max_size=5))
def test_what_stands_stays(hospital: Hospital, read: list[AssetFact]) -> None:
    merged = merge(hospital, Facts(assets=read)).hospital
    for asset_id, before in hospital.assets.items():
        after = merged.assets[asset_id]
        assert set(before.addresses) <= set(after.addresses)
        assert after.owner == before.owner or not before.owner
        assert after.kind == before.kind or before.kind is AssetKind.OTHER
        assert after.zone == before.zone or before.zone is None


@given(standing, st.lists(facts, max_size=5))
def test_reading_the_same_again_changes_nothing_more(hospital: Hospital, read: list[AssetFact]) -> None:
    once = merge(hospital, Facts(assets=read))
    again = merge(once.hospital, Facts(assets=read))
    assert again.hospital == once.hospital
    assert {change.effect for change in again.changes} <= {Effect.CONFLICT}


@given(standing, st.lists(facts, max_size=5))
def test_every_difference_is_told_with_its_origin(hospital: Hospital, read: list[AssetFact]) -> None:
    merged = merge(hospital, Facts(assets=read))
    told = {change.id for change in merged.changes if change.effect is not Effect.CONFLICT}
    differs = {each for each, asset in merged.hospital.assets.items() if hospital.assets.get(each) != asset}
    assert told == differs
    assert all(change.origin in [fact.origin for fact in read] for change in merged.changes)


def test_a_fact_that_fits_two_assets_changes_nothing() -> None:
    two = {
        AssetId(name): Asset(AssetId(name), AssetKind.SERVER, addresses=(address,))
        for name, address in (("A", "10.0.0.1"), ("B", "10.0.0.2"))
    }
    merged = merge(
        Hospital("h", assets=two),
        Facts(assets=[AssetFact(Origin("f", "1"), addresses=("10.0.0.1", "10.0.0.2"), owner="x")]),
    )
    assert merged.hospital.assets == two
    assert [(change.effect, change.before) for change in merged.changes] == [(Effect.CONFLICT, "A and B")]


def told(*facts: AssetFact, standing: Hospital | None = None) -> Merged:
    return merge(standing or Hospital("h"), Facts(assets=list(facts)))


@pytest.mark.parametrize(
    "names",
    [
        ["Dr. Jansen PC", "Dr. Peeters PC"],
        ["web.a.example", "web.b.example"],
        ["Infusion pump 1.5", "Infusion pump 1.6"],
        ["pump-1.5", "pump-1.6"],
    ],
)
def test_names_that_begin_alike_are_machines_of_their_own(names: list[str]) -> None:
    facts = [AssetFact(Origin("f", name), name) for name in names]
    once = told(*facts)
    assert list(once.hospital.assets) == names
    assert told(*facts, standing=once.hospital).changes == ()


def test_one_machine_is_known_with_and_without_its_domain() -> None:
    long, short = AssetFact(Origin("f", "1"), "ws.h.example", owner="IT"), AssetFact(Origin("f", "2"), "WS", place="B")
    for facts in ((long, short), (short, long)):
        [asset] = told(*facts).hospital.assets.values()
        assert (asset.id.casefold(), asset.owner, asset.place) == ("ws", "IT", "B")
    whole = Hospital("h", assets={AssetId("ws.h.example"): Asset(AssetId("ws.h.example"), AssetKind.SERVER)})
    assert list(told(short, standing=whole).hospital.assets) == ["ws.h.example"]


def test_a_short_name_of_two_domains_is_a_conflict_unless_the_mac_tells() -> None:
    mac = "00:00:5e:00:53:01"
    web = [AssetFact(Origin("f", each), f"web.{each}.example", mac=mac if each == "a" else "") for each in "ab"]
    either = AssetFact(Origin("f", "c"), "web", owner="IT")
    for facts in ([either, *web], [*web, either]):
        merged = told(*facts)
        assert {each.owner for each in merged.hospital.assets.values()} == {""}
        assert [each.before for each in merged.changes if each.effect is Effect.CONFLICT] == [
            "web.a.example and web.b.example"
        ]
    known = told(AssetFact(Origin("f", "c"), "web", mac=mac, owner="IT"), *web).hospital.assets
    assert [each.owner for each in known.values()] == ["IT", ""]


@pytest.mark.parametrize("replace", [False, True])
def test_a_short_name_with_another_mac_is_another_machine(replace: bool) -> None:
    before = Hospital("h", assets={AssetId("web"): Asset(AssetId("web"), AssetKind.SERVER, mac="00:00:5e:00:53:01")})
    fact = AssetFact(Origin("f", "1"), "web.b.example", ("10.0.0.9",), "00:00:5e:00:53:02", owner="IT")
    merged = merge(before, Facts(assets=[fact]), replace_conflicts=replace)
    assert merged.hospital.assets == before.assets
    assert [(each.effect, each.field) for each in merged.changes] == [(Effect.CONFLICT, "mac")]


def test_a_mac_of_another_machine_is_left_out() -> None:
    facts = [AssetFact(Origin("f", name), name, mac="00:00:5e:00:53:01") for name in ("A", "B")]
    b = AssetFact(Origin("f", "0"), "B")
    merged = told(b, *facts)
    assert {each.id: each.mac for each in merged.hospital.assets.values()} == {"B": "", "A": "00:00:5e:00:53:01"}
    assert [(each.effect, each.field) for each in merged.changes[:1]] == [(Effect.CONFLICT, "mac")]


def test_a_new_asset_stands_in_the_narrowest_zone_of_its_address() -> None:
    merged = merge(
        Hospital("h", zones=ZONES), Facts(assets=[AssetFact(Origin("f", "1"), "N.h.example", ("10.1.2.3",))])
    )
    assert merged.hospital.assets == {"N": Asset(AssetId("N"), AssetKind.OTHER, ZoneId("narrow"), ("10.1.2.3",))}


@given(standing, st.booleans())
def test_a_conflict_is_resolved_only_when_asked(hospital: Hospital, replace: bool) -> None:
    fact = AssetFact(Origin("f", "1"), "pacs01", kind=AssetKind.STORAGE)
    merged = merge(hospital, Facts(assets=[fact]), replace_conflicts=replace)
    assert merged.hospital.assets[AssetId("PACS01")].kind is (AssetKind.STORAGE if replace else AssetKind.SERVER)
    assert [change.effect for change in merged.changes] == [Effect.REPLACED if replace else Effect.CONFLICT]


def test_flows_fold_into_those_that_stand_by_the_names_of_their_assets() -> None:
    hospital = Hospital(
        "h",
        assets={AssetId("A"): Asset(AssetId("A"), AssetKind.SERVER, addresses=("10.0.0.1",))},
        flows=Flows(["A"], ["10.9.9.9"], ["tcp"], [443], [2], [10]),
    )
    seen = FlowKey("10.0.0.1", "10.9.9.9", "tcp", 443)
    other = FlowKey("10.0.0.1", "10.9.9.9", "udp", 53)
    merged = merge(hospital, Facts(connections=Counter({seen: 5, other: 1}), octets=Counter({seen: 7})))
    flows = merged.hospital.flows
    assert list(zip(flows.sources, flows.ports, flows.connections, flows.octets, strict=True)) == [
        ("A", 443, 7, 17),
        ("A", 53, 1, 0),
    ]
    assert (merged.flows_added, merged.flows_grown) == (1, 1)
