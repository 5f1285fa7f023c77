"""When something is to be done, as each version says it: TQ1, or before 2.5 the repetitions of RXE-1 and ORC-7 (TQ).

HL7 v2.5.1, chapters 4.3 and 4.5.4, and 2.A.66 (RPT).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from codedark.continuity.hl7v2.orders import Order
from codedark.continuity.hl7v2.speaking import numbered
from codedark.continuity.hl7v2.syntax import EMPTIED, Segment

_SEQUENTIAL: Final = "S"
"""TQ1-12, table 0472: one timing after the other; all else is at once."""
_NEEDED: Final = "PRN"
_PERIODS: Final = {
    **dict.fromkeys(("MIN", "M", "MINUTE", "MINUTES"), "MIN"),
    **dict.fromkeys(("H", "HR", "HOUR", "HOURS"), "H"),
    **dict.fromkeys(("D", "DAY", "DAYS"), "D"),
    **dict.fromkeys(("W", "WK", "WEEK", "WEEKS"), "W"),
}
_WHOLE: Final = re.compile(r"[1-9]\d{0,2}", re.ASCII)


class Timing(NamedTuple):
    """One timing. ``amount``, ``pattern``, ``lasting``: texts; ``each``: how long one occurrence takes; ``total``: how
    many there are; ``begin`` and ``end`` as HL7 has them; ``is_after``: the next one follows it; ``is_needed``: as
    needed.
    """

    amount: str
    pattern: str
    hours: tuple[str, ...]
    lasting: str
    begin: str
    end: str
    said: tuple[str, ...]
    each: str
    total: str
    is_after: bool
    is_needed: bool


def timings(order: Order) -> list[Timing]:
    """Those of an order, in the form of the newest version that it has any in."""
    found = [_of_tq1(tq1) for tq1 in numbered(order.all, "TQ1")]
    for name, field in (("RXE", 1), ("ORC", 7)):
        segment = order.first.get(name)
        if segment is not None and not found:
            found = [_of_tq(segment, each) for each in segment.repetitions(field)]
    return found


def _of_tq1(tq1: Segment) -> Timing:
    patterns = [_pattern(tq1, each) for each in tq1.repetitions(3)]
    return Timing(
        amount=_joined(_text(tq1.get(2)), _text(tq1.get(2, 2))),
        pattern=" + ".join(filter(None, patterns)),
        hours=tuple(filter(None, (_text(tq1.part(each)) for each in tq1.repetitions(4)))),
        lasting=f"{_text(tq1.get(6))}{_text(tq1.get(6, 2))}",
        begin=_text(tq1.get(7)),
        end=_text(tq1.get(8)),
        said=(_text(tq1.get(10)), _text(tq1.get(11))),
        each=_joined(_text(tq1.get(13)), _text(tq1.get(13, 2))),
        total=_text(tq1.get(14)),
        is_after=tq1.get(12) == _SEQUENTIAL,
        is_needed=any(tq1.part(each) == _NEEDED for each in tq1.repetitions(9)),
    )


def _of_tq(segment: Segment, told: str) -> Timing:
    def part(component: int, subcomponent: int = 1) -> str:
        return _text(segment.part(told, component, subcomponent))

    return Timing(
        amount=_joined(part(1), part(1, 2)),
        pattern=part(2),
        hours=tuple(filter(None, part(2, 2).split(","))),
        lasting=part(3),
        begin=part(4),
        end=part(5),
        said=(part(7), part(8)),
        each=_joined(part(11), part(11, 2)),
        total=part(12),
        is_after=part(9) == _SEQUENTIAL,
        is_needed=part(6) == _NEEDED,
    )


def _pattern(tq1: Segment, told: str) -> str:
    """RPT: its code, else its parts: how many of which time, at which event, or in words."""
    if code := _text(tq1.part(told)):
        return code
    return _joined(*_parts(tq1, told))


def _parts(tq1: Segment, told: str) -> Iterator[str]:
    count, unit = (_text(tq1.part(told, number)) for number in (5, 6))
    period = _PERIODS.get(unit.upper())
    if count:
        yield f"Q{count}{period}" if period and _WHOLE.fullmatch(count) else _joined("every", count, unit)
    yield _text(tq1.part(told, 8))
    yield _text(tq1.part(told, 11))


def _joined(*texts: str) -> str:
    return " ".join(text for text in texts if text)


def _text(told: str) -> str:
    return "" if told == EMPTIED else told
