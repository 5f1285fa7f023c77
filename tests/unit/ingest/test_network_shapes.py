"""Zeek, Suricata, the journal and Beats in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codedark.events.record import Origin
from codedark.ingest.shapes import UNKNOWN, normalise


def test_zeek_by_path_and_dots_restored() -> None:
    line = {
        "_path": "x509",
        "ts": 1.5,
        "uid": "C1",
        "id_orig_h": "10.0.0.1",
        "id_resp_p": 53,
        "certificate_serial": "8BB",
    }
    origin, record = normalise(line)
    assert origin == Origin("zeek", "x509")
    assert record["id.orig_h"] == record["id_orig_h"] == "10.0.0.1"
    assert record["id.resp_p"] == 53
    assert record["certificate.serial"] == "8BB"


@pytest.mark.parametrize(
    ("fields", "log"),
    [
        ({"conn_state": "SF"}, "conn"),
        ({"query": "a.example", "qtype_name": "A"}, "dns"),
        ({"uri": "/x", "status_code": 200}, "http"),
        ({"endpoint": "svcctl", "operation": "CreateServiceW"}, "dce_rpc"),
        ({"path": "\\\\srv\\ADMIN$", "name": "x.exe"}, "smb_files"),
        ({}, ""),
    ],
)
def test_zeek_log_is_told_from_its_fields(fields: dict[str, object], log: str) -> None:
    connection = {"ts": 1.0, "uid": "C1", "id": {"orig_h": "10.0.0.1", "resp_h": "10.0.0.2"}}
    origin, record = normalise({**connection, **fields})
    assert origin == Origin("zeek", log)
    assert record["id.resp_h"] == "10.0.0.2"


def test_zeek_real_logs(shared_data: Path) -> None:
    for path in sorted((shared_data / "zeek" / "apt29-day1").glob("*.log")):
        with path.open(encoding="utf-8") as lines:
            for _, line in zip(range(200), lines, strict=False):
                origin, record = normalise(json.loads(line))
                assert origin == Origin("zeek", path.stem.partition("_")[2])
                assert record["id.orig_h"] == record["id_orig_h"]
                del record["@stream"]
                assert normalise({k: v for k, v in json.loads(line).items() if k != "@stream"})[0] == origin


@pytest.mark.parametrize(
    "dns",
    [
        {"type": "query", "rrname": "evil.example", "rrtype": "TXT"},
        {"type": "request", "version": 3, "queries": [{"rrname": "evil.example", "rrtype": "TXT"}]},
    ],
)
def test_suricata_dns(dns: dict[str, object]) -> None:
    origin, record = normalise(
        {"event_type": "dns", "flow_id": 1, "src_ip": "10.0.0.1", "dest_ip": "9.9.9.9", "dns": dns}
    )
    assert origin == Origin("suricata", "eve", "dns")
    for name, value in {"query": "evil.example", "record_type": "TXT"}.items():
        assert record[name] in (value, (value,))
    assert record["dst_ip"] == "9.9.9.9"


def test_suricata_answers() -> None:
    dns = {"type": "answer", "rrname": "e", "answers": [{"rdata": "1.2.3.4"}, {"rdata": "IEX"}]}
    assert normalise({"event_type": "dns", "flow_id": 1, "dns": dns})[1]["answer"] == ("1.2.3.4", "IEX")


def test_suricata_http() -> None:
    http = {
        "hostname": "h.example",
        "url": "/a/b.exe?x=1",
        "http_method": "GET",
        "http_user_agent": "curl",
        "status": 200,
    }
    _, record = normalise({"event_type": "http", "src_ip": "10.0.0.1", "http": http})
    assert record["c-uri"] == ("/a/b.exe?x=1", "http://h.example/a/b.exe?x=1")
    assert record["cs-uri-query"] == ("x=1", "/a/b.exe?x=1")
    assert record["cs-uri-stem"] == "/a/b.exe"
    assert record["c-uri-extension"] == "exe"
    assert (record["cs-method"], record["c-useragent"], record["cs-host"], record["sc-status"]) == (
        "GET",
        "curl",
        "h.example",
        200,
    )


@pytest.mark.parametrize(
    ("identifier", "service"), [("sshd", "sshd"), ("CRON", "cron"), ("clamd", "clamav"), ("myapp", "syslog")]
)
def test_journal(identifier: str, service: str) -> None:
    origin, record = normalise({"MESSAGE": "hi", "_HOSTNAME": "h", "SYSLOG_IDENTIFIER": identifier, "_COMM": "c"})
    assert origin == Origin("linux", service)
    assert record["MESSAGE"] == "hi"


def test_journal_bytes_and_audit() -> None:
    assert normalise({"MESSAGE": [104, 105, 255], "_HOSTNAME": "h"})[1]["MESSAGE"] == "hi\\xff"
    entry = {
        "MESSAGE": "m",
        "_HOSTNAME": "h",
        "_TRANSPORT": "audit",
        "_AUDIT_TYPE_NAME": "EXECVE",
        "_AUDIT_FIELD_A0": "id",
    }
    origin, record = normalise(entry)
    assert origin == Origin("linux", "auditd", "EXECVE")
    assert (record["type"], record["a0"]) == ("EXECVE", "id")


def test_beats() -> None:
    base = {"agent": {"type": "auditbeat"}, "host": {"os": {"type": "linux"}, "name": "h"}}
    origin, record = normalise({**base, "event": {"module": "auditd"}, "auditd": {"message_type": "syscall"}})
    assert origin == Origin("linux", "auditd", "SYSCALL")
    assert record["host.name"] == "h"
    assert normalise({**base, "process": {"name": "sshd"}, "message": "Accepted"})[0] == Origin("linux", "sshd")
    assert normalise({"agent": {"type": "filebeat"}, "message": "x"})[0] == UNKNOWN


def test_a_shipper_of_zeek_lines_is_unwrapped() -> None:
    line = json.dumps({"_path": "dns", "ts": 1, "query": "q"})
    outer = {"agent": {"type": "filebeat"}, "host": {"os": {"type": "linux"}}, "message": line}
    origin, record = normalise(outer)
    assert origin == Origin("zeek", "dns")
    assert (record["query"], record["agent.type"]) == ("q", "filebeat")
