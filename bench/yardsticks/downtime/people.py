"""What people make of what happened: which act is charted where, by whom, when, and with which mistake.

A `Doing` is one act as somebody means to chart it. Its slips are drawn once, from the seed and the act alone, so the
same people make the same slips whatever the product does about them. What each slip does to paper alone is `ON_PAPER`.

Rates and where they are from. Where no source is known the rate is ours, and says so.

- a value written wrong on paper: 2 % of values. Of sets of vital signs on plain paper 10 % had an error (Smith 2009,
  doi 10.1097/NCN.0b013e3181b21d65), and a set has five.
- a field typed wrong: 0.29 % (single data entry, meta-analysis of 93 papers, doi 10.21203/rs.3.rs-2386986).
- another patient picked: 1 in 1,000. Of electronic orders 58 in 100,000 (Adelman 2013,
  doi 10.1136/amiajnl-2012-001055) under quieter conditions.
- ours: 1 in 10 who picked another patient reads the identifiers off the screen, not off the wristband; 1 % of what is
  on paper is charted on the screen too, without its row; 1 % of row numbers is mistyped, 0.3 % is the row beside it;
  0.1 % of dates and 0.3 % of hours are wrong; 0.5 % of forms are typed in by two people; 0.3 % of forms go astray.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final, NamedTuple

from yardsticks.downtime.care import Act

_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US
_DAY_US: Final = 24 * _HOUR_US


class Slip(StrEnum):
    """A mistake."""

    VALUE_WRITTEN = "wrong value written on paper"
    VALUE_TYPED = "wrong value typed"
    TENFOLD = "point of a value slipped"
    HOUR = "hour wrong"
    DATE = "date wrong"
    PICKED = "another patient picked"
    PICKED_BLIND = "another patient picked, identifiers read off the screen"
    OTHER_SHEET = "written on another patient's form"
    IDENTIFIER = "identifier mistyped"
    ROW_MISTYPED = "row number mistyped"
    ROW_BESIDE = "number of the row beside it"
    DOUBLED = "on paper and on the screen"
    TYPED_TWICE = "form typed in by two people"
    ASTRAY = "form astray"
    COPIED = "form printed twice, and both used"
    SETTLED = "settled wrongly at the records office"
    NOT_FOUND = "form astray, its number told, and not found"


RATES: Final = {
    Slip.VALUE_WRITTEN: 0.02, Slip.VALUE_TYPED: 0.0029, Slip.TENFOLD: 0.0005, Slip.HOUR: 0.003, Slip.DATE: 0.001,
    Slip.PICKED: 0.0009, Slip.PICKED_BLIND: 0.0001, Slip.OTHER_SHEET: 0.0005, Slip.IDENTIFIER: 0.0029,
    Slip.ROW_MISTYPED: 0.01, Slip.ROW_BESIDE: 0.003, Slip.DOUBLED: 0.01, Slip.TYPED_TWICE: 0.005, Slip.ASTRAY: 0.003,
    Slip.COPIED: 0.003,
}  # fmt: skip
PAPER_SHARE: Final = 0.3
"""Of acts that are written on paper first."""
BLIND: Final = {
    Slip.VALUE_WRITTEN,
    Slip.VALUE_TYPED,
    Slip.HOUR,
    Slip.DATE,
    Slip.PICKED_BLIND,
    Slip.OTHER_SHEET,
    Slip.SETTLED,
    Slip.NOT_FOUND,
}
"""What no program that has only the entry can tell from the truth."""
ON_PAPER: Final = {
    Slip.VALUE_WRITTEN, Slip.VALUE_TYPED, Slip.TENFOLD, Slip.HOUR, Slip.DATE, Slip.PICKED, Slip.PICKED_BLIND,
    Slip.OTHER_SHEET, Slip.IDENTIFIER, Slip.DOUBLED, Slip.TYPED_TWICE, Slip.ASTRAY,
}  # fmt: skip
"""What becomes a defect where acts are written on plain paper and typed into the record afterwards, unchecked."""
_MEASURED: Final = {"observation", "result"}
_WITH_VALUE: Final = {"dose", "order", *_MEASURED}


@dataclass(slots=True)
class Doing:
    """An act as somebody charts it at ``at_us`` of a clock that is right. ``said_us`` is the time that is said of it.

    ``sheet`` numbers the paper form that it stands on (-1: none), ``place`` its row there; ``is_again`` is the second
    time of an act that is charted twice, ``number`` tells the two apart. ``about`` is the person it is charted for.
    """

    act: Act
    at_us: int
    said_us: int
    station: int
    slips: set[Slip]
    value: str
    about: int
    sheet: int = -1
    place: int = 0
    is_again: bool = False
    by_clock: bool = False
    """No time is said: the station's own clock is taken."""
    drawn: frozenset[Slip] = frozenset()
    """The slips as they were made; what somebody saw and mended is taken out of ``slips``."""


class Form(NamedTuple):
    """A sheet of paper: for whom, which, and when it is first written on."""

    person: int
    kind: str
    at_us: int


class People:
    """The people of one ward. ``beside`` is who else lies there, for those who pick the wrong one."""

    def __init__(self, seed: int, ward: int, stations: int, days: float, begin_us: int) -> None:
        self._seed, self._ward, self._stations = seed, ward, stations
        self._end_us = begin_us + int(days * _DAY_US)
        self._open: dict[tuple[int, str], tuple[int, int]] = {}
        self._typed_us: dict[int, int] = {}
        self.forms: dict[int, Form] = {}
        self.astray: set[int] = set()
        self.copied: set[int] = set()

    def doings(self, acts: Sequence[Act]) -> list[Doing]:
        """What is charted, in order of the time at which it is."""
        found, lying = list[Doing](), list[int]()
        for act in acts:
            if act.person not in lying:
                lying = [*lying[-24:], act.person]
            found += self._of(act, [each for each in lying if each != act.person])
        return sorted(found, key=lambda each: each.at_us)

    def _of(self, act: Act, beside: Sequence[int]) -> Iterator[Doing]:
        chance = Random(self._seed << 40 | act.key)
        slips = {slip for slip, rate in RATES.items() if chance.random() < rate}
        station = chance.randrange(self._stations)
        if act.kind in {"admission", "transfer"} or chance.random() >= PAPER_SHARE:  # who somebody is comes first
            slips &= _ON_SCREEN
            latest = 18 if act.kind in {"admission", "transfer"} else 25  # nothing is charted before of who comes in
            at_us = act.at_us + int(chance.uniform(1, latest) * _MINUTE_US)
            yield self._said(act, at_us, station, slips, beside, chance, by_clock=chance.random() < 0.5)
            return
        sheet, place = self._row(act, chance)
        slips -= {Slip.PICKED, Slip.PICKED_BLIND}
        paper = self._said(act, self._typed_us[sheet], station, slips, beside, chance)
        paper.sheet, paper.place = sheet, place
        if sheet in self.astray:
            paper.slips.add(Slip.ASTRAY)
            paper.drawn = frozenset(paper.slips)
        yield paper
        if Slip.TYPED_TWICE in slips:
            other = (station + 1) % self._stations
            again = self._said(act, paper.at_us + 5 * _HOUR_US, other, slips & {Slip.TYPED_TWICE}, beside, chance)
            again.sheet, again.place, again.is_again = sheet, place, True
            again.value, again.said_us, again.about = paper.value, paper.said_us, paper.about
            yield again
        elif Slip.DOUBLED in slips:
            yield self._screen_too(act, station, beside, chance)

    def _screen_too(self, act: Act, station: int, beside: Sequence[int], chance: Random) -> Doing:
        at_us = act.at_us + int(chance.uniform(1, 25) * _MINUTE_US)
        again = self._said(act, at_us, station, {Slip.DOUBLED}, beside, chance)
        again.is_again = True
        return again

    def _row(self, act: Act, chance: Random) -> tuple[int, int]:
        """The next row of the patient's form of this kind; a new form where there is none or it is full. It is typed in
        after its last row: the same day, some days later, or when all is over.
        """
        form = "observations" if act.kind in _MEASURED else "orders" if act.kind != "specimen" else "laboratory"
        sheet, place = self._open.get((act.person, form), (-1, ROWS))
        if place == ROWS:
            sheet, place = len(self.forms), 0
            self.forms[sheet] = Form(act.person, form, act.at_us)
            if chance.random() < RATES[Slip.ASTRAY]:
                self.astray.add(sheet)
            if chance.random() < RATES[Slip.COPIED]:
                self.copied.add(sheet)
        self._open[act.person, form] = sheet, place + 1
        later_us = int(chance.choice((0.3, 1, 2, 4)) * _DAY_US)
        first_us = self._typed_us.get(sheet, 0)
        self._typed_us[sheet] = max(first_us, act.at_us + later_us, self._end_us if sheet % 4 == 0 else 0)
        return sheet, place

    def _said(
        self, act: Act, at_us: int, station: int, slips: set[Slip], beside: Sequence[int], chance: Random,
        *, by_clock: bool = False,
    ) -> Doing:  # fmt: skip
        said_us, value = act.at_us, act.value
        slips = set(slips)
        if Slip.HOUR in slips:
            said_us -= _HOUR_US
        if Slip.DATE in slips:
            said_us -= _DAY_US
        if act.kind == "order" and Slip.TENFOLD in slips:  # nothing is known that it could be compared with
            slips = slips - {Slip.TENFOLD} | {Slip.VALUE_TYPED}
        if act.kind in _WITH_VALUE and act.status in {"", "given"}:
            if slips & {Slip.VALUE_WRITTEN, Slip.VALUE_TYPED}:
                value = _wrong(value, chance)
            elif Slip.TENFOLD in slips:
                value = f"{float(value) * 10:g}"
        else:
            slips -= {Slip.VALUE_WRITTEN, Slip.VALUE_TYPED, Slip.TENFOLD}
        picks = slips & {Slip.PICKED, Slip.PICKED_BLIND, Slip.OTHER_SHEET}
        is_other = bool(picks) and bool(beside) and act.kind not in {"admission", "transfer"}
        if not is_other:
            slips -= picks
        about = chance.choice(beside) if is_other else act.person
        is_by_clock = by_clock and not slips & {Slip.HOUR, Slip.DATE}
        return Doing(act, at_us, said_us, station, slips, value, about, by_clock=is_by_clock, drawn=frozenset(slips))


ROWS: Final = 7
"""That a form has room for."""
_ON_SCREEN: Final = {
    Slip.VALUE_TYPED, Slip.TENFOLD, Slip.HOUR, Slip.DATE, Slip.PICKED, Slip.PICKED_BLIND, Slip.IDENTIFIER,
}  # fmt: skip


def _wrong(value: str, chance: Random) -> str:
    """Another value that may well be: one digit is another, or the dose is the next higher one."""
    places = [place for place, each in enumerate(value) if each.isdigit()]
    if not places:
        return value
    place = places[0] if len(places) == 1 else chance.choice(places[1:])
    digit = str((int(value[place]) + chance.randint(1, 3)) % 10)
    wrong = value[:place] + digit + value[place + 1 :]
    if "." in wrong:
        return wrong
    return str(int(wrong) or 5)
