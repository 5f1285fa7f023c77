"""CEF: header, extension, labels, Sigma's names, and lines that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin
from codedark.ingest.cef import parse, read
from codedark.ingest.text import Unreadable
from tests.log_reader import meaningful, read_bytes

LINE = (
    r"CEF:0|Palo Alto Networks|PAN-OS|10.1|end|THREAT \| spy\\ware|7|"
    r"src=10.1.2.3 spt=5150 dst=203.0.113.9 dpt=445 "
    r"act=blocked msg=two words and a\=b cs1Label=Rule Name cs1=allow all requestMethod=POST "
    r"request=http://updates.example/gate.php?id\=1 requestClientApplication=Mozilla/5.0 (X11)"
)
WORDS = st.text("ab =|\\\n[]é", max_size=8)


def test_header_and_extension() -> None:
    origin, record = parse(LINE)
    assert origin == Origin("cef", "pan-os")
    assert record["device_vendor"] == "Palo Alto Networks"
    assert record["device_version"] == "10.1"
    assert record["signature_id"] == "end"
    assert record["name"] == "THREAT | spy\\ware"
    assert record["severity"] == "7"
    assert record["msg"] == "two words and a=b"


def test_labelled_fields_are_there_under_both_names() -> None:
    _, record = parse(LINE)
    assert record["Rule Name"] == record["cs1"] == "allow all"


def test_names_of_sigma_rules() -> None:
    _, record = parse(LINE)
    expected = {
        "src_ip": "10.1.2.3",
        "src_port": "5150",
        "dst_ip": "203.0.113.9",
        "dst_port": "445",
        "action": "blocked",
        "cs-method": "POST",
        "c-uri": "http://updates.example/gate.php?id=1",
        "c-uri-query": "id=1",
        "c-uri-extension": "php",
        "c-useragent": "Mozilla/5.0 (X11)",
        "cs-host": "updates.example",
    }
    assert {name: record.get(name) for name in expected} == expected


def test_syslog_header_adds_what_the_message_does_not_say() -> None:
    _, record = parse("<134>Oct 10 12:00:00 fw01 " + LINE)
    assert record["hostname"] == "fw01"
    assert record["facility"] == "local0"
    assert record["severity"] == "7"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("CEF: 0|v|p|1|id|n|5|a=1", "a", "1"),
        ("CEF:0|v|p|1|id|n|5", "severity", "5"),
        ("CEF:0|v|p|1|id|n|5|", "severity", "5"),
        ("CEF:0|v|p|1|id|n|5|just words", "extension", "just words"),
        ("CEF:0|v|p|1|id|n|5|a=1 a=2", "a", ("1", "2")),
        ("CEF:0|v|p|1|id|n|5|a=", "a", ""),
        ("CEF:0|v|p|1|id|n|5|a=x\\ny", "a", "x\ny"),
        ("CEF:0|v|p|1|id|n|5|name=extension", "name", "n"),
        ("CEF:0|v|p|1|id|n|5|ad.field[0]=1", "ad.field[0]", "1"),
    ],
)
def test_variants(line: str, name: str, value: object) -> None:
    assert parse(line)[1][name] == value


@pytest.mark.parametrize("line", ["", "CEF", "nothing", "CEF:", "CEF:0|v|p", "CEF:0|a\\|b|c|d|e|f"])
def test_lines_that_are_none(line: str) -> None:
    with pytest.raises(Unreadable, match="CEF header"):
        parse(line)


@given(WORDS, WORDS)
def test_what_is_escaped_comes_back(name: str, value: str) -> None:
    header = name.replace("\\", "\\\\").replace("|", "\\|")
    extension = value.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n")
    _, record = parse(f"CEF:0|v|p|1|id|{header}|5|k={extension} z=1")
    assert str(record["name"]).strip() == name.strip()
    assert str(record["k"]).strip() == value.strip()


def test_a_hundred_thousand_pairs() -> None:
    pairs = " ".join(f"k{at}={at}" for at in range(100_000))
    same = "a=1 " * 100_000
    found = read_bytes(read, f"CEF:0|v|p|1|id|n|5|{pairs}\nCEF:0|v|p|1|id|n|5|{same}x=\\".encode())
    assert found.records[0]["k99999"] == "99999"
    assert found.records[1]["a"] == "1"
    assert not found.rejected


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(LINE.encode()), st.just(b"CEF:0|||||||\\"))))
def test_any_bytes_are_counted(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    assert read_bytes(read, data).count == len(meaningful(data))
