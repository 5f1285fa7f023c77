"""The second copy of what a ward station writes: a file of lines in a folder on another machine or on a USB stick.

A mirror is a folder in which somebody once put the file ``codedark-mirror`` (`prepare`). Without that file it is
missing: the folder where a stick is mounted is still there when the stick is not, and is not a second copy.

Line n is entry n of the station's chain: its hash, a blank, its bytes. So it says that all before it are as they were.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.entry import CHAIN_BEGINS, bound
from codedark.errors import CodeDarkError, UsageError

_MARK: Final = "codedark-mirror"
SUFFIX: Final = ".entries"
_MOST_ASIDE: Final = 10_000


class MirrorMissing(CodeDarkError):
    """The second copy is not there, or its disk refuses. Nothing is lost: the station has it, and tries again."""


class Lines(NamedTuple):
    """The entries of a file, where they end in it, and whether nothing but a torn line stands behind them."""

    texts: list[bytes]
    end_bytes: int
    is_whole: bool


class Copied(NamedTuple):
    """What a mirror holds now: so many entries of the chain; and where what did not belong to it was set aside."""

    entries: int
    aside: Path | None


def prepare(folder: Path, station_folder: Path) -> None:
    """Make ``folder`` a mirror. Raises `UsageError` where it is no second disk, and OSError."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder: put in the stick, or connect the other station, then say it again")
    if folder.resolve().is_relative_to(station_folder.resolve()):
        raise UsageError(f"{folder}: is inside the station's own folder, and would be lost with it: name another disk")
    (folder / _MARK).write_text("A second copy of what ward stations of Code Dark write. Keep it with the ward.\n")
    _sync_folder(folder)


def is_there(folder: Path) -> bool:
    """Whether the mirror can be seen."""
    return (folder / _MARK).is_file()


def copy(folder: Path, station: str, chain: list[bytes]) -> Copied:
    """Have the mirror hold exactly this chain, on its disk when this returns. Raises `MirrorMissing`.

    1. Where it has anything but the beginning of the chain (damaged, doubled, from another time), that file is set
       aside whole and begun anew.
    2. Else a torn last line is cut off, and what it lacks is appended.
    """
    if not is_there(folder):
        raise MirrorMissing(f"{folder}: the second copy is not there; put in the stick, or connect the other station")
    path = folder / f"{station}{SUFFIX}"
    try:
        held = lines_of(path) if path.exists() else Lines([], 0, is_whole=True)
        is_begin = held.is_whole and held.texts == chain[: len(held.texts)]
        aside = None if is_begin else _set_aside(path)
        _append(path, chain)
    except OSError as error:
        raise MirrorMissing(
            f"{folder}: the second copy cannot be written ({error.strerror}): is there room?"
        ) from error
    return Copied(len(chain), aside)


def lines_of(path: Path) -> Lines:
    """What a mirror's file holds, up to where it is as it was written. Raises OSError."""
    texts, before, end = list[bytes](), CHAIN_BEGINS, 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break  # torn: it was never said to be written
            digest, _, text = line[:-1].partition(b" ")
            before = bound(before, text)
            if before.encode() != digest:
                return Lines(texts, end, is_whole=False)
            texts.append(text)
            end += len(line)
    return Lines(texts, end, is_whole=True)


def files_in(folder: Path) -> list[Path]:
    """The logs of all stations in a mirror, those that were set aside too."""
    return sorted(path for path in folder.iterdir() if SUFFIX in path.name and path.is_file())


def _append(path: Path, chain: list[bytes]) -> None:
    """Have a sound file, or none, hold the whole chain."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        held = lines_of(path)
        before = CHAIN_BEGINS
        lines = list[bytes]()
        for text in chain:
            before = bound(before, text)
            lines.append(before.encode() + b" " + text + b"\n")
        missing = b"".join(lines[len(held.texts) :])
        if os.fstat(opened).st_size != held.end_bytes:
            os.ftruncate(opened, held.end_bytes)
        if missing and os.pwrite(opened, missing, held.end_bytes) != len(missing):
            raise OSError(28, "no space for all of it")
        os.fsync(opened)
    finally:
        os.close(opened)
    if not held.texts:
        _sync_folder(path.parent)


def _set_aside(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.aside-{number}") for number in range(1, _MOST_ASIDE))
    aside = next(each for each in names if not each.exists())
    path.rename(aside)
    _sync_folder(path.parent)
    return aside


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
