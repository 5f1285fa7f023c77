"""Letters of a source that could hide or cover what stands around them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MOST_MARKS: Final = 4
"""More marks on one letter no language has; a hundred of them cover the lines above and below."""
_PLAIN: Final = re.compile("[\\x00-\u02ff]*")


def unstacked(text: str) -> str:
    """A text with each letter and its marks in one piece (NFC), and marks beyond four as escapes."""
    if _PLAIN.fullmatch(text):
        return text
    made: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        made.append(letter if marks <= _MOST_MARKS else f"\\u{ord(letter):04x}")
    return "".join(made)
