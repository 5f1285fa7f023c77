"""The paper plan: what must never be cut is on it, what goes down with a zone is told, and it stays a booklet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_network

import pytest

from codedark.app.by_hand.paper import paper
from codedark.app.by_hand.zones import Fates
from codedark.app.containment_page.words import LANGUAGES
from codedark.app.enforcing.approvers import Approver
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import AnyOf, LossPoint, OnAsset, OnLink, OnService, Service, ServiceId, Tier
from codedark.hospital.ward import Ward, WardId
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId

NIGHT = datetime(2026, 11, 23, 3, tzinfo=UTC)
WARDS, APPS, BLOOD, GUEST = (ZoneId(each) for each in ("WARDS", "APPS", "BLOOD", "GUEST"))


def zone(name: ZoneId, number: int, purpose: Purpose = Purpose.SERVERS) -> Zone:
    return Zone(name, name.title(), purpose, (number,), (ip_network(f"10.{number}.0.0/24"),))


def asset(name: str, kind: AssetKind, where: ZoneId, address: str = "") -> Asset:
    return Asset(AssetId(name), kind, where, (address,) if address else ())


def service(name: str, tier: Tier, needs: object, procedure: str = "") -> Service:
    return Service(ServiceId(name), name, tier, needs, (LossPoint(0, 5, f"without {name}"),), 0, procedure)  # type: ignore[arg-type]


ASSETS = (
    asset("PC-1", AssetKind.WORKSTATION, WARDS),
    asset("APP-1", AssetKind.SERVER, APPS),
    asset("APP-2", AssetKind.SERVER, GUEST),
    asset("BB-1", AssetKind.SERVER, BLOOD),
    asset("FW-1", AssetKind.FIREWALL, APPS, "10.2.0.1"),
)
TALKING = ("PC-1", "BB-1", "APP-1")
WAY = OnLink(Link(WARDS, APPS))
SERVICES = (
    service("record", Tier.TWO, OnAsset(AssetId("APP-1")), "paper charts"),
    service("portal", Tier.THREE, AnyOf((OnAsset(AssetId("APP-1")), OnAsset(AssetId("APP-2"))))),
    service("blood", Tier.ZERO, AnyOf((OnAsset(AssetId("BB-1")),))),
    service("desk", Tier.THREE, AnyOf((WAY, OnLink(Link(GUEST, APPS))))),
    service("theatre", Tier.FOUR, OnService(ServiceId("record"))),
)
HOSPITAL = Hospital(
    "Sint-Elders",
    zones={
        each.id: each
        for each in (zone(WARDS, 1, Purpose.CLINICAL), zone(APPS, 2), zone(BLOOD, 3), zone(GUEST, 4, Purpose.GUEST))
    },
    assets={each.id: each for each in ASSETS},
    services={each.id: each for each in SERVICES},
    wards={WardId("w"): Ward(WardId("w"), "Surgery 1", "surgery", zones=(WARDS,))},
    lifelines={
        LifelineId("b"): Lifeline(
            LifelineId("b"), "Blood bank", services=(ServiceId("blood"),), links=(Link(WARDS, BLOOD),),
            attested_by="Medical director", attested_until=date(2026, 12, 31),
        )
    },
)  # fmt: skip


def fate(name: ZoneId, hospital: Hospital = HOSPITAL) -> tuple[set[str], set[str], set[str]]:
    found = Fates(hospital).of(hospital.zones[name])
    wards = {f"{ward.name}: {each.name}" for ward, services in found.for_wards for each in services}
    return {each.name for each in found.lifelines}, {each.name for each in found.for_all}, wards


def test_a_zone_takes_what_needs_it_alone_and_leaves_what_has_another() -> None:
    assert fate(APPS) == (set(), {"record", "desk", "theatre"}, set())
    assert fate(GUEST) == (set(), set(), set())


def test_a_ward_loses_what_stands_for_others() -> None:
    lifelines, for_all, for_wards = fate(WARDS)
    assert (for_all, for_wards) == (set(), {"Surgery 1: desk"})
    assert lifelines == {"Blood bank"}


def test_a_zone_that_a_lifeline_leans_on_is_never_cut_as_a_whole() -> None:
    assert fate(BLOOD)[0] == {"Blood bank"}
    found = Fates(HOSPITAL).of(HOSPITAL.zones[BLOOD])
    assert found.kept == (WARDS,)
    page = paper(HOSPITAL, "en", NIGHT)
    block = page[page.index("<h3>BLOOD") :].split('<div class="zone">')[0]
    assert "NOT AS A WHOLE: Blood bank" in block
    assert "interface Vlan3" not in block
    assert "interface Vlan2" in page


def test_a_zone_with_one_of_two_that_a_lifeline_leans_on_is_not_cut_as_a_whole_either() -> None:
    portal = Lifeline(LifelineId("p"), "Portal", services=(ServiceId("portal"),))
    hospital = replace(HOSPITAL, lifelines={portal.id: portal})
    assert fate(GUEST, hospital) == ({"Portal"}, set(), set())
    assert fate(BLOOD, hospital)[0] == set()


def test_a_lifeline_keeps_the_ways_on_which_its_things_were_seen_or_all_where_nothing_was() -> None:
    lifeline = replace(
        HOSPITAL.lifelines[LifelineId("b")], services=(), links=(), assets=tuple(AssetId(each) for each in TALKING)
    )
    hospital = replace(HOSPITAL, lifelines={lifeline.id: lifeline})
    assert Fates(hospital).of(HOSPITAL.zones[WARDS]).kept == (APPS, BLOOD)
    seen = Flows(("PC-1", "PC-1"), ("BB-1", "APP-2"), ("tcp", "tcp"), (443, 80), (9, 9), (900, 900))
    assert Fates(replace(hospital, flows=seen)).of(HOSPITAL.zones[WARDS]).kept == (BLOOD,)


def test_the_gateway_of_a_zone_is_what_passes_packets_and_has_an_address_in_it() -> None:
    (gateway,) = Fates(HOSPITAL).of(HOSPITAL.zones[APPS]).gateways
    assert gateway.id == "FW-1"
    assert Fates(HOSPITAL).of(HOSPITAL.zones[WARDS]).gateways == ()


@pytest.mark.parametrize(
    ("by", "until", "told"),
    [
        ("Medical director", date(2026, 12, 31), "Medical director, until 2026-12-31"),
        ("Medical director", date(2026, 11, 22), "but only until 2026-11-22: ask again"),
        ("", None, "nobody yet: have it signed"),
    ],
)
def test_who_attested_a_lifeline_until_when_is_told(by: str, until: date | None, told: str) -> None:
    (lifeline,) = HOSPITAL.lifelines.values()
    changed = replace(lifeline, attested_by=by, attested_until=until)
    assert told in paper(replace(HOSPITAL, lifelines={changed.id: changed}), "en", NIGHT)


def test_a_hospital_without_lifelines_is_told_to_cut_nothing() -> None:
    assert "names no lifeline. Do not cut anything" in paper(replace(HOSPITAL, lifelines={}), "en", NIGHT)


def test_approvers_are_named_and_their_traces_are_not_printed() -> None:
    page = paper(HOSPITAL, "en", NIGHT, [Approver("An Peeters", "chief nurse", True, "scrypt 1 ab cd")])
    assert "An Peeters" in page
    assert "answers for patients" in page
    assert "scrypt" not in page
    assert "Nobody is named in approvers.yaml" in paper(HOSPITAL, "en", NIGHT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_whole_in_every_language_and_loads_nothing(language: str) -> None:
    page = paper(HOSPITAL, language, NIGHT)
    assert f'<html lang="{language}">' in page
    assert "default-src 'none'" in page
    assert not any(word in page for word in ("<script", "http://", "https://", "url(", "<img"))
    assert page.count('class="form"') == 6
    assert "paper charts" in page


def test_hostile_names_are_shown_and_do_nothing() -> None:
    bad = "<script>\u202e\n{{ w }}" + "x" * 300
    lifeline = replace(HOSPITAL.lifelines[LifelineId("b")], name=bad, attested_by=bad)
    zones = {name: replace(each, name=bad) for name, each in HOSPITAL.zones.items()}
    services = {name: replace(each, name=bad, downtime_procedure=bad) for name, each in HOSPITAL.services.items()}
    hospital = replace(HOSPITAL, name=bad, zones=zones, services=services, lifelines={lifeline.id: lifeline})
    page = paper(hospital, "en", NIGHT, [Approver(bad, bad, False, "")])
    assert "<script" not in page
    assert "\u202e" not in page


def test_of_ten_thousand_machines_it_stays_a_booklet() -> None:
    zones = {ZoneId(f"Z{at}"): zone(ZoneId(f"Z{at}"), at % 250) for at in range(400)}
    assets = {
        AssetId(f"PC-{at}"): asset(f"PC-{at}", AssetKind.WORKSTATION, ZoneId(f"Z{at % 400}")) for at in range(10_000)
    }
    services = {
        ServiceId(f"s{at}"): service(f"s{at}", Tier.ONE, OnAsset(AssetId(f"PC-{at}")), "paper " * 20)
        for at in range(300)
    }
    page = paper(replace(HOSPITAL, zones=zones, assets=assets, services=services, lifelines={}), "de", NIGHT)
    assert len(page) < 400_000
    assert page.count('class="zone"') == 120
    assert "und 280 weitere" in page
