"""The next numbers of a station: of rows, and of patients, stays and specimens that get theirs here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

from codedark.continuity.entries import entry as entries
from codedark.continuity.entries.entry import Entry
from codedark.continuity.packs.numbers import Kind, belongs, block, further_part, issued, part
from codedark.continuity.packs.pack import NumberBlock
from codedark.errors import UsageError
from codedark.store.station.station import Station


def next_row(station: Station) -> str:
    """The station's next free row."""
    return next_number(station, Kind.ENTRY)


def next_number(station: Station, kind: Kind) -> str:
    """The station's next free number of a kind. Raises `UsageError` where the block has run out."""
    ward_number, _, number = station.setting("numbers").partition("/")
    if not number:
        raise UsageError(f"{station.folder}: this station has no numbers: begin it with `codedark ward start`")
    whole = block(kind, int(ward_number))
    for within in _own(whole, int(number)):
        for free in issued(within, station.union().last_used(within)):
            return free
    raise UsageError(f"the {kind} numbers of this station have run out: use paper rows, or another station")


def rows_from(station: Station, first: str, count: int) -> tuple[str, ...]:
    """So many of the station's rows, ``first`` and those behind it: a form that is sent twice gets the same again. From
    the next free one where ``first`` is none of its rows. Raises `UsageError` where the block has run out.
    """
    own = _rows(station)
    if not any(belongs(first, within) for within in own):
        first = next_row(station)
    behind = (issued(within, first if belongs(first, within) else "") for within in own if first <= within.last)
    found = tuple(islice(chain([first], *behind), count))
    if len(found) < count:
        raise UsageError("the entry numbers of this station have run out: use paper rows, or another station")
    return found


def _rows(station: Station) -> tuple[NumberBlock, ...]:
    ward_number, _, number = station.setting("numbers").partition("/")
    return _own(block(Kind.ENTRY, int(ward_number)), int(number))


def _own(whole: NumberBlock, number: int) -> tuple[NumberBlock, ...]:
    """The parts of a block that are a station's own, in the order in which they are used."""
    return part(whole, number), part(whole, further_part(number))


def reserved(kind: str, station: Station, said: Sequence[Entry]) -> dict[str, str]:
    """The reserved numbers that a kind needs: those of the act that is ``said`` again, or the next."""
    again = said[0].content if len(said) == 1 else None
    if kind == "admission":
        if isinstance(again, entries.Admission):
            return {"number": again.number, "encounter": again.encounter}
        return {"number": next_number(station, Kind.MRN), "encounter": next_number(station, Kind.ENCOUNTER)}
    if kind == "specimen":
        known = again.accession if isinstance(again, entries.Specimen) else ""
        return {"accession": known or next_number(station, Kind.ACCESSION)}
    return {}
