"""Why a journal cannot be written.

CodeDarkError
├── JournalFailed       the disk refused; nothing that was synced is touched
│   └── JournalFull     because it is full
└── UsageError
    └── JournalInUse    another process writes it
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from codedark.errors import CodeDarkError, UsageError

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class JournalFailed(CodeDarkError):
    """The disk refused what the journal wrote. What was synced before is whole, nothing that was appended since is
    there, and the journal can be used on.
    """


class JournalFull(JournalFailed):
    """There is no space for what was to be written. All since the last sync can be appended again when there is."""


class JournalInUse(UsageError):
    """A second writer asked for a journal."""


def refused(error: OSError, path: Path, lost: str) -> JournalFailed:
    """What to raise for an error of the disk; ``lost`` says what is not in the journal because of it."""
    if error.errno in _FULL:
        return JournalFull(f"{path}: no space left for the journal; {lost}; make room, or let retention delete sooner")
    return JournalFailed(f"{path}: the disk refuses the journal ({error.strerror}); {lost}; look at the disk")
