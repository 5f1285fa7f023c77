"""`codedark.ingest.sniff`: what a file is, from its bytes; UTF-16 in, UTF-8 out."""

from __future__ import annotations

from io import BufferedReader
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from codedark.ingest.archive import ChunkStream, buffered
from codedark.ingest.sniff import encoding, sniff, text_stream

FORMATS = {"evtx", "json", "xml", "zeek", "cef", "leef", "auditd", "syslog", "csv", "empty"}
NAMES = [f"a.{extension}" for extension in ("evtx", "json", "jsonl", "xml", "csv", "log", "cef", "txt", "")]
EVENT = '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System/></Event>'
CEF = "CEF:0|Vendor|Product|1.0|100|Name|5|src=10.0.0.1"
LEEF = "LEEF:2.0|Vendor|Product|1.0|100|^|src=10.0.0.1"
SAMPLES: list[tuple[str, str]] = [
    ("json", '{"EventID": 1, "Channel": "Security"}\n{"EventID": 2}\n'),
    ("json", '[{"EventID": 1},\n {"EventID": 2}]'),
    ("json", '[\n  {\n    "EventID": 1\n  }\n]\n'),
    ("json", '{\n  "Records": [\n'),
    ("json", '\n\n  {"a": 1}{"a": 2}'),
    ("json", "[]"),
    ("json", "{}"),
    ("json", 'ged": "tail of a line that was cut"}\n{"a": 1}\n{"a": 2}\n{"a": 3}\n'),
    ("xml", f'<?xml version="1.0" encoding="utf-8"?>\n<Events>\n{EVENT}\n</Events>'),
    ("xml", f"{EVENT}\n{EVENT}\n"),
    ("xml", "<Events>" + EVENT),
    ("zeek", "#separator \\x09\n#set_separator\t,\n#path\tconn\n#fields\tts\tuid\n1.0\tC1\n"),
    ("zeek", "#fields\tts\tuid\n1.0\tC1\n"),
    ("cef", f"{CEF}\n{CEF}\n"),
    ("cef", f"<134>Jan 13 06:32:01 fw01 {CEF}\n<134>Jan 13 06:32:02 fw01 {CEF}\n"),
    ("cef", f"2026-01-13T06:32:01Z fw01 {CEF}\n"),
    ("leef", f"<13>Jan  3 06:32:01 fw01 {LEEF}\n"),
    ("leef", f"{LEEF}\n"),
    ("auditd", "type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=59\n"),
    ("auditd", "node=pacs01 type=EXECVE msg=audit(1700000000.123:45): argc=1\n"),
    ("syslog", "Jan 13 06:32:01 ehr01 sshd[1]: Accepted password for root\n"),
    ("syslog", "<34>Oct 11 22:14:15 mymachine su: 'su root' failed\n"),
    ("syslog", "<165>1 2003-10-11T22:14:15.003Z host app - ID47 - text\n"),
    ("syslog", "97 <165>1 2003-10-11T22:14:15.003Z host app - ID47 - text\n"),
    ("syslog", "2026-01-13T06:32:01.123456+01:00 ehr01 systemd[1]: Started.\n"),
    ("syslog", "*Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured from console\n"),
    ("syslog", "<189>date=2026-01-13 time=06:32:01 devname=fw type=traffic\n"),
    ("syslog", "Jan 13 06:32:01 lx sysmon: <Event><System><EventID>1</EventID></System></Event>\n"),
    ("csv", "TimeCreated,EventID,Computer\n2026-01-13,4688,EHR01\n2026-01-13,4624,EHR02\n"),
    ("csv", 'Datum;Benutzer;Größe\n1;"a;b";2\n3;c;4\n'),
    ("csv", "time\tuser\n1\ta\n2\tb\n"),
    ("csv", "time|user\n1|a\n"),
    ("empty", ""),
    ("empty", " \r\n\n"),
]
UNKNOWN = [
    b"Dear colleague, please find the log below, as we agreed.\nKind regards, Ann\n",
    b"<html><body>hello</body></html>",
    b"MZ\x90\0\x03\0\0\0" + b"\0" * 500,
    b"\0" * 70_000,
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    b"MSH|^~\\&|EHR|HOSPITAL\rPID|1||123",
    b"12345\n67890\n",
    b"[    0.000000] Linux version 6.1.0\n[    0.000001] Command line: quiet\n",
]


@pytest.mark.parametrize(("expected", "text"), SAMPLES)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16", "utf-16-be"])
def test_formats_in_every_encoding(expected: str, text: str, codec: str) -> None:
    data = text.encode(codec)
    for name in NAMES:
        assert sniff(data, name) == expected
    assert sniff(text_stream(stream_of(data)).peek(), "x") == expected


@pytest.mark.parametrize("data", UNKNOWN)
def test_unknown_content_is_unknown_under_every_name(data: bytes) -> None:
    assert {sniff(data, name) for name in NAMES} == {None}


def test_the_extension_decides_about_a_csv_of_which_there_is_only_the_header() -> None:
    assert sniff(b"time,user,host\n", "a.csv") == "csv"
    assert sniff(b"time,user,host\n", "a.log") is None


def test_evtx_is_known_by_its_header_or_its_first_chunk() -> None:
    assert sniff(b"ElfFile\0" + b"\0" * 5000, "x") == "evtx"
    assert sniff(b"Flipped\0" + b"\0" * 4088 + b"ElfChnk\0" + b"\0" * 100, "x.evtx") == "evtx"


def test_a_line_that_the_head_cuts_off_does_not_count() -> None:
    text = ("a,b\n" + "1,2\n" * 20_000).encode()[: (1 << 16) - 1] + b'"'
    assert sniff(text, "x") == "csv"


@settings(deadline=None)
@given(st.binary(max_size=3000), st.sampled_from(NAMES))
@example(b"\xff\xfe\0", "x")
@example(b"\xfe\xff\xd8\0\xd8", "x")
def test_any_bytes_have_an_answer(data: bytes, name: str) -> None:
    assert sniff(data, name) in FORMATS | {None}


@settings(deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from(NAMES))
def test_random_bytes_are_not_taken_for_a_log(seed: int, name: str) -> None:
    data = Random(seed).randbytes(4096)
    assume(not data.startswith((b"{", b"[")))  # by chance: then it may be taken for damaged JSON
    assert sniff(data, name) is None


def stream_of(data: bytes, size: int = 5) -> BufferedReader:
    return buffered(ChunkStream(data[at : at + size] for at in range(0, len(data), size)))


@settings(deadline=None)
@given(st.text(), st.sampled_from(["utf-8-sig", "utf-16"]))
def test_transcoding_keeps_the_text(text: str, codec: str) -> None:
    assert text_stream(stream_of(text.encode(codec))).read() == text.encode()


def test_big_endian_without_a_mark_over_many_reads() -> None:
    text = "".join(f"line {number} naïve 😀\r\n" for number in range(20_000))
    stream = text_stream(stream_of(text.encode("utf-16-be"), 4099))
    assert stream.read() == text.encode()


def test_what_is_no_utf_16_is_marked_by_invalid_utf_8() -> None:
    lines = text_stream(stream_of(b"\xff\xfea\0\n\0\x00\xd8\n\0b\0\n\0c")).read().split(b"\n")
    assert lines[0] == b"a"
    assert lines[2] == b"b"
    for broken in (lines[1], lines[3]):
        with pytest.raises(UnicodeDecodeError):
            broken.decode()


def test_plain_text_is_handed_on_as_it_is() -> None:
    stream = stream_of(b"plain \xe9\n")
    assert text_stream(stream) is stream
    assert encoding(b"ab") is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("evtx/**/*.evtx", "evtx"),
        ("sigma/regression/**/*.evtx", "evtx"),
        ("sigma/regression/**/*.json", "json"),
        ("zeek/**/*.log", "json"),
    ],
)
def test_the_shared_logs_are_recognised(shared_data: Path, pattern: str, expected: str) -> None:
    files = sorted(shared_data.glob(pattern))
    assert files
    other = {}
    for path in files:
        with path.open("rb") as file:
            found = sniff(text_stream(file).peek(), "x")
        if found != expected:
            other[path.name] = found
    assert not other
