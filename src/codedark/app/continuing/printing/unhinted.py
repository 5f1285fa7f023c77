"""Fonts without the instructions that fit letters to the pixels of old screens: paper needs none, and they are half of
what every document would carry. Tables and their fields are those of OpenType 1.9 (ISO/IEC 14496-22).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

_HEAD: Final = struct.Struct(">IHHHH")
_ENTRY: Final = struct.Struct(">4sIII")
_NAME: Final = struct.Struct(">HHHHHH")
_NEEDED: Final = (b"OS/2", b"cmap", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"name", b"post")
_NAMES: Final = frozenset({0, 1, 2, 4, 6})
"""Copyright, family, style, full and PostScript name; licence texts are of kilobytes."""
_LOCA_FORMAT: Final = 50
"""Where ``head`` says how ``loca`` is written: 0 for halves of 16 bits, 1 for 32."""
_WORDS, _SCALE, _MORE, _TWO_SCALES, _FOUR_SCALES, _INSTRUCTED = 0x1, 0x8, 0x20, 0x40, 0x80, 0x100
"""Flags of a part of a composite glyph."""


def unhinted(font: bytes) -> bytes:
    """A TrueType font with the same outlines, widths and letters. Raises ValueError where it is none, or cut short."""
    try:
        return _made(_without_hints(_tables(font)))
    except struct.error as error:
        raise ValueError(f"no whole TrueType font: {error}") from error


def _tables(font: bytes) -> dict[bytes, bytes]:
    count = _HEAD.unpack_from(font)[1]
    entries = (_ENTRY.unpack_from(font, _HEAD.size + n * _ENTRY.size) for n in range(count))
    tables = {tag: font[begin : begin + length] for tag, _, begin, length in entries}
    if missing := [tag.decode() for tag in _NEEDED if tag not in tables]:
        raise ValueError(f"a TrueType font has the tables {', '.join(missing)}")
    return {tag: tables[tag] for tag in _NEEDED}


def _without_hints(tables: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    loca, head = tables[b"loca"], tables[b"head"]
    is_long = struct.unpack_from(">h", head, _LOCA_FORMAT)[0]
    count = len(loca) // (4 if is_long else 2)
    places = [place if is_long else place * 2 for place in struct.unpack(f">{count}{'L' if is_long else 'H'}", loca)]
    glyphs = [_outline(tables[b"glyf"][begin:end]) for begin, end in pairwise(places)]
    glyphs = [glyph + b"\0" * (-len(glyph) % 4) for glyph in glyphs]
    places = [0]
    for glyph in glyphs:
        places.append(places[-1] + len(glyph))
    return {
        **tables,
        b"glyf": b"".join(glyphs),
        b"loca": struct.pack(f">{len(places)}L", *places),
        b"head": head[:_LOCA_FORMAT] + struct.pack(">h", 1) + head[_LOCA_FORMAT + 2 :],
        b"name": _named(tables[b"name"]),
    }


def _outline(glyph: bytes) -> bytes:
    """A glyph without instructions: of a simple one they stand behind its contours, of a composite one at its end."""
    if not glyph:
        return glyph
    contours = struct.unpack_from(">h", glyph)[0]
    if contours >= 0:
        at = 10 + 2 * contours
        return glyph[:at] + b"\0\0" + glyph[at + 2 + struct.unpack_from(">H", glyph, at)[0] :]
    made, at, flags = bytearray(glyph), 10, _MORE
    while flags & _MORE:
        flags = struct.unpack_from(">H", glyph, at)[0]
        struct.pack_into(">H", made, at, flags & ~_INSTRUCTED)
        at += 8 if flags & _WORDS else 6
        at += 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _FOUR_SCALES else 0
    return bytes(made[:at])


def _named(table: bytes) -> bytes:
    _, count, begin = struct.unpack_from(">HHH", table)
    records = [_NAME.unpack_from(table, 6 + n * _NAME.size) for n in range(count)]
    kept = [record for record in records if record[3] in _NAMES]
    texts, made = b"", b""
    for *kind, length, at in kept:
        made += _NAME.pack(*kind, length, len(texts))
        texts += table[begin + at : begin + at + length]
    return struct.pack(">HHH", 0, len(kept), 6 + len(made)) + made + texts


def _made(tables: Mapping[bytes, bytes]) -> bytes:
    """A font file of tables. Its checksums are left at 0: whoever embeds a part of it makes them anew."""
    count = len(tables)
    power = count.bit_length() - 1
    head = _HEAD.pack(0x00010000, count, 16 << power, power, count * 16 - (16 << power))
    begin = len(head) + count * _ENTRY.size
    entries, held = b"", b""
    for tag, table in sorted(tables.items()):
        entries += _ENTRY.pack(tag, 0, begin + len(held), len(table))
        held += table + b"\0" * (-len(table) % 4)
    return head + entries + held
