"""Records at rest: of whoever has gone and is not spoken of any more, all that was told, as a few bytes.

A month of a hospital's outpatients and discharged patients is a hundred thousand records, each some thirty times larger
as facts than as bytes. Nothing is lost: who is spoken of again, or asked for, is awake again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, cast

import msgspec
import zstandard

from codedark.continuity.charts.chart import Group, PatientId
from codedark.continuity.charts.fact import Fact, Said
from codedark.continuity.charts.plain import made, plain
from codedark.continuity.charts.record import Record

GROUPS: Final = tuple(Group)
_PLACES: Final = {group: place for place, group in enumerate(GROUPS)}
_MOST_BYTES: Final = 1 << 30
PlainSaid = tuple[int, int, str, int, str]
PlainFact = tuple[int, str, str, int, Any]
PlainHeard = tuple[int, str, int, int]


class Resting(NamedTuple):
    """A record at rest. ``last_us``: when its number was last spoken of; ``is_for_life``: it holds only what holds for
    life.
    """

    last_us: int
    is_for_life: bool
    octets: bytes


def at_rest(record: Record, last_us: int, *, is_for_life: bool = False) -> Resting:
    """A record as bytes. Raises TypeError for what no chart holds."""
    saids: dict[Said, int] = {}
    facts, heard = as_plain(record, lambda said: saids.setdefault(said, len(saids)))
    told = (as_told(saids), facts, heard)
    return Resting(last_us, is_for_life, zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(told)))


def awake(patient: PatientId, resting: Resting, limit_us: int | None = None) -> Record:
    """The record that was at rest; ``limit_us``: only what was said before. Raises `zstandard.ZstdError`, ValueError,
    TypeError and LookupError for other bytes.
    """
    octets = zstandard.ZstdDecompressor().decompress(resting.octets, max_output_size=_MOST_BYTES)
    told, facts, heard = msgspec.msgpack.decode(octets)
    return from_plain(patient, facts, heard, saids_of(told), limit_us)


def as_plain(record: Record, at: Callable[[Said], int]) -> tuple[list[PlainFact], list[PlainHeard]]:
    """Facts and what was heard as plain values; ``at`` is the number of a moment of saying, which is written once."""
    return (
        [(_PLACES[fact.group], fact.key, fact.visit, at(fact.said), plain(fact.fields)) for fact in record.facts()],
        [(_PLACES[group], source, rank, at_us) for (group, source, rank), at_us in record.heard.items()],
    )


def from_plain(
    patient: PatientId,
    facts: Iterable[PlainFact],
    heard: Iterable[PlainHeard],
    saids: Sequence[Said],
    limit_us: int | None = None,
) -> Record:
    """The record that was written so; ``limit_us``: only what was said before."""
    record = Record()
    for group, key, visit, said, fields in facts:
        if limit_us is None or saids[said].at_us < limit_us:
            record.take_up(Fact(patient, GROUPS[group], key, cast("Any", made(fields)), saids[said], visit))
    for group, source, rank, at_us in heard:
        if limit_us is None or at_us < limit_us:
            record.heard[GROUPS[group], source, rank] = at_us
    return record


def as_told(saids: Iterable[Said]) -> list[PlainSaid]:
    """Moments of saying as plain values."""
    return [(*said[:3], *said.number) for said in saids]


def saids_of(told: Iterable[PlainSaid]) -> list[Said]:
    """The moments that were written so."""
    return [Said(rank, at_us, source, (size, text)) for rank, at_us, source, size, text in told]
