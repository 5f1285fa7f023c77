"""CSV as columns: one row a line, so that a broken line breaks no other.

Many lines are read at once; only where that shows something odd are they gone through one by one, to name each that
is broken. RFC 4180 with two narrowings: UTF-8, and no line break inside a cell.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from codedark.hospital.load.report import Report, listed, suggestion

Column = Sequence[str]
PIECE: Final = 1 << 17
"""Octets that are looked at together: so few that they stay in the cache of the processor."""
_NO_SEPARATOR: Final = bytes(set(range(256)) - set(b",\n"))
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a table may have, and those that it must have."""

    columns: tuple[str, ...]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table by columns, all columns of its layout, "" where the file has none. ``lines`` of the file, row by row.

    ``unread`` are the cells of lines that could not be read: what they name may be there.
    """

    cells: Mapping[str, Column]
    lines: Sequence[int]
    unread: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.lines)


def empty(layout: Layout) -> Rows:
    """A table without rows."""
    return Rows(dict.fromkeys(layout.columns, ()), ())


def read(data: bytes, layout: Layout, report: Report) -> Rows:
    """The rows of a CSV file; every line that is broken goes to ``report`` and is left out."""
    every = list(pieces(data, layout, report))
    if len(every) < 2:
        return every[0] if every else empty(layout)
    cells = {name: list(chain.from_iterable(rows.cells[name] for rows in every)) for name in layout.columns}
    lines = list(chain.from_iterable(rows.lines for rows in every))
    return Rows(cells, lines, frozenset().union(*(rows.unread for rows in every)))


def pieces(data: bytes, layout: Layout, report: Report) -> Iterator[Rows]:
    """The same, some thousand rows at a time, for tables that are longer than what is made of them."""
    if data.startswith(_UTF16):
        report.error(1, "the file is UTF-16", "save it as CSV in UTF-8")
        return
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    limit = len(data) - data.endswith(b"\n")
    end = data.find(b"\n", start, limit) % (limit + 1)
    header = _header(data[start:end], layout, report)
    first = 2
    while header and end < limit:
        start, end = end + 1, data.find(b"\n", end + 1 + PIECE, limit) % (limit + 1)
        piece = data[start:end]
        columns = _at_once(piece, len(header))
        lines: Sequence[int] = range(first, first + piece.count(b"\n") + 1)
        unread: frozenset[str] = frozenset()
        if columns is None:
            columns, lines, unread = _line_by_line(piece, first, len(header), report)
        first += piece.count(b"\n") + 1
        by_name = dict(zip(header, columns, strict=True))
        nothing = ("",) * len(lines)
        yield Rows({name: by_name.get(name, nothing) for name in layout.columns}, lines, unread)


def _at_once(piece: bytes, width: int) -> list[Column] | None:
    """The columns in a few passes of C; None where a line differs from the others."""
    count = piece.count(b"\n") + 1
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n").removesuffix(b"\r")
    try:
        if b'"' not in piece:
            if piece.translate(None, delete=_NO_SEPARATOR) != b"\n".join([b"," * (width - 1)] * count):
                return None
            cells = piece.replace(b"\n", b",").decode().split(",")
        else:
            rows = list(csv.reader(piece.decode().split("\n"), strict=True))
            if set(map(len, rows)) != {width} or len(rows) != count:
                return None
            cells = list(chain.from_iterable(rows))
    except (UnicodeDecodeError, csv.Error):
        return None
    return [cells[number::width] for number in range(width)] if b"\0" not in piece else None


def _line_by_line(
    piece: bytes, first: int, width: int, report: Report
) -> tuple[list[Column], list[int], frozenset[str]]:
    """The same, with every line that cannot be read named; also the lines that could, and the cells of the others."""
    rows: list[list[str]] = []
    lines: list[int] = []
    unread: set[str] = set()
    for number, line in enumerate(piece.split(b"\n"), first):
        if not line.strip():
            continue
        try:
            row = _row(line)
            if len(row) != width:
                raise _Broken(*_miscounted(len(row), width))
        except _Broken as broken:
            report.error(number, broken.what, broken.mend)
            unread.update(line.decode("utf-8", "replace").replace('"', "").split(","))
        else:
            rows.append(row)
            lines.append(number)
    return list(zip(*rows, strict=True)) if rows else [()] * width, lines, frozenset(unread)


class _Broken(Exception):
    """A line that is no row."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


def _row(line: bytes) -> list[str]:
    try:
        text = line.removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte 0x{line[error.start]:02x} is not UTF-8 (it may be Latin-1 or Windows-1252)"
        raise _Broken(what, "save the file as CSV in UTF-8") from error
    if "\0" in text:
        raise _Broken("there is a NUL byte in this line", "the file is damaged or no CSV: export it again")
    try:
        return next(csv.reader([text], strict=True), [""])
    except csv.Error as error:
        mend = 'put a cell with a comma in quotes, write a quote inside as "", and keep a cell on one line'
        raise _Broken(f"the quotes are not closed as they should be ({error})", mend) from error


def _miscounted(cells: int, columns: int) -> tuple[str, str]:
    what = f"{cells} cells where the header has {columns}"
    if cells > columns:
        return what, "put a cell that holds a comma in quotes; a list inside a cell is separated by `;`"
    return what, "the line was cut off, or a comma is missing: an empty cell still needs its comma"


def _header(line: bytes, layout: Layout, report: Report) -> list[str]:
    """The names of the columns; none where they are not all known, different, and there that must be."""
    try:
        header = _row(line)
    except _Broken as broken:
        report.error(1, broken.what, broken.mend)
        return []
    if not any(header):
        report.error(1, "the first line is empty", f"it names the columns: {listed(layout.columns, 20)}")
        return []
    if len(header) == 1 and header[0].count(";") >= len(layout.required) - 1 > 0:
        report.error(1, "the cells are separated by `;`", "save the file with commas (CSV, comma delimited)")
        return []
    every = listed(layout.columns, 20)
    for name in dict.fromkeys(header):
        if name not in layout.columns:
            mend = suggestion(name, layout.columns) or f"known are {every}"
            report.error(1, f"the column `{name}` is not known", mend)
        elif header.count(name) > 1:
            report.error(1, f"the column `{name}` stands here {header.count(name)} times", "keep one of them")
    missing = sorted(layout.required - set(header))
    for name in missing:
        report.error(1, f"the column `{name}` is missing", f"the first line names the columns: {every}")
    return header if not missing and len(set(header)) == len(header) else []
