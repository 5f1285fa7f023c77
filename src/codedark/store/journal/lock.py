"""One writer for each journal."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from codedark.store.journal.errors import JournalInUse

_NAME = "lock"
_ANY_PROCESS_ID = 32


def lock(folder: Path) -> int:
    """The open file that holds the lock until it is closed or its process dies; raises `JournalInUse`.

    A child made by fork holds it too: processes are to be started before, or by spawn.
    """
    file = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        who = os.pread(file, _ANY_PROCESS_ID, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(file)
        raise JournalInUse(
            f"{folder}: process {who} writes this journal; stop it first, or give this one a folder of its own"
        ) from error
    with suppress(OSError):  # a full disk must not keep us from starting
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return file
