"""auditd: the lines of an event become one record, decoded, with the names that Sigma's rules use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin
from codedark.ingest import auditd
from codedark.ingest.auditd import parse, read
from codedark.ingest.text import Unreadable
from tests.log_reader import Found, meaningful, read_bytes

EXEC = """\
type=SYSCALL msg=audit(1700000000.123:501): arch=c000003e syscall=59 success=yes \
exit=0 a0=55d0 a1=55d1 a2=55d2 \
a3=8 items=2 ppid=2686 pid=3538 auid=1000 uid=0 euid=0 ses=1 \
comm="tar" exe="/usr/bin/tar" \
key="susp_activity"\x1dARCH=x86_64 SYSCALL=execve AUID="eva" UID="root"
type=EXECVE msg=audit(1700000000.123:501): argc=4 a0="tar" a1="-cf" a2=2F746D702F612062 a3="/etc"
type=CWD msg=audit(1700000000.123:501): cwd="/root"
type=PATH msg=audit(1700000000.123:501): item=0 name="/usr/bin/tar" inode=1 nametype=NORMAL
type=PATH msg=audit(1700000000.123:501): item=1 name="/tmp/a b" inode=2 nametype=CREATE
type=PROCTITLE msg=audit(1700000000.123:501): proctitle=746172002D6366
""".replace('="/tmp/a b"', "=2F746D702F612062")
AUTH = (
    "node=web01 type=USER_AUTH msg=audit(1700000001.000:502): pid=1 uid=0 auid=1000 ses=1"
    " msg='op=PAM:authentication"
    ' acct="root" exe="/bin/su" hostname=? addr=? terminal=pts/0 res=failed\'\n'
)


def found_in(text: str) -> Found:
    return read_bytes(read, text.encode())


def test_one_event_is_one_record() -> None:
    found = found_in(EXEC)
    assert found.origins == [Origin("linux", "auditd", "EXECVE")]
    assert found.numbers == [1]
    record = found.records[0]
    expected = {
        "type": ("SYSCALL", "EXECVE", "CWD", "PATH", "PROCTITLE"),
        "a0": "tar",
        "a1": "-cf",
        "a2": "/tmp/a b",
        "a3": "/etc",
        "SYSCALL": "execve",
        "key": "susp_activity",
        "name": ("/usr/bin/tar", "/tmp/a b"),
        "nametype": ("NORMAL", "CREATE"),
        "proctitle": "tar -cf",
        "timestamp": "1700000000.123",
        "serial": "501",
        "Image": "/usr/bin/tar",
        "CommandLine": "tar -cf /tmp/a b /etc",
        "CurrentDirectory": "/root",
        "ProcessId": "3538",
        "User": "root",
        "TargetFilename": "/tmp/a b",
    }
    assert {name: record.get(name) for name in expected} == expected


def test_events_that_are_mixed_up_are_told_apart() -> None:
    first = EXEC.splitlines()
    second = [line.replace(":501)", ":601)").replace('"tar"', '"dd"') for line in first]
    other_node = ["node=db01 " + line for line in first]
    found = found_in("\n".join(line for three in zip(first, second, other_node, strict=True) for line in three))
    assert found.numbers == [1, 2, 3]
    assert [record["a0"] for record in found.records] == ["tar", "dd", "tar"]
    assert [record.get("node") for record in found.records] == [None, None, "db01"]


def test_user_message_is_opened() -> None:
    origin, record = parse(AUTH.strip())
    assert origin == Origin("linux", "auditd", "USER_AUTH")
    assert record["node"] == "web01"
    assert record["acct"] == "root"
    assert record["res"] == "failed"
    assert record["op"] == "PAM:authentication"


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        (
            "type=SERVICE_STOP msg=audit(1.0:1): pid=1 msg='unit=firewalld comm=\"x\" res=success'",
            "unit",
            "firewalld",
        ),
        (
            "type=ADD_USER msg=audit(1.0:1): msg='op=adding user to group acct=\"eva\"'",
            "op",
            "adding user to group",
        ),
        ("type=AVC msg=audit(1.0:1): avc:  denied  { read } for  pid=1", "text", "avc: denied { read } for"),
        ("type=SYSCALL msg=audit(1.0:1): arch=c000003e syscall=319", "SYSCALL", "memfd_create"),
        ("type=SYSCALL msg=audit(1.0:1): arch=c00000b7 syscall=221", "SYSCALL", "execve"),
        ("type=SYSCALL msg=audit(1.0:1): arch=40000003 syscall=11", "SYSCALL", "execve"),
        ("type=SYSCALL msg=audit(1.0:1): arch=c000003e syscall=99999", "SYSCALL", "99999"),
        ("type=SYSCALL msg=audit(1.0:1): syscall=135 a0=40000", "a0", "40000"),
        ("type=SYSCALL msg=audit(1.0:1): key=(null)", "key", None),
        ("type=SYSCALL msg=audit(1.0:1): key=6F6E650174776F", "key", ("one", "two")),
        ('type=1309 msg=audit(1.0:1): a0="ls"', "type", "EXECVE"),
        ("type=UNKNOWN[1327] msg=audit(1.0:1): proctitle=6C73", "proctitle", "ls"),
        ('type=EXECVE msg=audit(1.0:1): argc=2 a0="sh" a1_len=6 a1[0]=2D63 a1[1]=6C73', "a1", "-cls"),
        ('type=EXECVE msg=audit(1.0:1): a0="echo" a1=C3A9FF', "a1", "é\\xff"),
        ('type=EXECVE msg=audit(1.0:1): a0="x" a1="unclosed', "a1", "unclosed"),
        (
            "type=PROCTITLE msg=audit(03/15/2024 10:00:00.123:456) : proctitle=ls -la /tmp",
            "proctitle",
            "ls -la /tmp",
        ),
        ("type=EXECVE msg=audit(03/15/2024 10:00:00.123:456) : argc=1 a0=dd", "a0", "dd"),
        ("type=USER_CMD msg=audit(1.0:1): msg='cmd=6C73202F726F6F74 res=success'", "CommandLine", "ls /root"),
    ],
)
def test_fields(body: str, name: str, value: object) -> None:
    assert parse(body)[1][name] == value


def test_end_of_event_gives_the_record_out_and_is_part_of_it() -> None:
    found = found_in(EXEC + "type=EOE msg=audit(1700000000.123:501): \n" + AUTH)
    assert found.numbers == [1, 8]
    assert "EOE" not in found.records[0]["type"]  # type: ignore[operator]


def test_open_events_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditd, "OPEN_EVENTS", 3)
    lines = [f"type=SYSCALL msg=audit(1.0:{at}): pid={at}" for at in range(10)]
    late = 'type=EXECVE msg=audit(1.0:0): a0="late"'
    found = found_in("\n".join([*lines, late]))
    assert found.numbers == [*range(1, 11), 11]
    assert [record["serial"] for record in found.records] == [*map(str, range(10)), "0"]


def test_size_of_an_open_event_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditd, "OPEN_CHARACTERS", 500)
    found = found_in("\n".join(['type=PATH msg=audit(1.0:1): name="/x"'] * 100))
    assert 5 < len(found.records) < 15


def test_what_ausearch_prints_between_events_is_no_record() -> None:
    assert found_in("----\ntime->Fri Mar 15 10:00:00 2024\n" + AUTH).count == 1


@pytest.mark.parametrize("line", ["", "type=", "type=X", "type=X msg=audit(", "type=X msg=audit(a:b):", "node= type="])
def test_lines_that_are_none(line: str) -> None:
    with pytest.raises(Unreadable, match="no audit record"):
        parse(line)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=12))
def test_arguments_in_hexadecimal_come_back(arguments: list[str]) -> None:
    coded = " ".join(f"a{at}={argument.encode().hex().upper()}" for at, argument in enumerate(arguments))
    _, record = parse(f"type=EXECVE msg=audit(1.0:1): argc={len(arguments)} {coded}")
    assert [record[f"a{at}"] for at in range(len(arguments))] == arguments
    assert record["CommandLine"] == " ".join(arguments)


def test_hostile_lines_take_linear_time() -> None:
    pairs = " ".join(f"k{at}=" + '"' * (at % 3) for at in range(100_000))
    words = "word " * 200_000
    data = f"type=X msg=audit(1.0:1): {pairs}\ntype=X msg=audit(1.0:2): {words}\n"
    data += f"type=X msg=audit(1.0:3): msg='{words}"
    assert found_in(data).count == 3


LINES = st.sampled_from([*EXEC.encode().split(b"\n"), AUTH.encode().strip(), b"type=EOE msg=audit(1.0:1):", b"----"])


@given(st.lists(st.one_of(st.binary(max_size=40), LINES)))
def test_any_bytes_are_counted(lines: list[bytes]) -> None:
    """Every line is a member of exactly one record, or rejected."""
    data = b"\n".join(lines)
    expected = meaningful(data, (b"----", b"time->"))
    members = {key for line in expected if (key := _event(line))}
    found = read_bytes(read, data)
    rejected = sum(_event(line) is None for line in expected)
    assert len(found.rejected) == rejected
    assert len(members) <= len(found.records) <= len(expected) - rejected


def _event(line: bytes) -> tuple[object, object, object] | None:
    try:
        _, record = parse(line.decode("utf-8", "backslashreplace"))
    except Unreadable:
        return None
    return record.get("node"), record.get("timestamp"), record.get("serial")
