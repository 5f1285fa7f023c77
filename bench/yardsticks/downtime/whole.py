"""From the moment when it goes dark to the record that is whole again, and what is wrong with it then."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from codedark.app.back_entry.target import FhirServer
from codedark.app.ward.charting import begin
from codedark.continuity.entries.entry import Entry, apart
from codedark.continuity.entries.reconcile import Count
from codedark.continuity.packs.numbers import MOST_WARDS
from codedark.store.back_entry_book import Book
from yardsticks.downtime.desk import Desk, Known
from yardsticks.downtime.oracle import Defect, Meant, defects
from yardsticks.downtime.people import BLIND, ON_PAPER
from yardsticks.downtime.record import Record, place_of, record_of
from yardsticks.downtime.truth import DAY_US, HOUSES, Truth
from yardsticks.downtime.usage import Usage, usage
from yardsticks.downtime.ward import Ledger
from yardsticks.downtime.weeks import Weeks, live

Served = Callable[[Record], AbstractContextManager[FhirServer]]
_TYPED_DAYS = 5
"""Paper is typed in for so long after the systems are back."""


@dataclass(slots=True)
class Outcome:
    """All that is to be told of it. ``on_paper`` is how many acts would be wrong with plain paper."""

    acts: int
    entries: list[Entry]
    defects: list[Defect]
    count: Count
    unproven: list[str]
    asked: Counter[str]
    refusals: Counter[str]
    used: Usage
    on_paper: int
    seconds: dict[str, float]

    @property
    def counted(self) -> list[Defect]:
        """Those that no slip explains which the product could not see: they count."""
        return [each for each in self.defects if not each.slips & BLIND]


def in_memory(record: Record) -> AbstractContextManager[FhirServer]:
    """The record answers itself."""
    return nullcontext(record)


def whole(truth: Truth, folder: Path, seed: int, served: Served = in_memory, processes: int = 1) -> Outcome:
    """Live it, bring it back, compare."""
    began = time.perf_counter()
    houses = range(HOUSES)
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            lived = list(
                pool.map(live, [truth] * HOUSES, houses, [folder / f"house-{each}" for each in houses], [seed] * HOUSES)
            )
    else:
        lived = [live(truth, house, folder / f"house-{house}", seed) for house in houses]
    charted = time.perf_counter()
    known = Known(truth, _joined(lived), {key: number for each in lived for key, number in each.numbers.items()})
    record = record_of(truth, seed)
    with begin(folder / "office", "office", MOST_WARDS - 1, 9) as station, Book(folder / "book.db") as book:
        for stick in [stick for each in lived for stick in each.sticks]:
            station.join(stick)
        with served(record) as server:
            desk = Desk(station, book, record, server, known, truth.on_us + _TYPED_DAYS * DAY_US, seed)
            count, unproven = desk.finish()
        entries = [link.entry for link in station.links()]
    filed = time.perf_counter()
    meant = defaultdict(list)
    for (number, _), each in known.ledger.items():
        meant[number].append(Meant(each.act, each.slips))
    for entry in entries:
        if own := known.ledger.get((entry.id, entry.station)):
            meant[apart(entry).id].append(Meant(own.act, own.slips))
    places = {who.key: place_of(record, who.number or known.numbers.get(who.key, "")) for who in truth.people}
    found, acts = defects(truth, record.resources, places, meant)
    refusals = sum((each.refusals for each in lived), Counter[str]())
    seconds = {"charted": charted - began, "filed": filed - charted, "compared": time.perf_counter() - filed}
    on_paper = {each.act for each in known.ledger.values() if each.drawn & ON_PAPER}
    return Outcome(
        acts,
        entries,
        found,
        count,
        unproven,
        desk.asked,
        refusals,
        usage(entries, [row for each in lived for row in each.rows]),
        len(on_paper),
        seconds,
    )


def _joined(lived: list[Weeks]) -> dict[tuple[str, str], Ledger]:
    return {key: value for each in lived for key, value in each.ledger.items()}


def kinds(found: list[Defect]) -> Counter[str]:
    """How many of each kind, with the slip that it came of."""
    return Counter(f"{each.kind}: {', '.join(sorted(each.slips)) or 'no slip'}" for each in found)
