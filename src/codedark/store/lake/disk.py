"""The few things that the event lake does to a disk, each of which has happened wholly or not at all after a crash."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

UNFINISHED: Final = ".unfinished"
"""How the name of a file ends while it is being written."""


class Disk:
    """A folder's disk."""

    def put(self, path: Path, write: Callable[[Path], None]) -> None:
        """Have ``write`` fill a file that appears at ``path`` when it is whole and synced, replacing what is there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + UNFINISHED)
        try:
            write(unfinished)
            _sync(unfinished)
        except (OSError, ValueError):
            # A disk that is full needs the room. ValueError: what Arrow says of a file that it cannot read.
            unfinished.unlink(missing_ok=True)
            raise
        unfinished.replace(path)
        _sync(path.parent)

    def remove(self, path: Path) -> None:
        """Delete a file; one that is gone already is as good."""
        path.unlink(missing_ok=True)

    def remove_if_empty(self, folder: Path) -> None:
        """Delete a folder in which nothing is left."""
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def free_bytes(self, folder: Path) -> int:
        """What is free on the disk of a folder."""
        return shutil.disk_usage(folder).free


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
