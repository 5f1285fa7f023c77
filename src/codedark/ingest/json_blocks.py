"""A whole block of flat Windows events decoded in one call.

A block of JSON lines mixes events of many kinds, and what rules want of an event depends on its kind. The decoder
is told: for each event id there is a structure with the fields that rules want of events with that id, and the
decoder chooses by the value of `EventID`. So nothing is done per line outside of it.

1. The block is decoded part by part. Where a part holds an event id that was not met before, the facts of all its
   lines are looked at, the structures for what is new are added, and it is decoded again.
2. Events are put together by what makes their origin (`FlatShape.facts`); where that brings fields that the
   structure for the event id lacks, they are added, and the block is decoded again.
3. A block with anything else in it (another shape, a broken or blank line, bytes that are not UTF-8) is left to
   be decoded line by line (`json_lines.EventLines`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union
from weakref import WeakKeyDictionary, ref

import msgspec

from codedark.events.record import Group, Origin, Wanted
from codedark.ingest.json_columns import Facts, FlatShape, coalesced, flat_struct
from codedark.ingest.lines import Block

_EVENT_IDS = range(1 << 32)
_MOST_EVENT_IDS = 4096
_MOST_ORIGINS = 20_000
_PART_BYTES = 1 << 17
"""Little is decoded twice when something new turns up, and little is looked at twice that is not ASCII."""


class NotFlat(ValueError):
    """The block does not hold flat Windows events only."""


class FlatBlocks:
    """Decodes blocks; what it has learnt of event ids it keeps from block to block, and from source to source."""

    def __init__(self, wanted: Wanted) -> None:
        # The table of decoders goes with ``wanted``, so it must not keep that alive.
        self._wanted = ref(wanted)
        self._shape = FlatShape()
        self._origin_of: dict[Facts, Origin] = {}
        self._names: dict[int, list[str]] = {}
        self._structs: dict[int, tuple[int, Any]] = {}
        self._event_of: dict[type, int] = {}
        self._decode: Callable[[memoryview], list[Any]] | None = None
        self._replaced = 0
        looked_at = ("EventID", *self._shape.facts)
        self._looked_at = len(looked_at)
        self._look = msgspec.json.Decoder(flat_struct("Look", looked_at)).decode_lines

    def groups(self, block: Block) -> list[Group]:
        """The events of a block by origin, with the wanted columns. Raises `NotFlat`."""
        if block.too_long:
            raise NotFlat("a line that is too long")
        events = self._decoded(block.data)
        if len(events) != len(block):
            raise NotFlat("blank lines")
        groups = self._grouped(events)
        if groups is None:
            groups = self._grouped(self._decoded(block.data))
        if groups is None:
            raise NotFlat("fields that cannot be told apart")
        return groups

    def _alive(self) -> Wanted:
        wanted = self._wanted()
        assert wanted is not None, "blocks are decoded while what wants fields lives"
        return wanted

    def _decoded(self, data: bytes) -> list[Any]:
        events: list[Any] = []
        replaced = self._replaced
        is_ascii = data.isascii()
        for part in _parts(data):
            # The decoder does not look at the encoding of fields that are not wanted.
            if not is_ascii and not _is_utf8(part):
                raise NotFlat("not UTF-8")
            events += self._decoded_part(part)
        return events if self._replaced == replaced else self._decoded(data)

    def _decoded_part(self, part: memoryview) -> list[Any]:
        try:
            if self._decode:
                try:
                    return self._decode(part)
                except msgspec.ValidationError:
                    pass
            for event, *facts in {msgspec.structs.astuple(look)[: self._looked_at] for look in self._look(part)}:
                self._learn(event, tuple(facts))
            return self._rebuilt()(part)
        except (msgspec.DecodeError, RecursionError, TypeError) as error:
            raise NotFlat(str(error)) from error

    def _learn(self, event: Any, facts: Facts) -> Origin:
        """Make room for the fields of an origin in the structure of its event id."""
        key = (event, *facts)
        if key in self._origin_of:
            return self._origin_of[key]
        if type(event) is not int or event not in _EVENT_IDS or len(self._names) >= _MOST_EVENT_IDS:
            raise NotFlat("an event id that is no number, or too many of them")
        origin = self._shape.origin((facts[0], event, *facts[1:]))
        sources = None if origin is None else self._shape.sources(origin, self._alive())
        if origin is None or sources is None:
            raise NotFlat("events that have to be taken whole")
        if len(self._origin_of) >= _MOST_ORIGINS:
            self._origin_of.clear()
        names = self._names.setdefault(event, list(self._shape.facts))
        wanted = [name for source in sources for name in source if name != "EventID"]
        new = [name for name in dict.fromkeys(wanted) if name not in names]
        if new or self._decode is None or event not in self._event_of.values():
            names += new
            self._decode = None
        self._origin_of[key] = origin
        return origin

    def _rebuilt(self) -> Callable[[memoryview], list[Any]]:
        for event, names in self._names.items():
            known = self._structs.get(event)
            if known is None or known[0] != len(names):
                self._replaced += known is not None
                self._structs[event] = (len(names), flat_struct("Event", names, event))
        structs = [struct for _, struct in self._structs.values()]
        self._event_of = dict(zip(structs, self._structs, strict=True))
        self._decode = msgspec.json.Decoder(Union[tuple(structs)]).decode_lines  # noqa: UP007 - made at run time
        return self._decode

    def _grouped(self, events: list[Any]) -> list[Group] | None:
        """The groups; None when they need fields that were not decoded, which are from then on."""
        rows_by_kind: defaultdict[type, list[int]] = defaultdict(list)
        for row, event in enumerate(events):
            rows_by_kind[type(event)].append(row)
        groups: list[Group] = []
        for kind, rows in rows_by_kind.items():
            event = self._event_of[kind]
            columns = list(zip(*[msgspec.structs.astuple(events[row]) for row in rows], strict=True))
            for facts, places in _places_by_facts(columns[: len(self._shape.facts)]).items():
                origin = self._learn(event, facts)
                if self._decode is None:
                    continue
                if len(places) == len(rows):
                    groups.append(self._group(origin, event, columns, rows))
                else:
                    mine = [[column[place] for place in places] for column in columns]
                    groups.append(self._group(origin, event, mine, [rows[place] for place in places]))
        if self._decode is None:
            self._rebuilt()
            return None
        return groups

    def _group(self, origin: Origin, event: int, columns: Sequence[Sequence[Any]], rows: list[int]) -> Group:
        names = self._names[event]
        picked: list[Sequence[Any]] = []
        for source in self._shape.sources(origin, self._alive()) or ():
            if "EventID" in source:
                picked.append([event] * len(rows))
            else:
                picked.append(coalesced([columns[names.index(name)] for name in source]))
        return Group(origin, rows, picked)


def _places_by_facts(columns: Sequence[Sequence[Any]]) -> dict[Facts, Sequence[int]]:
    """Which places of the columns have the same facts."""
    size = len(columns[0])
    if all(column.count(column[0]) == size for column in columns):
        return {tuple(column[0] for column in columns): range(size)}
    places: defaultdict[Facts, list[int]] = defaultdict(list)
    for place, facts in enumerate(zip(*columns, strict=True)):
        places[facts].append(place)
    return {**places}


def flat_blocks(wanted: Wanted) -> FlatBlocks:
    """The decoder of blocks for ``wanted``: always the same one while that lives."""
    if wanted not in _BLOCKS_FOR:
        _BLOCKS_FOR[wanted] = FlatBlocks(wanted)
    return _BLOCKS_FOR[wanted]


_BLOCKS_FOR: WeakKeyDictionary[Wanted, FlatBlocks] = WeakKeyDictionary()


def _parts(data: bytes) -> Iterator[memoryview]:
    """Whole lines, about `_PART_BYTES` at a time."""
    view = memoryview(data)
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PART_BYTES) + 1 or len(data)
        yield view[start:end]
        start = end


def _is_utf8(data: memoryview) -> bool:
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
