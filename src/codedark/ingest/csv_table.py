"""Tables with a header line: CSV in its variants, and the logs of web servers and proxies.

The delimiter is found in the header. A value in quotes may hold line breaks; a quote that is never closed
costs its own line only. Where the columns are those of Windows events (as Get-WinEvent, the Event Viewer or
EvtxECmd export them), the records are Windows events. Source: RFC 4180.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, Final

import orjson

from codedark.events.record import Batch, Origin, Record, Rejected, SourceName, Wanted
from codedark.ingest import weblog
from codedark.ingest.shapes import normalise
from codedark.ingest.text import Entry, Line, Read, Unreadable, batches, each, gather, lines

ROW_LINES: Final = 1_000
ROW_CHARACTERS: Final = 1 << 24
REREAD_LINES: Final = 1 << 20
"""Most lines to look at for the end of a row; and, in a whole source, to look at twice as it had none."""

DELIMITERS: Final = ",;\t|"

WINDOWS_NAMES: Final = {
    "Event ID": "EventID",
    "Event Id": "EventID",
    "EventId": "EventID",
    "EventCode": "EventID",
    "LogName": "Channel",
    "Log Name": "Channel",
    "ProviderName": "Provider_Name",
    "Provider": "Provider_Name",
    "Source": "Provider_Name",
    "MachineName": "Computer",
    "Date and Time": "TimeCreated",
    "Task Category": "Task",
    "EventRecordId": "EventRecordID",
}
"""Column names of the usual exporters to the native names of Windows events."""

# The module's own limit of 128 kB is less than a recorded script block may have.
csv.field_size_limit(ROW_CHARACTERS)


class Table:
    """The columns of a table, as its header line names them. Raises `Unreadable` where that is none."""

    def __init__(self, header: str) -> None:
        self.delimiter = delimiter_of(header)
        names = enumerate(_cells(header, self.delimiter), 1)
        self._names = [name.strip() or f"column{at}" for at, name in names]
        native = [WINDOWS_NAMES.get(name, name) for name in self._names]
        if "Channel" in native and "Id" in native and "EventID" not in native:
            native[native.index("Id")] = "EventID"
        self._windows = "EventID" in native and ("Channel" in native or "Provider_Name" in native)
        if self._windows:
            self._names = native

    def record(self, cells: list[str]) -> tuple[Origin, Record]:
        """The record of one row. Raises `Unreadable` where it does not have the columns of the header."""
        if len(cells) != len(self._names):
            raise Unreadable(f"{len(cells)} columns where the header names {len(self._names)}")
        record = gather(list(zip(self._names, cells, strict=True)))
        if not self._windows:
            return Origin("csv"), record
        return normalise({**record, **_payload(record.get("Payload"))})


def delimiter_of(header: str) -> str:
    """The delimiter that a header line uses most outside quotes; a comma where it has but one column."""
    plain = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=plain.count)


def _payload(text: object) -> dict[str, Any]:
    """The event's own fields as EvtxECmd keeps them: ``{"EventData": {"Data": [{"@Name", "#text"}]}}``."""
    if not isinstance(text, str) or not text.startswith('{"EventData"'):
        return {}
    try:
        data = orjson.loads(text)["EventData"]["Data"]
        return {item["@Name"]: item.get("#text", "") for item in data}
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        # Other providers put other things there; the text itself stays in the record.
        return {}


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """Batches of a table. A record's number is the first line of its row."""
    return batches(_entries(lines(stream, source), source), source, wanted)


def parse(line: str, table: Table) -> tuple[Origin, Record]:
    """The record of a row that is one line. Raises `Unreadable`."""
    return table.record(_cells(line, table.delimiter))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as reason:
        raise Unreadable(f"it cannot be split into columns: {reason}") from reason


def _entries(found: Iterator[Line | Rejected], source: SourceName) -> Iterator[Entry]:
    """Judge by the first line what kind of table it is."""
    for line in found:
        if isinstance(line, Rejected):
            yield line
        elif line.text.startswith("#") and not line.text.startswith("#TYPE "):
            log = weblog.W3cLog()
            yield from each(chain([line], found), source, log.parse, log.learn)
        elif weblog.is_access_log(line.text):
            yield from each(chain([line], found), source, weblog.parse)
        elif not line.blank and not _is_preamble(line.text):
            try:
                table = Table(line.text)
            except Unreadable as reason:
                yield Rejected(source, line.offset, f"line {line.number}: {reason}")
            else:
                yield from _rows(table, found, source)


def _is_preamble(text: str) -> bool:
    """Whether the line stands before the header: PowerShell's type, or Excel's delimiter."""
    return text.startswith("#TYPE ") or (text.startswith("sep=") and len(text) == len("sep=;"))


class _Rows:
    """Feeds lines to the csv module and keeps those of the current row."""

    def __init__(self, found: Iterator[Line | Rejected]) -> None:
        self._found = found
        self._again: deque[Line] = deque()
        self._reread = 0
        self._size = 0
        self.taken: list[Line] = []
        self.rejected: list[Rejected] = []
        self.unclosed = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """One more line for the row. The row has no end where there is none, or too many were taken."""
        most = ROW_LINES if self._reread < REREAD_LINES else 1
        line = None
        if len(self.taken) < most and self._size < ROW_CHARACTERS:
            line = self._again.popleft() if self._again else self._next_found()
        if line is None:
            self.unclosed = bool(self.taken)
            raise StopIteration
        self.taken.append(line)
        self._size += len(line.text)
        return line.text + "\n"

    def _next_found(self) -> Line | None:
        for line in self._found:
            if isinstance(line, Line):
                return line
            self.rejected.append(line)
        return None

    def begin(self) -> None:
        """Forget the row before."""
        self.taken, self.rejected, self.unclosed, self._size = [], [], False, 0

    def give_back(self) -> None:
        """Keep the first line only; the others are to be read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        self._reread += len(self.taken) - 1
        del self.taken[1:]


def _rows(table: Table, found: Iterator[Line | Rejected], source: SourceName) -> Iterator[Entry]:
    rows = _Rows(found)
    reader = csv.reader(rows, delimiter=table.delimiter)
    while True:
        rows.begin()
        cells: list[str] = []
        reason = ""
        try:
            cells = next(reader, [])
        except csv.Error as error:
            reason = f"it cannot be split into columns: {error}"
        yield from rows.rejected
        if not rows.taken:
            return
        if rows.unclosed:
            rows.give_back()
            reason = f"a quote is opened and not closed within {ROW_LINES:,} lines"
        first = rows.taken[0]
        if len(rows.taken) == 1 and first.blank:
            continue
        try:
            judged = None if reason else table.record(cells)
        except Unreadable as why:
            judged, reason = None, str(why)
        if judged:
            yield Read(*judged, first.number, sum(len(line.text) for line in rows.taken))
        else:
            yield Rejected(source, first.offset, f"line {first.number}: {reason}")
