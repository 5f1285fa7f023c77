"""LDIF (RFC 2849) as ldifde and ldapsearch write it from Active Directory.

Our own reader, since the libraries for it stop at the first broken line and know no line numbers.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Final

from codedark.hospital.importers import directory
from codedark.hospital.importers.encoding import text_of
from codedark.hospital.importers.facts import Facts, Origin
from codedark.hospital.importers.gathering import Asked, Broken, Said, gather

Entry = dict[str, list[str]]
_ATTRIBUTE: Final = re.compile(r"([A-Za-z][\w.-]*)(?:;[\w;=-]*)?:(:|<)?[ \t]*(.*)", re.ASCII | re.DOTALL)
_MEND: Final = "a line is `attribute: value`, a folded line begins with a space: export the entry again"


def read(octets: bytes, file: str, asked: Asked) -> Facts:
    """Computers and accounts among the entries; changes (``changetype:``) are passed over."""

    def said(origin: Origin, entry: Entry) -> Said:
        if "dn" not in entry:
            return "text that is no entry"
        if entry.get("changetype", ["add"])[0].casefold() != "add":
            return "change of an entry"
        return directory.said(origin, entry, asked)

    return gather(file, _entries(text_of(octets)), said)


def _entries(text: str) -> Iterator[tuple[int, str, Entry] | Broken]:
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*text.replace("\r\n", "\n").split("\n"), ""], 1):
        if line.strip(" "):
            block.append((number, line))
        elif block:
            yield from _entry(block)
            block = []


def _entry(block: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, Entry] | Broken]:
    """The entry in a block of lines. One line that is broken breaks its entry, and is named."""
    entry: Entry = {}
    first = 0
    for number, line in _unfolded(block):
        if line.startswith("#"):
            continue
        found = _ATTRIBUTE.fullmatch(line)
        if found is None:
            if line.strip() == "-":
                continue  # the end of a part of a change
            yield Broken(number, f"`{line[:60]}` is no attribute", _MEND)
            return
        name, mark, value = found[1].casefold(), found[2], found[3]
        if mark == "<" or name == "version":
            continue  # the value stands in a file elsewhere; the version of LDIF
        if mark == ":":
            try:
                value = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                yield Broken(number, f"the value of {found[1]} is no base64", _MEND)
                return
        first = first or number
        entry.setdefault(name, []).append(value)
    if entry:
        yield first, f"line {first}", entry


def _unfolded(block: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Lines that begin with a space continue the one before (RFC 2849, note 2), comments too."""
    parts: list[tuple[int, list[str]]] = []
    for number, line in block:
        if line.startswith(" ") and parts:
            parts[-1][1].append(line[1:])
        else:
            parts.append((number, [line]))
    return [(number, "".join(lines)) for number, lines in parts]
