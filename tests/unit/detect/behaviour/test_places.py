"""However logs spell a host or an account, it has one name; and what the model knows goes with that name."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.detect.behaviour.places import Places, bare_account, short
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Purpose, Zone, ZoneId

SERVERS, WARD, OUTSIDE, PARTNER = ZoneId("servers"), ZoneId("ward"), ZoneId("internet"), ZoneId("partner")
LABORATORY = Asset(AssetId("LIS01"), AssetKind.SERVER, SERVERS, ("10.59.0.71", "2001:db8::71"))
PRINTER = Asset(AssetId("3D-Printer.hospital.example"), AssetKind.PRINTER, None, ("10.60.1.9",))
ANNA = Account(AccountId("Anna"), AccountKind.PERSON)
PLACES = Places(
    Hospital(
        "St Example",
        zones={
            zone.id: zone
            for zone in (
                Zone(SERVERS, "Servers", Purpose.SERVERS, cidrs=(ip_network("10.59.0.0/16"),)),
                Zone(WARD, "Ward", Purpose.CLINICAL, cidrs=(ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))),
                Zone(OUTSIDE, "Internet", Purpose.INTERNET, cidrs=(ip_network("0.0.0.0/0"),)),
                Zone(PARTNER, "Laboratory outside", Purpose.VENDOR, cidrs=(ip_network("192.0.2.0/24"),)),
            )
        },
        assets={asset.id: asset for asset in (LABORATORY, PRINTER)},
        accounts={ANNA.id: ANNA},
    )
)


@pytest.mark.parametrize(
    "spelled",
    [
        "LIS01", "lis01", "LIS01.hospital.example", "lis01.", "LIS01$", r"\\LIS01", " lis01 ", "10.59.0.71",
        "::ffff:10.59.0.71", "::FFFF:10.59.0.71", "2001:db8::71", "2001:DB8:0:0:0:0:0:71", "2001:db8::0071%eth0",
    ],
)  # fmt: skip
def test_one_machine_has_one_name(spelled: str) -> None:
    assert PLACES.host(spelled) == "lis01"
    assert PLACES.asset(PLACES.host(spelled)) is LABORATORY


@pytest.mark.parametrize("spelled", ["3D-PRINTER", "3d-printer.hospital.example", "10.60.1.9"])
def test_a_name_that_begins_with_a_digit_is_a_name(spelled: str) -> None:
    assert PLACES.asset(PLACES.host(spelled)) is PRINTER


@pytest.mark.parametrize(
    "spelled", ["", "-", "?", " ", "127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"]
)
def test_nothing_and_the_machine_itself_are_no_host(spelled: str) -> None:
    assert PLACES.host(spelled) == ""
    assert not PLACES.inside(PLACES.host(spelled))


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("10.9.9.9", "10.9.9.9"),
        ("FE80::1%12", "fe80::1"),
        ("10.1.2.300", "10.1.2.300"),
        ("10.1.2.3:445", "10.1.2.3:445"),
        ("Unknown-PC.hospital.example", "unknown-pc"),
    ],
)
def test_what_the_model_does_not_know_keeps_its_name(spelled: str, name: str) -> None:
    assert PLACES.host(spelled) == name
    assert PLACES.asset(name) is None


@settings(max_examples=500)
@given(st.text(max_size=20) | st.text("aA1:.-?$%\\ ", max_size=8) | st.ip_addresses().map(str))
def test_a_name_of_a_host_is_its_own_name(spelled: str) -> None:
    assert PLACES.host(PLACES.host(spelled)) == PLACES.host(spelled)
    assert short(short(spelled)) == short(spelled)
    assert PLACES.inside(PLACES.host(spelled)) in {True, False}


@pytest.mark.parametrize("spelled", ["anna", "ANNA", r"HOSP\anna", "Anna@hosp.example", r"hosp.example\Anna", " anna "])
def test_one_account_has_one_name(spelled: str) -> None:
    assert PLACES.account(spelled) == "anna"
    assert PLACES.account_of("anna") is ANNA


def test_a_machine_account_keeps_its_sign() -> None:
    assert PLACES.account(r"HOSP\LIS01$") == bare_account("lis01$") == "lis01$"


@pytest.mark.parametrize(
    "spelled", ["", "-", r"NT AUTHORITY\SYSTEM", "LOCAL SERVICE", "ANONYMOUS LOGON", r"Window Manager\DWM-3", "UMFD-0"]
)
def test_the_system_and_nobody_are_no_account(spelled: str) -> None:
    assert PLACES.account(spelled) == ""


@pytest.mark.parametrize(
    ("host", "zone"),
    [
        ("lis01", SERVERS),
        ("3d-printer", WARD),  # by its address
        ("10.59.3.3", SERVERS),  # the narrowest range counts
        ("10.60.3.3", WARD),
        ("2001:db8:1::5", WARD),
        ("198.51.100.7", OUTSIDE),
        ("192.0.2.7", PARTNER),
        ("2001:db8:9::5", None),
        ("unknown-pc", None),
        ("", None),
    ],
)
def test_an_asset_is_in_its_zone_and_an_address_in_that_of_its_range(host: str, zone: ZoneId | None) -> None:
    assert PLACES.zone(host) == zone


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("lis01", True),
        ("unknown-pc", True),
        ("10.1.2.3", True),
        ("172.31.255.255", True),
        ("172.32.0.1", False),
        ("100.64.0.1", True),
        ("fd00::1", True),
        ("fe80::1", True),
        ("192.0.2.7", True),  # of a zone
        ("198.51.100.7", False),  # of the zone that is the internet
        ("203.0.113.7", False),
        ("2001:db8:9::5", False),
    ],
)
def test_inside_is_what_is_of_the_hospital_or_private(host: str, inside: bool) -> None:
    assert PLACES.inside(host) is inside


def test_without_a_model_names_are_still_spelled_alike() -> None:
    places = Places()
    assert places.host("LIS01.hospital.example") == places.host("lis01") == "lis01"
    assert places.host("10.59.0.71") == "10.59.0.71"
    assert (places.asset("lis01"), places.account_of("anna"), places.zone("10.59.0.71")) == (None, None, None)
    assert places.inside("10.59.0.71")
    assert not places.inside("198.51.100.7")
