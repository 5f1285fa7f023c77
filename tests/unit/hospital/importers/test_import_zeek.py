"""Zeek's logs: flows with directions, folded; hosts and leases as assets."""

from __future__ import annotations

import json

from codedark.hospital.asset import AssetKind
from codedark.hospital.importers.facts import AssetFact, FlowKey, Origin
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.zeek import read

FIELDS = ("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "conn_state", "orig_bytes", "resp_bytes")
ROWS: list[tuple[object, ...]] = [
    ("1768215603.8", "10.0.0.1", 52118, "10.0.0.4", 53, "udp", "SF", 53, 81),
    ("1768215604.8", "10.0.0.1", 52119, "10.0.0.4", 53, "udp", "SF", 53, None),
    ("1768215605.8", "10.0.0.4", 443, "10.0.0.1", 60000, "tcp", "OTH", 10, 10),
    ("1768215606.8", "10.0.0.9", 4000, "10.0.0.4", 22, "tcp", "REJ", None, None),
    ("1768215607.8", "10.0.0.1", 8, "10.0.0.4", 0, "icmp", "OTH", 5, 5),
]
FOLDED = {
    FlowKey("10.0.0.1", "10.0.0.4", "udp", 53): (2, 187),
    FlowKey("10.0.0.1", "10.0.0.4", "tcp", 443): (1, 20),
    FlowKey("10.0.0.1", "10.0.0.4", "icmp", 0): (1, 10),
}


def separated(rows: list[tuple[object, ...]], fields: tuple[str, ...] = FIELDS, path: str = "conn") -> bytes:
    head = f"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{path}\n"
    lines = ["\t".join("-" if cell is None else str(cell) for cell in row) for row in rows]
    return "\n".join([head + "#fields\t" + "\t".join(fields), *lines, "#close\t2026-01-12-00-00-00", ""]).encode()


def as_json(rows: list[tuple[object, ...]]) -> bytes:
    objects = [{name: cell for name, cell in zip(FIELDS, row, strict=True) if cell is not None} for row in rows]
    return "\n".join(map(json.dumps, objects)).encode()


def test_connections_are_folded_with_their_direction() -> None:
    for octets in (separated(ROWS), as_json(ROWS)):
        facts = read(octets, "conn.log", Asked())
        assert {key: (count, facts.octets[key]) for key, count in facts.connections.items()} == FOLDED
        assert facts.passed_over == {"connection that was not answered": 1}
        assert facts.rejected == []


def test_hosts_and_services_are_assets() -> None:
    known = separated([("1", "10.0.0.7"), ("2", "10.0.0.8")], ("ts", "host"), "known_hosts")
    assert [asset.addresses for asset in read(known, "f", Asked()).assets] == [("10.0.0.7",), ("10.0.0.8",)]
    services = separated(
        [("1", "10.0.0.5", 9100, "tcp", "(empty)")],
        ("ts", "host", "port_num", "port_proto", "service"),
        "known_services",
    )
    assert read(services, "f", Asked()).assets == [
        AssetFact(Origin("f", "line 7"), addresses=("10.0.0.5",), kind=AssetKind.PRINTER)
    ]


def test_leases_name_machines() -> None:
    row = ("1", "00:00:5E:00:53:01", "10.0.0.3", "PUMP-1")
    facts = read(separated([row], ("ts", "mac", "assigned_addr", "host_name"), "dhcp"), "f", Asked())
    assert facts.assets == [AssetFact(Origin("f", "line 7"), "PUMP-1", ("10.0.0.3",), "00:00:5e:00:53:01")]


def test_broken_lines_are_named() -> None:
    octets = separated(
        [*ROWS[:1], ("cut", "off"), ("1", "10.0.0.999", 1, "10.0.0.4", 53, "udp", "SF", 1, 1), *ROWS[1:]]
    )
    facts = read(octets, "conn.log", Asked())
    assert [each.line for each in facts.rejected] == [8, 9]
    assert facts.connections.total() == 4
    assert read(b"\n1\t2\t3\n", "f", Asked()).rejected[0].line == 2
