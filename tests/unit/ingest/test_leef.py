"""LEEF 1.0 and 2.0: delimiters in every way they are written, Sigma's names, and lines that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin
from codedark.ingest.leef import parse, read
from codedark.ingest.text import Unreadable
from tests.log_reader import meaningful, read_bytes

PAIRS = "src=10.0.0.1{0}dst=10.0.0.2{0}dstPort=445{0}action=deny{0}usrName=Eva Maes"


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("LEEF:1.0|IBM|QRadar|7.5|42|", "\t"),
        ("LEEF:1.0|IBM|QRadar|7.5|42|", "#011"),
        ("LEEF:2.0|IBM|QRadar|7.5|42|^|", "^"),
        ("LEEF:2.0|IBM|QRadar|7.5|42|x5E|", "^"),
        ("LEEF:2.0|IBM|QRadar|7.5|42|0x7c|", "|"),
        ("LEEF:2.0|IBM|QRadar|7.5|42|x09|", "\t"),
        ("LEEF:2.0|IBM|QRadar|7.5|42||", "\t"),
        ("LEEF:2.0|IBM|QRadar|7.5|42|", "\t"),
        ("<13>Oct 10 12:00:00 fw LEEF:2.0|IBM|QRadar|7.5|42|;|", ";"),
    ],
)
def test_delimiters(header: str, delimiter: str) -> None:
    origin, record = parse(header + PAIRS.format(delimiter))
    assert origin == Origin("leef", "qradar")
    expected = {"event_id": "42", "src_ip": "10.0.0.1", "dst_ip": "10.0.0.2", "dst_port": "445"}
    expected |= {"action": "deny", "usrName": "Eva Maes", "device_vendor": "IBM"}
    assert {name: record.get(name) for name in expected} == expected


def test_value_that_holds_the_delimiter_is_kept_whole() -> None:
    _, record = parse("LEEF:2.0|v|p|1|id|^|lead^msg=one^two^src=1")
    assert record["attributes"] == "lead"
    assert record["msg"] == "one^two"
    assert record["src"] == "1"


def test_url_has_the_names_of_proxy_rules() -> None:
    _, record = parse("LEEF:1.0|v|p|1|id|url=http://a.example/b.exe?c=1\tuserAgent=curl")
    assert record["c-uri"] == "http://a.example/b.exe?c=1"
    assert record["cs-host"] == "a.example"
    assert record["c-useragent"] == "curl"


@pytest.mark.parametrize("line", ["", "LEEF", "LEEF:2.0", "LEEF:1.0|v|p|1", "CEF:0|v|p|1|id|n|5|"])
def test_lines_that_are_none(line: str) -> None:
    with pytest.raises(Unreadable, match="LEEF header"):
        parse(line)


@given(st.sampled_from("^;~|\t*"), st.dictionaries(st.text("abc", min_size=1), st.text("xy =é"), min_size=1))
def test_pairs_come_back(delimiter: str, pairs: dict[str, str]) -> None:
    attributes = delimiter.join(f"{key}={value}" for key, value in pairs.items())
    _, record = parse(f"LEEF:2.0|v|p|1|id|x{ord(delimiter):02x}|{attributes}")
    assert {key: record[key] for key in pairs} == {key: value.strip() for key, value in pairs.items()}


def test_a_hundred_thousand_pairs() -> None:
    pairs = "\t".join(f"k{at}={at}" for at in range(100_000)) + "\tloose" * 100_000
    found = read_bytes(read, f"LEEF:1.0|v|p|1|id|{pairs}".encode())
    assert found.records[0]["k99998"] == "99998"


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(b"LEEF:2.0|||||xD800|a=1"))))
def test_any_bytes_are_counted(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    assert read_bytes(read, data).count == len(meaningful(data))
