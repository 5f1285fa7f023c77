"""Dates of birth as people read them aloud or off a wristband, as ISO 8601."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_ISO: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})", re.ASCII)


def born_said(text: str) -> str:
    """``1962-06-15`` for ``15/06/1962``, ``15.06.1962``, ``15-06-1962`` and itself, ``1962`` and ``1962-06`` as they
    are; "" for what cannot be read. The day always stands before the month: ``03/04/1962`` is the third of April.
    """
    said = text.strip()
    if found := _DAY_FIRST.fullmatch(said):
        said = f"{found[4]}-{found[3]:0>2}-{found[1]:0>2}"
    found = _ISO.fullmatch(said)
    if found is None:
        return ""
    try:
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return ""
    return said
