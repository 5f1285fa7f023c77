"""A table on sheets: its heading stands on each of them, its rows are as high as what they hold, and nothing is cut.

A row moves to the next sheet whole where it fits there; one that is higher than a sheet goes on over several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import LEADING, Sheets

Cell = str | Sequence[tuple[str, str]]
"""A text, or paragraphs with their fonts."""
_PAD: Final = 2.5


@dataclass(frozen=True, slots=True)
class Column:
    """``room`` in points."""

    title: str
    room: float
    font: str = REGULAR


class Table:
    """Rows from ``y`` on. ``head`` draws the top of a new sheet and returns where the table goes on."""

    def __init__(
        self, sheets: Sheets, columns: Sequence[Column], y: float, head: Callable[[], float], size: float = 8.5
    ) -> None:
        self._sheets, self._columns, self._head, self._size = sheets, columns, head, size
        self._fresh = True
        self._begun = y
        self.y = self._titled(y)

    def row(self, cells: Sequence[Cell], least: float = 0.0) -> tuple[float, float]:
        """Writes a row that is at least so high; returns its top and height (of its last part, where it was parted)."""
        held = [self._lines(cell, column) for cell, column in zip(cells, self._columns, strict=True)]
        step = self._size * LEADING
        while True:
            count = max(len(lines) for lines in held)
            height = max(count * step + 2 * _PAD, least)
            room = self._sheets.bottom - self.y
            if height > room and not self._fresh:
                self.turn()
                continue
            fit = count if height <= room else max(1, int((room - 2 * _PAD) // step))
            top = self.y
            self._write([lines[:fit] for lines in held])
            self.y += min(height, room)
            self._across(self.y, 0.6)
            self._fresh = False
            held = [lines[fit:] for lines in held]
            if not any(held):
                return top, self.y - top
            self.turn()

    def turn(self) -> None:
        """Goes on at the top of a new sheet."""
        self.end()
        self._sheets.sheet()
        self._fresh = True
        self._begun = self._head()
        self.y = self._titled(self._begun)

    def end(self) -> None:
        """Rules the columns on this sheet. Whoever is done with a table calls it."""
        x = self._sheets.left
        for column in (*self._columns, None):
            self._sheets.line(x, self._begun, x, self.y, 0.6)
            x += column.room if column else 0.0

    def _lines(self, cell: Cell, column: Column) -> list[tuple[str, str]]:
        parts = [(cell, column.font)] if isinstance(cell, str) else cell
        room = column.room - 2 * _PAD
        of = self._sheets.lettering.lines
        return [(line, font) for text, font in parts for line in of(text, room, self._size, font)]

    def _write(self, held: Sequence[Sequence[tuple[str, str]]]) -> None:
        x, step = self._sheets.left, self._size * LEADING
        for lines, column in zip(held, self._columns, strict=True):
            for place, (line, font) in enumerate(lines):
                self._sheets.text(x + _PAD, self.y + _PAD + self._size + place * step, line, self._size, font)
            x += column.room

    def _across(self, y: float, thick: float) -> None:
        left = self._sheets.left
        self._sheets.line(left, y, left + sum(column.room for column in self._columns), y, thick)

    def _titled(self, y: float) -> float:
        size, of = self._size - 0.5, self._sheets.lettering.lines
        held = [of(each.title, each.room - 2 * _PAD, size, BOLD) for each in self._columns]
        if not any(any(lines) for lines in held):
            return y
        x, step = self._sheets.left, size * LEADING
        height = max(len(lines) for lines in held) * step + 2 * _PAD
        for lines, column in zip(held, self._columns, strict=True):
            for place, line in enumerate(lines):
                self._sheets.text(x + _PAD, y + _PAD + size + place * step, line, size, BOLD)
            x += column.room
        self._across(y, 1.2)
        self._across(y + height, 1.2)
        return y + height


def shares(total: float, *parts: float) -> list[float]:
    """``total`` points, divided as ``parts`` are to each other."""
    return [total * part / sum(parts) for part in parts]
