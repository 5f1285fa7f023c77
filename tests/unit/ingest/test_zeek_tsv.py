"""Zeek's TSV logs: types, escapes, headers in mid-file, and rows that do not fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin
from codedark.ingest.zeek_tsv import Log, read
from tests.log_reader import meaningful, read_bytes

HEADER = b"""\
#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tconn
#open\t2026-01-13-06-32-00
#fields\tts\tid.orig_h\tid.orig_p\tservice\tduration\tlocal\ttags\ttimes\thistory
#types\ttime\taddr\tport\tstring\tinterval\tbool\tset[string]\tvector[interval]\tstring
"""
ROW = b"1768285920.5\t10.0.0.1\t49152\t-\t0.004266\tT\ta,b\\x2cc\t1.5,-\t(empty)\n"


def test_values_have_the_types_of_the_header() -> None:
    found = read_bytes(read, HEADER + ROW)
    assert found.origins == [Origin("zeek", "conn")]
    assert found.numbers == [9]
    assert found.records == [
        {
            "ts": 1768285920.5,
            "id.orig_h": "10.0.0.1",
            "id.orig_p": 49152,
            "duration": 0.004266,
            "local": "true",
            "tags": ("a", "b,c"),
            "times": (1.5, None),
            "history": "",
        }
    ]


def test_rows_that_do_not_fit_are_rejected_where_they_are() -> None:
    found = read_bytes(read, b"early\n" + HEADER + b"a\tb\n" + ROW)
    assert found.reasons == ["a row before any '#fields' line", "2 columns where '#fields' names 9"]
    assert found.rejected[1].offset == len(b"early\n" + HEADER)
    assert len(found.records) == 1


def test_a_new_header_in_mid_file_holds_from_there_on() -> None:
    second = b"#separator |\n#path|dns\n#unset_field|(none)\n#fields|query|rcode\n#types|string|count\n"
    second += b"-|3\n(none)|4\n"
    found = read_bytes(read, HEADER + ROW + b"#close\t2026\n" + second)
    assert found.origins[1:] == [Origin("zeek", "dns")] * 2
    assert found.records[1:] == [{"query": "-", "rcode": 3}, {"rcode": 4}]


def test_a_new_file_forgets_the_header_of_the_one_before() -> None:
    found = read_bytes(read, HEADER + b"#separator \\x09\n" + ROW)
    assert found.reasons == ["a row before any '#fields' line"]


def test_escapes() -> None:
    log = Log()
    for line in ("#fields\ta", "#types\tstring"):
        log.learn(line)
    for written, value in {
        r"\x09tab": "\ttab",
        r"\xc3\xa9": "é",
        r"\xff": r"\xff",
        r"\\\\dc1\\ADMIN$": r"\\dc1\ADMIN$",
        r"\\dc1\ADMIN$": r"\\dc1\ADMIN$",
        r"\x5c\x5cdc1\x5cIPC$": r"\\dc1\IPC$",
        "\\": "\\",
    }.items():
        assert log.parse(written)[1] == {"a": value}


def test_numbers_that_are_none_stay_text() -> None:
    log = Log()
    log.learn("#fields\ta\tb")
    log.learn("#types\tcount\tdouble")
    for text in ("nan", "1_0", " 1", "9" * 5_000, "1e999", "٣", "x", "inf"):
        record = log.parse(f"{text}\t{text}")[1]
        assert record == {"a": text, "b": text}


def test_empty_set_is_there_without_elements() -> None:
    log = Log()
    log.learn("#fields\ta")
    log.learn("#types\tset[addr]")
    assert log.parse("(empty)")[1] == {"a": ()}
    assert log.parse("-")[1] == {}


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=30),
            st.sampled_from(HEADER.split(b"\n")),
            st.just(ROW.strip()),
            st.sampled_from([b"#fields", b"#fields\t", b"#types\tset[", b"#separator ", b"#set_separator\t"]),
        )
    )
)
def test_any_bytes_are_counted(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    assert read_bytes(read, data).count == len(meaningful(data, (b"#",)))
