"""Firewall, VPN, proxy and DHCP."""

from __future__ import annotations

from datetime import UTC, datetime

from codedark.events.envelope import parse_time
from codedark.events.record import Record
from codedark.hospital.account import AccountId
from codedark.hospital.zone import Purpose
from codedark.simulate.acts import Act, Connected, LeaseGiven, PageFetched, VpnUsed
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import NOON_US, read_back, small_site, written

SITE = small_site()
CLIENT = next(h.id for h in SITE.hosts.values() if SITE.hospital.zones[h.zone].purpose is Purpose.CLINICAL)
SERVER = SITE.server(Function.FILE).id
USER = SITE.people[0].account
OUTWARD = Connected(NOON_US, CLIENT, 50000, "203.0.113.9", 443, "tcp", "ssl", 1000, 2000, 3.5)
PAGE = PageFetched(NOON_US, CLIENT, USER, "GET", "http", "a.example", "/x?y=1 z", 200, 500, 9000, "curl/8.0")


def records(name: str, *lived: Act, deleted: tuple[Deleted, ...] = ()) -> list[Record]:
    witness = next(one for one in witnesses(SITE, deleted, {}) if one.name == name)
    found = read_back(witness, written(witness, lived))
    assert not found.rejected
    return found.records


def test_the_firewall_writes_ways_out_and_what_it_refuses() -> None:
    (out,) = records("network/firewall", OUTWARD)
    assert (out["src_ip"], out["dst_ip"], out["dpt"]) == (SITE.hosts[CLIENT].address, "203.0.113.9", "443")
    assert (out["action"], out["out"], out["in"]) == ("close", "1000", "2000")
    inside = OUTWARD._replace(target=str(SERVER))
    assert not records("network/firewall", inside), "between the house's own zones only refusals are written"
    (refused,) = records("network/firewall", inside._replace(allowed=False))
    assert (refused["act"], refused["out"]) == ("deny", "0")


def test_vpn_sessions() -> None:
    up = VpnUsed(NOON_US, AccountId("ext-a=b"), "203.0.113.5", "10.9.0.7", "connected", second_factor=False)
    found = records("network/vpn", up, up._replace(event="failed"), up._replace(event="disconnected", octets=2000))
    assert [record["act"] for record in found] == ["tunnel-up", "ssl-login-fail", "tunnel-down"]
    assert all(record["suser"] == "ext-a=b" and record["cat"] == "event:vpn" for record in found)
    assert (found[0]["cs1Label"], found[0]["AuthMethod"]) == ("AuthMethod", "password")
    assert parse_time(found[0]["rt"]) == datetime.fromtimestamp(NOON_US / 1e6, UTC)


def test_the_proxy_sees_plain_pages_whole_and_of_encrypted_ones_the_server() -> None:
    (plain,) = records("network/proxy", PAGE)
    assert (plain["c-uri"], plain["cs-host"]) == ("http://a.example/x?y=1 z", "a.example")
    assert (plain["c-useragent"], plain["cs-method"], plain["suser"]) == ("curl/8.0", "GET", USER)
    (tunnel,) = records("network/proxy", PAGE._replace(scheme="https"))
    assert (tunnel["cs-method"], tunnel["c-uri"]) == ("CONNECT", "a.example:443")
    assert not records("network/proxy", PAGE._replace(proxied=False))


def test_dhcp_says_the_whole_dialogue() -> None:
    host = SITE.hosts[CLIENT]
    new = records("network/dhcp", LeaseGiven(NOON_US, CLIENT, "new"))
    assert [str(record["message"]).split()[0] for record in new] == [
        "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPACK",
    ]  # fmt: skip
    assert host.mac in str(new[3]["message"])
    assert host.address in str(new[3]["message"])
    assert len(records("network/dhcp", LeaseGiven(NOON_US, CLIENT, "renew"))) == 2


def test_deleted_intervals_are_of_the_machine_that_wrote() -> None:
    gone = Deleted(SITE.server(Function.VPN).id, "network/vpn", NOON_US, NOON_US + 1, "s1")
    act = VpnUsed(NOON_US, USER, "203.0.113.5", "10.9.0.7", "connected")
    assert not records("network/vpn", act, deleted=(gone,))
    assert records("network/vpn", act._replace(at_us=NOON_US + 1), deleted=(gone,))
