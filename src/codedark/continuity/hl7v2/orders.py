"""Orders: groups of segments that belong to one ORC, and what ORC-1 and ORC-5 make of an order (tables 0119, 0038)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from codedark.continuity.hl7v2.syntax import Segment

_OPENING: Final = frozenset({"OBR", "RXE", "RXO"})
_UNABLE: Final = ("UC", "UD", "UH", "UM", "UX")
"""Unable to cancel, discontinue, hold, replace or change: the order goes on, whatever was asked for before."""
_BY_CONTROL: Final = {
    **dict.fromkeys(("NW", "OK", "RO", "XO", "XR", "RL", "OE", "OR", "RF", "AF", "DF", "NA", "XX", *_UNABLE), "active"),
    **dict.fromkeys(("CA", "OC", "CR"), "cancelled"),
    **dict.fromkeys(("DC", "OD", "DR", "RP", "RU", "RQ"), "stopped"),
    **dict.fromkeys(("HD", "OH", "HR", "UA", "UR"), "on-hold"),
}
_GOING_ON: Final = {"IP": "active", "A": "active", "SC": "active", "ER": "on-hold"}
"""ORC-5 where ORC-1 says only that something changed (SC, SN)."""
_DEFINING: Final = frozenset({"NW", "RO", "XO", "XX", "XR", "SN"})
"""Controls of orders that are told as a whole; others change a state, or repeat."""
_GIVING: Final = frozenset({"TQ1", "RXR", "RXC"})
_ROOMS: Final = {**dict.fromkeys(("RXD", "RXG", "RXA"), 3), "RXO": 1, "RXE": 0}
"""Whose words on how a drug is given count most: the pharmacy's, the request's, the order's own, those of one dose."""
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
        return self._number(("ORC", 2), ("ORC", 3), ("OBR", 2), ("OBR", 3), ("RXE", 15))

    def filler(self) -> str | None:
        """The filler's number; None where it is not told. Some say no other (`second_numbers`)."""
        return self._number(("ORC", 3), ("OBR", 3)) or None

    def replaced(self) -> tuple[str, str | None] | None:
        """The number, and the filler's where that is told, of the order in whose place this one comes (ORC-8)."""
        orc = self.first.get("ORC")
        if orc is None or orc.get(1) != "RO":
            return None
        placer, filler = orc.get(8), orc.get(8, 2)
        number = placer or filler
        return (number, filler or None) if number not in {"", self.number()} else None

    def is_defined(self) -> bool:
        """Whether the order is told as a whole."""
        orc = self.first.get("ORC")
        return orc is not None and orc.get(1) in _DEFINING

    def prescribed(self) -> Order:
        """The order with what counts of each segment that says how a drug is given: RDE_O11, RDS_O13 and RAS_O17 tell
        it of the request, of what the pharmacy made of it, and of what was dispensed or given.
        """
        room, rooms = 2, list[int]()
        for segment in self.all:
            room = _ROOMS.get(segment.name, room)
            rooms.append(room)
        best: dict[str, int] = {}
        for segment, room in zip(self.all, rooms, strict=True):
            best[segment.name] = min(room, best.get(segment.name, room))
        order = Order()
        for segment, room in zip(self.all, rooms, strict=True):
            if segment.name not in _GIVING or room == best[segment.name]:
                order.add(segment)
        return order

    def _number(self, *places: tuple[str, int]) -> str:
        told = (self.first[name].get(place) for name, place in places if name in self.first)
        return next(filter(None, told), "")

    def status(self) -> str | None:
        """What becomes of the order; None where the message does not say."""
        orc = self.first.get("ORC")
        if orc is None:
            return None
        return _BY_STATUS.get(orc.get(5)) or _BY_CONTROL.get(orc.get(1)) or _GOING_ON.get(orc.get(5))


def orders(segments: list[Segment]) -> Iterator[Order]:
    """Cut at every ORC, and at a second OBR, RXE or RXO without one. In OUL_R22 ORC stands behind its OBR."""
    order = Order()
    for segment, after in zip_longest(segments, segments[1:]):
        assert segment is not None
        again = segment.name in _OPENING and segment.name in order.first
        if segment.name == "ORC" and _is_behind(order, after):
            order.add(segment)
            continue
        if order.all and (segment.name == "ORC" or again):
            yield order
            order = Order()
        order.add(segment)
    if order.all:
        yield order


def _is_behind(order: Order, after: Segment | None) -> bool:
    """Whether an ORC belongs to the OBR just before it: that has none, and no other OBR follows."""
    is_bare = bool(order.all) and order.all[-1].name == "OBR" and "ORC" not in order.first
    return is_bare and not (after is not None and after.name == "OBR")
