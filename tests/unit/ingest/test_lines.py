"""`codedark.ingest.lines`: every line once, numbers and offsets right, memory bounded."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.ingest.archive import ChunkStream, buffered
from codedark.ingest.lines import Block, blocks

TEXT = st.lists(st.sampled_from([b"\n", b"\r\n", b"\r", b"a", b"bc", b"\0", b"\xff" * 9])).map(b"".join)


def plain_lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    ended, last = lines[:-1], lines[-1]
    return [line.removesuffix(b"\r") for line in ended] + ([last] if last else [])


def numbered(found: list[Block]) -> list[tuple[int, int, bytes]]:
    return [
        (block.first_number + row, offset, line)
        for block in found
        for row, (offset, line) in enumerate(zip(block.offsets(), block.lines, strict=True))
    ]


@settings(deadline=None)
@given(TEXT, st.integers(1, 40))
def test_every_line_comes_once_with_its_number_and_offset(data: bytes, block_bytes: int) -> None:
    found = numbered(list(blocks(BytesIO(data), block_bytes)))
    assert [line for _, _, line in found] == plain_lines(data)
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    for _, offset, line in found:
        assert data[offset : offset + len(line)] == line
        assert offset == 0 or data[offset - 1] == 0x0A


@settings(deadline=None)
@given(TEXT, st.integers(1, 40))
def test_blocks_cover_the_stream_without_gaps(data: bytes, block_bytes: int) -> None:
    found = list(blocks(BytesIO(data), block_bytes))
    ends = [0, *(block.end for block in found)]
    assert [block.offset for block in found] == ends[:-1]
    assert ends[-1] == len(data)


@settings(deadline=None)
@given(TEXT, st.lists(st.integers(0, 60)), st.integers(1, 20), st.integers(1, 12))
def test_ranges_share_a_file_without_loss_or_repetition(
    data: bytes, cuts: list[int], block_bytes: int, longest: int
) -> None:
    edges = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    whole = list(blocks(BytesIO(data), block_bytes, longest))
    shared = [
        block for start, stop in pairwise(edges) for block in blocks(BytesIO(data), block_bytes, longest, start, stop)
    ]
    assert [line for block in shared for line in block.lines] == [line for block in whole for line in block.lines]
    assert [long for block in shared for long in block.too_long] == [long for block in whole for long in block.too_long]


@settings(deadline=None)
@given(TEXT, st.integers(1, 20), st.integers(1, 12))
def test_too_long_lines_are_named_and_the_others_keep_their_numbers(
    data: bytes, block_bytes: int, longest: int
) -> None:
    found = list(blocks(BytesIO(data), block_bytes, longest))
    expected = {number: line for number, line in enumerate(plain_lines(data), 1) if len(line) <= longest}
    assert {number: line for number, _, line in numbered(found)} == expected
    passed_over = [data[offset : offset + length] for block in found for offset, length in block.too_long]
    assert [plain_lines(line) for line in passed_over] == [[line] for line in plain_lines(data) if len(line) > longest]


@settings(deadline=None)
@given(TEXT, st.integers(1, 40))
def test_keeping_carriage_returns_changes_nothing_else(data: bytes, block_bytes: int) -> None:
    kept = list(blocks(BytesIO(data), block_bytes, keep_cr=True))
    taken = list(blocks(BytesIO(data), block_bytes))
    assert b"".join(block.data for block in kept) == data
    assert [line for block in kept for line in block.lines] == data.removesuffix(b"\n").split(b"\n")[: len(data)]
    assert [(block.first_number, block.offset, block.end, len(block.lines)) for block in kept] == [
        (block.first_number, block.offset, block.end, len(block.lines)) for block in taken
    ]


@pytest.mark.parametrize("line", [b"a\r\r", b"a\r\r\r", b"ab", b"\r\r\r"])
def test_carriage_returns_at_the_limit_do_not_break_a_line_in_two(line: bytes) -> None:
    found = list(blocks(BytesIO(line + b"\nx\n"), 1, 1))
    assert [(block.first_number, block.lines) for block in found] == [(1, []), (2, [b"x"])]


def test_a_line_of_200_mb_is_passed_over_in_bounded_memory() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"first\n"
        for _ in range(200):
            yield b"x" * (1 << 20)
        yield b"\nlast\n"

    tracemalloc.start()
    found = list(blocks(buffered(ChunkStream(chunks()))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [line for block in found for line in block.lines] == [b"first", b"last"]
    assert [long for block in found for long in block.too_long] == [(6, (200 << 20) + 1)]
    assert found[-1].first_number == 3
    assert peak < 80 << 20


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n", b"a", b"a\r", b"a\n\nb"])
def test_small_streams(data: bytes) -> None:
    found = list(blocks(BytesIO(data)))
    assert [line for block in found for line in block.lines] == plain_lines(data)
