"""Zeek's logs: read by our reader and by `zat`, joined by connection id, and blind inside an access VLAN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from zat.zeek_log_reader import ZeekLogReader

from codedark.hospital.asset import AssetId
from codedark.hospital.zone import Purpose
from codedark.simulate.acts import Act, Connected, NameAsked, PageFetched, RpcCalled, ShareTouched, TicketAsked
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import DAY, NOON_US, read_back, small_site, written

SITE = small_site()
SERVER = SITE.server(Function.FILE).id
USER = SITE.people[0].account


def _neighbours() -> tuple[AssetId, AssetId]:
    for zone, members in SITE.by_zone.items():
        if SITE.hospital.zones[zone].purpose is Purpose.CLINICAL and len(members) > 1:
            return members[0], members[1]
    raise AssertionError


CLIENT, NEIGHBOUR = _neighbours()
NAME = NameAsked(NOON_US, CLIENT, "www.a.example", "A", ("203.0.113.7", "a,b\tc"))
PAGE = PageFetched(NOON_US, CLIENT, USER, "GET", "https", "www.a.example", "/x", 200, 500, 9000, "Mozilla/5.0 \\ é")
PLAIN = PAGE._replace(scheme="http")
TICKET = TicketAsked(NOON_US, CLIENT, USER, "FS01$")
SMB = Connected(NOON_US, CLIENT, 50123, SERVER, 445, "tcp", "smb", 4000, 90000, 12.5)
FILE = ShareTouched(NOON_US + 1, SERVER, "Nursing", "a\\b.docx", USER, CLIENT, "rename", "a\\b.docx.x1", 77)
CALL = RpcCalled(NOON_US + 2, CLIENT, SERVER, "svcctl", "CreateServiceW", "\\pipe\\svcctl")
LIVED: list[Act] = [NAME, PAGE, PLAIN, TICKET, SMB, FILE, CALL]
LOGS = [witness.name for witness in witnesses(SITE, (), {}) if witness.name.startswith("zeek/")]


def records(name: str, *lived: Act, deleted: tuple[Deleted, ...] = ()) -> list[dict[str, Any]]:
    witness = next(one for one in witnesses(SITE, deleted, {}) if one.name == name)
    found = read_back(witness, written(witness, lived))
    assert not found.rejected
    return [dict(record) for record in found.records]


@pytest.mark.parametrize("name", LOGS)
def test_zat_reads_every_log_without_complaint(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    witness = next(one for one in witnesses(SITE, (), {}) if one.name == name)
    path = tmp_path / "log"
    path.write_bytes(witness.header(DAY) + b"".join(written(witness, LIVED)))
    rows = list(ZeekLogReader(str(path), strict=True).readrows())
    assert "Conversion Issue" not in capsys.readouterr().out
    ours = records(name, *LIVED)
    assert [row["uid"] for row in rows] == [record["uid"] for record in ours]
    assert all(len(row) == len(rows[0]) for row in rows)
    assert rows


def test_a_connection() -> None:
    (record,) = records("zeek/conn", SMB)
    assert record["id.orig_h"] == SITE.hosts[CLIENT].address
    assert (record["id.orig_p"], record["id.resp_p"]) == (50123, 445)
    assert (record["orig_bytes"], record["resp_bytes"], record["duration"]) == (4000, 90000, 12.5)
    assert (record["conn_state"], record["history"], record["service"]) == ("SF", "ShADadFf", "smb")


def test_what_a_firewall_stops_has_no_answer() -> None:
    (record,) = records("zeek/conn", SMB._replace(allowed=False))
    assert record["conn_state"] == "S0"
    assert "resp_bytes" not in record


@pytest.mark.parametrize(
    ("act", "log"), [(NAME, "dns"), (PLAIN, "http"), (PAGE, "http"), (PAGE, "ssl"), (TICKET, "kerberos")]
)
def test_logs_agree_on_the_connection(act: Act, log: str) -> None:
    (conn,) = records("zeek/conn", act)
    (said,) = records(f"zeek/{log}", act)
    for field in ("uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"):
        assert conn[field] == said[field]


@pytest.mark.parametrize("log", ["smb_files", "smb_mapping", "dce_rpc"])
def test_files_and_calls_travel_over_the_last_connection(log: str) -> None:
    (conn,) = records("zeek/conn", *LIVED[4:])
    (said,) = records(f"zeek/{log}", *LIVED[4:])
    assert (conn["uid"], conn["id.orig_p"]) == (said["uid"], said["id.orig_p"])


def test_values_come_back_as_they_were() -> None:
    (dns,) = records("zeek/dns", NAME)
    assert dns["answers"] == ("203.0.113.7", "a,b\tc")
    (http,) = records("zeek/http", PLAIN)
    assert http["user_agent"] == "Mozilla/5.0 \\ é"
    (smb,) = records("zeek/smb_files", FILE)
    assert (smb["name"], smb["prev_name"], smb["action"]) == ("a\\b.docx.x1", "a\\b.docx", "SMB::FILE_RENAME")


def test_the_sensor_is_blind_inside_an_access_vlan_and_sees_servers() -> None:
    inside = SMB._replace(target=str(NEIGHBOUR))
    assert not records("zeek/conn", inside)
    servers = SITE.by_function[Function.DOMAIN_CONTROLLER]
    assert records("zeek/conn", SMB._replace(source=str(servers[0]), target=str(servers[1])))


def test_what_the_sensor_lost_is_lost_for_all_hosts() -> None:
    gone = Deleted(SITE.server(Function.SENSOR).id, "zeek/conn", NOON_US, NOON_US + 1, "s1")
    assert not records("zeek/conn", *LIVED[:5], deleted=(gone,))
    assert records("zeek/dns", NAME, deleted=(gone,))
