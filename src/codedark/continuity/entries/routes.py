"""A route as a nurse read it on the page (``by mouth (PO)``), as the code of HL7 table 0162 that it stands for."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from codedark.continuity.pages.words import LANGUAGES, document

HL7_0162: Final = frozenset(
    {"BU", "EP", "ID", "IH", "IM", "IN", "IT", "IV", "NG", "NS", "OP", "OT", "PO", "PR", "SC", "SL", "TD", "TP", "VG"}
)
"""Those of its codes (v2.5.1) that have words here."""
_SAME: Final = {"EPI": "EP", "SQ": "SC", "TOP": "TP"}
"""What many write for a code of the table."""
_WITH_CODE: Final = re.compile(r"(.+?)\s*\((\w{2,3})\)")


def route_code(said: str) -> str:
    """The code, where ``said`` is the code, our words for it in any language, or both and they agree; else empty.

    Words that stand for several codes (``in the nose``) are none: a route is never guessed.
    """
    told = said.strip()
    if (code := _code(told)) in HL7_0162:
        return code
    meant = _codes().get(told.casefold(), frozenset())
    if both := _WITH_CODE.fullmatch(told):
        meant = _codes().get(both[1].casefold(), frozenset()) & {_code(both[2])}
    return next(iter(meant)) if len(meant) == 1 else ""


def _code(written: str) -> str:
    return _SAME.get(written.upper(), written.upper())


@cache
def _codes() -> dict[str, frozenset[str]]:
    """The codes that words of any language stand for."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, words in document(language)["route"].items():
            if _code(code) in HL7_0162:
                found.setdefault(words.casefold(), set()).add(_code(code))
    return {words: frozenset(codes) for words, codes in found.items()}
