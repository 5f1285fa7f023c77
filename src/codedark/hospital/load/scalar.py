"""What a plain word in YAML is: the core schema of YAML 1.2 (section 10.3.2), in which ``no`` and ``on`` are words."""

from __future__ import annotations

import math
import re
from typing import Final

_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def value_of(word: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar. Numbers that are no finite float stay text: they fail where one is asked for."""
    if word in _WORDS:
        return _WORDS[word]
    if _WHOLE.fullmatch(word):
        return int(word)
    if _DECIMAL.fullmatch(word) and math.isfinite(number := float(word)):
        return number
    return word
