"""What a rotated log is called, and which of its rotated files is the newer one.

logrotate appends a number that grows with age (``auth.log.1``; with ``extension`` it is ``auth.1.log``), or with
``dateext`` a date (``auth.log-20260113``). Compressed files are never looked into: they were finished before.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_COMPRESSED: Final = re.compile(r"\.(?:gz|bz2|xz|zst|lz4|zip|Z)$")
_DATE: Final = r"\d{4}-\d\d(?:-\d\d)?(?:[-_.T]?\d\d[-:.]?\d\d(?:[-:.]?\d\d)?)?|\d{6,17}(?:[-_.T]\d{2,6})?"
_BEHIND: Final = re.compile(rf"(?P<base>.+?)(?:\.(?P<index>\d{{1,4}})|[-_.](?P<date>{_DATE})|\.(?:old|bak|prev))")
_BEFORE_EXTENSION: Final = re.compile(
    rf"(?P<stem>.+?)(?:\.(?P<index>\d{{1,4}})|[-_.](?P<date>{_DATE}))(?P<extension>\.[A-Za-z]\w{{0,9}})"
)


def is_compressed(name: str) -> bool:
    """Whether a file name is that of a compressed log."""
    return bool(_COMPRESSED.search(name))


def bases_of(name: str) -> list[str]:
    """The names of which ``name`` may be a rotated file; none where it does not look like one."""
    bases = []
    if found := _BEHIND.fullmatch(name):
        bases.append(found["base"])
    if found := _BEFORE_EXTENSION.fullmatch(name):
        bases.append(found["stem"] + found["extension"])
    return bases


def rotated(path: Path) -> list[Path]:
    """The files into which ``path`` was rotated and that are not compressed, the newest first. Raises OSError."""
    found = [each for each in path.parent.iterdir() if path.name in bases_of(each.name)]
    dated = sorted((each for each in found if _date(each.name)), key=lambda each: _date(each.name), reverse=True)
    numbered = sorted((each for each in found if not _date(each.name)), key=lambda each: _index(each.name))
    return numbered + dated


def _date(name: str) -> str:
    found = _BEHIND.fullmatch(name) or _BEFORE_EXTENSION.fullmatch(name)
    return (found["date"] or "") if found else ""


def _index(name: str) -> int:
    found = _BEHIND.fullmatch(name) or _BEFORE_EXTENSION.fullmatch(name)
    return int(found["index"] or 0) if found else 0
