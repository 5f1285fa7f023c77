"""All that is known of everybody, as bytes and back: what a census goes on from without reading months of messages.

What is written are the statements that still tell something, so that a census made from them is the one that was made
from all. Each moment of saying is written once. Records at rest are written as they are: nobody is woken for it.
"""

from __future__ import annotations

from typing import Final

import msgspec
import zstandard

from codedark.continuity.charts.chart import PatientId
from codedark.continuity.charts.fact import Move, Said, Same
from codedark.continuity.charts.fold import Fold
from codedark.continuity.charts.resting import Resting, as_plain, as_told, awake, from_plain, saids_of

FORM: Final = 2
"""Of what is written here, and beside it in a checkpoint of the census. Values stand in the order of their fields, so
another form cannot be read: it rises with every change of a type of the chart, of a statement or of an enumeration,
and of what stands beside them, so that a program that does not know it says so.
"""
READ: Final = frozenset({1, FORM})
"""The forms that are read. One is as two, but may have no records at rest."""
_MOST_BYTES: Final = 1 << 32


class NoSnapshot(ValueError):
    """Bytes that are none, or of another form."""


def packed(fold: Fold) -> bytes:
    """What a fold knows."""
    saids: dict[Said, int] = {}

    def at(said: Said) -> int:
        return saids.setdefault(said, len(saids))

    records = [(patient, *as_plain(record, at)) for patient, record in fold.records.items()]
    sames = [(each.merged, each.into, at(each.said)) for each in fold.links() if isinstance(each, Same)]
    moves = [
        (each.patient, each.visit, each.into, each.to_visit, at(each.said), each.is_account)
        for each in fold.links()
        if isinstance(each, Move)
    ]
    resting = [(patient, *each) for patient, each in fold.resting.items()]
    told = (fold.heard_us, as_told(saids), records, sames, moves, resting)
    return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(told))


def take_up(octets: bytes, fold: Fold, before_us: int | None = None) -> None:
    """Have a fold know it; ``before_us``: only what was said before, because the rest will be read again.

    Raises `NoSnapshot`, and then the fold is to be thrown away.
    """
    try:
        plain = zstandard.ZstdDecompressor().decompress(octets, max_output_size=_MOST_BYTES)
        heard_us, told_saids, records, sames, moves, *later = msgspec.msgpack.decode(plain)
        saids = saids_of(told_saids)
        fold.add(Same(merged, into, saids[said]) for merged, into, said in sames)  # first: a merge wakes who rests
        fold.add(
            Move(patient, visit, into, to_visit, saids[said], is_account)
            for patient, visit, into, to_visit, said, is_account in moves
        )
        for name, facts, heard in records:
            patient = PatientId(name)
            fold.take_up(patient, from_plain(patient, facts, heard, saids, before_us))
        for name, last_us, is_for_life, held in later[0] if later else ():
            patient, resting = PatientId(name), Resting(last_us, is_for_life, held)
            if before_us is None or last_us < before_us:
                fold.lay(patient, resting)
            else:
                fold.take_up(patient, awake(patient, resting, before_us))
        fold.heard_us = max(fold.heard_us, heard_us if before_us is None else min(heard_us, before_us))
    except (zstandard.ZstdError, msgspec.MsgspecError, TypeError, ValueError, LookupError) as error:
        raise NoSnapshot(f"it is no snapshot of form {FORM}: {error}") from error
