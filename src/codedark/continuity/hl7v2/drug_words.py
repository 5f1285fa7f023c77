"""What an order says of a drug in words, or more than once: conditions, sites, doses that change (HL7 v2.5.1, ch. 4).

A condition that nobody reads (hold below 60 beats) harms as much as a dose that is wrong. So what has no field of its
own stands in the instructions, and an order with several timings has no hour that we would make up.
"""

from __future__ import annotations

import re
from typing import Any, Final

from codedark.continuity.hl7v2.orders import Order
from codedark.continuity.hl7v2.speaking import Speaking, numbered, plain, worded
from codedark.continuity.hl7v2.timings import Timing, timings

_DURATION: Final = re.compile(r"X?(\d+(?:\.\d+)?)([SMHDWL])", re.IGNORECASE | re.ASCII)
_PER: Final = re.compile(r"([SMHDWL])(\d+)", re.IGNORECASE | re.ASCII)
_UNITS: Final = {"S": "seconds", "M": "minutes", "H": "hours", "D": "days", "W": "weeks", "L": "months"}
_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?", re.ASCII)


def several(speaking: Speaking, order: Order) -> dict[str, Any]:
    """The frequency and end of an order that has more than one timing, or one that says its pattern in parts; and the
    routes of one that leaves a choice (RXR); nothing where there is one of each.
    """
    fields: dict[str, Any] = {}
    told = timings(order)
    if len(told) > 1:
        between = ", THEN " if any(each.is_after for each in told) else " + "
        fields["frequency"] = between.join(each.pattern or "?" for each in told)
        fields["times"] = None
        ends = [speaking.times.us(each.end) for each in told]
        fields["end_us"] = max(ends) if any(each.end for each in told) and all(ends) else None
    elif told and "TQ1" in order.first and told[0].pattern:
        tq1 = order.first["TQ1"]
        if len(tq1.repetitions(3)) > 1 or not plain(tq1, (3, 1)):
            fields["frequency"] = told[0].pattern
    routes = list(dict.fromkeys(plain(rxr, (1, 1), (1, 2)) for rxr in numbered(order.all, "RXR")))
    if len(routes) > 1:
        fields["route"] = " or ".join(routes)
    return fields


def spoken_timing(order: Order) -> list[str]:
    """Of each timing conditions and texts, how long it lasts, how long each time takes and how many there are; of
    several, each whole.
    """
    told: list[str] = []
    found = timings(order)
    for timing in found:
        if found[1:]:
            told.append(_whole(timing))
        told += [*timing.said, _lasting(timing.lasting)]
        told += [f"each over {timing.each}"] if timing.each else []
        told += [f"{timing.total} times in all"] if timing.total.strip("0") else []
    return list(dict.fromkeys(text for text in told if text))


def where(order: Order) -> list[str]:
    """At which site and how (RXR-2, RXR-4): an eye drop has a side; how strong it is (RXE-25 and 26, RXO-18 and 19), in
    which form it comes (RXE-6, RXO-5), and in which time it runs in (RXE-22, RXO-17).
    """
    told = [worded(rxr, (field, 2), (field, 1)) for rxr in numbered(order.all, "RXR") for field in (2, 4)]
    for name, strength, form, per in (("RXE", 25, 6, 22), ("RXO", 18, 5, 17)):
        segment = order.first.get(name)
        if segment is not None:
            told.append(" ".join(filter(None, (plain(segment, (strength, 1)), plain(segment, (strength + 1, 1))))))
            told += [worded(segment, (form, 2), (form, 1)), _per(plain(segment, (per, 1)))]
            break
    return list(dict.fromkeys(text for text in told if text))


def _whole(timing: Timing) -> str:
    """A timing: how much, how often, at which hours, from when to when."""
    span = " to ".join(filter(None, (_day(timing.begin), _day(timing.end))))
    often = " ".join(filter(None, (timing.amount, timing.pattern, ", ".join(timing.hours))))
    return ", ".join(filter(None, (often, span)))


def _lasting(told: str) -> str:
    """How long, written out: ``X3D`` and ``x 3 d`` were read as three doses (ISMP)."""
    found = _DURATION.fullmatch(told.strip())
    return f"for {found[1]} {_UNITS[found[2].upper()]}" if found else told


def _per(told: str) -> str:
    """In which time an amount is given (``H8``), written out."""
    found = _PER.fullmatch(told.strip())
    if found is None:
        return f"per {told}" if told else ""
    unit = _UNITS[found[1].upper()]
    return f"per {unit[:-1]}" if int(found[2]) == 1 else f"per {int(found[2])} {unit}"


def _day(told: str) -> str:
    """A moment as people read it; what is none as it stands."""
    found = _MOMENT.match(told)
    return f"{found[1]}-{found[2]}-{found[3]} {found[4] or '00'}:{found[5] or '00'}" if found else told
