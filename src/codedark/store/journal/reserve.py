"""Disk space set aside for the hour in which there is none."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class Reserve:
    """A file of ``size_bytes`` that holds nothing. Deleting it makes room for what must still be written."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes

    @property
    def is_held(self) -> bool:
        """Whether the space is set aside."""
        try:
            return self._path.stat().st_size == self._size_bytes
        except OSError:
            return self._size_bytes == 0

    def release(self) -> None:
        """Give the space back to whoever writes next, where the disk lets us: one that is read-only does not."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def hold(self) -> bool:
        """Set the space aside where as much again stays free; whether it is held now."""
        if self.is_held:
            return True
        try:
            space = os.statvfs(self._path.parent)
            if space.f_bavail * space.f_frsize < 2 * self._size_bytes:
                return False
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            try:
                os.posix_fallocate(file, 0, self._size_bytes)
            finally:
                os.close(file)
        except OSError:  # somebody else was faster, or the disk refuses
            self.release()
            return False
        return self.is_held
