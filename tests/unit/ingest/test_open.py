"""`codedark.ingest.open`: every file is found and opened, or it is said why not; and nothing is written."""

from __future__ import annotations

import gzip
import io
import os
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.errors import UnusableInput
from codedark.events.record import Rejected
from codedark.ingest.archive import Limits
from codedark.ingest.lines import blocks
from codedark.ingest.open import as_text, open_sources, seekable, walk
from codedark.ingest.sniff import sniff
from tests.command_line import zipped

LIMITS = Limits()
LINES = b'{"EventID": 1}\n{"EventID": 2}\n'


def no_rejection(rejected: Rejected) -> None:
    raise AssertionError(rejected)


def read(path: Path, limits: Limits = LIMITS) -> tuple[list[tuple[str, bytes]], list[Rejected]]:
    """What is in ``path`` by source, named from its folder on, and what was rejected."""
    rejected: list[Rejected] = []
    found = [
        (opened.source.removeprefix(f"{path.parent}/"), opened.stream.read())
        for opened in open_sources(path, limits, rejected.append)
    ]
    return found, rejected


def walked(*paths: Path) -> tuple[list[Path], list[Rejected]]:
    rejected: list[Rejected] = []
    return list(walk(paths, rejected.append)), rejected


def test_walk_goes_through_folders_in_order_hidden_files_too(tmp_path: Path) -> None:
    names = ["b/2.json", "b/1.json", "a.log", ".hidden/x", "c"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(LINES)
    (tmp_path / "empty").mkdir()
    found, rejected = walked(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in found] == sorted(names)
    assert rejected == []
    assert walked(tmp_path / "c", tmp_path / "b")[0][0] == tmp_path / "c"


def test_links_cannot_make_walk_go_round(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a").write_bytes(LINES)
    (tmp_path / "logs" / "up").symlink_to(tmp_path)
    (tmp_path / "logs" / "self").symlink_to(tmp_path / "logs" / "self")
    (tmp_path / "logs" / "gone").symlink_to(tmp_path / "nowhere")
    found, rejected = walked(tmp_path, tmp_path / "logs")
    assert found == [tmp_path / "logs" / "a"]
    assert sorted(Path(one.source).name for one in rejected) == ["gone", "self"]


def test_walk_is_not_bounded_by_the_depth_of_folders(tmp_path: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(tmp_path)
        for _ in range(1100):
            Path("d").mkdir()
            os.chdir("d")
        Path("x").write_bytes(LINES)
    finally:
        os.fchdir(here)
        os.close(here)
    found, rejected = walked(tmp_path)
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # deeper than pytest itself can remove
    assert len(found) == 1
    assert rejected == []


def test_what_is_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        found, rejected = walked(tmp_path, Path("/dev/null"))
    assert found == []
    assert [one.reason.split(",")[0] for one in rejected] == [
        "this is a named pipe",
        "this is a socket",
        "this is a device",
    ]


def test_a_path_that_does_not_exist_is_named_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="missing"):
        walk([tmp_path, tmp_path / "missing"], lambda _: None)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnusableInput, match="beneath"):
        walk([tmp_path / "file" / "beneath"], lambda _: None)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root can read everything: be somebody else for a moment."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_unreadable_files_and_folders_are_told_and_the_others_read(tmp_path: Path) -> None:
    for name in ("locked.json", "open.json"):
        (tmp_path / name).write_bytes(LINES)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "inner").write_bytes(LINES)
    (tmp_path / "locked.json").chmod(0)
    (tmp_path / "closed").chmod(0)
    parents = [
        parent for parent in tmp_path.parents if parent.stat().st_uid == os.geteuid() and "pytest" in str(parent)
    ]
    modes = {parent: stat.S_IMODE(parent.stat().st_mode) for parent in parents}
    for parent in [*parents, tmp_path]:
        parent.chmod(0o755)
    try:
        with as_nobody():
            found, rejected = walked(tmp_path, tmp_path / "closed" / "inner")
            contents = [read(path) for path in found]
    finally:
        (tmp_path / "closed").chmod(0o700)
        for parent, mode in modes.items():
            parent.chmod(mode)
    assert [path.name for path in found] == ["locked.json", "open.json"]
    assert [Path(one.source).name for one in rejected] == ["closed", "inner"]
    assert [Path(one.source).name for one in contents[0][1]] == ["locked.json"]
    assert contents[1] == ([("open.json", LINES)], [])


def test_a_file_that_stops_being_readable_ends_and_says_so() -> None:
    memory = Path("/proc/self/mem")
    if not memory.exists():
        pytest.skip("no /proc here to take an unreadable file from")
    rejected: list[Rejected] = []
    for opened in open_sources(memory, Limits(), rejected.append):
        assert list(blocks(opened.stream)) == []
    assert {one.reason for one in rejected} == {"the file cannot be read further: Input/output error"}


def test_a_plain_file_has_its_path_and_size(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(LINES)
    for opened in open_sources(path, Limits(), no_rejection):
        assert (opened.source, opened.path, opened.size) == (str(path), path, len(LINES))
        assert opened.head() == LINES
        assert opened.stream.read() == LINES
    assert opened.stream.closed


NESTED = zipped(
    {"b.gz": gzip.compress(LINES, mtime=0), "c.zip": zipped({"../../d": LINES}), "e/f.zst": zstandard.compress(LINES)}
)


@pytest.mark.parametrize(
    ("name", "data", "sources"),
    [
        ("a.gz", gzip.compress(LINES[:15], mtime=0) + gzip.compress(LINES[15:], mtime=0), ["a.gz"]),
        ("not-named.txt", zstandard.compress(LINES[:15]) + zstandard.compress(LINES[15:]), ["not-named.txt"]),
        ("a.zip", zipped({"m/b.json": LINES}), ["a.zip#m/b.json"]),
        ("a.zip", NESTED, ["a.zip#b.gz", "a.zip#c.zip#../../d", "a.zip#e/f.zst"]),
        ("a.zip.gz", gzip.compress(zipped({"b": LINES}), mtime=0), ["a.zip.gz#b"]),
        ("a.json", LINES, ["a.json"]),
    ],
)
def test_packed_files_by_their_content(tmp_path: Path, name: str, data: bytes, sources: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert read(path) == ([(source, LINES) for source in sources], [])
    assert [found.name for found in tmp_path.rglob("*")] == [name]


def test_names_in_archives_cannot_write_or_forge(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    names = ["../../evil", "/etc/evil", "C:\\evil", "a\x1b[2J\n", "__MACOSX/._x"]
    (inside / "a.zip").write_bytes(zipped(dict.fromkeys(names, LINES)))
    found, rejected = read(inside / "a.zip")
    assert [source for source, _ in found] == [
        "a.zip#../../evil", "a.zip#/etc/evil", "a.zip#C:\\evil", "a.zip#a\\x1b[2J\\n", "a.zip#__MACOSX/._x",
    ]  # fmt: skip
    assert rejected == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "inside"]


def test_archives_nested_too_deep(tmp_path: Path) -> None:
    data = LINES
    for depth in range(5):
        data = zipped({f"{depth}": data})
    (tmp_path / "a.zip").write_bytes(data)
    found, rejected = read(tmp_path / "a.zip")
    assert found == []
    assert [one.source.partition("#")[2] for one in rejected] == ["4#3#2"]
    assert read(tmp_path / "a.zip", Limits(max_depth=5)) == ([("a.zip#4#3#2#1#0", LINES)], [])


def test_a_bomb_of_bombs_ends_soon(tmp_path: Path) -> None:
    """The shape of 42.zip: the same small archive many times over, on every layer."""
    data = gzip.compress(bytes(200 << 20), mtime=0)
    for _ in range(2):
        data = zipped({str(number): data for number in range(16)})
    (tmp_path / "bomb.zip").write_bytes(data)
    started = time.monotonic()
    rejected: list[Rejected] = []
    length = 0
    for opened in open_sources(tmp_path / "bomb.zip", Limits(), rejected.append):
        while chunk := opened.stream.read(1 << 20):
            length += len(chunk)
    limits = Limits()
    assert length <= limits.free_bytes + limits.max_ratio * len(data)
    assert rejected
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "magic", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0", b"BZh91AY&SY", b"\xfd7zXZ\0", b"\0" * 257 + b"ustar"]
)
def test_other_archives_are_named(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "a").write_bytes(magic + b"\0" * 300)
    found, rejected = read(tmp_path / "a")
    assert found == []
    assert "unpack it first" in rejected[0].reason


def test_seekable(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(LINES)
    (tmp_path / "packed").write_bytes(gzip.compress(LINES, mtime=0))
    for name in ("plain", "packed"):
        for opened in open_sources(tmp_path / name, Limits(), no_rejection):
            with seekable(opened, Limits(), no_rejection) as stream:
                assert stream.seek(0, io.SEEK_END) == len(LINES)
                stream.seek(3)
                assert stream.read() == LINES[3:]
    rejected: list[Rejected] = []
    small = Limits(max_spooled_bytes=5)
    for opened in open_sources(tmp_path / "packed", small, rejected.append):
        with seekable(opened, small, rejected.append) as stream:
            assert len(stream.read()) <= 5
    assert len(rejected) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["packed", "plain"]


def test_as_text_gives_up_the_path_only_where_the_bytes_change(tmp_path: Path) -> None:
    text = LINES.decode()
    for codec, same in (("utf-8", True), ("utf-8-sig", False), ("utf-16", False), ("utf-16-be", False)):
        (tmp_path / codec).write_bytes(text.encode(codec))
        for opened in open_sources(tmp_path / codec, Limits(), no_rejection):
            plain = as_text(opened)
            assert (plain.path is not None) is same
            assert sniff(plain.head(), "x") == "json"
            assert plain.stream.read() == LINES


@given(
    st.sampled_from([b"", b"PK\3\4", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xff\xfe"]),
    st.binary(max_size=300),
)
@settings(max_examples=150, deadline=None)
def test_any_file_is_opened_or_rejected(magic: bytes, data: bytes) -> None:
    path = Path(os.environ["PYTEST_SCRATCH"]) / "any"
    path.write_bytes(magic + data)
    rejected: list[Rejected] = []
    opened = [as_text(opened).stream.read() for opened in open_sources(path, Limits(), rejected.append)]
    assert opened or rejected


@pytest.fixture(autouse=True, scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_SCRATCH", str(tmp_path_factory.mktemp("scratch")))
        yield


def test_the_shared_zips(shared_data: Path) -> None:
    for path in walk([shared_data / "otrf"], no_rejection):
        for opened in open_sources(path, Limits(), no_rejection):
            if path.suffix == ".zip" and "#__MACOSX/._" not in opened.source:
                assert sniff(opened.head(), opened.source) == "json"
                assert sum(len(block.lines) for block in blocks(opened.stream)) > 1000
