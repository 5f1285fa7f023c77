"""Whether each order is stopped in a target as the ward stopped it: once, the right one, behind its order; found out
without the program, by all that the target was told of an order, from first to last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.crashes.acts import Act
from tests.crashes.oracle import Wrong
from tests.crashes.orders import RECORDED, Life

GOES_ON, STOPPED, TAKEN_BACK = "active", "stopped", "entered-in-error"


class Hand(NamedTuple):
    """What people did by hand to an order where ``after`` messages had come."""

    after: int
    number: str
    status: str
    why: str


class There(NamedTuple):
    """An order as a target has it: its number there (the row of one of the ward), its patient, how it stands, why, and
    each ``(status, why)`` that the program told.
    """

    number: str
    patient: str
    status: str
    why: str
    told: tuple[tuple[str, str], ...]


def orders_of_record(resources: Iterable[Mapping[str, Any]], versions: Iterable[Mapping[str, Any]]) -> list[There]:
    """Those of a FHIR server, where transactions left these versions."""
    told: dict[str, list[tuple[str, str]]] = {f"own-{each.number}": [(GOES_ON, "")] for each in RECORDED}
    for each in versions:
        if each["resourceType"] == "MedicationRequest":
            told.setdefault(each["id"], []).append((each["status"], _why(each)))
    return [
        There(
            number_of(each), each["subject"]["reference"], each["status"], _why(each), tuple(told.get(each["id"], ()))
        )
        for each in resources
        if each["resourceType"] == "MedicationRequest"
    ]


def orders_of_receiver(messages: Iterable[bytes], hands: Sequence[Hand]) -> list[There]:
    """Those of a receiver of HL7 v2, to which these came in this order, each control id once."""
    found = {each.number: There(each.number, each.person.number, GOES_ON, "", ((GOES_ON, ""),)) for each in RECORDED}
    left = list(hands)
    for came, octets in enumerate(messages):
        while left and left[0].after <= came:
            _by_hand(found, left.pop(0))
        segments = {line.split("|")[0]: line.split("|") for line in octets.decode().split("\r")}
        orc, patient = segments.get("ORC", []), segments["PID"][3].split("^")[0]
        if "RXO" not in segments:
            continue
        number = _row_of(orc[2])
        if orc[1] == "NW":
            found[number] = There(number, patient, GOES_ON, "", ((GOES_ON, ""),))
        else:
            why = orc[16].removeprefix("^")
            before = found.get(number, There(number, patient, "", "", ()))
            is_whose = before.patient == patient
            status = STOPPED if is_whose else f"told of {patient}"
            found[number] = before._replace(status=status, why=why, told=(*before.told, (STOPPED, why)))
    for each in left:
        _by_hand(found, each)
    return list(found.values())


def judged(
    lives: Sequence[Life], orders: Sequence[There], patients: Mapping[str, str], by_hand: Collection[str]
) -> Wrong:
    """What is wrong with the orders of a target.

    1. What holds of an order is there once, on its patient; it goes on, or is stopped where a stop holds, and says why.
    2. A stop was told once, or not at all where people did it or it was undone; of its own order, and behind it.
    """
    lost, doubled, wrong = list[str](), list[str](), list[str]()
    for life in lives:
        there = [each for each in orders if each.number == life.holds and each.status != TAKEN_BACK]
        if not life.holds:
            there = [each for each in orders if each.number in life.numbers and each.status == GOES_ON]
            wrong += [f"{each.number} was taken back, and goes on" for each in there]
            there = []
        elif len(there) != 1:
            (doubled if there else lost).append(f"order {life.holds}: {there}")
        for each in there:
            rows = [stop.row for stop in life.stops]
            if each.patient != patients[life.person.number]:
                wrong.append(f"{each.number} is of {each.patient}")
            if life.stops and each.status != STOPPED:
                lost.append(f"stop {rows}: {each.number} is {each.status}")
            elif life.stops and not any(stop.marker in each.why for stop in life.stops):
                wrong.append(f"{each.number} says {each.why!r}, and not why {rows}")
            elif not life.stops and each.status != GOES_ON:
                wrong.append(f"{each.number} is {each.status} ({each.why}), and nobody stopped it")
        for stop in (*life.stops, *life.undone):
            told = [(each, place) for each in orders for place, (_, why) in enumerate(each.told) if stop.marker in why]
            doubled += [f"stop {stop.row}: told {len(told)} times"] * (len(told) > 1)
            is_due = stop in life.stops and stop.row not in by_hand
            lost += [f"stop {stop.row} was never told"] * (is_due and not told)
            wrong += [f"stop {stop.row} is of {each.number}" for each, _ in told if each.number not in life.numbers]
            wrong += [f"stop {stop.row} came before its order" for _, place in told if not place]
    return Wrong(tuple(lost), tuple(doubled), tuple(wrong))


def told_by_program(acts: Iterable[Act], orders: Sequence[There]) -> int:
    """How many stops the program told."""
    return sum(act.kind == "stop" and any(act.marker in why for each in orders for _, why in each.told) for act in acts)


def number_of(order: Mapping[str, Any]) -> str:
    """The number of a record's order: its own, or the row of one of the ward."""
    return _row_of(str(order["identifier"][0]["value"]))


def _row_of(number: str) -> str:
    """A row that stands for several acts has a mark behind it; the record's own numbers are whole."""
    return number.partition("-")[0] if number.startswith("E") else number


def _by_hand(found: dict[str, There], hand: Hand) -> None:
    found[hand.number] = found[hand.number]._replace(status=hand.status, why=hand.why)


def _why(order: Mapping[str, Any]) -> str:
    return str(order.get("statusReason", {}).get("text", ""))
