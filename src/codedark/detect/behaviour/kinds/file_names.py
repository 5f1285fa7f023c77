"""What the name of a file tells: its folder, its extensions, and how much like chance it looks.

Names are as `FileAct` has them: lower case, backslashes.
"""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import Final

_LONGEST: Final = 16
"""A longer ending is part of a name: a date, a sentence."""
_LEAST: Final = 8


def file_name(path: str) -> str:
    """The name without its folders."""
    return path.rpartition("\\")[2]


def folder_of(path: str) -> str:
    """The folders without the name."""
    return path.rpartition("\\")[0]


def extension(path: str) -> str:
    """What stands behind the last point, with it; "" where there is none, or none that is an ending."""
    before, point, ending = file_name(path).rpartition(".")
    return f".{ending}" if point and before and 0 < len(ending) <= _LONGEST and " " not in ending else ""


def inner_extension(path: str) -> str:
    """The ending before the last one: ``.docx`` of ``letter.docx.k3rn8``."""
    last = extension(path)
    return extension(path[: -len(last)]) if last else ""


def stem(path: str) -> str:
    """The name without its last ending."""
    last = extension(path)
    return file_name(path)[: -len(last)] if last else file_name(path)


def bits(text: str) -> float:
    """Shannon entropy of its characters in bits each; 0 of what is too short to tell."""
    if len(text) < _LEAST:
        return 0.0
    return -sum(count / len(text) * log2(count / len(text)) for count in Counter(text).values())
