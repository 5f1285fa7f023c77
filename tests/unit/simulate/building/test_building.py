"""What a hospital of an ordinary size looks like."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import pytest

from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.service import AllOf, AnyOf, ServiceId
from codedark.hospital.zone import Purpose
from codedark.simulate.building import build
from codedark.simulate.building.apportion import apportion
from codedark.simulate.building.calibration import QUANTITIES, Quantity
from codedark.simulate.building.placeholders import ae_title
from codedark.simulate.building.segments import LEGACY
from codedark.simulate.site import Family, Function, Site


@cache
def site() -> Site:
    return build(400, 11)


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.name)
def test_it_agrees_with_what_is_published(quantity: Quantity) -> None:
    assert quantity.low <= quantity.measure(site()) <= quantity.high


@pytest.mark.parametrize("beds", [9, 2001, -1])
def test_a_hospital_that_cannot_be_built_is_refused_with_a_reason(beds: int) -> None:
    with pytest.raises(ValueError, match=f"10 to 2000 beds, not {beds}"):
        build(beds, 1)


def test_every_placeholder_of_our_rules_has_a_value() -> None:
    rules = [
        path
        for folder in (files("codedark") / "content" / "rules").iterdir()
        if folder.is_dir()
        for path in folder.iterdir()
    ]
    used = {
        name
        for path in rules
        for line in path.read_text(encoding="utf-8").splitlines()
        if "expand:" in line
        for name in re.findall(r"%(\w+)%", line)
    }
    assert len(used) > 20
    assert not [name for name in sorted(used) if not site().hospital.placeholders.get(name)]


def test_placeholders_name_what_is_there() -> None:
    values = site().hospital.placeholders
    accounts = site().hospital.accounts
    for name in (
        "ehr_service_accounts",
        "backup_accounts",
        "imaging_admins",
        "interface_engine_admins",
        "biomedical_admins",
    ):
        assert all(value in accounts for value in values[name]), name
    for name in ("clinical_workstations", "imaging_servers", "pump_gateways", "nurse_call_servers", "worklist_servers"):
        for start in values[name]:
            assert any(host.startswith(start) for host in site().hosts), name
    (prefix,) = values["medical_device_networks"]
    devices = [zone for zone in site().hospital.zones.values() if zone.id.startswith("DEV-")]
    assert all(str(zone.cidrs[0]).startswith(prefix) for zone in devices)
    assert not any(
        str(zone.cidrs[0]).startswith(prefix) for zone in site().hospital.zones.values() if zone not in devices
    )


def test_the_flat_corner_mixes_old_devices_with_office_machines() -> None:
    old = [site().hospital.assets[member] for member in site().by_zone[LEGACY]]
    assert {AssetKind.MODALITY, AssetKind.WORKSTATION, AssetKind.INFUSION_PUMP, AssetKind.PRINTER} <= {
        a.kind for a in old
    }
    assert all(asset.support is Support.UNSUPPORTED for asset in old)
    assert not any(site().hosts[asset.id].logs for asset in old)


def test_logs_have_gaps() -> None:
    desktops = [site().hosts[id_] for id_ in site().by_kind[AssetKind.WORKSTATION]]
    forwarded = [host for host in desktops if "security" in host.logs]
    assert 0.4 < len(forwarded) / len(desktops) < 0.7
    assert 0.2 < sum("sysmon" in host.logs for host in forwarded) / len(forwarded) < 0.5
    expected = site().hospital.assets
    assert any(set(expected[host.id].log_sources) - host.logs for host in site().hosts.values())
    for function in Function:
        for server in site().by_function[function]:
            host = site().hosts[server]
            assert host.family is Family.APPLIANCE or host.logs, server


def test_the_record_needs_directory_names_one_of_two_databases_and_the_way_from_the_wards() -> None:
    needs = site().hospital.services[ServiceId("ehr")].needs
    assert isinstance(needs, AllOf)
    text = repr(needs)
    for part in ("'ad'", "'dns'", "SRV-EHR"):
        assert part in text
    databases = [part for part in needs.parts if isinstance(part, AnyOf) and "EHRDB01" in repr(part)]
    assert len(databases) == 1
    assert "EHRDB02" in repr(databases[0])
    assert databases[0].at_least == 1


def test_machines_of_wards_stand_in_clinical_segments() -> None:
    for ward in site().hospital.wards.values():
        for zone in ward.zones:
            assert site().hospital.zones[site().hosts[site().by_zone[zone][0]].zone].purpose is Purpose.CLINICAL  # type: ignore[index]


def test_application_entity_titles_are_short_and_unique() -> None:
    titles = [ae_title(asset) for kind in (AssetKind.MODALITY, AssetKind.SERVER) for asset in site().by_kind[kind]]
    assert max(map(len, titles)) <= 16
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("total", "weights", "least", "parts"),
    [
        (10, [1, 1, 1], 0, [4, 3, 3]),
        (7, [5, 0, 2], 0, [5, 0, 2]),
        (5, [100, 1, 1], 1, [3, 1, 1]),
        (2, [1, 1, 1], 1, [1, 1, 0]),
        (4, [0, 0], 1, [0, 0]),
        (4, [], 0, []),
    ],
)
def test_apportionment_adds_up(total: int, weights: list[float], least: int, parts: list[int]) -> None:
    assert apportion(total, weights, least) == parts
