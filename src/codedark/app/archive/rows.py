"""From parcels to rows of the event lake: what each record says of itself, its number, and its text.

Parcels are read a run at a time: consecutive ones of one format and header, joined (`JoinedParcels`), because a reader
is quicker the more it gets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import hyperscan
import orjson

from codedark.app.archive.fields import Asked, hosts_and_users_in, times_in
from codedark.app.joined_parcels import JoinedParcels
from codedark.app.untrusted import encodable
from codedark.events.parcel import Parcel
from codedark.events.record import Batch, Group, Record, Rejected, SourceName
from codedark.ingest.json_lines import LineBatch

RUN_BYTES: Final = 1 << 22
REJECTED: Final = ("codedark", "rejected")
"""Product and service of what could not be read: it is archived too, with the reason."""
_JSON: Final = frozenset(("jsonl", "json"))
_ANY_SOURCE: Final = frozenset(("jsonl", "cef", "leef", "zeek", "csv"))
"""Formats whose records never span lines, so that lines of several sources may be read together."""
_BY_ORDER: Final = frozenset(("xml",))
"""Formats whose readers number records by what stands in them and not by their line."""


@dataclass(slots=True)
class Rows:
    """Columns of `codedark.store.lake.parquet.SCHEMA`, being filled."""

    seq: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    product: list[str] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    event: list[str] = field(default_factory=list)
    host: list[str] = field(default_factory=list)
    user: list[str] = field(default_factory=list)
    record: list[bytes] = field(default_factory=list)
    raw: list[str | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.seq)

    def columns(self) -> dict[str, list[Any]]:
        """The columns by their names."""
        return {name: getattr(self, name) for name in self.__slots__}

    def extend(self, others: Rows) -> None:
        """Put the rows of ``others`` behind these."""
        for name in self.__slots__:
            getattr(self, name).extend(getattr(others, name))

    def picked(self, places: Sequence[int]) -> Rows:
        """The rows at some places."""
        return Rows(**{name: [column[place] for place in places] for name, column in self.columns().items()})


class _Lines:
    """What the archivist has to know of each line of joined parcels, beside what it says."""

    def __init__(self, joined: JoinedParcels) -> None:
        self.joined = joined

    @cached_property
    def escaped(self) -> frozenset[int]:
        """The numbers of the lines that may not be `canonical`."""
        ends: list[int] = []

        def found(_id: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append(end)

        _ESCAPED.scan(self.joined.text, match_event_handler=found)
        return frozenset(self.joined.line_at(end - 1) for end in ends)

    @cached_property
    def _by_line(self) -> tuple[list[int], list[int], list[str]]:
        """Number, arrival and source of the record in each line; the lines of the header have those of the first."""
        first = self.joined.parcels[0]
        numbers = [int(first.first)] * (self.joined.header_lines + 1)
        arrived = [first.arrived_us] * len(numbers)
        sources = [encodable(first.source)] * len(numbers)  # the name of a file may be any bytes
        for parcel in self.joined.parcels:
            numbers.extend(range(parcel.first, parcel.end))
            arrived.extend([parcel.arrived_us] * parcel.count)
            sources.extend([encodable(parcel.source)] * parcel.count)
        return numbers, arrived, sources

    def facts(self, lines: Sequence[int]) -> tuple[list[int], list[int], list[str]]:
        """Number, arrival and source of the records in some lines, by their 1-based numbers."""
        numbers, arrived, sources = self._by_line
        return [numbers[line] for line in lines], [arrived[line] for line in lines], [sources[line] for line in lines]


def runs(parcels: Iterable[Parcel], run_bytes: int = RUN_BYTES) -> Iterator[JoinedParcels]:
    """Join consecutive parcels that can be read together, up to about ``run_bytes``."""
    waiting: list[Parcel] = []
    size = 0
    for parcel in parcels:
        if waiting and (size + len(parcel.data) > run_bytes or not _joins(waiting[-1], parcel)):
            yield JoinedParcels(waiting)
            waiting, size = [], 0
        waiting.append(parcel)
        size += len(parcel.data)
    if waiting:
        yield JoinedParcels(waiting)


def _joins(one: Parcel, other: Parcel) -> bool:
    if (one.format, one.header) != (other.format, other.header) or one.format in _BY_ORDER:
        return False
    return one.format in _ANY_SOURCE or one.source == other.source


def rows_of(run: JoinedParcels, asked: Asked) -> Iterator[Rows]:
    """The rows of a run, those of one product and service together."""
    if run.format in _BY_ORDER and run.parcels[0].count > 1:
        for single in _line_by_line(run.parcels[0]):
            yield from rows_of(JoinedParcels([single]), asked)
        return
    lines = _Lines(run)
    for batch in run.batches(asked):
        for group in batch.groups:
            yield _rows_of_group(lines, batch, group)
        if batch.rejected:
            yield _rows_of_rejected(lines, batch.rejected)


def _line_by_line(parcel: Parcel) -> Iterator[Parcel]:
    for place, line in enumerate(parcel.data.splitlines(keepends=True)):
        first = type(parcel.first)(parcel.first + place)
        yield Parcel(first, 1, parcel.arrived_us, parcel.source, parcel.format, line, parcel.header)


def _rows_of_group(lines: _Lines, batch: Batch, group: Group) -> Rows:
    run, origin, count = lines.joined, group.origin, len(group.rows)
    if isinstance(batch, LineBatch):
        places = [batch.block.first_number + row for row in group.rows]
        texts = _texts(batch, group.rows, lines.escaped)
    else:
        places = [_line_of(run, batch.number(row)) for row in group.rows]
        texts = [to_json(batch.record(row)) for row in group.rows]
    seq, arrived, sources = lines.facts(places)
    hosts, users = hosts_and_users_in(group, batch)
    raw = [None] * count if run.format in _JSON else [readable(run.line(place)) for place in places]
    return Rows(
        seq, times_in(group, arrived), arrived, sources, [origin.product] * count, [origin.service] * count,
        [origin.event] * count, hosts, users, texts, [*raw],
    )  # fmt: skip


def _texts(batch: LineBatch, rows: Sequence[int], escaped: frozenset[int]) -> list[bytes]:
    """The records as JSON: their lines as they came, but for those that are taken whole or not `canonical`."""
    data, starts, whole, base = batch.block.data, batch.block.starts, batch.whole, batch.block.first_number
    texts = [data[starts[row] : starts[row + 1]] for row in rows]
    if whole or escaped:
        for place, row in enumerate(rows):
            if row in whole:
                texts[place] = to_json(whole[row])
            elif base + row in escaped:
                texts[place] = canonical(texts[place])
    return texts


def _line_of(run: JoinedParcels, number: int) -> int:
    """The line of a record that its reader calls ``number``."""
    return run.header_lines + 1 if run.format in _BY_ORDER else number


def _rows_of_rejected(lines: _Lines, rejected: Sequence[Rejected]) -> Rows:
    run = lines.joined
    places = [max(run.line_at(one.offset), run.header_lines + 1) for one in rejected]
    seq, arrived, sources = lines.facts(places)
    product, service = REJECTED
    texts = [to_json({"reason": one.reason, "format": run.format}) for one in rejected]
    count = len(rejected)
    return Rows(
        seq, list(arrived), arrived, sources, [product] * count, [service] * count, [""] * count, [""] * count,
        [""] * count, texts, [readable(run.line(place)) for place in places],
    )  # fmt: skip


def rows_set_aside(parcel: Parcel, reason: str) -> Rows:
    """The row of a single record that no reader gets past, kept as it came."""
    rejected = Rejected(SourceName(parcel.source), len(parcel.header), reason)
    return _rows_of_rejected(_Lines(JoinedParcels([parcel])), [rejected])


def _escaped_finder() -> hyperscan.Database:
    """Finds a backslash that is not itself escaped before ``u`` or ``/``."""
    database = hyperscan.Database()
    database.compile(expressions=[rb"[^\\](\\\\)*\\[u/]"], ids=[0], flags=[0])
    return database


_ESCAPED: Final = _escaped_finder()


def to_json(record: Record) -> bytes:
    """A record as JSON text."""
    try:
        return orjson.dumps(record)
    except (TypeError, ValueError):
        # Half of a surrogate pair, or a number that is too large.
        return orjson.dumps(_encodable(record))


def canonical(line: bytes) -> bytes:
    r"""A line of JSON in which nothing is escaped that need not be, so that a search for its text finds it.

    Writers may put ``\u003c`` for ``<``, and whoever wants not to be found ``\u0061`` for ``a``.
    """
    try:
        return orjson.dumps(orjson.loads(line))
    except orjson.JSONDecodeError:
        # Half of a surrogate pair, or nested beyond what can be read.
        try:
            return orjson.dumps(_encodable(json.loads(line)))
        except (ValueError, RecursionError):
            return line


def readable(line: bytes) -> str:
    """A line as text; bytes that are not UTF-8 in hexadecimal, so that nothing is lost."""
    return line.decode("utf-8", "backslashreplace").removesuffix("\r")


def _encodable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_encodable(name): _encodable(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_encodable(part) for part in value]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    is_large = isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 63
    return str(value) if is_large else value
