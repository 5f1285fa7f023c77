"""The log of what was done to the hospital: lines that are only appended, synced one by one, each bound to the last.

A line is the SHA-256 of the hash before it and its text, a blank, and the text: one JSON object. So every line says
that all lines before it are as they were; `codedark.store.case_log.head` says that none is missing at the end. Neither
says who wrote them: whoever can write the folder can write all of it anew.

There is one writer. He holds the file's lock, and hands it to the programs that he starts (`CaseLog.lock`): who comes
after a crash waits until the last of them has ended, and then nothing that was begun is still under way.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from codedark.errors import CodeDarkError, UnusableInput, UsageError
from codedark.store.case_log.head import Head, head_path, read_head
from codedark.store.closing import Closing
from codedark.store.durable import sync_folder, written_beside

_FIRST: Final = "0" * 64
_TRY_AGAIN_SECONDS: Final = 0.02


class CaseLogFailed(CodeDarkError):
    """The disk refused a line; what it was to speak of must not be done.

    It is not in the log, or it is as if the program had died right behind it, and then this log takes no more lines.
    """


class CaseLogDamaged(UnusableInput):
    """A line is not as it was written, or is missing."""


class CaseLogInUse(UsageError):
    """Another process writes this log, or something that it started is still under way."""


class Line(NamedTuple):
    """One line: its number from 1, and its text without the hash."""

    number: int
    text: bytes


class CaseLog(Closing):
    """The log at ``path``, for one writer; its folder is made.

    Raises `CaseLogInUse` if it is still in use after ``patience_seconds``, `CaseLogDamaged`, and OSError.
    """

    def __init__(self, path: Path, patience_seconds: float = 0.0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._path = path
        self._end, self._number, self._hash = 0, 0, _FIRST
        self._is_sure = True
        self._file = locked(path, patience_seconds)
        try:
            self._take_up()
        except BaseException:
            os.close(self._file)
            raise

    @property
    def lock(self) -> int:
        """The open file that holds the lock, for programs that act in our name to inherit."""
        return self._file

    def append(self, text: bytes) -> Line:
        """Write a line, on disk when this returns. Raises `CaseLogFailed`.

        1. The line is on disk.
        2. Then the head, under another name; if the disk refuses, the line is taken off again.
        3. Then the head gets its name. From here on the line stays: a head must never be in front of its log.
        """
        if b"\n" in text or not text:
            raise ValueError(f"{self._path}: a line of the log is one line of text")
        if not self._is_sure:
            raise CaseLogFailed(f"{self._path}: the disk refused it before; look at the disk, then start again")
        head = Head(self._number + 1, bound(self._hash, text))
        held = f"{head.hash} ".encode() + text + b"\n"
        try:
            if os.pwrite(self._file, held, self._end) != len(held):  # (1)
                raise OSError(28, "no space for a whole line")
            os.fsync(self._file)
            beside = written_beside(head_path(self._path), head.text)  # (2)
        except OSError as error:
            self._take_off()
            raise self._refused(error) from error
        try:
            beside.replace(head_path(self._path))  # (3)
            sync_folder(self._path.parent)
        except OSError as error:
            self._is_sure = False
            raise self._refused(error) from error
        self._end += len(held)
        self._number, self._hash = head
        return Line(self._number, text)

    def _take_off(self) -> None:
        """Cut off a line that was not finished; where that cannot be, nothing is written behind it."""
        try:
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)
        except OSError:
            self._is_sure = False

    def _refused(self, error: OSError) -> CaseLogFailed:
        return CaseLogFailed(
            f"{self._path}: the disk refuses the log ({error.strerror}); what it cannot tell is not done; make room"
        )

    def lines(self) -> Iterator[Line]:
        """All lines, in order."""
        yield from read_case_log(self._path)

    def close(self) -> None:
        """Let go of the log."""
        os.close(self._file)

    def _take_up(self) -> None:
        """Find the end, cut off a line that was not finished, and have all of it on disk.

        A head that was left behind by a crash comes first: who adds a line to it would leave it two behind.
        """
        for line in read_case_log(self._path):
            self._number = line.number
            self._hash = bound(self._hash, line.text)
            self._end += len(self._hash) + len(line.text) + 2
        os.ftruncate(self._file, self._end)
        os.fsync(self._file)
        head = Head(self._number, self._hash)
        try:
            if self._number and read_head(self._path) != head:
                written_beside(head_path(self._path), head.text).replace(head_path(self._path))
            sync_folder(self._path.parent)
        except OSError:
            self._is_sure = False  # it can be read, and what it tells of can be taken back


def read_case_log(path: Path) -> Iterator[Line]:
    """The whole lines of a log; a last one without its end was never finished, and is none. No file has no lines.

    Raises `CaseLogDamaged` at the first line that is not as it was written, and behind the last where there were more.
    It may be read while somebody writes:

    1. The log is never shorter than the head was before it was read, and has its hash there.
    2. It is never more than one line longer than the head is afterwards.
    """
    promised = _head(path)
    last = Head(0, _FIRST)
    for line in _whole_lines(path):
        digest, _, text = line.partition(b" ")
        last = Head(last.number + 1, bound(last.hash, text))
        if last.hash.encode() != digest or not is_object(text):
            raise _damaged(f"{path}:{last.number}: this line or one before it was changed since it was written")
        if last.number == promised.number and last.hash != promised.hash:  # (1)
            raise _damaged(f"{path}:{last.number}: {head_path(path).name} says that another line stood here")
        yield Line(last.number, text)
    if missing := max(promised.number - last.number, 0):  # (1)
        raise _damaged(
            f"{path}: the last {missing} of {promised.number} lines that {head_path(path).name} tells of"
            f" {'are' if missing > 1 else 'is'} missing"
        )
    if (told := _head(path).number) < last.number - 1:  # (2)
        raise _damaged(
            f"{path}: it has {last.number} lines, and {head_path(path).name} tells of {told}: that file is missing or"
            " old, or somebody else wrote behind it"
        )


def _head(path: Path) -> Head:
    try:
        return read_head(path) or Head(0, _FIRST)
    except ValueError as error:
        raise _damaged(str(error)) from error


def _whole_lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]
    except FileNotFoundError:
        return


def _damaged(what: str) -> CaseLogDamaged:
    return CaseLogDamaged(
        f"{what}; see on the devices what stands, and begin a new log, which keeps this one as evidence:"
        " `codedark contain new-log`"
    )


def bound(before: str, text: bytes) -> str:
    """The hash of a line behind one whose hash is ``before``, 64 hexadecimal digits."""
    return sha256(before.encode() + b" " + text).hexdigest()


def is_object(text: bytes) -> bool:
    """Whether this is the text of a line."""
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def locked(path: Path, patience_seconds: float) -> int:
    """The file at ``path``, open and locked; it is made where there is none. Raises `CaseLogInUse` and OSError.

    Who waited while the log was set aside got the lock of the old one, and begins anew with the one that is there now.
    """
    until = time.monotonic() + patience_seconds
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except FileNotFoundError:
            os.close(file)
        except OSError as error:
            os.close(file)
            if time.monotonic() >= until:
                raise CaseLogInUse(
                    f"{path}: another process writes this log, or what it started is still under way; end it first"
                ) from error
        else:
            os.close(file)
        time.sleep(_TRY_AGAIN_SECONDS)
