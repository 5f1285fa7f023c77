"""`codedark hospital discover`: what talks and is not in the model, what is silent, needs that nobody wrote down."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codedark.app.hospital_files import usable_hospital, write_hospital
from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.service import AllOf, OnService, ServiceId
from tests.command_line import Command

YAML = """\
schema: 1
name: St. Test
zones:
  srv: {name: Servers, purpose: servers, cidrs: [10.34.0.0/24]}
  wards: {name: Wards, purpose: clinical, cidrs: [10.20.0.0/16]}
services:
  dns: {name: DNS, tier: 0, needs: {asset: DC01}}
  ad: {name: AD, tier: 0, needs: {all: [{asset: DC01}, {service: dns}]}}
  db: {name: Databases, tier: 1, needs: {asset: DB01}}
  ehr: {name: EHR, tier: 1, needs: {all: [{asset: EHR01}, {service: dns}]}}
"""
ASSETS = """\
id,kind,zone,addresses,log_sources
DC01,domain_controller,srv,10.34.0.1,security
EHR01,server,srv,10.34.0.2,security
DB01,server,srv,10.34.0.3,
WS-1,workstation,wards,10.20.0.1,security
WS-2,workstation,wards,10.20.0.2,
OLD-1,workstation,wards,10.20.0.3,
"""
FLOWS = "source,target,protocol,port,connections,octets\nOLD-1,EHR01,tcp,443,900,1000\n"
CONN = """\
#separator \\x09
#unset_field\t-
#path\tconn
#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state
#types\ttime\taddr\tport\taddr\tport\tenum\tstring
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    home, logs = tmp_path / "home", tmp_path / "logs"
    home.mkdir()
    logs.mkdir()
    (home / "hospital.yaml").write_text(YAML)
    (home / "assets.csv").write_text(ASSETS)
    (home / "flows.csv").write_text(FLOWS)
    talks = [
        *[("10.20.0.1", "10.34.0.2", 443, "tcp", "SF")] * 4,
        *[("10.20.0.2", "10.34.0.2", 443, "tcp", "SF")] * 4,
        *[("10.34.0.2", "10.34.0.1", 53, "udp", "SF")] * 9,
        *[("10.34.0.2", "10.34.0.1", 389, "tcp", "SF")] * 50,
        *[("10.34.0.2", "10.34.0.3", 1433, "tcp", "SF")] * 500,
        *[("10.20.7.7", "10.34.0.2", 443, "tcp", "SF")] * 3,
        ("10.20.7.7", "10.20.0.250", 445, "tcp", "REJ"),
        ("10.20.0.1", "198.51.100.7", 443, "tcp", "SF"),
    ]
    rows = [
        f"{1768215600 + at}.5\t{source}\t50000\t{target}\t{port}\t{protocol}\t{state}"
        for at, (source, target, port, protocol, state) in enumerate(talks)
    ]
    (logs / "conn.log").write_text(CONN + "\n".join([*rows, "broken"]) + "\n")
    logon: dict[str, Any] = {"Channel": "Security", "EventID": 4624, "TimeCreated": "2026-01-12T11:00:00Z"}
    logon |= {"Computer": "dc01.h.example", "IpAddress": "10.20.7.7", "WorkstationName": "VISITOR"}
    lease = "2026-01-12T11:05:59+00:00 dhcp01 dhcpd[8]: DHCPACK on 10.20.7.8 to 00:00:5e:00:53:01 (PUMP-9) via eth0\n"
    (logs / "security.jsonl").write_text(json.dumps(logon) + "\n")
    (logs / "dhcp.log").write_text(lease)
    return Command(tmp_path, tmp_path)


def discovered(command: Command, logs: str = "logs", home: str = "home") -> dict[str, Any]:
    ran = command.run("hospital", "discover", logs, "--home", home, "--format", "json")
    assert ran.code == 0, ran.err
    told: dict[str, Any] = json.loads(ran.out)
    return told


def test_what_talks_and_is_not_in_the_model(command: Command) -> None:
    strangers = {each["address"] or each["names"][0]: each for each in discovered(command)["strangers"]}
    assert set(strangers) == {"10.20.7.7", "10.20.7.8", "dhcp01"}
    visitor = strangers["10.20.7.7"]
    assert (visitor["names"], visitor["zone"], visitor["peers"], visitor["uses"]) == (
        ["VISITOR"], "wards", ["EHR01"], ["tcp/443"],
    )  # fmt: skip
    assert visitor["evidence"] == {"zeek/conn": 4, "windows/security": 1}
    assert visitor["first"] == "2026-01-12T11:00:00+00:00"
    assert (strangers["10.20.7.8"]["names"], strangers["10.20.7.8"]["mac"]) == (["PUMP-9"], "00:00:5e:00:53:01")


def test_what_is_silent(command: Command) -> None:
    silent = {each["asset"]: each for each in discovered(command)["silent"]}
    assert set(silent) == {"EHR01", "WS-1", "OLD-1"}
    assert (silent["OLD-1"]["talked_before"], silent["OLD-1"]["last_seen"]) == (900, None)
    assert silent["WS-1"]["missing_logs"] == ["security"]
    assert silent["WS-1"]["last_seen"] is not None


def test_needs_that_nobody_wrote_down(command: Command) -> None:
    found = discovered(command)["dependencies"]
    assert [(each["service"], each["needs"]) for each in found] == [("ehr", "db"), ("ehr", "ad")]
    assert found[0]["connections"] == 500
    assert found[0]["ports"] == ["tcp/1433"]
    assert "1 of 1 machines of it connected 500 times to DB01 (tcp/1433)" in found[0]["sentence"]
    assert 0 < found[1]["score"] < found[0]["score"] < 1


def test_the_books_balance(command: Command) -> None:
    counts = discovered(command)["counts"]
    assert counts["records_rejected"] == 1
    assert counts["records"] == counts["records_read"] + 1 == 575


def test_a_table_is_for_people(command: Command) -> None:
    ran = command.run("hospital", "discover", "logs", "--home", "home")
    assert ran.code == 0
    assert b"is not in the model: 3" in ran.out
    assert "1 rejected" in ran.err
    assert command.run("hospital", "discover", "logs", "--home", "home", "--strict").code == 3
    assert command.run("hospital", "discover", "logs/dhcp.log", "--home", "home", "--strict").code == 0
    assert "no such file" in command.fails("hospital", "discover", "nowhere", "--home", "home")


def without(whole: Hospital, asset_id: AssetId, service_id: ServiceId, need: ServiceId) -> Hospital:
    """The hospital without one asset, its flows, and one need of a service."""
    service = whole.services[service_id]
    assert isinstance(service.needs, AllOf)
    fewer = AllOf(tuple(part for part in service.needs.parts if part != OnService(need)))
    assert len(fewer.parts) < len(service.needs.parts)
    flows = whole.flows
    columns = (flows.sources, flows.targets, flows.protocols, flows.ports, flows.connections, flows.octets)
    rows = [row for row in zip(*columns, strict=True) if asset_id not in row[:2]]
    return replace(
        whole,
        assets={key: asset for key, asset in whole.assets.items() if key != asset_id},
        services={**whole.services, service_id: replace(service, needs=fewer)},
        flows=Flows(*zip(*rows, strict=True)),
    )


def test_what_is_taken_out_of_a_simulated_hospital_is_named(tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)
    ran = command.run("simulate", "out", "--beds", 10, "--days", 0.1, "--seed", 3, "--start", "2026-01-12T10:00:00Z")
    assert ran.code == 0, ran.err
    whole = usable_hospital(tmp_path / "out")
    before = discovered(command, "out/logs", "out")
    assert before["counts"]["records_rejected"] == 0
    logs = b"".join(path.read_bytes() for path in (tmp_path / "out" / "logs" / "zeek" / "conn").iterdir())
    lost = next(
        asset
        for asset in whole.assets.values()
        if asset.kind is AssetKind.WORKSTATION and f"\t{asset.addresses[0]}\t".encode() in logs
    )
    write_hospital(without(whole, lost.id, ServiceId("ehr"), ServiceId("ad")), tmp_path / "fewer")
    after = discovered(command, "out/logs", "fewer")

    def found(told: dict[str, Any], section: str, *names: str) -> set[tuple[str, ...]]:
        return {tuple(each[name] or "" for name in names) for each in told[section]}

    new = found(after, "strangers", "address") - found(before, "strangers", "address")
    assert (lost.addresses[0],) in new
    new = found(after, "dependencies", "service", "needs") - found(before, "dependencies", "service", "needs")
    assert ("ehr", "ad") in new
