"""Files that are replaced as a whole: after a crash there is the old one or the new one, and never anything between."""

from __future__ import annotations

import os
from pathlib import Path


def put(path: Path, octets: bytes, mode: int = 0o640) -> None:
    """Replace a file, on disk when this returns. Raises OSError."""
    written_beside(path, octets, mode).replace(path)
    sync_folder(path.parent)


def written_beside(path: Path, octets: bytes, mode: int = 0o640) -> Path:
    """The file that is to replace ``path``, on disk under another name, with just this ``mode``. Raises OSError."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        if os.write(file, octets) != len(octets):
            raise OSError(28, "no space for a whole file")
        os.fsync(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)
    return beside


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
