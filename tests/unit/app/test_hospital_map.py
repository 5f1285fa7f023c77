"""The map shows every service and zone once, draws what can be read, and trusts no name."""

from __future__ import annotations

import re
from ipaddress import ip_network
from itertools import pairwise
from xml.etree import ElementTree as ET

from codedark.app.hospital_map.page import page, svg
from codedark.app.hospital_map.services import BOX_HEIGHT, BOX_WIDTH, place
from codedark.app.hospital_map.zones import TILE_HEIGHT, tile, zones_of_services
from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import AllOf, AnyOf, Dependency, OnAsset, OnService, Service, ServiceId, Tier
from codedark.hospital.zone import Purpose, Zone, ZoneId

SPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script>\u202e'


def on(*names: str) -> Dependency:
    return AllOf(tuple(OnService(ServiceId(name)) for name in names))


def hospital(extra: int = 0) -> Hospital:
    needs = {
        "dns": AllOf(),
        "ehr": AllOf((on("dns", "engine"), OnAsset(AssetId("A1")))),
        "engine": on("dns"),
        "portal": on("dns", "ehr", "engine"),
        "lab": AnyOf((OnService(ServiceId("engine")), OnService(ServiceId("ehr")))),
        **{f"more{number}": on("dns") for number in range(extra)},
    }
    tiers = {"dns": Tier.ZERO, "engine": Tier.ONE}
    services = {
        ServiceId(name): Service(ServiceId(name), f"Service {name}", tiers.get(name, Tier.TWO), need)
        for name, need in needs.items()
    }
    zones = {
        ZoneId(f"z{number}"): Zone(
            ZoneId(f"z{number}"),
            f"Zone {number}",
            list(Purpose)[number % 9],
            (number,),
            (ip_network(f"10.{number}.0.0/24"),),
        )
        for number in range(40)
    }
    assets = {
        AssetId(f"A{number}"): Asset(
            AssetId(f"A{number}"), AssetKind.SERVER, ZoneId(f"z{number % 40}"), support=support
        )
        for number, support in enumerate([Support.UNSUPPORTED, Support.SUPPORTED] * 60)
    }
    lifeline = Lifeline(LifelineId("names"), "Names", services=(ServiceId("dns"),))
    return Hospital("H", zones=zones, assets=assets, services=services, lifelines={lifeline.id: lifeline})


def test_every_service_and_every_zone_stands_on_the_map_once() -> None:
    drawn = ET.fromstring(svg(hospital(20)))
    services = [each.attrib["data-id"] for each in drawn.iter(f"{SPACE}g") if "data-id" in each.attrib]
    zones = [each.attrib["data-zone"] for each in drawn.iter(f"{SPACE}g") if "data-zone" in each.attrib]
    assert sorted(services) == sorted(hospital(20).services)
    assert sorted(map(int, zones)) == list(range(1, 41))


def test_boxes_and_tiles_never_overlap() -> None:
    plan = place(hospital(60), 1180, 900, {})
    corners = sorted((box.y, box.x) for box in plan.boxes)
    for (y, x), (next_y, next_x) in pairwise(corners):
        assert next_y - y >= BOX_HEIGHT or (y == next_y and next_x - x >= BOX_WIDTH)
    tiles = sorted((each.x, each.y) for each in tile(hospital(), 500).tiles)
    for (x, y), (next_x, next_y) in pairwise(tiles):
        assert next_x > x or next_y - y >= TILE_HEIGHT


def test_what_most_need_is_a_mark_and_what_follows_is_not_drawn() -> None:
    plan = place(hospital(20), 1180, 900, {})
    assert [service.id for service in plan.common] == ["dns"]
    assert all("dns" in box.common for box in plan.boxes if box.service.id not in {"dns", "lab"})
    drawn = {(arrow.source, arrow.target): arrow.alternative for arrow in plan.arrows if arrow.shown}
    assert drawn == {("ehr", "engine"): False, ("portal", "ehr"): False, ("lab", "ehr"): True}


def test_arrows_pass_between_boxes_never_behind_one() -> None:
    plan = place(hospital(60), 1180, 900, {})
    straight = [(float(x), float(y)) for arrow in plan.arrows for x, y in re.findall(r"L([-\d]+) ([-\d]+)", arrow.path)]
    assert straight
    for x, end in straight:
        for box in plan.boxes:
            reached = box.y - 1 <= end <= box.y + BOX_HEIGHT + 1
            assert not (reached and box.x < x < box.x + BOX_WIDTH), (x, end, box.service.id)


def test_a_service_may_have_any_id_that_the_schema_allows() -> None:
    services = {ServiceId(name): Service(ServiceId(name), name, Tier.ONE, on("dns-")) for name in "abcdef"}
    services[ServiceId("dns-")] = Service(ServiceId("dns-"), "Names", Tier.ZERO)
    assert "DNS" in svg(Hospital("h", services=services))


def test_services_name_the_zones_that_they_stand_in() -> None:
    assert zones_of_services(hospital())[ServiceId("ehr")] == (6,)


def test_a_hostile_name_stays_text() -> None:
    evil = Service(ServiceId("evil"), HOSTILE, Tier.ONE, downtime_procedure=HOSTILE)
    made = page(Hospital(HOSTILE, services={evil.id: evil}))
    assert made.count("<script>") == 1
    assert "\u202e" not in made
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", made)
    ET.fromstring(svg(Hospital(HOSTILE, services={evil.id: evil})))


def test_an_empty_hospital_has_a_map() -> None:
    assert "<svg" in page(Hospital("Nothing yet"))
