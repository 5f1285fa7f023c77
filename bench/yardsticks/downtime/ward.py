"""The wards of one house while it is dark: stations, sticks, paper; everything written by the product itself.

People are told why something is refused, look again, and say it right: what they know then is the truth, for they stand
at the bed. Which entry came of which act is kept beside (`Ledger`), for the causes of defects; the comparison itself
does not use it.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from codedark.app.ward import clock
from codedark.app.ward.asking_back import Asks
from codedark.app.ward.charting import Asked, NotCharted, Unlikely, begin, chart
from codedark.app.ward.patients import pack_of
from codedark.continuity.entries.entry import Checked, Entry, Identifier
from codedark.errors import UsageError
from codedark.store.station.station import NumberTaken, Station
from yardsticks.downtime.people import Doing, Slip
from yardsticks.downtime.saying import said
from yardsticks.downtime.supply import Supply
from yardsticks.downtime.truth import DARK_US, Person

_MINUTE_US: Final = 60_000_000
_PUT_RIGHT: Final = 0.9
_UNSIGNED: Final = 20
"""One high-alert dose in so many is brought to the station without a witness (our figure)."""
_NURSES: Final = ("B. Aerts", "M. Claes", "J. Maes", "L. Peeters", "S. Yilmaz", "T. Dubois", "A. Simon", "K. Nys")


class Ledger(NamedTuple):
    """Which act an entry is of, with which slips that nobody saw it stands there, and which were made at first."""

    act: int
    slips: frozenset[Slip]
    drawn: frozenset[Slip] = frozenset()


class House(NamedTuple):
    """What wards of one house share: people, and the numbers that they were given meanwhile."""

    people: Sequence[Person]
    numbers: dict[int, str]


class Ward:
    """One ward. ``clocks_us`` is how far each station's clock is ahead of the right time."""

    def __init__(
        self, folder: Path, number: int, pack: Path, house: House, supply: Supply, clocks_us: list[int]
    ) -> None:
        self.folder, self.number, self._pack, self._house = folder, number, pack, house
        self._supply, self._clocks_us = supply, clocks_us
        self.stations: list[Station] = []
        self.ledger: dict[tuple[str, str], Ledger] = {}
        self.refusals: Counter[str] = Counter()
        self._astray: list[Doing] = []
        self.found = 0
        self.orders: dict[str, str] = {}
        self.places: dict[int, str] = {}
        for each in range(len(clocks_us)):
            self._begin(each)
        self.look_at_clocks(DARK_US)

    def do(self, doing: Doing) -> None:
        """Chart it. What is refused is looked at again, and said right; what is taken for charted already is let be."""
        if Slip.ASTRAY in doing.slips:
            self._astray.append(doing)
            self._blame(doing, Slip.ASTRAY)
            return
        row = self._row(doing)
        asked = self._asked(doing, row)
        told = list[str]()
        for _ in range(6):
            try:
                charted = chart(self.stations[doing.station], asked, doing.at_us + self._clocks_us[doing.station])
            except UsageError as refused:
                told.append(str(refused))
                again = self._looked_again(doing, asked, refused)
                if again is None:
                    return
                asked = again
                continue
            self._remember(doing, charted.entry)
            return
        raise AssertionError(f"{doing}: was refused six times: {told}")

    def print(self, sheet: int, person: int, at_us: int) -> None:
        """Somebody prints a form and writes on it."""
        which = sheet % len(self.stations)
        number = self._number(self._house.people[person])
        self._supply.print(sheet, number, self.stations[which], at_us + self._clocks_us[which])

    def look_for_forms(self, at_us: int) -> None:
        """What stations miss is looked for: nine of ten forms are found (our figure), and typed in."""
        told = self._supply.told_missing(self.stations)
        for doing in self._astray:
            if doing.sheet in told and doing.sheet % 10:
                doing.slips.discard(Slip.ASTRAY)
                doing.at_us = at_us
                del self.ledger[f"astray-{doing.act.key}", ""]
                self.do(doing)
                self.found += 1
            elif doing.sheet in told:
                self._blame(doing, Slip.NOT_FOUND)

    def look_at_clocks(self, at_us: int) -> None:
        """Where a station says that its clock is wrong, nine of ten people put it right (our figure)."""
        for which, station in enumerate(self.stations):
            told = clock.doubts(station, pack_of(station), at_us + self._clocks_us[which])
            if told and Random(f"{self.number} {which} {at_us}").random() < _PUT_RIGHT:
                self.refusals["clock put right"] += 1
                self._clocks_us[which] = 0

    def share(self) -> None:
        """Every station takes in what is on the sticks of the others: somebody walks over once a day."""
        for station in self.stations:
            for other in range(len(self.stations)):
                if self.stations[other] is not station and any(self._stick(other).glob("*.entries")):
                    station.join(self._stick(other))

    def die(self, which: int, at_us: int) -> None:
        """The computer of a station is gone. A new one begins under a number that is free, and joins the stick."""
        del at_us
        self.stations[which].close()
        shutil.rmtree(self.stations[which].folder)
        self._begin(which, number=len(self.stations) + which + 1, stick=self.folder / f"stick-{which}-new")
        self.stations[which].join(self.folder / f"stick-{which}")
        self._clocks_us[which] = 0

    def lose_stick(self, which: int) -> None:
        """The stick of a station is lost; what is charted stands on its disk alone."""
        shutil.rmtree(self._stick(which))

    def new_stick(self, which: int) -> None:
        """And here is another."""
        folder = self.folder / f"stick-{which}-new"
        folder.mkdir()
        self.stations[which].add_mirror(folder)

    @property
    def rows_used(self) -> int:
        """Rows of forms that the stations printed."""
        return self._supply.used

    def _stick(self, which: int) -> Path:
        new = self.folder / f"stick-{which}-new"
        return new if new.exists() else self.folder / f"stick-{which}"

    def _begin(self, which: int, number: int = 0, stick: Path | None = None) -> None:
        number = number or which + 1
        station = begin(self.folder / f"station-{number}", f"w{self.number}-{number}", self.number, number, self._pack)
        stick = stick or self.folder / f"stick-{which}"
        stick.mkdir(parents=True)
        station.add_mirror(stick)
        self.stations[which : which + 1] = [station]

    def _row(self, doing: Doing) -> str:
        if doing.sheet < 0:
            return ""
        row = self._supply.row(doing.sheet, doing.place)
        if Slip.ROW_MISTYPED in doing.slips:
            digit = str((int(row[5]) + 1) % 10)
            return row[:5] + digit + row[6:]
        if Slip.ROW_BESIDE in doing.slips:
            return self._supply.row(doing.sheet, doing.place - 1 if doing.place else 1)
        return row

    def _asked(self, doing: Doing, row: str) -> Asked:
        act = doing.act
        about, real = self._house.people[doing.about], self._house.people[act.person]
        number = self._number(about)
        read = about if {Slip.PICKED_BLIND, Slip.OTHER_SHEET} & doing.slips else real
        kind, fields = said(act, doing.value, real, self.orders)
        name, born = read.ward_name or f"{read.family} {read.given}", read.born
        if Slip.IDENTIFIER in doing.slips:
            born = f"{born[:3]}{(int(born[3]) + 1) % 10}{born[4:]}"
        checked = (Checked(Identifier.NAME, name), Checked(Identifier.BORN, born))
        if read.ward_name:
            checked = (Checked(Identifier.NAME, name), Checked(Identifier.NUMBER, self._number(read)))
        is_admission = kind == "admission"
        needs_witness = act.is_high_alert and act.status == "given"
        witness = _NURSES[(act.by + 1) % len(_NURSES)] if needs_witness and act.key % _UNSIGNED else ""
        return Asked(
            kind, fields, "" if is_admission else number, () if is_admission else checked, _NURSES[act.by], witness,
            None if doing.by_clock else doing.said_us, row,
        )  # fmt: skip

    def _number(self, who: Person) -> str:
        return self._house.numbers.get(who.key) or who.number

    def _looked_again(self, doing: Doing, asked: Asked, refused: UsageError) -> Asked | None:
        """What is said after a refusal; None where it turns out to be charted already."""
        told = str(refused)
        if isinstance(refused, NumberTaken):
            self.refusals["row used already"] += 1
            right = self._supply.row(doing.sheet, doing.place)
            if asked.row != right:
                return asked._replace(row=right)
            there = [each.act for (row, _), each in self.ledger.items() if row == asked.row]
            return None if doing.act.key in there else asked._replace(row="")
        if isinstance(refused, Unlikely):
            if Asks.SECOND in refused.asks:
                return self._asked_for_second(doing, asked)
            if doing.act.kind == "stop":
                return self._looked_at_orders(doing, asked)
            self.refusals["dose that is not ordered" if "is ordered" in told else "value that cannot well be"] += 1
            if doing.value == doing.act.value:
                return asked._replace(is_sure=True)
            doing.slips -= {Slip.TENFOLD, Slip.VALUE_TYPED, Slip.VALUE_WRITTEN}
            doing.value = doing.act.value
            return asked._replace(
                fields=said(doing.act, doing.act.value, self._house.people[doing.act.person], self.orders)[1]
            )
        if not isinstance(refused, NotCharted):
            raise refused
        if any(each in told for each in ("may be another patient", "cannot be read", "Say for which patient")):
            self.refusals["identifiers are another patient's"] += 1
            doing.slips -= {Slip.PICKED, Slip.IDENTIFIER}
            if "Say for which patient" in told:  # picked somebody who has no number yet
                doing.slips -= {Slip.PICKED_BLIND, Slip.OTHER_SHEET}
            if not doing.slips & {Slip.PICKED_BLIND, Slip.OTHER_SHEET}:
                doing.about = doing.act.person
            return self._asked(doing, asked.row)._replace(witness=asked.witness, alone=asked.alone)
        if "no number of a form row" in told:
            self.refusals["row mistyped"] += 1
            return asked._replace(row=self._supply.row(doing.sheet, doing.place))
        if "later than now" in told:
            self.refusals["time to come"] += 1
            self._clocks_us[doing.station] = max(0, self._clocks_us[doing.station])
            return asked._replace(effective_us=doing.act.at_us)
        raise refused

    def _asked_for_second(self, doing: Doing, asked: Asked) -> Asked:
        """Somebody signs; in one case of two nobody is there (our figure), and it is said why."""
        if doing.act.key % (2 * _UNSIGNED) == 0:
            self.refusals["no second person"] += 1
            return asked._replace(alone="nobody else on the ward")
        self.refusals["no witness"] += 1
        return asked._replace(witness=_NURSES[(doing.act.by + 1) % len(_NURSES)])

    def _looked_at_orders(self, doing: Doing, asked: Asked) -> Asked | None:
        """A stop of an order that is not there, or not any more: of somebody else, stopped already, or of elsewhere."""
        self.refusals["stop of no such order"] += 1
        if doing.about != doing.act.person:
            doing.slips -= {Slip.PICKED, Slip.PICKED_BLIND, Slip.OTHER_SHEET}
            doing.about = doing.act.person
            return self._asked(doing, asked.row)
        is_charted = any(each.act == doing.act.key for each in self.ledger.values())
        return None if is_charted else asked._replace(is_sure=True)

    def _blame(self, doing: Doing, slip: Slip) -> None:
        self.ledger[f"astray-{doing.act.key}", ""] = Ledger(doing.act.key, frozenset({slip}), doing.drawn)

    def _remember(self, doing: Doing, entry: Entry) -> None:
        self.ledger[entry.id, entry.station] = Ledger(doing.act.key, frozenset(doing.slips), doing.drawn)
        if doing.act.kind == "admission":
            self._house.numbers[doing.act.person] = entry.patient
        if doing.act.kind == "order":
            self.orders[doing.act.order] = entry.id
