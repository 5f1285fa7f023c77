"""The stays of a patient from what was told of them, and what does not fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from codedark.continuity.charts.chart import Group, Visit, VisitId, VisitState
from codedark.continuity.charts.doubt import Doubt
from codedark.continuity.charts.fact import OWN, Said
from codedark.continuity.charts.places import Places
from codedark.continuity.charts.record import Things
from codedark.continuity.charts.things import made

_CLOCK_AHEAD_US = 300 * 1_000_000
OPEN = frozenset({VisitState.IN, VisitState.ON_LEAVE})


def stays(things: Things, places: Places) -> tuple[Visit, ...]:
    """All stays: the open ones first, then the latest first.

    A message without a stay's number (PV1-19) tells of one only where nobody names another, or where it is of a stay
    that began after all that have a number had ended.
    """
    found = []
    told = list(things.of(Group.VISIT))
    is_own = len(told) == 1 or _is_later(things, told)
    for key, fields, _ in told:
        if key or is_own:
            place, previous, state = fields.get("place"), fields.get("previous"), _state(things, key, fields)
            if state in OPEN and _is_ahead(things, key, fields):
                expected = {
                    "expected_out_us": fields.get("expected_out_us") or fields["discharged_us"],
                    "discharged_us": 0,
                }
                fields = {**fields, **expected}  # noqa: PLW2901 - what the visit is made of
            visit = made(
                Visit,
                fields,
                id=VisitId(key),
                state=state,
                place=places.place(*place) if place else None,
                previous=places.place(*previous) if previous else None,
            )
            found.append(visit)
    if not is_own:
        found = _without_number_ended(things, found)
    found.sort(key=lambda visit: (visit.state in OPEN, visit.admitted_us, visit.id), reverse=True)
    return tuple(found)


def _without_number_ended(things: Things, found: list[Visit]) -> list[Visit]:
    """The stays, where an end was told without a number: that of the one that was open then."""
    told = dict(next((fields for key, fields, _ in things.of(Group.VISIT) if not key), {}))
    ended = things.said_of(Group.VISIT, "", "state")
    if ended is None or told.get("state") is not VisitState.OUT:
        return found
    begun = [things.said_of(Group.VISIT, each.id, "state") for each in found]
    open_ = [
        n for n, each in enumerate(found) if each.state in OPEN and (began := begun[n]) is not None and began < ended
    ]
    if len(open_) == 1:
        found[open_[0]] = replace(
            found[open_[0]], state=VisitState.OUT, discharged_us=told.get("discharged_us") or ended.at_us
        )
    return found


def _is_later(things: Things, told: list[tuple[str, Mapping[str, Any], Said]]) -> bool:
    """Whether the state of the stay without a number was told after all that is open or has ended elsewhere."""
    began = things.said_of(Group.VISIT, "", "state")
    if began is None or any(_state(things, key, fields) in OPEN for key, fields, _ in told if key):
        return False
    ends = (things.said_of(Group.VISIT, key, name) for key, _, _ in told if key for name in ("state", "discharged_us"))
    return all(end is None or end < began for end in ends)


def doubts_of(visits: tuple[Visit, ...]) -> tuple[Doubt, ...]:
    """Two open stays in a bed: one of them is wrong, or its end was never told."""
    lying = [visit for visit in visits if visit.state in OPEN and visit.kind != "O" and visit.place is not None]
    if len(lying) < 2:
        return ()
    where = "; ".join(f"{visit.id or '-'} ({said(visit)})" for visit in lying)
    return (Doubt("stays", where),)


def is_in(visit: Visit) -> bool:
    """Whether somebody lies here; the leaving of outpatients is seldom told."""
    return visit.state in OPEN and visit.kind != "O"


def may_be_there(visit: Visit) -> bool:
    """Whether somebody lies here or is expected. An outpatient in a bed too: who comes to lie there next ends that."""
    is_in_bed = visit.state in OPEN and visit.place is not None and bool(visit.place.bed)
    return is_in(visit) or is_in_bed or visit.state is VisitState.EXPECTED


def said(visit: Visit) -> str:
    """Where a stay is, in words."""
    place = visit.place
    return " ".join(text for text in (place.ward, place.room, place.bed) if text) if place else "?"


def _is_ahead(things: Things, key: str, fields: Mapping[str, Any]) -> bool:
    """Whether the end of a stay (PV1-45) lay ahead as it was told: then it is an intention, and nobody has left."""
    told = things.said_of(Group.VISIT, key, "discharged_us")
    return told is not None and 0 < told.at_us < fields.get("discharged_us", 0) - _CLOCK_AHEAD_US


def _state(things: Things, key: str, fields: dict[str, Any] | Any) -> VisitState:
    """What was told; else out, where an end was told since; else in.

    An outpatient of whom only results speak, and no registration, is not here.
    """
    state: VisitState | None = fields.get("state")
    if fields.get("discharged_us") and not _is_ahead(things, key, fields):
        ended, began = (things.said_of(Group.VISIT, key, name) for name in ("discharged_us", "state"))
        if state is None or (state in OPEN and ended is not None and began is not None and ended[1:] > began[1:]):
            return VisitState.OUT
    if state is None and fields.get("kind") in {"O", "P", ""}:
        place = things.said_of(Group.VISIT, key, "place")
        return VisitState.IN if place is not None and place.rank == OWN else VisitState.OUT
    return state or VisitState.IN
