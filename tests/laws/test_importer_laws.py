"""Importers: hostile bytes raise nothing, an inventory told in any format comes back, twice changes nothing."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Hospital
from codedark.hospital.importers.facts import Facts
from codedark.hospital.importers.formats import FORMATS, recognise
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.merge import Effect, merge
from codedark.hospital.load import load
from codedark.hospital.problem import Severity
from codedark.hospital.write import files_of

ASKED = Asked(date(2026, 11, 22))
names = st.from_regex(r"[A-Z]{2,5}-[0-9]{1,4}", fullmatch=True)
inventories = st.dictionaries(
    names,
    st.tuples(st.sampled_from(["workstation", "server", "printer", "camera"]), st.sampled_from(["", "Windows 10"])),
    min_size=1,
    max_size=8,
).map(
    lambda machines: [
        Asset(
            AssetId(name),
            AssetKind(kind),
            addresses=(f"10.0.{at}.{at + 1}",),
            mac=f"00:00:5e:00:53:{at:02x}",
            operating_system=system,
            support=Support.UNSUPPORTED if system else Support.UNKNOWN,
        )
        for at, (name, (kind, system)) in enumerate(machines.items())
    ]
)


def table(header: list[str], rows: list[list[str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    return out.getvalue().encode()


def as_cmdb(assets: list[Asset]) -> bytes:
    rows = [[each.id, each.kind, each.addresses[0], each.mac.upper(), each.operating_system] for each in assets]
    return table(["Hostname", "Type", "IP-Adresse", "MAC", "OS"], rows, ";")


def as_netbox(assets: list[Asset]) -> bytes:
    things: list[dict[str, Any]] = []
    for each in assets:
        role, platform = {"name": each.kind.value}, {"name": each.operating_system}
        address = {"address": f"{each.addresses[0]}/24"}
        url = "https://n.example/api/dcim/"
        things += [
            {"url": f"{url}devices/1/", "name": each.id, "role": role, "platform": platform, "primary_ip4": address},
            {"url": f"{url}interfaces/1/", "device": {"name": each.id}, "mac_address": each.mac},
        ]
    return json.dumps({"count": len(things), "results": things}).encode()


def as_nmap(assets: list[Asset]) -> bytes:
    hosts = [
        f'<host><status state="up"/><address addr="{each.addresses[0]}" addrtype="ipv4"/>'
        f'<address addr="{each.mac}" addrtype="mac"/>'
        f"<hostnames><hostname name={quoteattr(each.id)}/></hostnames></host>"
        for each in assets
    ]
    return f"<nmaprun>{''.join(hosts)}</nmaprun>".encode()


def as_ldif(assets: list[Asset]) -> bytes:
    entries = [
        f"dn: CN={each.id},DC=example\nobjectClass: computer\nsAMAccountName: {each.id}$\n"
        + (f"operatingSystem: {each.operating_system}\n" if each.operating_system else "")
        for each in assets
    ]
    return "\n".join(entries).encode()


def as_ad_csv(assets: list[Asset]) -> bytes:
    rows = [[each.id, "computer", each.addresses[0], each.operating_system] for each in assets]
    return table(["DNSHostName", "ObjectClass", "IPv4Address", "OperatingSystem"], rows)


def as_leases(assets: list[Asset]) -> bytes:
    leases = [
        f'lease {each.addresses[0]} {{\n  hardware ethernet {each.mac};\n  client-hostname "{each.id}";\n}}\n'
        for each in assets
    ]
    return "".join(leases).encode()


TOLD = {
    "cmdb": (as_cmdb, {"kind", "addresses", "mac", "operating_system", "support"}),
    "netbox": (as_netbox, {"kind", "addresses", "mac", "operating_system", "support"}),
    "nmap": (as_nmap, {"addresses", "mac"}),
    "ldif": (as_ldif, {"operating_system", "support"}),
    "ad-csv": (as_ad_csv, {"addresses", "operating_system", "support"}),
    "dhcp": (as_leases, {"addresses", "mac"}),
}
SAMPLES: dict[str, bytes] = {
    **{
        name: write([Asset(AssetId("WS-1"), AssetKind.WORKSTATION, addresses=("10.0.0.1",), mac="00:00:5e:00:53:01")])
        for name, (write, _) in TOLD.items()
    },
    "zeek": b"#separator \\x09\n#unset_field\t-\n#path\tconn\n"
    b"#fields\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n"
    b"10.0.0.1\t1\t10.0.0.2\t53\tudp\n10.0.0.1\t1\t10.0.0.2\t80\ttcp\n",
    "fhir": b'{"resourceType":"Location","id":"w","name":"W","physicalType":{"coding":[{"code":"wa"}]}}\n'
    b'{"resourceType":"Location","id":"b","partOf":{"reference":"Location/w"},"physicalType":{"coding":[{"code":"bd"}]}}',
}


@pytest.mark.parametrize("name", TOLD)
@given(assets=inventories)
@settings(max_examples=25)
def test_an_inventory_comes_back(name: str, assets: list[Asset]) -> None:
    write, told = TOLD[name]
    octets = write(assets)
    assert recognise(octets) == name
    facts = FORMATS[name].read(octets, "f", ASKED)
    assert facts.rejected == []
    found = merge(Hospital("h"), facts).hospital.assets
    assert list(found) == [each.id for each in assets]
    for each in assets:
        for field in told:
            assert getattr(found[each.id], field) == getattr(each, field)


@pytest.mark.parametrize("name", TOLD)
@given(assets=inventories)
@settings(max_examples=15)
def test_importing_twice_changes_nothing_and_loads(name: str, assets: list[Asset]) -> None:
    facts = FORMATS[name].read(TOLD[name][0](assets), "f", ASKED)
    once = merge(Hospital("h"), facts).hospital
    again = merge(once, facts)
    assert again.hospital == once
    assert {change.effect for change in again.changes} <= {Effect.CONFLICT}
    assert load(files_of(once)).errors == ()


@pytest.mark.parametrize("name", FORMATS)
@given(octets=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=60)
def test_any_bytes_are_read_without_an_exception(name: str, octets: bytes) -> None:
    check(name, octets)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=80)
def test_damaged_samples_are_read_without_an_exception(name: str, data: st.DataObject) -> None:
    octets = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    del octets[data.draw(st.integers(0, len(octets))) :]
    check(name, bytes(octets))


KEYS = [
    "url",
    "name",
    "status",
    "vlan",
    "vid",
    "prefix",
    "address",
    "results",
    "count",
    "resourceType",
    "partOf",
    "reference",
    "physicalType",
    "coding",
    "code",
    "entry",
    "resource",
    "id.orig_h",
    "id.resp_p",
    "_path",
    "id",
    "identifier",
    "value",
    "device_type",
    "role",
    "proto",
    "host",
    "mac",
    "port_num",
]


@pytest.mark.parametrize("name", ["netbox", "fhir", "zeek"])
@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers(-5, 70_000) | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=5)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=100)
def test_any_json_is_read_without_an_exception(name: str, document: object) -> None:
    check(name, json.dumps(document).encode())


def check(name: str, octets: bytes) -> None:
    facts = FORMATS[name].read(octets, "f", ASKED)
    assert all(each.severity is Severity.WARNING and each.what and each.mend for each in facts.rejected)
    # Whatever was read, the model that comes of it can be written and read.
    merged = merge(Hospital("h"), facts).hospital
    assert load(files_of(merged)).errors == ()
    assert isinstance(facts, Facts)
    recognise(octets)
