"""A small file of numbers by ward, each on disk before it is used. It is never begun anew by itself.

A number that is used twice makes two packs, or two acts on paper, one. So a file that is lost or damaged is told, with
what a person has to do, and nothing is numbered until then.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from codedark.errors import UnusableInput
from codedark.store.durable import put

Number = TypeVar("Number")


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other process is between these lines with the same file ``lock``. Raises OSError."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


class NumberFile(Generic[Number]):
    """The file at ``path``: a JSON object from wards to ``kind``. ``lost`` is what is amiss, and what a person does."""

    def __init__(self, path: Path, kind: type[Number], lost: str) -> None:
        self._path, self._lost = path, lost
        self._decoder = msgspec.json.Decoder(dict[str, kind])  # type: ignore[valid-type]

    def alone(self) -> AbstractContextManager[None]:
        """While nobody else reads and writes it. Raises OSError."""
        return alone(self._path.with_suffix(".lock"))

    def known(self) -> dict[str, Number]:
        """What is there already; nothing where it has not been begun. Raises `UnusableInput` where it is damaged."""
        return self.read() if self._path.exists() else {}

    def read(self) -> dict[str, Number]:
        """What is there. Raises `UnusableInput` where it is lost or damaged."""
        try:
            return self._decoder.decode(self._path.read_bytes())
        except FileNotFoundError as error:
            raise UnusableInput(f"{self._path} is lost. {self._lost}") from error
        except msgspec.MsgspecError as error:
            raise UnusableInput(f"{self._path} is damaged ({error}). {self._lost}") from error

    def write(self, numbers: dict[str, Number]) -> None:
        """Replace it, on disk when this returns. Raises OSError."""
        put(self._path, msgspec.json.encode(numbers, order="sorted"), 0o600)
