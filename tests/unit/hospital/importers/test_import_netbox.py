"""NetBox's API: devices, virtual machines, prefixes, VLANs, addresses and interfaces, in pages and lists."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.importers.facts import AssetFact, Facts, Origin, ZoneFact
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.netbox import read
from codedark.hospital.zone import Purpose

URL = "https://netbox.hospital.example/api/"
DEVICE = {
    "id": 1, "url": f"{URL}dcim/devices/1/", "name": "esx01", "status": {"value": "active"},
    "device_type": {"model": "PowerEdge R750", "manufacturer": {"name": "Dell"}}, "role": {"name": "Hypervisor"},
    "platform": {"name": "VMware ESXi 7.0"}, "site": {"name": "Main"}, "rack": {"name": "B4"}, "tenant": None,
    "primary_ip4": {"address": "10.34.0.20/24"},
}  # fmt: skip
MACHINE = {
    "url": f"{URL}virtualization/virtual-machines/7/",
    "name": "lis01",
    "status": {"value": "active"},
    "vcpus": 4,
}
PREFIX = {
    "url": f"{URL}ipam/prefixes/3/", "prefix": "10.20.4.0/24", "status": {"value": "active"},
    "vlan": {"vid": 204, "name": "Medical devices A"}, "role": {"name": "Access"},
}  # fmt: skip
WIDE = {"url": f"{URL}ipam/prefixes/2/", "prefix": "10.20.0.0/16", "status": {"value": "active"}, "vlan": None}
ADDRESS = {
    "url": f"{URL}ipam/ip-addresses/9/", "address": "10.34.0.31/24", "status": {"value": "active"},
    "assigned_object": {"virtual_machine": {"name": "lis01"}}, "dns_name": "lis.hospital.example",
}  # fmt: skip
INTERFACE = {
    "url": f"{URL}dcim/interfaces/5/",
    "name": "eth0",
    "device": {"name": "esx01"},
    "mac_address": "00:00:5E:00:53:07",
}


def facts_of(document: Any) -> Facts:
    return read(json.dumps(document).encode(), "nb.json", Asked(date(2026, 11, 22)))


def page(*results: Any) -> dict[str, Any]:
    return {"count": len(results), "next": None, "previous": None, "results": list(results)}


def test_reads_pages_and_lists() -> None:
    for document in (page(DEVICE, PREFIX), [DEVICE, PREFIX], [page(DEVICE), page(PREFIX)]):
        facts = facts_of(document)
        assert facts.assets == [
            AssetFact(
                Origin("nb.json", "devices esx01"), "esx01", ("10.34.0.20",), kind=AssetKind.HYPERVISOR,
                operating_system="VMware ESXi 7.0", support=Support.UNSUPPORTED, manufacturer="Dell", place="Main, B4",
            )
        ]  # fmt: skip
        assert facts.zones == [
            ZoneFact(
                Origin("nb.json", "prefixes 10.20.4.0/24"), "Medical-devices-A", "Medical devices A",
                Purpose.DEVICES, (204,), ("10.20.4.0/24",),
            )
        ]  # fmt: skip
        assert facts.rejected == []


def test_addresses_and_interfaces_complete_machines() -> None:
    facts = facts_of(page(MACHINE, ADDRESS, INTERFACE))
    assert [(each.name, each.kind, each.addresses, each.mac) for each in facts.assets] == [
        ("lis01", AssetKind.SERVER, (), ""),
        ("lis01", None, ("10.34.0.31",), ""),
        ("esx01", None, (), "00:00:5e:00:53:07"),
    ]


def test_a_prefix_around_others_is_no_zone() -> None:
    facts = facts_of(page(WIDE, PREFIX))
    assert [zone.cidrs for zone in facts.zones] == [("10.20.4.0/24",)]
    assert facts.passed_over == {"prefix around others": 1}


def test_what_is_gone_is_passed_over() -> None:
    facts = facts_of(
        page(DEVICE | {"status": {"value": "decommissioning"}}, {"url": f"{URL}dcim/sites/1/", "name": "Main"})
    )
    assert facts.assets == []
    assert facts.passed_over == {"devices that are no longer there": 1, "sites": 1}


def test_a_broken_object_is_named() -> None:
    facts = facts_of(page(PREFIX | {"prefix": "10.20.4.0/99"}, PREFIX | {"vlan": {"vid": 5000, "name": "x"}}, DEVICE))
    assert len(facts.assets) == 1
    assert [each.what.split("`")[1] for each in facts.rejected] == ["10.20.4.0/99", "5000"]
    assert facts.rejected[0].what.startswith("prefixes 10.20.4.0/99: ")
