"""Beds as the station's page names them, who lies in one, and what is asked back of somebody who comes in.

The name is the one of the ward's page and prints: the model's id of the bed without its ward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from codedark.app.ward.patients import charts_of, known_at, pack_of
from codedark.continuity.charts.chart import Place
from codedark.continuity.entries.checks import Known, known_of
from codedark.continuity.entries.entry import Admission, Entry, Transfer
from codedark.continuity.entries.in_force import perhaps_in_force
from codedark.continuity.sentence import Sentence
from codedark.store.station.station import Station

_PART: Final = re.compile(r"\d+|[^\W\d_]+")


def bed_name(place: Place) -> str:
    """``06-1`` for the bed INT1-06-1 of ward INT1; room and bed as written where the model does not know the bed."""
    if place.bed_id:
        return place.bed_id.removeprefix(f"{place.ward}-")
    return " · ".join(filter(None, (place.room, place.bed)))


def moved(own: Sequence[Entry]) -> Transfer | None:
    """The last transfer of somebody that was charted and stands."""
    moves = [each.content for each in perhaps_in_force(own) if isinstance(each.content, Transfer)]
    return moves[-1] if moves else None


def moved_to(own: Sequence[Entry]) -> str:
    """Where it brought somebody, "" where there is none."""
    move = moved(own)
    return " · ".join(filter(None, (move.ward, move.room, move.bed))) if move else ""


def doubts(what: Admission, station: Station, but: frozenset[str]) -> list[str]:
    """What is asked back of somebody who comes in: a number that is somebody's already, but by the entries ``but``,
    and a bed in which somebody lies.
    """
    own = [each for each in station.union().of_patient(what.number) if each.id not in but]
    told: list[str] = []
    if known := known_at(own, charts_of(station), what.number):
        told.append(
            Sentence(
                "{number} is the number of {name} already. Is this the same person? If not, take another set of forms.",
                number=what.number, name=known.name,
            )
        )  # fmt: skip
    pack = pack_of(station)
    here = pack.ward if pack else ""
    wanted = {parts(what.bed), parts(what.bed.removeprefix(f"{here}-"))} - {()}
    if parts(what.ward) not in {(), parts(here)}:
        return told
    told += [
        Sentence("Bed {bed}: {name} lies there, as far as is known here. Is it the right bed?", bed=what.bed, name=name)
        for number, name, beds in _lying(station, here)
        if number != what.number and wanted & beds
    ]
    return told


def _lying(station: Station, here: str) -> Iterator[tuple[str, str, set[tuple[str, ...]]]]:
    """Number, name and what the bed may be called, of everybody on this ward."""
    union, pack = station.union(), pack_of(station)
    told = [(known_of(bed.chart), here, bed_name(bed.place)) for bed in (pack.beds if pack else ()) if bed.chart]
    came = [each.content for each in perhaps_in_force(union.acts()) if isinstance(each.content, Admission)]
    told += [(Known(each.number, each.name), each.ward, each.bed) for each in came]
    for known, ward, bed in told:
        move = moved(union.of_patient(known.id))
        names = {parts(f"{move.room} {move.bed}"), parts(move.bed)} if move else {parts(bed)}
        if parts(move.ward if move else ward) in {(), parts(here)}:
            yield known.id, known.name, names


def parts(text: str) -> tuple[str, ...]:
    """``06-1``, ``6.1`` and ``6 1`` are one bed."""
    return tuple(each.lstrip("0").casefold() or "0" for each in _PART.findall(text))
