"""Text from logs, made safe to show: an attacker writes it, a tired person reads it.

Control characters would move the cursor or recolour a terminal, bidirectional and invisible characters
reorder or hide what is read, lone surrogates cannot be encoded. All of them are shown as escapes instead.
"""

from __future__ import annotations

import re
from typing import Final

# Categories Cc (but tab and newline), Cs, and of Cf those that reorder or hide text (Unicode TR 36, TR 39).
_HIDING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    r"""``text`` with everything that hides, reorders or cannot be encoded shown as ``\x1b``, ``\u202e``."""
    return _HIDING.sub(_escape, text)


def one_line(text: str) -> str:
    """`printable` on a single line: runs of white space are one space."""
    return printable(" ".join(text.split()))


def clipped(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text``; what was left out is said behind them."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} [… cut: {limit:,} of {len(text):,} characters shown]"


def encodable(text: str) -> str:
    r"""``text`` with lone surrogates (undecodable bytes of a file name) as the escapes ``\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
