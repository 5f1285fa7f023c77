"""What words mean: kinds in four languages, systems and until when they are mended, groups, formats by content."""

from __future__ import annotations

from datetime import date

import pytest

from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.importers.formats import recognise
from codedark.hospital.importers.meanings import (
    is_privileged_group,
    kind_of,
    kind_of_ports,
    kind_of_system,
    purpose_of,
    support_of,
    supported_until,
)
from codedark.hospital.zone import Purpose


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Desktop", AssetKind.WORKSTATION),
        ("Infuuspomp", AssetKind.INFUSION_PUMP),
        ("Pousse-seringue", AssetKind.INFUSION_PUMP),
        ("Beatmungsgerät", AssetKind.VENTILATOR),
        ("Imprimante d'étiquettes Zebra", AssetKind.LABEL_PRINTER),
        ("Imprimante réseau", AssetKind.PRINTER),
        ("Patient Monitor", AssetKind.PATIENT_MONITOR),
        ("CT scanner", AssetKind.MODALITY),
        ("Echografie toestel", AssetKind.MODALITY),
        ("Workstation on Wheels", AssetKind.MOBILE_WORKSTATION),
        ("patient_monitor", AssetKind.PATIENT_MONITOR),
        ("Contrôleur de domaine", AssetKind.DOMAIN_CONTROLLER),
        ("cmdb_ci_win_server", AssetKind.SERVER),
        ("teapot", None),
        ("factory", None),
    ],
)
def test_kinds_by_words(text: str, kind: AssetKind | None) -> None:
    assert kind_of(text) is kind


def test_a_type_speaks_before_a_model() -> None:
    assert kind_of("Server", "LaserJet") is AssetKind.SERVER
    assert kind_of("", "LaserJet 400") is AssetKind.PRINTER


@pytest.mark.parametrize(
    ("system", "until"),
    [
        ("Windows 10 Enterprise 10.0 (19045)", date(2025, 10, 14)),
        ("Windows 10 Enterprise 2019 LTSC", date(2029, 1, 9)),
        ("Windows 10 IoT Enterprise LTSC 2021", date(2032, 1, 13)),
        ("Microsoft Windows XP Professional SP3", date(2014, 4, 8)),
        ("Windows Server 2012 R2 Standard", date(2023, 10, 10)),
        ("Windows 11 Enterprise 10.0 (26100)", date(2027, 10, 12)),
        ("Windows 11 Pro", None),
        ("Ubuntu 22.04.3 LTS", date(2027, 6, 1)),
        ("Red Hat Enterprise Linux 8.6 (Ootpa)", date(2029, 5, 31)),
        ("VMware ESXi 6.7.0", date(2022, 10, 15)),
        ("Debian GNU/Linux 11 (bullseye)", date(2026, 8, 31)),
        ("VxWorks", None),
    ],
)
def test_until_when_systems_are_mended(system: str, until: date | None) -> None:
    assert supported_until(system) == until


def test_the_last_day_still_counts() -> None:
    assert support_of("Windows 7", date(2020, 1, 14)) is Support.SUPPORTED
    assert support_of("Windows 7", date(2020, 1, 15)) is Support.UNSUPPORTED
    assert support_of("Windows 7", None) is None
    assert support_of("VxWorks", date(2020, 1, 15)) is None


def test_systems_ports_purposes_and_groups() -> None:
    assert kind_of_system("Windows Server 2019 Datacenter") is AssetKind.SERVER
    assert kind_of_ports({("tcp", 9100), ("tcp", 80)}) is AssetKind.PRINTER
    assert kind_of_ports({("tcp", 80)}) is None
    assert purpose_of("Gastennetwerk") is Purpose.GUEST
    assert purpose_of("Serveurs") is Purpose.SERVERS
    assert is_privileged_group("Admins du domaine")
    assert not is_privileged_group("Domain Users")


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (b"<?xml version='1.0'?><nmaprun>", "nmap"),
        (b"dn: CN=x\nobjectClass: user\n", "ldif"),
        (b"#separator \\x09\n", "zeek"),
        (b'{"ts":1,"uid":"C","id.orig_h":"10.0.0.1"}', "zeek"),
        (b'{"resourceType":"Location"}', "fhir"),
        (b'{"count":1,"results":[{"url":"https://n/api/dcim/devices/1/"}]}', "netbox"),
        (b"lease 10.0.0.1 {\n}", "dhcp"),
        (b"address,hwaddr,client_id\n", "dhcp"),
        (b'"IPAddress","ScopeId","ClientId"\n', "dhcp"),
        (b"DN,objectClass,sAMAccountName\n", "ad-csv"),
        (b"Naam;IP-adres;Soort\n", "cmdb"),
        ("Name,IP Address\n".encode("utf-16"), "cmdb"),
        (b"hello", None),
        (b"", None),
    ],
)
def test_formats_are_recognised_by_content(octets: bytes, name: str | None) -> None:
    assert recognise(octets) == name
