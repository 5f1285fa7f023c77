"""Text logs: lines in, batches out. What every line-by-line reader shares.

A reader is a pure ``parse`` of one line and, where records span lines or depend on a header, a
generator of entries; this module numbers and decodes the lines, turns what cannot be read into
`Rejected`, and cuts the entries into batches. Every line that is not blank and not a comment of
its format ends up in exactly one record or one `Rejected`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple

from codedark.events.record import Origin, Record, RecordBatch, Rejected, Scalar, SourceName, Value, Wanted
from codedark.ingest.lines import blocks

MAX_LINE_BYTES: Final = 1 << 21
"""No log of these formats has longer lines. Fields taken apart cost up to a hundred times their text."""

BATCH_RECORDS: Final = 1_000
BATCH_CHARACTERS: Final = 1 << 22


class Unreadable(ValueError):
    """A line that is no record of its format. The message is the reason, one plain sentence."""


class Line(NamedTuple):
    """One line of a source: its 1-based number, its byte offset, and its text without the line end."""

    number: int
    offset: int
    text: str

    @property
    def blank(self) -> bool:
        """Whether the line holds nothing but ASCII white space."""
        return not self.text.strip(" \t\r\n\v\f")


class Read(NamedTuple):
    """A record that was read: ``number`` is its line, ``size`` the characters it was read from."""

    origin: Origin
    record: Record
    number: int
    size: int


Entry = Read | Rejected
Parse = Callable[[str], tuple[Origin, Record]]
Learn = Callable[[str], None]


def decode(raw: bytes) -> str:
    """``raw`` as UTF-8. Bytes that are none are written out in hexadecimal, so that nothing is lost."""
    return raw.decode("utf-8", "backslashreplace")


def lines(stream: BinaryIO, source: SourceName) -> Iterator[Line | Rejected]:
    """All lines of ``stream``, also the blank ones; one that is too long to hold is a `Rejected`."""
    for block in blocks(stream, max_line_bytes=MAX_LINE_BYTES):
        for offset, length in block.too_long:
            yield Rejected(source, offset, f"the line has {length:,} bytes; at most {MAX_LINE_BYTES:,} are read")
        placed = zip(block.offsets(), block.lines, strict=True)
        for number, (offset, raw) in enumerate(placed, block.first_number):
            yield Line(number, offset, decode(raw))


def each(
    found: Iterable[Line | Rejected], source: SourceName, parse: Parse, learn: Learn | None = None
) -> Iterator[Entry]:
    """One entry per line that is not blank.

    Where the format has header lines, they begin with ``#`` and go to ``learn``, in their order among rows.
    """
    for line in found:
        if isinstance(line, Rejected):
            yield line
        elif learn and line.text.startswith("#"):
            learn(line.text)
        elif not line.blank:
            yield entry(line, source, parse)


def entry(line: Line, source: SourceName, parse: Parse) -> Entry:
    """What ``parse`` makes of ``line``: a record, or the reason why there is none."""
    try:
        origin, record = parse(line.text)
    except Unreadable as reason:
        return Rejected(source, line.offset, str(reason))
    return Read(origin, record, line.number, len(line.text))


def batches(entries: Iterable[Entry], source: SourceName, wanted: Wanted) -> Iterator[RecordBatch]:
    """Cut entries into batches of at most `BATCH_RECORDS`, or of the first to pass `BATCH_CHARACTERS`."""
    batch = RecordBatch(source, wanted)
    size = 0
    for item in entries:
        if isinstance(item, Rejected):
            batch.rejected.append(item)
        else:
            batch.add(item.origin, item.record, item.number)
            size += item.size
        if len(batch.records) + len(batch.rejected) >= BATCH_RECORDS or size >= BATCH_CHARACTERS:
            yield batch
            batch = RecordBatch(source, wanted)
            size = 0
    if batch.records or batch.rejected:
        yield batch


def gather(pairs: Sequence[tuple[str, Scalar]]) -> Record:
    """A record of name and value pairs; a name that comes with different values has the tuple of them."""
    record: Record = dict(pairs)
    if len(record) == len(pairs):
        return record
    single: dict[str, Scalar] = {}
    repeated: dict[str, list[Scalar]] = {}
    for name, value in pairs:
        if name not in single:
            single[name] = value
        else:
            repeated.setdefault(name, [single[name]]).append(value)
    for name, values in repeated.items():
        record[name] = tuple(values) if len(set(values)) > 1 else values[0]
    return record


def alias(record: Record, names: Iterable[tuple[str, str]]) -> None:
    """Give fields a second name, ``(native, Sigma's)``; a name that the record already has stays as it is."""
    for native, sigma in names:
        value: Value = record.get(native)
        if value is not None:
            record.setdefault(sigma, value)


def closing_quote(text: str, start: int) -> int:
    """The quote that ends a value: the first from ``start`` on with an even number of backslashes before it.

    -1 where there is none. Linear in the length of the text.
    """
    close = text.find('"', start)
    while close >= 0:
        backslash = close
        while backslash > start and text[backslash - 1] == "\\":
            backslash -= 1
        if (close - backslash) % 2 == 0:
            return close
        close = text.find('"', close + 1)
    return -1
