"""`codedark.ingest.archive`: what is packed comes out, or it is said why not; nothing grows without bound."""

from __future__ import annotations

import gzip
import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.ingest.archive import (
    GZIP,
    ZSTD,
    Budget,
    ChunkStream,
    Codec,
    Limits,
    buffered,
    shown,
    unpacked,
    zip_members,
)

LIMITS = Limits()
DATA = b"".join(b"%d a line of a log, and %d\n" % (number, number * 7919 % 1000) for number in range(20_000))
GZIPPED = gzip.compress(DATA)
ZSTD_DATA = zstandard.ZstdCompressor(write_checksum=True).compress(DATA)
PACKED = [pytest.param(GZIP, GZIPPED, id="gzip"), pytest.param(ZSTD, ZSTD_DATA, id="zstd")]


def pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def unpack(codec: Codec, data: bytes, limits: Limits = LIMITS) -> tuple[bytes, list[tuple[int, str]]]:
    said: list[tuple[int, str]] = []
    chunks = unpacked(pieces(data), codec, Budget(limits, len(data)), lambda *what: said.append(what))
    return b"".join(chunks), said


def members(data: bytes, limits: Limits = LIMITS) -> tuple[list[tuple[str, bytes]], list[tuple[str, int, str]]]:
    """The members of a zip with their data, and what was said, with the member it was said about."""
    said: list[tuple[str, int, str]] = []
    found = zip_members(
        io.BytesIO(data),
        Budget(limits, len(data)),
        lambda offset, why: said.append(("", offset, why)),
        lambda name: lambda offset, why: said.append((name, offset, why)),
    )
    return [(member.name, b"".join(member.chunks)) for member in found], said


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(("codec", "packed"), PACKED)
def test_whole_streams_also_several_in_a_row(codec: Codec, packed: bytes) -> None:
    assert unpack(codec, packed) == (DATA, [])
    assert unpack(codec, packed * 3) == (DATA * 3, [])


def test_padding_behind_gzip_and_skippable_frames_of_zstd() -> None:
    assert unpack(GZIP, GZIPPED + b"\0" * 5000) == (DATA, [])
    assert unpack(ZSTD, b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + ZSTD_DATA) == (DATA, [])


@pytest.mark.parametrize(("codec", "packed"), PACKED)
def test_every_truncation_is_told_and_keeps_what_came_before(codec: Codec, packed: bytes) -> None:
    for length in [*range(1, 40), *range(40, len(packed), 1231), *range(len(packed) - 12, len(packed))]:
        plain, said = unpack(codec, packed[:length])
        assert DATA.startswith(plain)
        assert [offset for offset, _ in said] == [len(plain)], length
    assert unpack(codec, packed[:-1])[0][: len(DATA) // 2] == DATA[: len(DATA) // 2]


@pytest.mark.parametrize(("codec", "packed"), PACKED)
def test_damage_is_told_once_and_ends_the_stream(codec: Codec, packed: bytes) -> None:
    middle = len(packed) // 2
    plain, said = unpack(codec, packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :])
    assert len(said) == 1
    assert plain[: len(DATA) // 4] == DATA[: len(DATA) // 4]
    plain, said = unpack(codec, packed + b"something else")
    assert plain == DATA
    assert len(said) == 1


def test_a_bad_checksum_costs_no_data() -> None:
    small = gzip.compress(b"few\n")
    assert unpack(GZIP, small[:-8] + b"\0\0\0\0" + small[-4:])[0] == b"few\n"
    archive = zipped({"a": b"a" * 50, "b": b"b"})
    found, said = members(archive.replace(struct.pack("<I", zlib.crc32(b"a" * 50)), b"\1\2\3\4"))
    assert found == [("a", b"a" * 50), ("b", b"b")]
    assert [name for name, _, _ in said] == ["a"]
    assert "checksum" in said[0][2]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_members_in_order_and_nothing_for_folders(method: int) -> None:
    files = {"b.json": DATA, "dir/": b"", "dir/a.json": b"x", "empty": b"", "__MACOSX/._a": b"\0\5\x16\7"}
    found, said = members(zipped(files, method))
    assert found == [(name, data) for name, data in files.items() if name != "dir/"]
    assert said == []


def test_zip_with_zstd_inside() -> None:
    archive = bytearray(zipped({"a": ZSTD_DATA}, zipfile.ZIP_STORED))
    crc = struct.pack("<I", zlib.crc32(DATA))
    directory = archive.rindex(b"PK\1\2")
    struct.pack_into("<H", archive, directory + 10, 93)
    archive[directory + 16 : directory + 20] = crc
    assert members(bytes(archive)) == ([("a", DATA)], [])


def test_encrypted_and_unsupported_members_are_told_and_the_others_read() -> None:
    archive = bytearray(zipped({"locked": b"1", "strange": b"2", "plain": b"3"}))
    first = archive.index(b"PK\1\2")
    second = archive.index(b"PK\1\2", first + 1)
    archive[first + 8] |= 1
    struct.pack_into("<H", archive, second + 10, 9)
    found, said = members(bytes(archive))
    assert found == [("plain", b"3")]
    assert [name for name, _, _ in said] == ["locked", "strange"]
    assert "encrypted" in said[0][2]
    assert "Deflate64" in said[1][2]


def test_truncated_and_lying_zips() -> None:
    archive = zipped({"a": DATA, "b": b"b"})
    for length in range(4, len(archive), 997):
        assert members(archive[:length])[1], length
    lying = bytearray(archive)
    struct.pack_into("<I", lying, len(archive) - 10, 0x7FFFFFF0)  # size of the table of contents
    assert members(bytes(lying))[1]
    moved = bytearray(archive)
    struct.pack_into("<I", moved, archive.index(b"PK\1\2") + 42, 13)  # offset of the first member
    found, said = members(bytes(moved))
    assert dict(found)["b"] == b"b"
    assert "a" in {name for name, _, _ in said}


def test_too_many_members() -> None:
    found, said = members(zipped({str(number): b"" for number in range(30)}), Limits(max_members=10))
    assert len(found) == 10
    assert "20 are not read" in said[0][2]


def test_a_table_of_contents_too_large_for_the_members_allowed_is_not_read_into_memory() -> None:
    archive = zipped({"x" * 300 + str(number): b"" for number in range(2000)})
    found, said = members(archive, Limits(max_members=10))
    assert found == []
    assert len(said) == 1


def zeros_gzip(size: int) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join(engine.compress(block) for _ in range(size >> 20)) + engine.flush()


def measured(codec: Codec, data: bytes) -> tuple[int, list[tuple[int, str]], int, float]:
    said: list[tuple[int, str]] = []
    tracemalloc.start()
    started = time.monotonic()
    chunks = unpacked(pieces(data), codec, Budget(Limits(), len(data)), lambda *what: said.append(what))
    length = sum(map(len, chunks))
    seconds = time.monotonic() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return length, said, peak, seconds


def test_bombs_end_soon_and_in_little_memory() -> None:
    gzip_bomb = zeros_gzip(400 << 20)
    frame = zstandard.ZstdCompressor(level=3).compress(bytes(128 << 20))
    for codec, bomb in ((GZIP, gzip_bomb), (ZSTD, frame * 40)):
        length, said, peak, seconds = measured(codec, bomb)
        assert length < 300 << 20
        assert len(said) == 1
        assert "bomb" in said[0][1]
        assert peak < 100 << 20
        assert seconds < 20


def test_many_small_bombs_in_one_zip_share_one_budget() -> None:
    limits = Limits(free_bytes=4 << 20, max_ratio=100)
    archive = zipped({f"{number}.log": bytes(3 << 20) for number in range(40)})
    found, said = members(archive, limits)
    assert sum(len(data) for _, data in found) < limits.free_bytes + limits.max_ratio * len(archive)
    assert len(found) == 40
    assert 0 < len(said) < 40


def test_honest_logs_are_not_taken_for_bombs() -> None:
    limits = Limits(free_bytes=0)
    dense = b"".join(b"Jan 13 06:32:%02d fw01 deny tcp 10.0.0.1 -> 10.0.0.2\n" % (n % 60) for n in range(200_000))
    for codec, packed in ((GZIP, gzip.compress(dense)), (ZSTD, zstandard.compress(DATA * 3, 19))):
        assert unpack(codec, packed, limits)[1] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("log\u202egnp.exe", "log\\u202egnp.exe"),
        ("Größe\u00a0日本.json", "Größe\u00a0日本.json"),
        ("bad\udcff", "bad\\udcff"),
    ],
)
def test_names_are_safe_to_show(name: str, expected: str) -> None:
    assert shown(name) == expected


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(1, 30)))
def test_chunk_stream_is_the_chunks(chunks: list[bytes], sizes: list[int]) -> None:
    stream = buffered(ChunkStream(chunks))
    parts = [stream.read(size) for size in sizes]
    assert b"".join(parts) + stream.read() == b"".join(chunks)


SMALL_ZIP = zipped({"a.json": b'{"a":1}\n' * 9, "é/b": b"b" * 300})


@given(st.lists(st.tuples(st.integers(0, len(SMALL_ZIP) - 1), st.integers(0, 255)), min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_a_zip_with_changed_bytes_never_raises(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(SMALL_ZIP)
    for at, byte in changes:
        damaged[at] = byte
    members(bytes(damaged))


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([GZIP, ZSTD]))
def test_random_bytes_never_raise(data: bytes, codec: Codec) -> None:
    magic = b"\x1f\x8b\x08\0" if codec is GZIP else b"\x28\xb5\x2f\xfd"
    unpack(codec, magic + data)
    members(b"PK\3\4" + data + b"PK\5\6" + data[:22])
