"""Where the patient lies: EVN, PV1 and PV2 with the trigger events of ADT (HL7 v2.5.1, 3.3)."""

from __future__ import annotations

from typing import Any, Final

from codedark.continuity.charts.chart import Group, VisitState
from codedark.continuity.charts.fact import CONTEXT, OWN, bounded_key
from codedark.continuity.hl7v2.moves import MOVES
from codedark.continuity.hl7v2.speaking import Segments, Speaking, plain

_STATES: Final = {
    "A01": VisitState.IN,
    "A02": None,
    "A03": VisitState.OUT,
    "A04": VisitState.IN,
    "A05": VisitState.EXPECTED,
    "A06": VisitState.IN,
    "A07": VisitState.IN,
    "A08": None,
    "A10": None,
    "A11": VisitState.CANCELLED,
    "A12": None,
    "A13": VisitState.IN,
    "A14": VisitState.EXPECTED,
    "A15": None,
    "A16": None,
    "A17": None,
    "A21": VisitState.ON_LEAVE,
    "A22": VisitState.IN,
    "A23": VisitState.CANCELLED,
    "A25": None,
    "A26": None,
    "A27": VisitState.CANCELLED,
    "A38": VisitState.CANCELLED,
    "A52": VisitState.IN,
    "A53": VisitState.ON_LEAVE,
    "A54": None,
    "A55": None,
}
"""Events whose matter is a stay, with what they make of it; None: it stays what it is.

A cancellation is said later than what it cancels, and PV1-3 of A12 is the bed before the transfer (3.3.12): so what is
said last holds. A52 takes back a leave, A53 a return.
"""
_PLANS: Final = frozenset({"A05", "A14", "A27", "A38"})
"""What is only planned, or was: whoever lies somewhere lies there still, also where it is one stay with one number."""
_OTHERS: Final = frozenset(
    {"A09", "A18", "A24", "A28", "A30", "A31", "A34", "A36", "A37", "A39", "A40", "A46", "A47", "A60", *MOVES}
)
"""Events that we understand, and that are not about where somebody lies."""
_ADMITS: Final = frozenset({"A01", "A04"})


def is_known(event: str) -> bool:
    """Whether we know what an ADT event means."""
    trigger = event.partition("^")[2]
    return trigger in _STATES or trigger in _OTHERS


def is_of_stay(event: str) -> bool:
    """Whether a stay is what an ADT event is about."""
    kind, _, trigger = event.partition("^")
    return kind == "ADT" and trigger in _STATES


def read_visit(speaking: Speaking, segments: Segments) -> None:
    """PID, PV1 and PV2 of one patient: from here on the message speaks of this stay."""
    trigger = speaking.event.partition("^")[2] if speaking.is_adt else ""
    speaking.visit = bounded_key(speaking.field("visit.id", segments) or "")
    fields: dict[str, Any] = {
        "kind": speaking.field("visit.kind", segments),
        "account": plain(segments["PID"], (18, 1)) or None,
        "place": speaking.place_of("visit.place", segments),
        "previous": speaking.place_of("visit.previous", segments),
        "attending": speaking.person("visit.attending", segments),
        "admitted_us": speaking.time("visit.admitted_us", segments),
        "discharged_us": speaking.time("visit.discharged_us", segments),
        "expected_out_us": speaking.time("visit.expected_out_us", segments),
        "reason": speaking.field("visit.reason", segments),
    }
    if trigger in _ADMITS and not fields["admitted_us"]:
        fields["admitted_us"] = _happened_us(speaking, segments)
    if trigger == "A03" and not fields["discharged_us"]:
        fields["discharged_us"] = _happened_us(speaking, segments)
    if trigger == "A13":
        fields["discharged_us"] = 0
    if trigger == "A25":
        fields["expected_out_us"] = 0
    fields["state"] = _STATES.get(trigger)
    speaking.say(Group.VISIT, speaking.visit, fields, OWN if trigger in _STATES and trigger not in _PLANS else CONTEXT)


def _happened_us(speaking: Speaking, segments: Segments) -> int:
    """EVN-6, else EVN-2, else when the message was said."""
    evn = segments.get("EVN")
    return (evn and (speaking.moment(evn, 6) or speaking.moment(evn, 2))) or speaking.at_us
