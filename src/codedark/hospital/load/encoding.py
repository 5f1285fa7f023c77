"""Bytes of a file as text: UTF-8 and nothing else, so that a name means the same in every file."""

from __future__ import annotations

import re
from typing import Final

from codedark.hospital.problem import Problem, Severity

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def text_of(file: str, data: bytes) -> tuple[str, list[Problem]]:
    """``data`` without byte order mark, or "" and the line of the first byte that is no text in UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{data[error.start]:02x} is not UTF-8 (the file may be UTF-16, Latin-1 or Windows-1252)"
        return "", [Problem(Severity.ERROR, file, line, what, "save the file as UTF-8")]
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        what = f"there is a control character in this line ({control[0]!r})"
        return "", [Problem(Severity.ERROR, file, line, what, "take it out; if the file is damaged, restore it")]
    return text, []
