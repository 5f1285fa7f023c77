"""Files that are there as a whole or not at all, whatever happens: a killed process, a full disk, a power cut."""

from __future__ import annotations

import os
from pathlib import Path

UNFINISHED = ".unfinished"


def write_whole(path: Path, held: bytes, mode: int = 0o600) -> None:
    """Put ``held`` in the place of what is there; raises OSError, and then what was there is there.

    1. All of it is on disk under another name in the same folder.
    2. It gets its name in one step, and that is on disk too.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)  # (1)
        with os.fdopen(file, "wb") as whole:
            os.fchmod(file, mode)
            whole.write(held)
            whole.flush()
            os.fsync(file)
        unfinished.replace(path)  # (2)
        sync_folder(path.parent)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Names that were given or taken in ``folder`` are on disk; raises OSError."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
