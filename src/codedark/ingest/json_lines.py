"""JSON lines of Windows events in their flat native shape, read column by column.

This is the shape in which most Windows logs leave a collector (NXLog, Windows Event Forwarding exporters), one
object a line with `Channel` and `EventID` at top level. Taking each line wholly apart into a dictionary would cost
more than everything that is then done with it, so:

1. the lines of a block are sorted into buckets by the few bytes behind ``"EventID":``;
2. a bucket is decoded in one call into a structure that has just the fields that the rules for its origin name;
3. what the structure says of its origin is compared with what the bucket was taken for; lines that were
   taken for something else are decoded again as what they are.

A line that is no flat Windows event (another shape, no channel, broken) is left to `shapes`, one line at a time.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, BinaryIO

import msgspec

from codedark.events.record import Batch, Group, Origin, Record, Rejected, SourceName, Wanted, group_of, plain_text
from codedark.ingest.buckets import decode_bucket
from codedark.ingest.json_blocks import NotFlat, flat_blocks
from codedark.ingest.json_columns import FlatShape, decoders_for
from codedark.ingest.lines import Block, blocks
from codedark.ingest.shapes import normalise

_EVENT_ID = b'"EventID":'
_TOKEN_BYTES = 7
_BLOCK_BYTES = 1 << 21


@dataclass(slots=True)
class LineBatch:
    """One block of JSON lines. Whole records are decoded only when they are asked for."""

    source: SourceName
    block: Block
    rejected: list[Rejected] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    count: int = 0
    whole: dict[int, Record] = field(default_factory=dict, repr=False)
    unread: set[int] = field(default_factory=set, repr=False)

    def __len__(self) -> int:
        return self.count

    def record(self, row: int) -> Record:
        """The whole record at ``row``."""
        known = self.whole.get(row)
        if known is not None:
            return known
        line = self.block.line(row)
        try:
            record = normalise(decode_object(line))[1]
        except ValueError:
            # Nested so deep that it could only just be passed over; it was judged, so it must be shown.
            record = {"raw": line.decode("utf-8", "replace")}
        self.whole[row] = record
        return record

    def number(self, row: int) -> int:
        """The 1-based line number."""
        return self.block.first_number + row

    def haystack(self) -> bytes:
        """The block as it was read, JSON escapes and all; then the records taken whole, whose texts may be others."""
        return b"\n".join((self.block.data, *map(plain_text, self.whole.values()))) if self.whole else self.block.data

    def row_finder(self) -> Callable[[int], int]:
        """Finds lines by where they start, and the records behind them by their lengths."""
        lengths = (len(text) + 1 for text in (self.block.data, *map(plain_text, self.whole.values())))
        starts = [*self.block.starts[:-1], *accumulate(lengths)]
        rows = [*range(len(self.block)), *self.whole]

        def row_at(offset: int) -> int:
            row = rows[bisect_right(starts, offset) - 1]
            return -1 if row in self.unread else row

        return row_at


class EventLines:
    """Turns lines into batches; what it has learnt of the habits of one source it keeps from block to block."""

    def __init__(self, source: SourceName, wanted: Wanted) -> None:
        self._source = source
        self._wanted = wanted
        self._decoders = decoders_for(FlatShape(), wanted)

    def batch(self, block: Block) -> LineBatch:
        """The records of one block."""
        batch = LineBatch(self._source, block)
        batch.rejected += [
            Rejected(self._source, offset, f"a line of {length:,} bytes: longer than one record can be")
            for offset, length in block.too_long
        ]
        # The decoder passes over fields that are not wanted without looking at their encoding.
        if not block.data.isascii() and not all(line.isascii() or _is_utf8(line) for line in block.lines):
            self._take_whole(batch, range(len(block.lines)))
            return batch
        buckets: defaultdict[bytes, list[int]] = defaultdict(list)
        for row, line in enumerate(block.lines):
            start = line.find(_EVENT_ID) + len(_EVENT_ID)
            buckets[line[start : start + _TOKEN_BYTES]].append(row)
        others: list[int] = []
        for token, rows in buckets.items():
            others += decode_bucket(self._decoders, batch, block.lines, token, rows)
        if others:
            self._take_whole(batch, sorted(others))
        return batch

    def _take_whole(self, batch: LineBatch, rows: Sequence[int]) -> None:
        """Lines of any other shape, one at a time."""
        places: list[int] = []
        by_origin: defaultdict[Origin, list[int]] = defaultdict(list)
        for row in rows:
            line = batch.block.lines[row]
            if not line or line.isspace():
                batch.unread.add(row)
                continue
            try:
                origin, record = normalise(decode_object(line))
            except ValueError as error:
                places = places or batch.block.offsets()
                batch.unread.add(row)
                batch.rejected.append(Rejected(self._source, places[row], str(error)))
                continue
            batch.whole[row] = record
            by_origin[origin].append(row)
        for origin, mine in by_origin.items():
            records = [batch.whole[row] for row in mine]
            batch.groups.append(group_of(origin, mine, records, self._wanted))
            batch.count += len(mine)


def decode_object(raw: bytes) -> dict[str, Any]:
    """One JSON object. Raises ValueError with a plain reason for anything else."""
    try:
        value = msgspec.json.decode(raw)
    except msgspec.ValidationError:
        value = _with_odd_numbers(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError(f"a JSON {type(value).__name__} where an event object was expected")
    return value


def _with_odd_numbers(raw: bytes) -> Any:
    """JSON in which a number is beyond all range: that stays the text that it is written as."""
    try:
        value = json.loads(raw.decode(), parse_int=_number, parse_float=_number, parse_constant=_number)
        msgspec.json.encode(value)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise ValueError(f"not JSON: {error}") from error
    return value


def _number(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:
        return text


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def read(
    stream: BinaryIO, source: SourceName, wanted: Wanted, start: int = 0, stop: int | None = None
) -> Iterator[Batch]:
    """The records of the lines that begin in the bytes [``start``, ``stop``), a batch a block."""
    whole_blocks = flat_blocks(wanted)
    line_by_line = EventLines(source, wanted)
    for block in blocks(stream, _BLOCK_BYTES, start=start, stop=stop, keep_cr=True):
        try:
            groups = whole_blocks.groups(block)
        except NotFlat:
            yield line_by_line.batch(block)
        else:
            yield LineBatch(source, block, groups=groups, count=len(block))
