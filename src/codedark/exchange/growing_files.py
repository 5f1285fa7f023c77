"""Log files that grow while somebody follows them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from codedark.exchange.sender import Log, NotDelivered


class GrowingFiles:
    """Appends each log to a file of its own below a folder, and gives it to the file system at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}

    def open(self) -> None:
        """Make the folder. Raises `NotDelivered`."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotDelivered(f"{self._folder}: cannot be a folder of logs: {error.strerror}") from error

    def carries(self, log: Log) -> bool:
        """Every log has its file."""
        del log
        return True

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Append and flush. Raises `NotDelivered`."""
        path = self._folder / f"{log.name}{log.suffix}"
        try:
            file = self._files.get(log.name) or self._opened(log, path)
            file.write(b"".join(records))
            file.flush()
        except OSError as error:
            raise NotDelivered(f"{path}: cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            with suppress(OSError):  # all of it was flushed, or has failed already
                file.close()

    def _opened(self, log: Log, path: Path) -> BinaryIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = self._files[log.name] = path.open("ab")
        if not file.tell():
            file.write(log.header)
        return file
