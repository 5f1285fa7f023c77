"""Letters on paper: their widths, lines that wrap and are never cut, and scripts that run from right to left.

Vera comes with reportlab and holds the Latin letters. Everything else is taken from DejaVu Sans where the machine that
prints has it (Debian: ``fonts-dejavu-core``). What neither has is printed as an empty box, and the page says so.
"""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont, TTFOpenFile

from codedark.app.continuing.printing.unhinted import unhinted
from codedark.app.untrusted import printable
from codedark.continuity.pages.letters import unstacked

REGULAR: Final = "Vera"
BOLD: Final = "VeraBd"
_WIDE: Final = {REGULAR: "DejaVuSans", BOLD: "DejaVuSans-Bold"}
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_PARTS: Final = re.compile(r"[^/+\-]*[/+\-]+|[^/+\-]+")
_OF_THOUSAND: Final = 1000.0


class Lettering:
    """Fonts of prints. ``wide`` False does as if the machine had no other fonts than Vera."""

    def __init__(self, *, wide: bool = True) -> None:
        self._glyphs = {name: _glyphs(name) for name in (REGULAR, BOLD)}
        self._wide = {name: _glyphs(_WIDE[name]) if wide else {} for name in (REGULAR, BOLD)}
        self._widths: dict[tuple[str, str], float] = {}

    def width(self, text: str, size: float, font: str) -> float:
        """Of a text, in points."""
        known = self._widths.get((text, font))
        if known is None:
            known = self._widths[text, font] = sum(
                run_width(part, _OF_THOUSAND, name) for name, part in self.runs(text, font)
            )
        return known * size / _OF_THOUSAND

    def lines(self, text: str, room: float, size: float, font: str) -> list[str]:
        """``text`` in lines no wider than ``room`` points, with what hides or reorders text made visible. Words that
        are wider themselves go on in the next line (`_broken`).
        """
        made: list[str] = []
        for paragraph in printable(unstacked(text)).splitlines():
            line = ""
            for word in paragraph.split(" "):
                longer = f"{line} {word}" if line else word
                if self.width(longer, size, font) <= room:
                    line = longer
                    continue
                if line:
                    made.append(line)
                *whole, line = self._broken(word, room, size, font)
                made.extend(whole)
            made.append(line)
        return made

    def runs(self, line: str, font: str) -> list[tuple[str, str]]:
        """A line as it is set: fonts with what they set, in the order in which it stands on paper."""
        glyphs, wide = self._glyphs[font], self._wide[font]
        if all(ord(letter) in glyphs for letter in line):
            return [(font, line)]
        parts: list[tuple[str, str]] = []
        for letter in _set(line):
            name = _WIDE[font] if ord(letter) not in glyphs and ord(letter) in wide else font
            if parts and parts[-1][0] == name:
                parts[-1] = (name, parts[-1][1] + letter)
            else:
                parts.append((name, letter))
        return parts

    def lacks(self, line: str, font: str) -> bool:
        """Whether it holds a letter that no font has."""
        glyphs, wide = self._glyphs[font], self._wide[font]
        if all(ord(letter) in glyphs for letter in line):
            return False
        return any(ord(letter) not in glyphs and ord(letter) not in wide for letter in _set(line))

    def _broken(self, word: str, room: float, size: float, font: str) -> list[str]:
        """A word in pieces that fit: cut behind ``/``, ``-`` and ``+`` (``microgrammes/`` and ``kg/minute``), and
        between letters only where what stands between those is wider than the room itself.
        """
        made, piece = [], ""
        for part in _PARTS.findall(word):
            if self.width(piece + part, size, font) <= room:
                piece += part
                continue
            made += [piece] if piece else []
            piece = ""
            for letter in part:
                if piece and self.width(piece + letter, size, font) > room:
                    made.append(piece)
                    piece = ""
                piece += letter
        return [*made, piece]


def _set(line: str) -> str:
    """A line in the order of paper, with Arabic letters joined."""
    if not _RIGHT_TO_LEFT.search(line):
        return line
    from arabic_reshaper import reshape  # noqa: PLC0415 - few prints need it
    from bidi.algorithm import get_display  # noqa: PLC0415

    return str(get_display(reshape(line)))


def run_width(text: str, size: float, font: str) -> float:
    """Of what one font sets (`Lettering.runs`), in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


@cache
def _glyphs(name: str) -> dict[int, Any]:
    """The letters that a font has; none where there is no such font."""
    try:
        with TTFOpenFile(f"{name}.ttf")[1] as file:
            font = TTFont(name, BytesIO(unhinted(file.read())))
    except (TTFError, ValueError):
        return {}
    pdfmetrics.registerFont(font)
    glyphs: dict[int, Any] = font.face.charToGlyph
    return glyphs
