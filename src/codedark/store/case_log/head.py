"""``case.log.head``: how many lines the case log has and the hash of the last, so that a lost end is noticed.

Lines are bound to those before them and to none behind, so a log that was deleted or shortened looks whole by itself.
The head is written behind each line: a crash between the two leaves it one line behind, and never in front.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

_DIGITS = frozenset("0123456789abcdef")


class Head(NamedTuple):
    """The number of the last line, from 1, and its hash."""

    number: int
    hash: str

    @property
    def text(self) -> bytes:
        """What the file holds."""
        return f"{self.number} {self.hash}\n".encode()


def head_path(log: Path) -> Path:
    """The head of a log, beside it."""
    return log.with_name(log.name + ".head")


def read_head(log: Path) -> Head | None:
    """The head of a log, None where there is none. Raises `ValueError` for a file that is no head, and OSError."""
    try:
        words = head_path(log).read_bytes().decode("ascii", "replace").split()
    except FileNotFoundError:
        return None
    if len(words) != 2 or not words[0].isdecimal() or len(words[1]) != 64 or set(words[1]) - _DIGITS:
        raise ValueError(f"{head_path(log)} is not as it was written")
    return Head(int(words[0]), words[1])
