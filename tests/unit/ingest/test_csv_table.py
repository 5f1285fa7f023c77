"""Tables: CSV, exported Windows events, W3C and access logs; bad rows, quotes that never close."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin
from codedark.ingest import csv_table, weblog
from codedark.ingest.csv_table import Table, delimiter_of, parse, read
from codedark.ingest.text import Unreadable
from tests.log_reader import Found, meaningful, read_bytes

IIS = """\
#Software: Microsoft Internet Information Services 10.0
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip cs(User-Agent) cs(Referer) sc-status
2026-01-13 06:32:00 10.0.0.1 GET /a/b.aspx x=1 443 203.0.113.9 Nmap+Scripting+Engine - 200
2026-01-13 06:32:01 10.0.0.1 GET
"""
COMBINED = (
    "203.0.113.9 - eva [13/Jan/2026:06:32:00 +0100] "
    r'"GET /../../etc/passwd?a=\"1 HTTP/1.1" 200 2326 "-" "Nikto/2" x'
)


def found_in(text: str) -> Found:
    return read_bytes(read, text.encode())


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_in_the_header(delimiter: str) -> None:
    header = delimiter.join(["a", '"b,;c"', "d"])
    assert delimiter_of(header) == delimiter
    found = found_in(f"{header}\n1{delimiter}2{delimiter}3\n")
    assert found.records == [{"a": "1", "b,;c": "2", "d": "3"}]
    assert found.origins == [Origin("csv")]


def test_rows_that_do_not_fit_are_rejected_with_their_line() -> None:
    found = found_in("a,b\n1,2\n\n1\n1,2,3\n3,4\n")
    assert found.records == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert found.numbers == [2, 6]
    assert found.reasons == [
        "line 4: 1 columns where the header names 2",
        "line 5: 3 columns where the header names 2",
    ]
    assert [rejected.offset for rejected in found.rejected] == [9, 11]


def test_line_breaks_in_quotes() -> None:
    found = found_in('a,b\n1,"two\n\nlines ""q"""\n3,4\n')
    assert found.records == [{"a": "1", "b": 'two\n\nlines "q"'}, {"a": "3", "b": "4"}]
    assert found.numbers == [2, 5]


@pytest.mark.parametrize("rows", [3, 2_500])
def test_a_quote_that_never_closes_costs_its_own_line_only(rows: int) -> None:
    found = found_in('a,b\n1,"open\n' + "1,2\n" * rows)
    assert len(found.records) == rows
    assert found.reasons == ["line 2: a quote is opened and not closed within 1,000 lines"]


def test_quotes_that_never_close_take_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "REREAD_LINES", 10_000)
    begun = time.process_time()
    found = found_in("a,b\n" + 'a","\n' * 20_000)
    assert found.count == 20_000
    assert time.process_time() - begun < 5


def test_windows_events_as_powershell_exports_them() -> None:
    found = found_in(
        '#TYPE System.Diagnostics\n"TimeCreated";"Id";"LogName";"ProviderName";"MachineName";"Message"\n'
        '"13.01.2026";"4625";"Security";"Microsoft-Windows-Security-Auditing";"dc1";"An account\nfailed"\n'
    )
    assert found.origins == [Origin("windows", "security", "4625", "microsoft-windows-security-auditing")]
    record = found.records[0]
    assert (record["Channel"], record["Computer"]) == ("Security", "dc1")
    assert record["Message"] == "An account\nfailed"
    assert str(record["EventID"]) == "4625"


def test_windows_events_as_evtxecmd_exports_them() -> None:
    payload = '{"EventData":{"Data":[{"@Name":"TargetUserName","#text":"eva"},{"@Name":"LogonType"}]}}'
    table = io.StringIO()
    csv.writer(table).writerows(
        [
            ["RecordNumber", "EventRecordId", "EventId", "Provider", "Channel", "Computer", "Payload"],
            ["1", "77", "4624", "Microsoft-Windows-Security-Auditing", "Security", "dc1", payload],
            ["2", "78", "4624", "Microsoft-Windows-Security-Auditing", "Security", "dc1", '{"EventData":3}'],
        ]
    )
    found = found_in(table.getvalue())
    assert [origin.event for origin in found.origins] == ["4624", "4624"]
    assert found.records[0]["TargetUserName"] == "eva"


def test_iis() -> None:
    found = found_in(IIS)
    assert found.origins == [Origin("webserver", "iis")]
    expected = {
        "cs-method": "GET",
        "cs-uri-stem": "/a/b.aspx",
        "cs-uri-query": ("x=1", "/a/b.aspx?x=1"),
        "c-uri-query": "x=1",
        "c-uri": "/a/b.aspx?x=1",
        "c-uri-extension": "aspx",
        "sc-status": "200",
        "cs-user-agent": "Nmap Scripting Engine",
        "cs(User-Agent)": "Nmap+Scripting+Engine",
        "cs(Referer)": None,
        "src_ip": "203.0.113.9",
    }
    assert {name: found.records[0][name] for name in expected} == expected
    assert found.reasons == ["4 columns where '#Fields:' names 11"]


def test_w3c_of_a_proxy_with_quotes() -> None:
    found = found_in(
        "#Software: SGOS 7.3\n#Fields: c-ip cs-host cs-uri-path cs(User-Agent) s-action\n"
        '10.0.0.5 a.example / "Mozilla/5.0 (X11)" DENIED\nbefore\n#Fields: c-ip\n10.0.0.6\n'
    )
    assert found.origins == [Origin("proxy", "bluecoat")] * 2
    assert found.records[0]["c-useragent"] == "Mozilla/5.0 (X11)"
    assert (found.records[0]["action"], found.records[1]["src_ip"]) == ("DENIED", "10.0.0.6")


def test_access_log() -> None:
    found = found_in(f"{COMBINED}\nbroken\nwww.example:443 {COMBINED}\n")
    assert found.origins == [Origin("webserver", "access")] * 2
    expected = {
        "src_ip": "203.0.113.9",
        "cs-username": "eva",
        "cs-method": "GET",
        "cs-uri-query": '/../../etc/passwd?a="1',
        "cs-uri-stem": "/../../etc/passwd",
        "sc-status": "200",
        "cs-referer": None,
        "cs-user-agent": "Nikto/2",
        "c-useragent": "Nikto/2",
        "extra": "x",
    }
    assert {name: found.records[0].get(name) for name in expected} == expected
    assert found.records[1]["cs-host"] == "www.example"
    assert len(found.rejected) == 1


def test_access_log_of_what_is_not_http() -> None:
    _, record = weblog.parse('::1 - - [13/Jan/2026:06:32:00 +0100] "\\x16\\x03" 400 -')
    assert (record["cs-uri-query"], record["c-ip"], record["sc-bytes"]) == ("\\x16\\x03", "::1", None)


@pytest.mark.parametrize("line", ["", "x", COMBINED[:70], COMBINED.replace(" 200 2326", ""), COMBINED[:-4]])
def test_lines_that_are_no_access_log(line: str) -> None:
    with pytest.raises(Unreadable, match="access log"):
        weblog.parse(line)


def test_long_values_are_read() -> None:
    found = found_in("a,b\n1," + "x" * 1_000_000)
    assert len(str(found.records[0]["b"])) == 1_000_000


def test_parse_of_one_line() -> None:
    table = Table("a,b,,a")
    assert parse("1,2,3,4", table)[1] == {"a": ("1", "4"), "b": "2", "column3": "3"}
    with pytest.raises(Unreadable, match="0 columns where the header names 4"):
        parse("", table)


CELLS = st.text('ab",\n;é', max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8), st.sampled_from(",;\t|"))
def test_what_is_written_comes_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    table = io.StringIO()
    writer = csv.writer(table, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("x", "y", "z"), *rows])
    found = found_in(table.getvalue())
    assert [tuple(record.values()) for record in found.records] == rows
    assert not found.rejected


@given(st.lists(st.one_of(st.binary(max_size=30).filter(lambda line: b'"' not in line), st.just(b"a,b"))))
def test_any_bytes_without_quotes_are_counted(lines: list[bytes]) -> None:
    data = b"first,second\n" + b"\n".join(lines)
    assert found_bytes(data).count == len(meaningful(data)) - 1


@given(st.lists(st.sampled_from([b'a,"', b'"', b'"",b', b"a,b", b'"a"x,b', b"#Fields: a", b"a\rb", b"", b"\0"])))
def test_any_quotes_lose_no_line(lines: list[bytes]) -> None:
    """Each line is the beginning of an entry or inside the quotes of one."""
    data = b"first,second\n" + b"\n".join(lines)
    found = found_bytes(data)
    meant = meaningful(data)[1:]
    assert found.count <= len(meant)
    assert bool(found.count) == bool(meant)
    if b'"' not in data:
        assert found.count == len(meant)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    found_bytes(data)


def found_bytes(data: bytes) -> Found:
    return read_bytes(read, data)
