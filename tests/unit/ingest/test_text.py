"""The driver of the text readers: every line is counted once, decoded without loss, and has its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Batch, Origin, Record, Rejected, SourceName, Wanted
from codedark.ingest import text
from codedark.ingest.text import Line, Read, Unreadable, closing_quote, gather
from tests.log_reader import NothingWanted, meaningful, read_bytes

SOURCE = SourceName("log")


def parse(line: str) -> tuple[Origin, Record]:
    if "bad" in line:
        raise Unreadable("it is bad")
    return Origin("test"), {"text": line}


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    return text.batches(text.each(text.lines(stream, source), source, parse), source, wanted)


def test_records_and_rejected_keep_their_place() -> None:
    data = b"one\r\n\n  \t\nbad two\nthree\nfour bad"
    found = read_bytes(read, data)
    assert [(number, record["text"]) for number, record in zip(found.numbers, found.records, strict=True)] == [
        (1, "one"),
        (5, "three"),
    ]
    assert found.rejected == [
        Rejected(SOURCE, data.index(b"bad two"), "it is bad"),
        Rejected(SOURCE, data.index(b"four bad"), "it is bad"),
    ]


@given(st.lists(st.sampled_from([b"x", b"bad", b"", b" ", b"\0", b"\xff\xfe", b"\x1d", b"\xc2\x85", b"#"])))
def test_every_line_that_is_not_blank_is_counted_once(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    found = read_bytes(read, data)
    assert found.count == len(meaningful(data))
    for number, record in zip(found.numbers, found.records, strict=True):
        assert record["text"] == text.decode(lines[number - 1])


def test_bytes_that_are_no_text_are_kept() -> None:
    assert text.decode(b"a\xffb\0c\xc3\xa9") == "a\\xffb\0cé"


def test_a_line_that_is_too_long_is_rejected_and_the_next_one_read() -> None:
    data = b"first\n" + b"x" * (text.MAX_LINE_BYTES + 1) + b"\nlast"
    found = read_bytes(read, data)
    assert found.numbers == [1, 3]
    assert [rejected.offset for rejected in found.rejected] == [len(b"first\n")]


def test_header_lines_are_learned_in_their_order_among_the_rows() -> None:
    seen: list[str] = []

    def row(line: str) -> tuple[Origin, Record]:
        seen.append(line)
        return Origin("test"), {}

    lines = [Line(at, 0, said) for at, said in enumerate(["#a", "x", "#b", "", "y"], 1)]
    entries = list(text.each(iter(lines), SOURCE, row, seen.append))
    assert seen == ["#a", "x", "#b", "y"]
    assert len(entries) == 2


def test_batches_are_bounded_by_records_rejected_or_not() -> None:
    entries = [Rejected(SOURCE, 0, "") if at % 2 else Read(Origin("test"), {}, at, 10) for at in range(2_500)]
    batches: list[Batch] = list(text.batches(entries, SOURCE, NothingWanted()))
    assert [len(batch) + len(batch.rejected) for batch in batches] == [1_000, 1_000, 500]


def test_batches_are_bounded_by_characters() -> None:
    entries = [Read(Origin("test"), {}, at, text.BATCH_CHARACTERS // 2) for at in range(5)]
    assert [len(batch) for batch in text.batches(entries, SOURCE, NothingWanted())] == [2, 2, 1]


def test_gather_keeps_all_different_values() -> None:
    assert gather([("a", "1"), ("b", "x"), ("a", "2"), ("b", "x")]) == {"a": ("1", "2"), "b": "x"}


@given(st.text('ab"\\', max_size=20))
def test_closing_quote_is_the_first_that_is_not_escaped(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert closing_quote(f'{quoted}" behind "', 0) == len(quoted)
    assert closing_quote(quoted, 0) == -1
