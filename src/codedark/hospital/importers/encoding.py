"""Bytes of an export as text, whatever system wrote them."""

from __future__ import annotations

import codecs
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT: Final = 4096


def text_of(octets: bytes) -> str:
    """``octets`` decoded: by their byte order mark, as UTF-16 without one, as UTF-8, else as Windows-1252.

    Total: what is no character in any of these becomes U+FFFD.
    """
    for mark, codec in _MARKS:
        if octets.startswith(mark):
            return octets.decode(codec, "replace")
    head = octets[:_LOOKED_AT]
    for codec, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if len(zeros) > 1 and zeros.count(0) > 0.8 * len(zeros):  # Latin letters in UTF-16: every second byte is 0
            return octets.decode(codec, "replace")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
