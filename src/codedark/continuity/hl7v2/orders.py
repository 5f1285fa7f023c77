"""Orders: groups of segments that belong to one ORC, and what ORC-1 and ORC-5 make of an order (tables 0119, 0038)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from codedark.continuity.hl7v2.syntax import Segment

_OPENING: Final = frozenset({"OBR", "RXE", "RXO"})
_UNABLE: Final = ("UC", "UD", "UH", "UX")
"""Unable to cancel, discontinue, hold or change: the order goes on, whatever was asked for before."""
_BY_CONTROL: Final = {
    **dict.fromkeys(("NW", "OK", "RO", "XO", "XR", "RL", "OE", "RF", "AF", "DF", "NA", "XX", *_UNABLE), "active"),
    **dict.fromkeys(("CA", "OC", "CR"), "cancelled"),
    **dict.fromkeys(("DC", "OD", "DR", "RP", "RU", "RQ"), "stopped"),
    **dict.fromkeys(("HD", "OH", "HR", "UA"), "on-hold"),
}
_GOING_ON: Final = {"IP": "active", "A": "active", "SC": "active", "ER": "on-hold"}
"""ORC-5 where ORC-1 says only that something changed (SC, SN)."""
_BY_STATUS: Final = {"CM": "completed", "DC": "stopped", "CA": "cancelled", "HD": "on-hold", "RP": "stopped"}


@dataclass(slots=True)
class Order:
    """The segments of one order: the first of each name, and all in their order."""

    first: dict[str, Segment] = field(default_factory=dict)
    all: list[Segment] = field(default_factory=list)

    def add(self, segment: Segment) -> None:
        """Take a segment in."""
        self.first.setdefault(segment.name, segment)
        self.all.append(segment)

    def number(self) -> str:
        """The placer's number of the order, else the filler's; empty where neither is told."""
        for name, fields in (("ORC", (2, 3)), ("OBR", (2, 3)), ("RXE", (15,))):
            segment = self.first.get(name)
            for place in fields if segment else ():
                assert segment is not None
                if number := segment.get(place):
                    return number
        return ""

    def status(self) -> str | None:
        """What becomes of the order; None where the message does not say."""
        orc = self.first.get("ORC")
        if orc is None:
            return None
        return _BY_STATUS.get(orc.get(5)) or _BY_CONTROL.get(orc.get(1)) or _GOING_ON.get(orc.get(5))


def orders(segments: list[Segment]) -> Iterator[Order]:
    """Cut at every ORC, and at a second OBR, RXE or RXO without one."""
    order = Order()
    for segment in segments:
        again = segment.name in _OPENING and segment.name in order.first
        if order.all and (segment.name == "ORC" or again):
            yield order
            order = Order()
        order.add(segment)
    if order.all:
        yield order
