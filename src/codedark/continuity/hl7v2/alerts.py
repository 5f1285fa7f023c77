"""What whoever comes in must know first: code status, limits, isolation, falls, diet, swallowing (HL7 v2.5.1).

HL7 v2 has no one place for these. They stand in OBX of ADT messages (3.3), in diet orders (ODS, 4.8), in the advance
directive (PD1-15), and wherever a site's map says (``alert.isolation: ZPV-5``).
"""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import GONE
from codedark.continuity.charts.meanings import meanings
from codedark.continuity.hl7v2.orders import Order
from codedark.continuity.hl7v2.speaking import Segments, Speaking, plain
from codedark.continuity.hl7v2.syntax import Segment

PREFIX: Final = "alert."
_WRONG: Final = frozenset({"D", "W"})
"""OBX-11, table 0085."""
_OVER: Final = frozenset({"cancelled", "stopped", "completed"})


def read_fields(speaking: Speaking, segments: Segments) -> None:
    """The places of the site's map that are filled, or emptied."""
    for name in speaking.site.fields:
        if name.startswith(PREFIX):
            text = speaking.field(name, segments)
            if text is not None:
                _say(speaking, name, name.removeprefix(PREFIX), text, gone=meanings().is_no_alert(text))


def read_observations(speaking: Speaking, segments: list[Segment]) -> list[Segment]:
    """The OBX of an ADT message that are alerts; returns all other segments."""
    others = []
    for segment in segments:
        name = plain(segment, (3, 2), (3, 1)) if segment.name == "OBX" else ""
        kind = meanings().alert_kind(name) if name else "other"
        if kind == "other":
            others.append(segment)
            continue
        value = plain(segment, (5, 2), (5, 1))
        gone = segment.get(11) in _WRONG or meanings().is_no_alert(value)
        since_us = speaking.moment(segment, 14) or 0
        is_named = name.casefold() == kind.replace("-", " ")  # the page says what kind it is
        text = value if is_named else f"{name}: {value}"
        _say(speaking, f"OBX {segment.get(3)}", kind, text, since_us, gone=gone)
    return others


def read_diet(speaking: Speaking, order: Order) -> None:
    """ODS: a diet, a supplement, or what is to be left out."""
    ods = order.first["ODS"]
    number = order.number()
    text = " ".join(part for part in (plain(ods, (3, 2), (3, 1)), plain(ods, (4, 1))) if part)
    if number:
        _say(speaking, f"diet {number}", "diet", text, gone=order.status() in _OVER)
    else:
        speaking.note("diet order without a number")


def _say(speaking: Speaking, key: str, kind: str, text: str, since_us: int = 0, *, gone: bool) -> None:
    fields = {"kind": kind, "text": text, "since_us": since_us or None, GONE: gone}
    speaking.say(Group.ALERTS, key, fields)
