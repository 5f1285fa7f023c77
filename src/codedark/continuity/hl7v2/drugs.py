"""Medication: orders (RDE, OMP, RDS, ORM with RXO) and doses (RAS). HL7 v2.5.1, chapter 4.

Versions before 2.5 time an order in RXE-1 and ORC-7, later ones in TQ1; the site's map names them all.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any, Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import CONTEXT, FILLER, GONE, OWN
from codedark.continuity.charts.quantities import number
from codedark.continuity.hl7v2.drug_words import several, spoken_timing, where
from codedark.continuity.hl7v2.orders import Order
from codedark.continuity.hl7v2.speaking import Speaking, numbered, plain, worded
from codedark.continuity.hl7v2.timings import timings

_COMPLETION: Final = {
    **dict.fromkeys(("CP", "PA", "", "GIVEN", "COMPLETE", "COMPLETED"), "given"),
    **dict.fromkeys(("RE", "REFUSED"), "refused"),
    **dict.fromkeys(("NA", "NG", "NOTGIVEN", "MISSED", "OMITTED", "NOTADMINISTERED", "NOTDONE"), "not-given"),
    **dict.fromkeys(("HELD", "HOLD", "ONHOLD"), "held"),
}
"""RXA-20, table 0322, and words of eMARs. Partly administered is given: RXA-6 says how much."""
_CLOCK_AHEAD_US: Final = 300 * 1_000_000
_FIELDS: Final = ("code", "dose", "unit", "route", "frequency")
_WORDS: Final = ("name", "indication", "instructions")
_REPEATING: Final = frozenset({"RDS", "RGV"})
"""Messages of one dispense or dose, which repeat the order."""
_MARKS: Final = str.maketrans("", "", " _-")
_MOST: Final = {"RXE": 4, "RXO": 3}
"""Where the most of a dose stands, beside the least."""


def read_drug_order(speaking: Speaking, order: Order) -> None:
    """ORC with RXE or RXO, or ORC alone where an order is only stopped. Says nothing of orders without a number."""
    number = order.number()
    if not number:
        speaking.note("medication order without a number")
        return
    order = order.prescribed()
    segments = order.first
    if replaced := order.replaced():
        speaking.say(Group.MEDICATION, replaced[0], {"status": "stopped", FILLER: replaced[1]})
    is_dose = "RXA" in segments
    fields: dict[str, Any] = {"status": None if is_dose else order.status(), FILLER: order.filler()}
    if "RXE" in segments or "RXO" in segments:
        fields |= {name: speaking.field(f"drug.{name}", segments) for name in _FIELDS}
        fields |= {name: speaking.words(f"drug.{name}", segments) for name in _WORDS}
        fields["dose"] = _dose(fields["dose"], order)
        fields |= _timing(speaking, order)
        rate = _rate(speaking, order)
        if rate:
            fields["is_infusion"] = True
            fields |= {} if fields["dose"] not in {None, "", "0"} else {"dose": rate[0], "unit": rate[1]}
        fields["name"] = _mixture(order) or fields["name"]
        prescriber = speaking.person("drug.prescriber", segments)
        fields["prescriber"] = prescriber.name if prescriber else None
        fields |= several(speaking, order)
        notes = [*spoken_timing(order), *where(order), *(note.whole(3) for note in numbered(order.all, "NTE"))]
        if rate and fields["dose"] != rate[0]:
            notes.insert(0, " ".join(rate).strip())
        words = "\n".join(text for text in (fields["instructions"], *notes) if text)
        if order.is_defined():
            fields |= {"instructions": words, **_as_defined(order, fields)}
        else:  # what only repeats an order often leaves out its conditions
            fields["instructions"] = None
            speaking.say(Group.MEDICATION, number, {"instructions": words or None}, CONTEXT)
        if not is_dose and fields["status"] is None:  # it goes on, unless somebody said what else becomes of it
            speaking.say(Group.MEDICATION, number, {"status": "active"}, CONTEXT)
    until_us = _stopped_later_us(speaking, order)
    if until_us:
        fields |= {"status": None, "end_us": until_us}
    is_repeated = is_dose or speaking.event[:3] in _REPEATING
    if is_repeated:
        speaking.say(Group.MEDICATION, number, {"status": fields["status"]})
    fields["visit"] = speaking.visit or None
    speaking.say(Group.MEDICATION, number, fields, CONTEXT if is_repeated else OWN)


def _as_defined(order: Order, fields: dict[str, Any]) -> dict[str, Any]:
    """What an order with a timing has none of, where it is told as a whole: hours, an end and a need of before are
    over.
    """
    if not timings(order):
        return {}
    return {"times": fields["times"] or (), "end_us": fields["end_us"] or 0, "as_needed": bool(fields["as_needed"])}


def read_doses(speaking: Speaking, order: Order) -> None:
    """Each RXA: a dose of the order, known by the order, the drug and its minute. RXR behind it is how it was given."""
    number = order.number()
    ordered = order.prescribed().first.get("RXR")
    for place, rxa in enumerate(order.all):
        if rxa.name != "RXA":
            continue
        code, name = plain(rxa, (5, 1)), worded(rxa, (5, 2), (5, 1))
        at_us = speaking.moment(rxa, 3) or speaking.at_us
        behind = takewhile(lambda each: each.name != "RXA", order.all[place + 1 :])
        route = next((each for each in behind if each.name == "RXR"), ordered)
        told = rxa.get(20)
        status = _COMPLETION.get(told.upper().translate(_MARKS), "")
        if not status:
            speaking.note(f"completion status {told} (RXA-20)")
            status = "given"
        fields = {
            "order": number,
            "name": name,
            "dose": plain(rxa, (6, 1)),
            "unit": plain(rxa, (7, 1)),
            "route": plain(route, (1, 1), (1, 2)) if route else "",
            "at_us": at_us,
            "by": speaking.somebody(rxa, 10).name,
            "status": "refused" if status == "not-given" and rxa.raw(18) else status,
            GONE: rxa.get(21) == "D",
        }
        key = f"{number}/{code or name}@{at_us}"
        speaking.say(Group.ADMINISTRATIONS, key, fields)


def _dose(least: str | None, order: Order) -> str | None:
    """A dose, or from what to what where the order leaves it open."""
    name = "RXE" if "RXE" in order.first else "RXO"
    most = plain(order.first[name], (_MOST[name], 1))
    return f"{least} to {most}" if least and most and number(most) != number(least) else least


def _stopped_later_us(speaking: Speaking, order: Order) -> int:
    """From when on an order is stopped, where that lies ahead (ORC-15): until then it goes on; else 0."""
    orc = order.first.get("ORC")
    if orc is None or order.status() not in {"stopped", "cancelled"}:
        return 0
    from_us = speaking.moment(orc, 15) or 0
    return from_us if from_us > speaking.at_us + _CLOCK_AHEAD_US else 0


def _timing(speaking: Speaking, order: Order) -> dict[str, Any]:
    segments, told = order.first, timings(order)
    priority = speaking.field("drug.priority", segments)
    begin_us = speaking.time("drug.begin_us", segments)
    orc = segments.get("ORC")
    if begin_us is None and orc is not None:
        begin_us = speaking.moment(orc, 15) or speaking.moment(orc, 9)
    return {
        "as_needed": True if priority == "PRN" or (told and all(each.is_needed for each in told)) else None,
        "begin_us": begin_us,
        "end_us": speaking.time("drug.end_us", segments),
        "times": _times(order),
    }


def _times(order: Order) -> tuple[str, ...] | None:
    """TQ1-4, or the second part of the interval in RXE-1.2 or ORC-7.2: ``0800,2000``."""
    told = [hour for timing in timings(order)[:1] for hour in timing.hours]
    times = tuple(f"{text[:2]}:{text[2:4]}" for text in told if len(text) >= 4 and text[:4].isdigit())
    return times or None


def _rate(speaking: Speaking, order: Order) -> tuple[str, str] | None:
    """RXE-23 and 24, RXO-21 and 22: how fast something runs."""
    rate, unit = (speaking.field(f"drug.{name}", order.first) for name in ("rate", "rate_unit"))
    return (rate, unit or "") if rate else None


def _mixture(order: Order) -> str:
    """RXC: the parts of what is mixed, with their amounts."""
    parts = []
    for rxc in numbered(order.all, "RXC"):
        amount = " ".join(text for text in (plain(rxc, (3, 1)), plain(rxc, (4, 1))) if text)
        parts.append(" ".join(text for text in (plain(rxc, (2, 2), (2, 1)), amount) if text))
    return " + ".join(parts)
