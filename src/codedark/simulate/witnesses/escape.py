"""How values are written so that they cannot be mistaken for their log's syntax. One function for each syntax.

Values repeat, so what was escaped is kept; long ones (scripts) are not, as they would only fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Final
from xml.sax.saxutils import escape, quoteattr

Escape = Callable[[str], str]

LONGEST_KEPT: Final = 512
_KEPT: Final = 1 << 15


def _kept(written: Escape) -> Escape:
    remembered = lru_cache(maxsize=_KEPT)(written)
    return lambda value: remembered(value) if len(value) <= LONGEST_KEPT else written(value)


@_kept
def json_text(value: str) -> str:
    """What stands between the quotes of a JSON string (RFC 8259, 7)."""
    return encode_basestring(value)[1:-1]


_NOT_IN_ZEEK: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _hexadecimal(found: re.Match[str]) -> str:
    return "".join(f"\\x{octet:02x}" for octet in found.group().encode())


@_kept
def zeek_text(value: str) -> str:
    r"""A string of Zeek's ASCII writer: separators and control characters as ``\xHH``, "" as ``(empty)``.

    A value that reads like the marks for unset and empty has its first character escaped.
    """
    if not value:
        return "(empty)"
    if value in ("-", "(empty)"):
        return f"\\x{ord(value[0]):02x}{value[1:]}"
    text = value.replace("\\", "\\\\")
    # A reader may strip lines, so blanks at an end must not be the last of a line; the writer escapes none.
    return _NOT_IN_ZEEK.sub(_hexadecimal, text)


@_kept
def zeek_member(value: str) -> str:
    """A member of a set or vector: as a string, and the comma is escaped."""
    return zeek_text(value).replace(",", "\\x2c")


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@_kept
def syslog_text(value: str) -> str:
    """Text within a syslog message: control characters as ``#012``, as rsyslog writes them."""
    return _CONTROL.sub(lambda found: "".join(f"#{octet:03o}" for octet in found.group().encode()), value)


_CEF: Final = {"\\": "\\\\", "=": "\\=", "\n": "\\n", "\r": "\\r", "\t": " "}
_CEF_SPECIAL: Final = re.compile(r"[\\=\x00-\x1f\x7f\x85\u2028\u2029]")


@_kept
def cef_text(value: str) -> str:
    """A value in the extension of a CEF message (CEF Implementation Standard, "Character Encoding")."""
    return _CEF_SPECIAL.sub(lambda found: _CEF.get(found.group(), " "), value)


_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")


_XML_BLANKS: Final = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


@_kept
def xml_attribute(value: str) -> str:
    """The quoted value of an XML attribute on one line; characters that XML 1.0 does not know become U+FFFD."""
    return quoteattr(_NOT_IN_XML.sub("\ufffd", value), _XML_BLANKS)


@_kept
def xml_text(value: str) -> str:
    """The text of an XML element on one line."""
    return escape(_NOT_IN_XML.sub("\ufffd", value), _XML_BLANKS)


_AUDIT_PLAIN: Final = re.compile(r"[!#-~]*")


@_kept
def audit_string(value: str) -> str:
    """An "untrusted string" of the Linux audit system: in quotes, or in hexadecimal where that would be ambiguous."""
    return f'"{value}"' if _AUDIT_PLAIN.fullmatch(value) else value.encode().hex().upper()
