"""Everything that is read under one path, through rotation, truncation, deletion and restarts of ours.

A path names one file after the other. Files are followed by inode: the older one is read to its end before the newer,
and for a while longer, since a writer may keep it open. How far all of them were read stands in the mark of every
`Cut`, so that a restart goes on exactly where the journal ends.

Rotation by copy and truncation (``copytruncate``) has a gap by its nature: what is written between the copy and the
truncation is lost, whoever reads. What was in the file and not yet read is found in the copy.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from codedark.ingest.live.intake import MAX_RECORD_BYTES, Cut
from codedark.ingest.live.rotation import rotated
from codedark.ingest.live.tail_file import OpenFile
from codedark.ingest.live.tail_mark import Place, read_mark, written

FLUSH_SECONDS: Final = 2.0
"""How long a file that was rotated away has to be quiet before its last line counts without a line end."""
LINGER_SECONDS: Final = 60.0
"""How long it has to be quiet before it is closed: a daemon writes to the old file until it is told of the new one."""


class FollowedPath:
    """Reads whole records under ``path``, on from ``mark`` where there is one.

    ``from_end``: at the very first start, leave out what is in the file already. `next` only looks; `taken` says that
    what it gave is on disk. ``problem`` is what is wrong now, "" when nothing is. Blocks as the disk does.
    """

    def __init__(
        self,
        path: Path,
        mark: bytes = b"",
        format_: str | None = None,
        limit: int = MAX_RECORD_BYTES,
        *,
        from_end: bool = False,
    ) -> None:
        self.path = path
        self._format = format_
        self._limit = limit
        self._from_end = from_end and not mark
        self._files: list[OpenFile] = []
        self._quiet_since: dict[tuple[int, int], tuple[int, float]] = {}
        self._prior: Place | None = None
        self._current = False
        self._restoring = read_mark(mark)
        self._reading: OpenFile | None = None
        self.problem = ""
        self._lost = ""

    def next(self, now_seconds: float) -> Cut | None:
        """The next records, if there are any. ``now_seconds`` of any clock that only goes forward."""
        try:
            self._look()
        except OSError as error:
            self.problem = f"{self.path}: cannot be read: {error.strerror or error}"
        for number, file in enumerate(list(self._files)):
            is_current = self._current and number == len(self._files) - 1
            try:
                quiet = 0.0 if is_current else self._quiet(file, now_seconds)
                piece = file.read(now_seconds, final=quiet >= FLUSH_SECONDS)
            except OSError as error:
                # As when a network share went away: it is opened again where it was left.
                self.problem = f"{self.path}: cannot be read: {error.strerror or error}"
                if file is self._files[-1]:
                    self._close(file)
                    return None
                self._open_again(file)
                continue  # what is newer does not wait for it
            if file.problem:
                self.problem = f"{self.path}: {file.problem}"
            if piece is not None:
                self._reading = file
                places = [piece.place if each is file else each.place() for each in self._files]
                return Cut(
                    str(self.path), piece.place.format, piece.data, piece.records,
                    piece.header, written(tuple(places)), piece.rejected,
                )  # fmt: skip
            if quiet >= LINGER_SECONDS:
                self._close(file)
                return self.next(now_seconds)
        return None

    def taken(self) -> None:
        """What `next` gave last is on disk."""
        assert self._reading is not None
        self._reading.taken()

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()
        self._files.clear()

    def _look(self) -> None:
        """See which file the path names now (1-4). Raises OSError."""
        # 1. After a restart, find the files that were being read, whatever they are called now.
        if self._restoring:
            self._restore()
        self.problem = self._lost
        # 2. The file may have been truncated; else it is the one that the path names, or it was rotated away.
        if self._files and self._files[-1].was_rewritten():
            self._begin_anew(self._files[-1])
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._current = False
            self.problem = f"{self.path}: it is not there"
            return
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        identity = (status.st_dev, status.st_ino)
        self._current = bool(self._files) and self._files[-1].identity == identity
        if self._current:
            return
        # 3. One that was away and is back.
        if not self._files and self._prior is not None and _find(self._prior, [self.path]):
            self._open(self.path, identity, self._prior)
            return
        # 4. Another file: those between it and the last one come first. At the first start of all there are none, and
        # what is there already is left out where that is asked for.
        first = not self._files and self._prior is None
        for path, each in [] if first else self._between(identity):
            self._open(path, each)
        self._open(self.path, identity)
        if self._from_end and first:
            self._files[-1].skip_to_end()
        self._current = True

    def _open(self, path: Path, identity: tuple[int, int], place: Place | None = None) -> None:
        """Begin to read a file. Raises OSError, also when it was renamed meanwhile: the next look will tell."""
        file = OpenFile(self.path, path.open("rb", buffering=0), self._limit, self._format, place)
        if file.identity != identity:
            file.close()
            raise FileNotFoundError(errno.ENOENT, "it is being rotated", str(path))
        self._files.append(file)

    def _restore(self) -> None:
        """Open the files in the mark where they are now."""
        candidates = [path for path in (self.path, *rotated(self.path)) if path.exists()]
        self.close()  # what was opened by a look that then failed
        for place in self._restoring:
            if found := _find(place, candidates):
                self._open(found, _identity(found), place)
            elif place is self._restoring[-1]:
                self._lost = (
                    f"{self.path}: the file that was read up to byte {place.offset:,} is gone; "
                    "what was written to it behind that is missing"
                )
        self._prior = self._restoring[-1]
        self._restoring = ()

    def _between(self, current: tuple[int, int]) -> list[tuple[Path, tuple[int, int]]]:
        """Rotated files that are newer than the last one read and older than the one that the path names now."""
        last = self._files[-1].place() if self._files else self._prior
        assert last is not None
        newer: list[tuple[Path, tuple[int, int]]] = []
        by_time: list[tuple[Path, tuple[int, int]]] = []
        known = {file.identity for file in self._files} | {current}
        for path in rotated(self.path):
            status = path.stat()
            identity = (status.st_dev, status.st_ino)
            if identity == (last.device, last.inode):
                return newer[::-1]
            if identity in known:
                continue
            known.add(identity)
            newer.append((path, identity))
            if status.st_mtime_ns > last.changed_ns:
                by_time.append((path, identity))
        # The last one read is not among them: it was deleted, compressed or moved away.
        return by_time[::-1]

    def _begin_anew(self, old: OpenFile) -> None:
        """The file was truncated: go on in its copy, if there is one, as in an older file; else at its start."""
        place = old.place()
        others = {file.identity for file in self._files} | {old.identity}
        copy = _find(place, [path for path in rotated(self.path) if _identity(path) not in others])
        if copy is None:
            self._files[-1] = old.from_start()
        else:
            self._open(copy, _identity(copy), place)
            self._files.remove(old)
            old.close()

    def _open_again(self, file: OpenFile) -> None:
        """Open a file that was rotated away anew, if it is found; else it is read on when it can be."""
        place = file.place()
        with suppress(OSError):
            if found := _find(place, [path for path in rotated(self.path) if path.exists()]):
                again = OpenFile(self.path, found.open("rb", buffering=0), self._limit, self._format, place)
                self._files[self._files.index(file)] = again
                file.close()

    def _quiet(self, file: OpenFile, now_seconds: float) -> float:
        """For how many seconds a file that was rotated away has not grown."""
        size = file.size
        known, since = self._quiet_since.get(file.identity, (-1, 0.0))
        if known != size:
            self._quiet_since[file.identity] = (size, now_seconds)
            return 0.0
        return now_seconds - since

    def _close(self, file: OpenFile) -> None:
        self._prior = file.place() if file is self._files[-1] else self._prior
        self._quiet_since.pop(file.identity, None)
        self._files.remove(file)
        file.close()


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _find(place: Place, candidates: list[Path]) -> Path | None:
    """Where the file of ``place`` is: the same inode with the same bytes, or else a copy with the same bytes."""
    copies: list[Path] = []
    for path in candidates:
        with path.open("rb", buffering=0) as stream:
            status = os.fstat(stream.fileno())
            is_same = (status.st_dev, status.st_ino) == (place.device, place.inode)
            if place.is_in(stream):
                if is_same:
                    return path
                copies.append(path)
    return copies[0] if copies and place.offset else None
