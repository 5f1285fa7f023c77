"""Files are written all or none: a failure on the way leaves what stood, and nothing beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codedark.app.hospital_files import write_files

NEW = {"a.csv": b"new a", "b.csv": b"new b", "c.csv": b"new c"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_bytes(b"old a")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.csv").write_bytes(b"old b")
    (tmp_path / "b.csv").symlink_to(tmp_path / "elsewhere" / "b.csv")
    return tmp_path


def test_all_are_written_and_nothing_else_is_left(folder: Path) -> None:
    write_files(NEW, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == NEW


@pytest.mark.parametrize("failing", range(1, 4))
@pytest.mark.parametrize("links", [True, False])
def test_a_failure_leaves_what_stood(folder: Path, monkeypatch: pytest.MonkeyPatch, failing: int, links: bool) -> None:
    replace, given = Path.replace, []

    def full(path: Path, target: Path) -> Path:
        if path.suffix == ".new":
            given.append(path)
            if len(given) == failing:
                raise OSError(28, "No space left on device")
        return replace(path, target)

    def unsupported(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", full)
    if not links:
        monkeypatch.setattr(os, "link", unsupported)
    with pytest.raises(OSError, match="No space"):
        write_files(NEW, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "b.csv", "elsewhere"]
    assert (folder / "a.csv").read_bytes() == b"old a"
    assert (folder / "b.csv").is_symlink()
    assert (folder / "b.csv").read_bytes() == b"old b"


def test_what_cannot_be_replaced_leaves_all(folder: Path) -> None:
    (folder / "c.csv").mkdir()
    with pytest.raises(OSError, match=r"c\.csv"):
        write_files(NEW, folder)
    assert (folder / "a.csv").read_bytes() == b"old a"
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "b.csv", "c.csv", "elsewhere"]
