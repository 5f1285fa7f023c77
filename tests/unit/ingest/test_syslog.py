"""Syslog: headers as real devices write them, messages of other formats, and what is neither."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin
from codedark.ingest.syslog import parse, read
from codedark.ingest.syslog_header import split
from codedark.ingest.text import Unreadable
from tests.log_reader import meaningful, read_bytes

SYSMON = (
    '<Event><System><Provider Name="Linux-Sysmon"/>'
    "<EventID>1</EventID>"
    "<Channel>Linux-Sysmon/Operational</Channel><Computer>web01</Computer></System>"
    '<EventData><Data Name="Image">/usr/bin/id</Data><Data Name="CommandLine">id -u</Data>'
    "</EventData></Event>"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "<38>Oct 10 12:00:00 web01 sshd[4123]: Failed password",
            {
                "facility": "auth",
                "severity": "info",
                "timestamp": "Oct 10 12:00:00",
                "hostname": "web01",
                "appname": "sshd",
                "procid": "4123",
                "message": "Failed password",
            },
        ),
        (
            "Oct  1 12:00:00 web01 systemd: Started x: y",
            {
                "timestamp": "Oct  1 12:00:00",
                "hostname": "web01",
                "appname": "systemd",
                "message": "Started x: y",
            },
        ),
        (
            "Oct 10 12:00:00 sshd[1]: without a host",
            {"timestamp": "Oct 10 12:00:00", "appname": "sshd", "procid": "1", "message": "without a host"},
        ),
        (
            "2026-01-13T06:32:00.123456+01:00 web01 kernel: [ 1.2] x",
            {
                "timestamp": "2026-01-13T06:32:00.123456+01:00",
                "hostname": "web01",
                "appname": "kernel",
                "message": "[ 1.2] x",
            },
        ),
        (
            "Oct 10 12:00:00 web01 last message repeated 2 times",
            {
                "timestamp": "Oct 10 12:00:00",
                "hostname": "web01",
                "message": "last message repeated 2 times",
            },
        ),
        (
            "<189>45: *Mar  1 18:46:11.111: %SYS-5-CONFIG_I: Configured",
            {
                "facility": "local7",
                "severity": "notice",
                "timestamp": "*Mar  1 18:46:11.111",
                "appname": "%SYS-5-CONFIG_I",
                "message": "Configured",
            },
        ),
        (
            "Oct 10 2023 12:00:00 asa01 : %ASA-6-302013: Built",
            {
                "timestamp": "Oct 10 2023 12:00:00",
                "hostname": "asa01",
                "appname": "%ASA-6-302013",
                "message": "Built",
            },
        ),
        ("<13>tool: text", {"facility": "user", "severity": "notice", "appname": "tool", "message": "text"}),
        ("no header at all", {"message": "no header at all"}),
        ("<999>x", {"message": "<999>x"}),
        ("<34>", {"facility": "auth", "severity": "crit", "message": ""}),
    ],
)
def test_rfc3164_in_its_variants(line: str, expected: dict[str, str]) -> None:
    assert parse(line)[1] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed",
            {
                "facility": "auth",
                "severity": "crit",
                "timestamp": "2003-10-11T22:14:15.003Z",
                "hostname": "mymachine.example.com",
                "appname": "su",
                "msgid": "ID47",
                "message": "'su root' failed",
            },
        ),
        (
            r'<165>1 - - evntslog 7 - [ex@32473 iut="3" src="App\"l\\i\]c"][other@1] ' + "\ufeffAn entry",
            {
                "facility": "local4",
                "severity": "notice",
                "appname": "evntslog",
                "procid": "7",
                "ex@32473.iut": "3",
                "ex@32473.src": 'App"l\\i]c',
                "other@1": "",
                "message": "An entry",
            },
        ),
        ("<165>1 - - - - - -", {"facility": "local4", "severity": "notice", "message": ""}),
        (
            "83 <165>1 - h - - - - counted",
            {"facility": "local4", "severity": "notice", "hostname": "h", "message": "counted"},
        ),
    ],
)
def test_rfc5424(line: str, expected: dict[str, str]) -> None:
    assert parse(line)[1] == expected


@pytest.mark.parametrize(
    "broken", ['[x iut="3 rest', "[x iut", "[", "[]", '[x a="1" b=2] m', '[x a="\\"] m', '[x a="1"', "[ x]"]
)
def test_structured_data_that_breaks_off_stays_in_the_message(broken: str) -> None:
    _, record = parse(f'<165>1 - h app - - [good a="1"]{broken}')
    assert (record["hostname"], record["good.a"], record["message"]) == ("h", "1", broken)


@pytest.mark.parametrize(
    ("program", "origin"),
    [
        ("sshd", Origin("linux", "sshd")),
        ("sshd-session", Origin("linux", "sshd")),
        ("sudo", Origin("linux", "sudo")),
        ("CRON", Origin("linux", "cron")),
        ("/usr/sbin/cron", Origin("linux", "cron")),
        ("crontab", Origin("linux", "cron")),
        ("su(pam_unix)", Origin("linux", "auth")),
        ("systemd-logind", Origin("linux", "auth")),
        ("auditd", Origin("linux", "auditd")),
        ("vsftpd", Origin("linux", "vsftpd")),
        ("guacd", Origin("linux", "guacamole")),
        ("clamd", Origin("linux", "clamav")),
        ("postfix/smtpd", Origin("linux", "syslog")),
        ("%BGP-3-NOTIFICATION", Origin("cisco", "bgp")),
    ],
)
def test_service_is_told_by_the_program(program: str, origin: Origin) -> None:
    assert parse(f"Oct 10 12:00:00 h {program}: text")[0] == origin


def test_cef_and_leef_in_the_message() -> None:
    origin, record = parse("<13>Oct 10 12:00:00 fw CEF:0|v|Wall|1|id|n|5|act=blocked")
    assert (origin, record["hostname"], record["action"]) == (Origin("cef", "wall"), "fw", "blocked")
    origin, record = parse("<13>1 - fw app - - - LEEF:1.0|v|Wall|1|id|src=10.0.0.1")
    assert (origin, record["hostname"], record["src_ip"]) == (Origin("leef", "wall"), "fw", "10.0.0.1")


def test_sysmon_for_linux() -> None:
    origin, record = parse(f"Oct 10 12:00:00 web01 sysmon: {SYSMON}")
    assert (origin.product, origin.event) == ("linux", "1")
    assert (record["Image"], record["CommandLine"]) == ("/usr/bin/id", "id -u")


def test_json_in_the_message() -> None:
    origin, record = parse('Oct 10 12:00:00 h app[7]: @cee: {"a": {"b": 1}, "ok": true}')
    assert origin == Origin("linux", "syslog")
    assert (record["a.b"], record["ok"], record["appname"]) == (1, "true", "app")
    origin, record = parse('{"Channel": "Security", "EventID": 4625, "TargetUserName": "eva"}')
    assert (origin.product, origin.service, origin.event) == ("windows", "security", "4625")


@pytest.mark.parametrize("text", ["{not json}", "{", '{"a":' * 5_000, "[1]", "@cee"])
def test_what_only_looks_like_json_is_a_message(text: str) -> None:
    assert parse(f"Oct 10 12:00:00 h app: {text}")[1]["message"] == text


@pytest.mark.parametrize("text", ["@cee: {", "CEF:0|v", "LEEF:1.0", "sysmon: <Event><System>"])
def test_a_message_that_claims_a_format_and_is_not_of_it_is_rejected(text: str) -> None:
    line = f"Oct 10 12:00:00 h {text}" if "sysmon" in text else f"Oct 10 12:00:00 h app: {text}"
    with pytest.raises(Unreadable):
        parse(line)


def test_audit_records_are_joined_across_lines() -> None:
    data = """\
Oct 10 12:00:00 web01 audispd: type=SYSCALL msg=audit(1.0:7): arch=c000003e syscall=59 exe="/usr/bin/id"
Oct 10 12:00:00 web01 sshd[1]: between
Oct 10 12:00:00 web01 audispd: type=EXECVE msg=audit(1.0:7): argc=2 a0="id" a1="-u"
Oct 10 12:00:00 web01 kernel: [   12.345678] audit: type=1326 audit(1.0:8): comm="x"
Oct 10 12:00:00 web01 audit[1]: SERVICE_STOP pid=1 msg='unit=ufw res=success'
Oct 10 12:00:00 web01 kernel: DROP IN=eth0 SRC=10.0.0.1
Oct 10 12:00:00 web01 auditd[1]: Audit daemon rotating log files
"""
    found = read_bytes(read, data.encode())
    assert dict(zip(found.numbers, found.origins, strict=True)) == {
        1: Origin("linux", "auditd", "EXECVE"),
        2: Origin("linux", "sshd"),
        4: Origin("linux", "auditd", "SECCOMP"),
        5: Origin("linux", "auditd", "SERVICE_STOP"),
        6: Origin("linux", "syslog"),
        7: Origin("linux", "auditd"),
    }
    joined = found.records[found.numbers.index(1)]
    assert (joined["CommandLine"], joined["node"]) == ("id -u", "web01")


def test_an_audit_record_alone() -> None:
    origin, record = parse("Oct 10 12:00:00 web01 audispd: node=n1 type=EXECVE msg=audit(1.0:7): a0=6964")
    assert (origin.event, record["a0"], record["node"]) == ("EXECVE", "id", "n1")


@pytest.mark.parametrize(
    "line",
    [
        "<165>1 - h app - - " + '[x a="1"' * 200_000,
        "<165>1 - h app - - " + '[x a="\\' * 200_000,
        "<165>1 - h app - - [x " + 'a="1" ' * 200_000,
        "<165>1 - h app - - [" * 100_000,
        "Oct 10 12:00:00 " + "a" * 1_000_000,
        "Oct 10 12:00:00 " * 100_000,
        "<13>" * 300_000,
        "Oct 10 12:00:00 h a" + "[" * 1_000_000,
        "Oct 10 12:00:00 h @cee:" + "[" * 1_000_000,
        "Oct 10 12:00:00 h {" + '"a":{' * 200_000,
    ],
)
def test_hostile_lines_take_linear_time(line: str) -> None:
    begun = time.process_time()
    assert read_bytes(read, line.encode()).count == 1
    assert time.process_time() - begun < 5


HEADERS = [
    "<34>",
    "1 ",
    "2003-10-11T22:14:15Z ",
    "Oct 10 12:00:00 ",
    "h ",
    "- ",
    "su[1]: ",
    "audit: ",
    "sysmon: ",
]
PAYLOADS = [
    "CEF:",
    "LEEF:",
    "0",
    "|",
    "@cee:",
    "{",
    "}",
    '"a":1',
    "type=X msg=audit(1.0:1): ",
    "a0=",
    "<Event>",
]
PIECES = st.sampled_from([*HEADERS, *PAYLOADS, "kernel: ", '[x y="', '\\"', "]", "é", "\0"])


@given(st.lists(PIECES).map("".join))
def test_any_line_has_a_header_and_a_message(line: str) -> None:
    message = split(line)
    assert message.text.removeprefix(f"{message.program}:") in line
    assert all(str(value) in line for name, value in message.fields if name in ("timestamp", "hostname", "appname"))


@given(st.lists(st.one_of(st.binary(max_size=30), st.lists(PIECES).map(lambda p: "".join(p).encode()))))
def test_any_bytes_are_counted(lines: list[bytes]) -> None:
    """Each line is a record, a member of an audit event with others, or rejected."""
    data = b"\n".join(lines)
    found = read_bytes(read, data)
    events = [_audit_event(line) for line in meaningful(data)]
    assert found.count == events.count(None) + len(set(events) - {None})


def _audit_event(line: bytes) -> tuple[object, object, object] | None:
    try:
        _, record = parse(line.decode("utf-8", "backslashreplace"))
    except Unreadable:
        return None
    return (record.get("node"), record["timestamp"], record["serial"]) if "serial" in record else None
