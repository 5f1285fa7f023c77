"""Log files that grow while somebody follows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from codedark.exchange.sender import Log


class GrowingFiles:
    """Appends each log to a file of its own below a folder, and gives it to the file system at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}

    def carries(self, log: Log) -> bool:
        """Every log has its file."""
        del log
        return True

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Append and flush."""
        file = self._files.get(log.name)
        if file is None:
            path = self._folder / f"{log.name}{log.suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            file = self._files[log.name] = path.open("ab")
            if not file.tell():
                file.write(log.header)
        file.write(b"".join(records))
        file.flush()

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()
