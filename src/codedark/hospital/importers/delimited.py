"""Delimited text (CSV and its relatives) from any system: delimiter and quotes recognised, each broken row named.

RFC 4180 as it is met: cells with line breaks in quotes, rows that end early or late by empty cells only, and the
first lines that Excel (``sep=;``) and PowerShell (``#TYPE``) write. A quote that is never closed, or closed in another
row, breaks its own row only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Final

from codedark.hospital.importers.gathering import Broken

Row = dict[str, str]
_DELIMITERS: Final = (",", ";", "\t", "|")
_MOST_LINES_IN_A_ROW: Final = 200
_EXPORT_AGAIN: Final = "look at the quotes and delimiters of this line, or export it again"


def header_of(text: str) -> list[str]:
    """The names of the columns, as far as a first line can be read; [] where there is none."""
    lines = text.splitlines()
    start, delimiter = _start(lines)
    return _cells(lines[start], delimiter) or [] if start < len(lines) else []


def rows(text: str) -> Iterator[tuple[int, str, Row] | Broken]:
    """Each row by the names of the columns in the first line, with its line; empty lines are none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, delimiter = _start(lines)
    if start == len(lines):
        return
    header = _cells(lines[start], delimiter)
    if not header or len(header) != len(set(header)):
        twice = next((each for each in header or () if (header or []).count(each) > 1), "")
        what = f"the column `{twice[:60]}` stands here twice" if header else "the first line names no columns"
        yield Broken(start + 1, what, "the first line names each column once")
        return
    at = start + 1
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        cells, used = _cells(lines[at], delimiter), 1
        if cells is None:
            cells, used = _over_lines(lines, at, delimiter, len(header)) or (None, 1)
        yield _row(at + 1, header, cells)
        at += used


def _row(line: int, header: Sequence[str], cells: list[str] | None) -> tuple[int, str, Row] | Broken:
    if cells is None:
        return Broken(line, "the quotes are not closed as they should be", _EXPORT_AGAIN)
    if not _fits(cells, len(header)):
        return Broken(line, f"{len(cells)} cells where the first line names {len(header)} columns", _EXPORT_AGAIN)
    return line, f"line {line}", dict(zip(header, [*cells, ""], strict=False))


def _fits(cells: Sequence[str], width: int) -> bool:
    """Whether cells make a row of ``width``: empty ones may follow, the last may be missing."""
    return len(cells) >= width - 1 and not any(cells[width:])


def _over_lines(lines: Sequence[str], at: int, delimiter: str, width: int) -> tuple[list[str], int] | None:
    """The cells of a row with line breaks in quotes, and how many lines it takes; None where there is none.

    A row that is spread over lines looks like a whole row in at most one of them. Two that do are rows of their own,
    and the quotes between them are astray: joining them would lose machines.
    """
    quotes = whole = 0
    for used, line in enumerate(lines[at : at + _MOST_LINES_IN_A_ROW], 1):
        quotes += line.count('"')
        whole += len(_cells(line, delimiter) or line.split(delimiter)) == width
        if whole > 1:
            return None
        if quotes % 2 == 0:
            cells = _cells("\n".join(lines[at : at + used]), delimiter)
            return (cells, used) if cells and _fits(cells, width) else None
    return None


def _start(lines: Sequence[str]) -> tuple[int, str]:
    """Where the header stands, and the delimiter."""
    start, said = 0, ""
    while start < len(lines):
        line = lines[start].strip()
        if line.casefold().startswith("sep=") and len(line) == len("sep=") + 1:
            said = line[-1]
        elif line and not line.startswith("#TYPE"):
            unquoted = "".join(line.split('"')[::2])
            return start, said or max(_DELIMITERS, key=unquoted.count)
        start += 1
    return start, ","


def _cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row; None where it cannot be read."""
    try:
        found = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
    return [cell.strip() for cell in found]
