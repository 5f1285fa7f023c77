"""What one OBX says, and of what it is the result: values, units, lines of a culture (HL7 v2.5.1, chapter 7)."""

from __future__ import annotations

import re
from typing import Final

from codedark.continuity.hl7v2.speaking import Speaking, plain
from codedark.continuity.hl7v2.syntax import EMPTIED, Segment

_CODED: Final = (2, 1, 9, 5, 4)
"""Where a CWE or CE has its words, the best first: text, code, original text, alternate text and code."""
_POWER: Final = re.compile(r"(?:[x*] ?)?10", re.IGNORECASE)
_NORMAL: Final = frozenset({"", "N", EMPTIED})


def value_of(obx: Segment) -> str:
    """OBX-5 as text. Coded values by their name, structured numbers in one piece, documents only named."""
    match obx.get(2):
        case "CE" | "CWE" | "CNE" | "CF":
            return ", ".join(_name(obx, part) for part in obx.repetitions(5))
        case "SN":
            return "".join(obx.get(5, component) for component in (1, 2, 3, 4))
        case "ED" | "RP":
            return "(document, not in this chart)"
        case _:
            return "" if obx.raw(5) == EMPTIED else obx.whole(5)


def unit_of(obx: Segment) -> str:
    """OBX-6. ``10^9/L`` is a power that its sender forgot to escape, not a code and its name."""
    unit, name = obx.get(6), obx.get(6, 2)
    if _POWER.fullmatch(unit) and name[:1].isdigit():
        return f"{unit}^{name}"
    return "" if unit == EMPTIED else unit


def line_of(obx: Segment, value: str, name: str) -> str:
    """A line of a culture: what was looked for, what was found, and what that means (``R``)."""
    flag = obx.get(8)
    told = (value, unit_of(obx), "" if flag in _NORMAL or flag == value else flag)
    line = " ".join(text for text in told if text)
    return f"{name}: {line}" if name else line


def report_key(obr: Segment, number: str) -> str:
    """The key of a report: a culture and the susceptibilities of what grew in it often have one filler's number."""
    return "/".join((number, *filter(None, (plain(obr, (4, 1), (4, 2)), obr.get(26, 2)))))


def parent_of(speaking: Speaking, obr: Segment) -> str:
    """What a request is about that follows from a result (OBR-26): the germ that grew. Empty where nobody can tell."""
    code, sub = obr.get(26), obr.get(26, 2)
    if told := obr.get(26, 3):
        return told
    found = {
        value_of(obx)
        for obx in speaking.message.segments
        if code and obx.name == "OBX" and (obx.get(3), obx.get(4)) == (code, sub)
    }
    return found.pop() if len(found) == 1 else ""


def _name(obx: Segment, part: str) -> str:
    told = (obx.part(part, component) for component in _CODED)
    return next((text for text in told if text and text != EMPTIED), "")
