"""A font without its instructions has the same letters, as wide and of the same shape."""

from __future__ import annotations

from io import BytesIO

import pytest
from reportlab.pdfbase.ttfonts import TTFont, TTFontFile, TTFOpenFile

from codedark.app.continuing.printing.unhinted import unhinted

LETTERS = [ord(letter) for letter in "Ağırlık: 0,5 µg é Å"]


def font(name: str) -> bytes:
    with TTFOpenFile(f"{name}.ttf")[1] as file:
        return bytes(file.read())


@pytest.mark.parametrize("name", ["Vera", "VeraBd"])
def test_the_letters_are_the_same_and_take_half_the_room(name: str) -> None:
    before, after = TTFontFile(BytesIO(font(name))), TTFontFile(BytesIO(unhinted(font(name))))
    assert after.charToGlyph == before.charToGlyph
    assert after.charWidths == before.charWidths
    assert after.name == before.name
    assert len(after.makeSubset(LETTERS)) < len(before.makeSubset(LETTERS)) / 2


def test_what_has_no_instructions_any_more_stays_as_it_is() -> None:
    once = unhinted(font("Vera"))
    assert unhinted(once) == once
    assert TTFont("once", BytesIO(once)).face.charToGlyph


@pytest.mark.parametrize("octets", [b"", b"no font at all, but longer than a head", font("Vera")[:4000]])
def test_what_is_no_whole_font_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="TrueType font"):
        unhinted(octets)
