"""What an order says of a drug in words, or more than once: conditions, sites, doses that change (HL7 v2.5.1, ch. 4).

A condition that nobody reads (hold below 60 beats) harms as much as a dose that is wrong. So what has no field of its
own stands in the instructions, and an order with several timings has no hour that we would make up.
"""

from __future__ import annotations

import re
from typing import Any, Final

from codedark.continuity.hl7v2.orders import Order
from codedark.continuity.hl7v2.speaking import Speaking, numbered, plain, worded
from codedark.continuity.hl7v2.syntax import Segment

_DURATION: Final = re.compile(r"X?(\d+(?:\.\d+)?)([SMHDWL])", re.IGNORECASE | re.ASCII)
_UNITS: Final = {"S": "seconds", "M": "minutes", "H": "hours", "D": "days", "W": "weeks", "L": "months"}
_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?", re.ASCII)
_SEQUENTIAL: Final = "S"
"""TQ1-12, table 0472: one timing after the other; all else is at once."""


def several(speaking: Speaking, order: Order) -> dict[str, Any]:
    """The frequency and end of an order that has more than one timing (TQ1, or repetitions of RXE-1), and the routes of
    one that leaves a choice (RXR); nothing where there is one of each.
    """
    fields: dict[str, Any] = {}
    timings = list(numbered(order.all, "TQ1"))
    patterns = [plain(tq1, (3, 1)) for tq1 in timings] if timings else _patterns(order.first.get("RXE"))
    if len(patterns) > 1:
        is_after = any(plain(tq1, (12, 1)) == _SEQUENTIAL for tq1 in timings)
        fields["frequency"] = (", THEN " if is_after else " + ").join(text or "?" for text in patterns)
        fields["times"] = None
        ends = [speaking.moment(tq1, 8) for tq1 in timings]
        fields["end_us"] = max((end for end in ends if end), default=0) if ends and all(ends) else None
    routes = list(dict.fromkeys(plain(rxr, (1, 1), (1, 2)) for rxr in numbered(order.all, "RXR")))
    if len(routes) > 1:
        fields["route"] = " or ".join(routes)
    return fields


def spoken_timing(order: Order) -> list[str]:
    """Conditions and texts of each timing (TQ1-10 and 11; in older versions RXE-1.7, 1.8, ORC-7.7, 7.8), how long
    (TQ1-6), and of several, each whole.
    """
    told: list[str] = []
    timings = list(numbered(order.all, "TQ1"))
    for tq1 in timings:
        if timings[1:]:
            parts = [plain(tq1, place) for place in ((2, 1), (2, 2), (3, 1), (4, 1))]
            span = [_day(plain(tq1, place)) for place in ((7, 1), (8, 1))]
            told.append(", ".join(filter(None, (" ".join(filter(None, parts)), " to ".join(filter(None, span))))))
        told += [plain(tq1, (10, 1)), plain(tq1, (11, 1)), _lasting(f"{tq1.get(6)}{tq1.get(6, 2)}")]
    for name, field in (("RXE", 1), ("ORC", 7)):
        segment = order.first.get(name)
        for repetition in segment.repetitions(field) if segment and not timings else ():
            assert segment is not None
            told += [segment.part(repetition, 7), segment.part(repetition, 8), _lasting(segment.part(repetition, 3))]
    return list(dict.fromkeys(text for text in told if text and text != '""'))


def where(order: Order) -> list[str]:
    """At which site and how (RXR-2, RXR-4): an eye drop has a side; and how strong it is (RXE-25 and 26)."""
    told = [worded(rxr, (field, 2), (field, 1)) for rxr in numbered(order.all, "RXR") for field in (2, 4)]
    rxe = order.first.get("RXE")
    if rxe is not None:
        told.append(" ".join(filter(None, (plain(rxe, (25, 1)), plain(rxe, (26, 1))))))
    return list(dict.fromkeys(text for text in told if text))


def _lasting(told: str) -> str:
    """How long, written out: ``X3D`` and ``x 3 d`` were read as three doses (ISMP)."""
    found = _DURATION.fullmatch(told.strip())
    return f"for {found[1]} {_UNITS[found[2].upper()]}" if found else told


def _day(told: str) -> str:
    """A moment as people read it; what is none as it stands."""
    found = _MOMENT.match(told)
    return f"{found[1]}-{found[2]}-{found[3]} {found[4] or '00'}:{found[5] or '00'}" if found else told


def _patterns(rxe: Segment | None) -> list[str]:
    return [rxe.part(each, 2) for each in rxe.repetitions(1)] if rxe else []
