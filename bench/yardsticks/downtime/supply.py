"""The forms of a ward: which row number stands in which place of which sheet, as the product prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from codedark.app.ward.paper_forms import missing, taken
from codedark.app.ward.sheets import remember
from codedark.store.station.station import Station
from yardsticks.downtime.people import ROWS, Form


class Supply:
    """``forms`` are the sheets that people take. The first of each kind for whoever lay there is of the pack's forms,
    with the builder's ``numbers``; all others are printed at a station when they are first written on.

    A sheet behind one of ``copied`` is the same print once more: it has the same numbers.
    """

    def __init__(self, forms: Mapping[int, Form], numbers: Iterator[str], lying: set[int], copied: set[int]) -> None:
        self._forms: Final = forms
        self._numbers: Final = numbers
        self._copied: Final = copied
        firsts: dict[tuple[int, str], int] = {}
        for sheet, form in forms.items():
            firsts.setdefault((form.person, form.kind), sheet)
        self._of_pack: Final = {sheet for (person, _), sheet in firsts.items() if person in lying}
        self._sheets: dict[int, tuple[str, ...]] = {}

    def print(self, sheet: int, patient: str, station: Station, now_us: int) -> None:
        """Have the sheet there."""
        if sheet in self._of_pack:
            self._sheets[sheet] = tuple(next(self._numbers) for _ in range(ROWS))
        elif self._printed(sheet) == sheet:
            made = taken(station, [(patient, self._forms[sheet].kind)], now_us)
            own = [msgspec.structs.replace(each, rows=each.rows[:ROWS]) for each in made]
            remember(station, own)
            self._sheets[sheet] = own[0].rows

    def row(self, sheet: int, place: int) -> str:
        """The number in a place."""
        return self._sheets[self._printed(sheet)][place]

    def told_missing(self, stations: list[Station]) -> set[int]:
        """The sheets that the stations miss: all of those that went astray that one of them printed."""
        first = {rows[0]: sheet for sheet, rows in self._sheets.items()}
        return {
            first[each.sheet.rows[0]]
            for station in stations
            for each in missing(station)
            if each.sheet.rows[0] in first
        }

    @property
    def used(self) -> int:
        """Rows that were printed at a station."""
        return sum(len(rows) for sheet, rows in self._sheets.items() if sheet not in self._of_pack)

    def _printed(self, sheet: int) -> int:
        before = sheet - 1
        is_copy = before in self._copied and before in self._sheets and before - 1 not in self._copied
        return before if is_copy and sheet not in self._of_pack else sheet
