"""The log of what was done to the hospital: lines that are only appended, synced one by one, each bound to the last.

A line is the SHA-256 of the hash before it and its text, a blank, and the text: one JSON object. So every line says
that all lines before it are as they were. It does not say who wrote them: whoever can write the file can write all of
it anew.

There is one writer. He holds the file's lock, and hands it to the programs that he starts (`CaseLog.lock`): who comes
after a crash waits until the last of them has ended, and then nothing that was begun is still under way.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import orjson

from codedark.errors import CodeDarkError, UnusableInput, UsageError

_FIRST: Final = "0" * 64
_TRY_AGAIN_SECONDS: Final = 0.02


class CaseLogFailed(CodeDarkError):
    """The disk refused a line. It is not in the log; what it was to speak of must not be done."""


class CaseLogDamaged(UnusableInput):
    """A line is not as it was written."""


class CaseLogInUse(UsageError):
    """Another process writes this log, or something that it started is still under way."""


class Line(NamedTuple):
    """One line: its number from 1, and its text without the hash."""

    number: int
    text: bytes


class CaseLog:
    """The log at ``path``, for one writer; its folder is made.

    Raises `CaseLogInUse` if it is still in use after ``patience_seconds``, `CaseLogDamaged`, and OSError.
    """

    def __init__(self, path: Path, patience_seconds: float = 0.0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._path = path
        self._end, self._number, self._hash = 0, 0, _FIRST
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            _take(self._file, path, patience_seconds)
            self._take_up()
        except BaseException:
            os.close(self._file)
            raise

    @property
    def lock(self) -> int:
        """The open file that holds the lock, for programs that act in our name to inherit."""
        return self._file

    def append(self, text: bytes) -> Line:
        """Write a line, on disk when this returns. Raises `CaseLogFailed`, and then the log is as it was."""
        if b"\n" in text or not text:
            raise ValueError(f"{self._path}: a line of the log is one line of text")
        digest = _bound(self._hash, text)
        try:
            held = f"{digest} ".encode() + text + b"\n"
            if os.pwrite(self._file, held, self._end) != len(held):
                raise OSError(28, "no space for a whole line")
            os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):  # what is left of it is cut off when the log is opened again
                os.ftruncate(self._file, self._end)
            raise CaseLogFailed(
                f"{self._path}: the disk refuses the log ({error.strerror}); what it cannot tell is not done; make room"
            ) from error
        self._end += len(held)
        self._hash = digest
        self._number += 1
        return Line(self._number, text)

    def lines(self) -> Iterator[Line]:
        """All lines, in order."""
        yield from read_case_log(self._path)

    def close(self) -> None:
        """Let go of the log."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take_up(self) -> None:
        """Find the end, cut off a line that was not finished, and have the file and its name on disk."""
        for line in read_case_log(self._path):
            self._number = line.number
            self._hash = _bound(self._hash, line.text)
            self._end += len(self._hash) + len(line.text) + 2
        os.ftruncate(self._file, self._end)
        os.fsync(self._file)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_case_log(path: Path) -> Iterator[Line]:
    """The whole lines of a log; a last one without its end was never finished, and is none.

    Raises `CaseLogDamaged` at the first line that is not as it was written.
    """
    before = _FIRST
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            digest, _, text = line[:-1].partition(b" ")
            if _bound(before, text).encode() != digest or not _is_object(text):
                raise CaseLogDamaged(
                    f"{path}:{number}: this line or one before it was changed since it was written; keep the file as"
                    " evidence, see on the devices what stands, and begin a new log"
                )
            before = digest.decode()
            yield Line(number, text)


def _bound(before: str, text: bytes) -> str:
    return sha256(before.encode() + b" " + text).hexdigest()


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _take(file: int, path: Path, patience_seconds: float) -> None:
    """Get the lock; raises `CaseLogInUse`."""
    until = time.monotonic() + patience_seconds
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() >= until:
                raise CaseLogInUse(
                    f"{path}: another process writes this log, or what it started is still under way; end it first"
                ) from error
        time.sleep(_TRY_AGAIN_SECONDS)
