"""In which letters a message is written: MSH-18 (HL7 table 0211), then what the octets themselves allow."""

from __future__ import annotations

import re
from typing import Final

_CHARACTER_SETS: Final = {
    "ASCII": "ascii",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "ISO IR14": "iso2022_jp",
    "ISO IR87": "iso2022_jp",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "euc_tw",
    "BIG-5": "big5",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}
_WIDE: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"M\0S\0", "utf-16-le"), (b"\0M\0S", "utf-16-be"))
_HEADER: Final = re.compile(rb"MSH([^\r\n]*)")


def declared(octets: bytes) -> str:
    """The name that MSH-18 gives, upper case; empty where it gives none."""
    found = _HEADER.search(octets)
    if found is None or not found[1]:
        return ""
    fields = found[1].split(found[1][:1], 17)
    return (
        fields[17].split(found[1][:1])[0].split(b"~")[0].decode("ascii", "replace").strip().upper()
        if fields[17:]
        else ""
    )


def decoded(octets: bytes, fallback: str = "cp1252") -> str:
    """The text of a message. Never fails: what no guess can read is replaced, letter by letter.

    1. Only ASCII, or wide letters that say so themselves.
    2. What MSH-18 declares, if the octets are that. Any octets are letters of one octet each (8859/1), which engines
       declare still when they have written a message anew: there UTF-8 comes first.
    3. UTF-8, if they are that: nothing else looks like it by chance.
    4. The site's own ``fallback``.
    """
    for mark, wide in _WIDE:  # (1)
        if octets.startswith(mark):
            return octets.decode(wide, "replace")
    if octets.isascii():
        return octets.decode("ascii")
    told = _CHARACTER_SETS.get(declared(octets), "")
    for name in ("utf-8", told) if told.startswith(("iso8859", "cp1252")) else (told, "utf-8"):  # (2), (3)
        if name:
            try:
                return octets.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    return octets.decode(fallback, "replace")  # (4)
