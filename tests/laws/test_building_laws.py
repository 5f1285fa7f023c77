"""Any hospital that can be built holds together: unique names, addresses in their segments, references that resolve."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from ipaddress import IPv4Network, ip_address
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetKind
from codedark.hospital.load import load
from codedark.hospital.service import AllOf, AnyOf, Dependency, OnAsset, OnLink, OnService
from codedark.hospital.write import files_of
from codedark.hospital.zone import Link
from codedark.simulate.building import build
from codedark.simulate.building.calibration import beds as licensed_beds
from codedark.simulate.site import Function, Role, Site

SIZES = st.integers(10, 120)
SEEDS = st.integers(0, 2**63)


@lru_cache(maxsize=64)
def site_of(beds: int, seed: int) -> Site:
    return build(beds, seed)


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_it_has_as_many_beds_and_machines_and_staff_as_asked(beds: int, seed: int) -> None:
    site = site_of(beds, seed)
    assert licensed_beds(site) == beds
    assert 12 * beds <= len(site.hospital.assets) <= 18 * beds
    assert 4 * beds <= len(site.people) <= 5 * beds
    assert {person.role for person in site.people} == set(Role) - {Role.VENDOR}


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_names_are_unique_without_regard_to_case(beds: int, seed: int) -> None:
    hospital = site_of(beds, seed).hospital
    for ids in (hospital.assets, hospital.accounts, hospital.zones, hospital.wards, hospital.services):
        assert not [name for name, count in Counter(str(id_).casefold() for id_ in ids).items() if count > 1]
    every_bed = [bed for ward in hospital.wards.values() for bed in ward.beds]
    assert len(set(every_bed)) == len(every_bed)


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_addresses_are_unique_and_lie_in_their_segment(beds: int, seed: int) -> None:
    site = site_of(beds, seed)
    hosts = site.hosts.values()
    assert len({host.address for host in hosts}) == len({host.mac for host in hosts}) == len(site.hosts)
    for host in hosts:
        cidr = site.hospital.zones[host.zone].cidrs[0]
        assert ip_address(host.address) in cidr
        assert ip_address(host.address) not in (cidr.network_address, cidr.broadcast_address)
        assert site.hospital.assets[host.id].addresses == (host.address,)


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_segments_do_not_overlap(beds: int, seed: int) -> None:
    zones = site_of(beds, seed).hospital.zones.values()
    ranges = sorted((int(cidr.network_address), int(cidr.broadcast_address)) for zone in zones for cidr in zone.cidrs)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    inside = [cidr for zone in zones if zone.id != "INTERNET" for cidr in zone.cidrs]
    assert all(isinstance(cidr, IPv4Network) and cidr.subnet_of(IPv4Network("10.0.0.0/8")) for cidr in inside)
    vlans = [vlan for zone in zones for vlan in zone.vlans]
    assert len(set(vlans)) == len(vlans)


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_every_reference_resolves(beds: int, seed: int) -> None:
    site = site_of(beds, seed)
    hospital = site.hospital
    for asset in hospital.assets.values():
        assert asset.zone in hospital.zones
        assert asset.ward is None or asset.ward in hospital.wards
    for ward in hospital.wards.values():
        assert all(zone in hospital.zones for zone in ward.zones)
    kinds = {kind.value for kind in AssetKind}
    for account in hospital.accounts.values():
        assert all(ward in hospital.wards for ward in account.wards)
        for target in account.may_log_on_to:
            sort, _, name = target.partition(":")
            assert (
                (sort == "zone" and name in hospital.zones)
                or (sort == "kind" and name in kinds)
                or target in site.hosts
            )
    for service in hospital.services.values():
        assert _resolves(service.needs, site), service.id
    for lifeline in hospital.lifelines.values():
        assert lifeline.attested_by
        assert lifeline.attested_until
        assert all(service in hospital.services for service in lifeline.services)
        assert all(_link_resolves(link, site) for link in lifeline.links)


def _resolves(need: Dependency, site: Site) -> bool:
    match need:
        case OnAsset(asset):
            return asset in site.hosts
        case OnService(service):
            return service in site.hospital.services
        case OnLink(link):
            return _link_resolves(link, site)
        case AnyOf(parts, at_least):
            return 1 <= at_least <= len(parts) and all(_resolves(part, site) for part in parts)
        case AllOf(parts):
            return all(_resolves(part, site) for part in parts)


def _link_resolves(link: Link, site: Site) -> bool:
    return link.source in site.hospital.zones and link.target in site.hospital.zones


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_the_site_agrees_with_its_hospital(beds: int, seed: int) -> None:
    site = site_of(beds, seed)
    assert list(site.hosts) == list(site.hospital.assets)
    assert all(site.by_function[function] for function in Function)
    assert len(site.by_function[Function.DOMAIN_CONTROLLER]) >= 2
    assert sorted(member for group in site.by_zone.values() for member in group) == sorted(site.hosts)
    assert sorted(member for group in site.by_kind.values() for member in group) == sorted(site.hosts)
    for asset in site.hospital.assets.values():
        assert site.hosts[asset.id].logs <= set(asset.log_sources)
    assert all(site.hosts[server].kind is AssetKind.SERVER for server, _ in site.shares)


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_everybody_has_an_account_a_sid_and_a_computer(beds: int, seed: int) -> None:
    site = site_of(beds, seed)
    accounts = site.hospital.accounts
    assert set(site.sids) == set(accounts)
    sids = [*site.sids.values(), *(host.sid for host in site.hosts.values() if host.sid)]
    assert len(set(sids)) == len(sids)
    for person in (*site.people, *site.vendors):
        assert accounts[person.account].person == f"{person.given} {person.family}"
        assert person.workstations
        assert all(computer in site.hosts for computer in person.workstations)
        assert person.ward is None or person.ward in site.hospital.wards
        if person.admin_account:
            assert accounts[person.admin_account].kind is AccountKind.ADMINISTRATOR
    assert {account.kind for account in accounts.values()} == set(AccountKind)
    assert all(account in accounts for account in site.service_accounts.values())
    assert {"ehr", "backup", "pacs", "interface", "scanner", "updates", "monitoring"} <= set(site.service_accounts)


@given(SIZES, SEEDS)
@settings(max_examples=20, deadline=None)
def test_flows_have_known_ends_and_no_pair_twice(beds: int, seed: int) -> None:
    site = site_of(beds, seed)
    flows = site.hospital.flows
    outside = site.hospital.zones[next(zone for zone in site.hospital.zones if zone == "INTERNET")].cidrs
    for target in set(flows.targets):
        assert target in site.hosts or any(ip_address(target) in cidr for cidr in outside)
    assert all(source in site.hosts for source in set(flows.sources))
    rows = list(zip(flows.sources, flows.targets, flows.protocols, flows.ports, strict=True))
    assert len(set(rows)) == len(rows)
    assert all(count > 0 for count in flows.connections)
    assert all(octets > 0 for octets in flows.octets)
    assert 6 <= len(flows) / len(site.hosts) <= 10


@given(SIZES, SEEDS)
@settings(max_examples=10, deadline=None)
def test_its_files_load_without_a_problem_and_give_the_same_hospital(beds: int, seed: int) -> None:
    hospital = site_of(beds, seed).hospital
    loaded = load(files_of(hospital))
    assert not loaded.problems
    assert loaded.hospital == hospital


@given(SIZES, SEEDS)
@settings(max_examples=5, deadline=None)
def test_the_same_seed_builds_the_same_and_another_seed_another_hospital(beds: int, seed: int) -> None:
    assert build(beds, seed) == build(beds, seed)
    assert build(beds, seed) != build(beds, seed + 1)


PROGRAM = """
import hashlib
from codedark.simulate.building import build
site = build(40, 5)
told = [(host.id, host.address, host.mac, host.sid, sorted(host.logs)) for host in site.hosts.values()]
told += [site.people, site.hospital]
print(hashlib.sha256(repr(told).encode()).hexdigest())
"""


def test_no_order_depends_on_the_hashes_of_a_process() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    }
    assert len(seen) == 1
