"""The second copy of what a ward station writes: a file of lines in a folder on another machine or on a USB stick.

A mirror is a folder in which somebody once put the file ``codedark-mirror`` (`prepare`). Without that file it is
missing: the folder where a stick is mounted is still there when the stick is not, and is not a second copy. A stick of
an exercise has another file in its place (`_MARKS`), so that it is none of care, nor the other way round.

Line n is entry n of the station's chain: its hash, a blank, its bytes. So it says that all before it are as they were.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.entries.entry import Purpose, bound
from codedark.continuity.sentence import Sentence
from codedark.errors import CodeDarkError, UsageError
from codedark.store.durable import sync_folder

_MARKS: Final = {Purpose.CARE: "codedark-mirror", Purpose.EXERCISE: "codedark-mirror-exercise"}
_TEXTS: Final = {
    Purpose.CARE: "A second copy of what ward stations of Code Dark write. Keep it with the ward.\n",
    Purpose.EXERCISE: "A second copy of what was written in an EXERCISE of Code Dark. Nothing of it is care.\n",
}
SUFFIX: Final = ".entries"
_MOST_ASIDE: Final = 10_000
_BACK_SECONDS: Final = 10


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


def prepare(folder: Path, station_folder: Path, purpose: Purpose = Purpose.CARE) -> None:
    """Make ``folder`` a mirror. Raises `UsageError` where it is no second disk or one for the other purpose, and
    OSError.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder: put in the stick, or connect the other station, then say it again")
    if folder.resolve().is_relative_to(station_folder.resolve()):
        raise UsageError(f"{folder}: is inside the station's own folder, and would be lost with it: name another disk")
    if is_there(folder, _other(purpose)):
        raise UsageError(str(_missing(folder, purpose)))
    (folder / _MARKS[purpose]).write_text(_TEXTS[purpose])
    sync_folder(folder)


def is_there(folder: Path, purpose: Purpose = Purpose.CARE) -> bool:
    """Whether the mirror can be seen."""
    return (folder / _MARKS[purpose]).is_file()


def purpose_of(path: Path) -> Purpose | None:
    """For what a mirror's file was written, by its first line; None where that cannot be told. Raises OSError."""
    with path.open("rb") as file:
        digest, _, text = file.readline().rstrip(b"\n").partition(b" ")
    return next((each for each in Purpose if bound(each.begins, text).encode() == digest), None)


class SecondCopy:
    """The copy of a station's chain in a mirror.

    A file that was read whole and has not been touched since is only appended to. Whether it was touched is seen by
    its stamp (device, inode, size, time): we set the time a little back, so that whatever else writes it, even within
    the same tick of the clock, leaves another one. After a start, and wherever the stamp is another, all is read.
    """

    def __init__(self, folder: Path, station: str, purpose: Purpose = Purpose.CARE) -> None:
        self.folder: Final = folder
        self._purpose: Final = purpose
        self.path: Final = folder / f"{station}{SUFFIX}"
        self._stamp: tuple[int, ...] = ()
        self._held = 0

    def is_untouched(self) -> bool:
        """Whether it is as this program left it."""
        try:
            return (
                bool(self._stamp)
                and is_there(self.folder, self._purpose)
                and _stamp_of(self.path.stat()) == self._stamp
            )
        except OSError:
            return False

    def bring(self, chain: Sequence[bytes]) -> Copied:
        """Have the mirror hold exactly the lines of this chain, on its disk when this returns. Raises `MirrorMissing`.

        1. Untouched: what it lacks is appended.
        2. Where it has anything but the beginning of the chain (damaged, doubled, from another time), that file is set
           aside whole and begun anew.
        3. Else a torn last line is cut off, and what it lacks is appended.
        """
        is_known = self.is_untouched() and self._held <= len(chain)
        held, self._held, stamp, self._stamp = self._held, 0, self._stamp, ()
        if not is_there(self.folder, self._purpose):
            raise MirrorMissing(_missing(self.folder, self._purpose))
        aside = None
        try:
            if not is_known:
                found = lines_of(self.path, self._purpose) if self.path.exists() else Lines([], 0, is_whole=True)
                if not found.is_whole or not _begins(chain, found.texts):  # (2)
                    aside, found = _set_aside(self.path), Lines([], 0, is_whole=True)
                held, end_bytes = len(found.texts), found.end_bytes
            else:
                end_bytes = stamp[2]
            if not is_known or held < len(chain):
                stamp = _append(self.path, chain, held, end_bytes)
        except OSError as error:
            raise MirrorMissing(
                Sentence(
                    "{place}: the second copy cannot be written ({why}): is there room?",
                    place=self.folder,
                    why=error.strerror,
                )
            ) from error
        self._held, self._stamp = len(chain), stamp
        return Copied(len(chain), aside)


def lines_of(path: Path, purpose: Purpose = Purpose.CARE) -> Lines:
    """What a mirror's file holds, up to where it is as it was written for this. Raises OSError."""
    texts, before, end = list[bytes](), purpose.begins, 0
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


def _other(purpose: Purpose) -> Purpose:
    return next(each for each in Purpose if each is not purpose)


def _missing(folder: Path, purpose: Purpose) -> Sentence:
    """Why a folder is no mirror for this purpose."""
    if not is_there(folder, _other(purpose)):
        return Sentence(
            "{place}: the second copy is not there; put in the stick, or connect the other station", place=folder
        )
    if purpose is Purpose.CARE:
        return Sentence(
            "{place}: this stick is of an EXERCISE: nothing of it is taken in, and no care is copied to it; put in"
            " another one",
            place=folder,
        )
    return Sentence(
        "{place}: this stick has CARE on it: an exercise writes nothing there; put in another one", place=folder
    )


def _append(path: Path, chain: Sequence[bytes], held: int, end_bytes: int) -> tuple[int, ...]:
    """Have a sound file, or none, that holds ``held`` entries up to ``end_bytes``, hold the whole chain; its stamp."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        missing = b"".join(chain[held:])
        if os.fstat(opened).st_size != end_bytes:
            os.ftruncate(opened, end_bytes)
        if missing and os.pwrite(opened, missing, end_bytes) != len(missing):
            raise OSError(28, "no space for all of it")
        os.fsync(opened)
        stamp = _stamped(opened)
    finally:
        os.close(opened)
    if not held:
        sync_folder(path.parent)
    return stamp


def line_of(digest: str, text: bytes) -> bytes:
    """An entry as a mirror's file holds it."""
    return digest.encode() + b" " + text + b"\n"


def _begins(lines: Sequence[bytes], texts: list[bytes]) -> bool:
    """Whether lines begin with those of these entries."""
    begin = (line[:-1].partition(b" ")[2] for line in lines[: len(texts)])
    return len(texts) <= len(lines) and all(one == other for one, other in zip(begin, texts, strict=True))


def _stamped(opened: int) -> tuple[int, ...]:
    """The stamp of an open file, with a time of ours; () where its disk keeps none."""
    back = (int(os.fstat(opened).st_mtime) - _BACK_SECONDS) // 2 * 2  # FAT keeps even seconds
    try:
        os.utime(opened, (back, back))
    except OSError:
        return ()
    return _stamp_of(os.fstat(opened))


def _stamp_of(told: os.stat_result) -> tuple[int, ...]:
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


def _set_aside(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.aside-{number}") for number in range(1, _MOST_ASIDE))
    aside = next(each for each in names if not each.exists())
    path.rename(aside)
    sync_folder(path.parent)
    return aside
