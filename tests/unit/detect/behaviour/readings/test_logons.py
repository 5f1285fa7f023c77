"""Logons as their logs write them, read by the readers that serve uses."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

import pytest

from codedark.detect.behaviour.observation import LoggedOff, Logon, LogonKind
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.readings.logons import Logons
from codedark.events.record import Origin
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Purpose, Zone, ZoneId
from tests import reading_logs

WARD = ZoneId("ward")
PLACES = Places(
    Hospital(
        "St Example",
        zones={WARD: Zone(WARD, "Ward", Purpose.CLINICAL, cidrs=(ip_network("10.1.0.0/16"),))},
        assets={
            name: Asset(name, AssetKind.WORKSTATION, WARD, (address,))
            for name, address in ((AssetId("PC1"), "10.1.0.1"), (AssetId("LIS01"), "10.1.0.2"))
        },
    )
)
ARRIVED_US = 1_768_220_000_000_000


def observed(form: str, *lines: str) -> list[Logon | LoggedOff]:
    """What is observed in some lines of a log of a format."""
    data = "".join(f"{line}\n" for line in lines).encode()
    seen, rejected = reading_logs.observed(Logons(), data, form, ARRIVED_US, PLACES)
    assert not rejected
    return seen


def windows(event: int, **data: Any) -> str:
    """A record of the Security log."""
    return json.dumps(
        {"Channel": "Security", "EventID": event, "Provider_Name": "Microsoft-Windows-Security-Auditing",
         "Computer": "lis01.hosp.example", "TimeCreated": "2026-01-12T10:00:00.5Z", **data}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("number", "kind"),
    [("2", "interactive"), ("3", "network"), ("4", "batch"), ("5", "service"), ("7", "unlock"), ("8", "network"),
     ("10", "remote"), ("11", "interactive"), (10, "remote")],
)  # fmt: skip
def test_windows_logon_types_have_their_meaning(number: Any, kind: str) -> None:
    (logon,) = observed("jsonl", windows(4624, TargetUserName="HOSP\\Anna", LogonType=number, IpAddress="10.1.0.1"))
    assert isinstance(logon, Logon)
    assert (logon.kind, logon.account, logon.host, logon.succeeded) == (LogonKind(kind), "anna", "lis01", True)
    assert logon.at_us == 1_768_212_000_500_000


def test_a_windows_logon_says_where_it_came_from_and_its_session() -> None:
    (logon,) = observed(
        "jsonl", windows(4624, TargetUserName="anna", LogonType="3", IpAddress="::ffff:10.1.0.1", TargetLogonId="0x42")
    )
    assert isinstance(logon, Logon)
    assert (logon.origin_host, logon.origin_address, logon.session) == ("pc1", "10.1.0.1", "0x42")


def test_without_an_address_the_workstation_counts_and_the_machine_itself_is_no_origin() -> None:
    data = {"TargetUserName": "anna", "LogonType": "3"}
    first, second, third = observed(
        "jsonl",
        windows(4624, **data, IpAddress="-", WorkstationName="PC1"),
        windows(4624, **data, IpAddress="127.0.0.1", WorkstationName="LIS01"),
        windows(4625, **data, IpAddress="-", WorkstationName="\\\\STRANGER", SubStatus="0xC000006A"),
    )
    assert isinstance(first, Logon)
    assert isinstance(second, Logon)
    assert isinstance(third, Logon)
    assert [each.origin_host for each in (first, second, third)] == ["pc1", "", "stranger"]
    assert (third.succeeded, third.reason) == (False, "0xc000006a")


@pytest.mark.parametrize(
    "data",
    [{"TargetUserName": "PC1$", "LogonType": "3"}, {"TargetUserName": "SYSTEM", "LogonType": "5"},
     {"TargetUserName": "DWM-1", "LogonType": "2"}, {"LogonType": "2"}, {"TargetUserName": "anna"},
     {"TargetUserName": ["anna"], "LogonType": "2"}, {"TargetUserName": "anna", "LogonType": "99"}],
)  # fmt: skip
def test_machines_the_system_and_what_is_malformed_are_nobody(data: dict[str, Any]) -> None:
    assert observed("jsonl", windows(4624, **data)) == []


def test_explicit_credentials_lead_from_where_they_were_given_to_the_server_named() -> None:
    given = {"TargetUserName": "adm-carl", "SubjectUserName": "carl", "SubjectLogonId": "0x7"}
    first, second = observed(
        "jsonl",
        windows(4648, **given, TargetServerName="pc1.hosp.example"),
        windows(4648, **given, TargetServerName="localhost"),
    )
    assert isinstance(first, Logon)
    assert isinstance(second, Logon)
    assert (first.host, first.origin_host, first.by, first.by_session) == ("pc1", "lis01", "carl", "0x7")
    assert second.host == second.origin_host == "lis01"


def test_logging_on_with_other_credentials_for_the_way_out_is_explicit() -> None:
    (logon,) = observed("jsonl", windows(4624, TargetUserName="carl", LogonType="9", TargetOutboundUserName="adm-carl"))
    assert isinstance(logon, Logon)
    assert (logon.kind, logon.account, logon.by) == (LogonKind.EXPLICIT, "adm-carl", "carl")


def test_tickets_lead_to_the_machine_of_the_service_and_else_say_what_was_asked() -> None:
    common = {"TargetUserName": "anna@HOSP.EXAMPLE", "IpAddress": "::ffff:10.1.0.1", "Status": "0x0"}
    tickets = observed(
        "jsonl",
        windows(4769, **common, ServiceName="PACS01$"),
        windows(4769, **common, ServiceName="svc_lab"),
        windows(4768, **common, ServiceName="krbtgt"),
        windows(4771, **{**common, "Status": "0x18"}),
        windows(4776, TargetUserName="anna", Workstation="\\\\PC1", Status="0xC0000064"),
    )
    told = [(each.host, each.reason, each.succeeded, each.origin_host) for each in tickets if isinstance(each, Logon)]
    assert told == [
        ("pacs01", "", True, "pc1"),
        ("lis01", "svc_lab", True, "pc1"),
        ("lis01", "krbtgt", True, "pc1"),
        ("lis01", "0x18", False, "pc1"),
        ("lis01", "0xc0000064", False, "pc1"),
    ]


def test_ends_of_sessions_are_those_that_people_sat_in() -> None:
    data = {"TargetUserName": "anna", "TargetLogonId": "0x42"}
    ends = observed(
        "jsonl", windows(4634, **data, LogonType="10"), windows(4634, **data, LogonType="3"), windows(4647, **data)
    )
    assert [(each.account, each.session) for each in ends if isinstance(each, LoggedOff)] == [("anna", "0x42")] * 2
    assert len(ends) == 2


def test_sshd_tells_of_shells_given_and_refused() -> None:
    head = "2026-01-12T10:00:00.0+00:00 lis01"
    given, refused, unknown = observed(
        "syslog",
        f"{head} sshd[7]: Accepted publickey for carl from 10.1.0.1 port 51000 ssh2: ED25519 SHA256:abc",
        f"{head} sshd[7]: Failed password for carl from 203.0.113.9 port 51000 ssh2",
        f"{head} sshd[7]: Failed password for invalid user oracle from 203.0.113.9 port 51000 ssh2",
        f"{head} sshd[7]: Invalid user oracle from 203.0.113.9 port 51000",
        f"{head} sshd[7]: Server listening on 0.0.0.0 port 22.",
    )
    assert isinstance(given, Logon)
    assert isinstance(refused, Logon)
    assert isinstance(unknown, Logon)
    assert (given.kind, given.account, given.origin_host, given.succeeded) == (LogonKind.REMOTE, "carl", "pc1", True)
    assert (refused.succeeded, refused.origin_host) == (False, "203.0.113.9")
    assert (unknown.account, unknown.succeeded) == ("oracle", False)


def test_sudo_and_su_are_other_credentials_on_the_same_host() -> None:
    head = "2026-01-12T10:00:00.0+00:00 lis01"
    given, refused, other = observed(
        "syslog",
        f"{head} sudo: carl : TTY=pts/0 ; PWD=/home/carl ; USER=root ; COMMAND=/bin/ls",
        f"{head} sudo: carl : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        f"{head} su: (to postgres) carl on pts/0",
        f"{head} sudo: pam_unix(sudo:session): session opened for user root(uid=0) by carl(uid=1000)",
    )
    told = [(each.account, each.by, each.succeeded) for each in (given, refused, other) if isinstance(each, Logon)]
    assert told == [("root", "carl", True), ("root", "carl", False), ("postgres", "carl", True)]


def test_auditd_tells_of_logins() -> None:
    head = "type=USER_LOGIN msg=audit(1768212000.500:7): pid=9 uid=0 auid=5 ses=63 subj=unconfined"
    (login,) = observed(
        "auditd",
        f'node=lis01 {head} msg=\'op=login acct="carl" exe="/usr/sbin/sshd" hostname=10.1.0.1 addr=10.1.0.1 '
        "terminal=ssh res=success'",
    )
    assert isinstance(login, Logon)
    assert (login.host, login.account, login.origin_host, login.session) == ("lis01", "carl", "pc1", "63")


def test_vpn_gateways_tell_who_came_in_from_where_and_as_which_address() -> None:
    head = "2026-01-12T10:00:00.0+00:00 vpn01 CEF:0|Fortinet|Fortigate|v7.4.4|39424|"
    rest = "cat=event:vpn rt=1768212000000 src=203.0.113.9 suser=anna cs1Label=AuthMethod dvchost=vpn01"
    up, refused = observed(
        "syslog",
        f"{head}SSL VPN tunnel up|3|act=tunnel-up {rest} cs1=saml+mfa sourceTranslatedAddress=10.1.7.7",
        f"{head}SSL VPN login fail|5|act=ssl-login-fail {rest} cs1=password reason=sslvpn_login_permission_denied",
        f"{head}SSL VPN tunnel down|3|act=tunnel-down {rest} cs1=saml+mfa",
        f"{head}traffic forward|3|act=accept src=10.1.0.1 suser=anna",
    )
    assert isinstance(up, Logon)
    assert isinstance(refused, Logon)
    assert (up.kind, up.host, up.origin_address, up.session, up.reason) == (
        LogonKind.VPN, "vpn01", "203.0.113.9", "10.1.7.7", "saml+mfa",
    )  # fmt: skip
    assert (up.succeeded, refused.succeeded) == (True, False)


def test_cisco_asa_tells_the_same_in_its_own_words() -> None:
    up, refused = observed(
        "syslog",
        "Jan 12 10:00:00 asa1 %ASA-4-722051: Group <Staff> User <anna> IP <203.0.113.9> IPv4 Address <10.1.7.7> "
        "IPv6 address <::> assigned to session",
        "Jan 12 10:00:00 asa1 %ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : "
        "local database : user = anna : user IP = 203.0.113.9",
    )
    told = [(each.account, each.origin_address, each.session, each.succeeded) for each in (up, refused)
            if isinstance(each, Logon)]  # fmt: skip
    assert told == [("anna", "203.0.113.9", "10.1.7.7", True), ("anna", "203.0.113.9", "", False)]


def test_entra_tells_of_the_country() -> None:
    (signed_in,) = observed(
        "jsonl",
        json.dumps(
            {"createdDateTime": "2026-01-12T10:00:00Z", "userPrincipalName": "anna@hosp.example", "appId": "x",
             "ipAddress": "203.0.113.9", "location": {"countryOrRegion": "BE", "city": "Gent"},
             "status": {"errorCode": 0}, "appDisplayName": "Office", "conditionalAccessStatus": "success",
             "id": "1", "userId": "2", "clientAppUsed": "Browser", "deviceDetail": {"displayName": "PC1"}}
        ),
    )  # fmt: skip
    assert isinstance(signed_in, Logon)
    assert (signed_in.kind, signed_in.account, signed_in.country, signed_in.succeeded, signed_in.origin_host) == (
        LogonKind.CLOUD, "anna", "BE", True, "pc1",
    )  # fmt: skip


def test_a_sensor_tells_of_tickets_where_controllers_do_not() -> None:
    fields = ["ts", "id.orig_h", "id.resp_h", "request_type", "client", "service", "success", "error_msg"]
    rows = [
        ["1768212000.5", "10.1.0.1", "10.1.0.2", "TGS", "anna/HOSP.EXAMPLE", "PACS01$", "T", "-"],
        [
            "1768212000.5",
            "10.1.0.1",
            "10.1.0.2",
            "AS",
            "anna/HOSP.EXAMPLE",
            "krbtgt/HOSP",
            "F",
            "KDC_ERR_PREAUTH_FAILED",
        ],
        ["1768212000.5", "10.1.0.1", "10.1.0.2", "TGS", "PC1$/HOSP.EXAMPLE", "PACS01$", "T", "-"],
    ]
    lines = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tkerberos",
             "\t".join(["#fields", *fields])]  # fmt: skip
    given, refused = observed("zeek", *lines, *("\t".join(row) for row in rows))
    told = [(each.host, each.account, each.origin_host, each.succeeded) for each in (given, refused)
            if isinstance(each, Logon)]  # fmt: skip
    assert told == [("pacs01", "anna", "pc1", True), ("lis01", "anna", "pc1", False)]


def test_what_tells_of_no_logon_is_not_asked_for() -> None:
    for origin in (
        Origin("windows", "security", "4688"), Origin("windows", "system", "4624"), Origin("linux", "cron"),
        Origin("linux", "auditd", "SYSCALL"), Origin("zeek", "conn"), Origin("suricata"), Origin(""),
    ):  # fmt: skip
        assert Logons().fields(origin) is None
