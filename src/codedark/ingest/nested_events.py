"""Windows events as the `evtx` library hands them out, JSON text by JSON text, read column by column.

1. The texts are sorted into buckets by what stands around ``"EventID":``: the end of the provider, and the id.
2. A bucket is decoded into structures that have just the fields that the rules for its origin name.
3. What the structures say of the origin is compared with what the bucket was taken for; texts that were taken for
   something else are decoded again as what they are.

A text that cannot be read so is left to `shapes`, by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from codedark.events.record import Group, Origin, Record, Rejected, SourceName, Wanted, group_of, plain_text
from codedark.ingest.buckets import decode_bucket
from codedark.ingest.json_columns import decoders_for
from codedark.ingest.json_lines import decode_object
from codedark.ingest.nested_columns import NestedShape
from codedark.ingest.shapes import normalise

_EVENT_ID = '"EventID":'
_BEFORE, _BEHIND = 100, 60
"""Room for an id with its qualifiers. What else is in the text there makes more buckets, and none of them wrong."""


@dataclass(slots=True)
class NestedBatch:
    """Some events with their texts. Whole records are decoded only when they are asked for."""

    source: SourceName
    texts: Sequence[str]
    numbers: Sequence[int]
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
        if known is None:
            text = self.texts[row]
            try:
                known = normalise(decode_object(text.encode()))[1]
            except ValueError:
                # Nested so deep that it could only just be passed over; it was judged, so it must be shown.
                known = {"raw": text}
            self.whole[row] = known
        return known

    def number(self, row: int) -> int:
        """The EventRecordID."""
        return self.numbers[row]

    def haystack(self) -> bytes:
        """The texts with their JSON escapes; then the records taken whole, whose values may be written otherwise."""
        texts = "\n".join(self.texts).encode()
        return b"\n".join((texts, *map(plain_text, self.whole.values()))) if self.whole else texts

    def row_finder(self) -> Callable[[int], int]:
        """Finds rows by the lengths of what `haystack` joined."""
        texts = (len(text) if text.isascii() else len(text.encode()) for text in self.texts)
        ends = list(accumulate(length + 1 for length in (*texts, *map(len, map(plain_text, self.whole.values())))))
        rows = [*range(len(self.texts)), *self.whole]

        def row_at(offset: int) -> int:
            row = rows[bisect_right(ends, offset)]
            return -1 if row in self.unread else row

        return row_at


class NestedEvents:
    """Turns texts into batches; what it learns of one source serves the next."""

    def __init__(self, source: SourceName, wanted: Wanted) -> None:
        self._source = source
        self._wanted = wanted
        self._decoders = decoders_for(NestedShape(), wanted)

    def batch(self, texts: Sequence[str], numbers: Sequence[int]) -> NestedBatch:
        """The records in ``texts``, known by ``numbers``."""
        batch = NestedBatch(self._source, texts, numbers)
        buckets: defaultdict[str, list[int]] = defaultdict(list)
        for row, text in enumerate(texts):
            place = text.find(_EVENT_ID)
            buckets[text[place - _BEFORE : place + _BEHIND]].append(row)
        others: list[int] = []
        for token, rows in buckets.items():
            others += decode_bucket(self._decoders, batch, texts, token, rows)
        if others:
            self._take_whole(batch, sorted(others))
        return batch

    def _take_whole(self, batch: NestedBatch, rows: Sequence[int]) -> None:
        """Events of any other shape, one at a time."""
        by_origin: defaultdict[Origin, list[int]] = defaultdict(list)
        for row in rows:
            try:
                origin, record = normalise(decode_object(batch.texts[row].encode()))
            except ValueError as error:
                batch.unread.add(row)
                batch.rejected.append(Rejected(self._source, batch.numbers[row], str(error)))
                continue
            batch.whole[row] = record
            by_origin[origin].append(row)
        for origin, mine in by_origin.items():
            batch.groups.append(group_of(origin, mine, [batch.whole[row] for row in mine], self._wanted))
            batch.count += len(mine)
