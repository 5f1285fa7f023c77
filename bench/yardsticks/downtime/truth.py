"""What truly happened in a hospital that is dark for some weeks: patients, where they lay, and every act of their care.

Made from a seed, apart from the product: nothing here is read or written by a station. Times are microseconds since
1970, UTC. Rates are of a general hospital, rounded; what matters is that each kind of act is there in numbers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from yardsticks.downtime.care import Act, Drug, Where, care, first_drugs

DARK_US: Final = 1_768_197_600_000_000
"""When it goes dark: 2026-01-12 06:00 UTC."""
HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
_STAY_DAYS: Final = 5.5
_BEFORE_DAYS: Final = 4.0
_MOVED, _DIED = 0.15, 0.02
_UNKNOWN, _NEWBORN, _NEW = 0.10, 0.06, 0.12
"""Of arrivals: without papers; born here; known to nobody but with papers. The rest is in the record already."""
_MATERNITY: Final = 1
HOUSES: Final = 2
ORDERS: Final = "urn:hospital:orders"
"""Under which system the record numbers the orders that it had before it went dark."""
_FAMILIES: Final = (
    "Peeters", "Janssens", "Maes", "Jacobs", "Mertens", "Willems", "Claes", "Goossens", "Wouters", "De Smet",
    "Van den Berg", "Van Damme", "Dubois", "Lambert", "Martin", "Simon", "El Amrani", "Yilmaz", "Nguyen", "Kowalski",
)  # fmt: skip
_GIVEN: Final = ("Anna", "Jan", "Marie", "Luc", "Fatima", "Ahmed", "Els", "Piet", "Sofie", "Tom", "Rita", "Karel")


@dataclass(slots=True)
class Person:
    """Somebody who is treated. ``number`` is theirs in the record; "" for who has none before the systems are back.

    ``ward_name`` is what a ward calls somebody without papers, "" for all others.
    """

    key: int
    family: str
    given: str
    born: str
    sex: str
    number: str
    ward_name: str = ""
    drugs: list[Drug] = field(default_factory=list)
    first: tuple[Drug, ...] = ()
    """What the pack has."""
    allergies: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Truth:
    """All of it. ``lying`` is who lies where when it goes dark: ward, bed, person. Acts are in order of time."""

    wards: int
    beds: int
    days: float
    people: list[Person]
    lying: list[tuple[int, int, int]]
    acts: list[Act]
    on_us: int
    """When the systems are back."""


def truth(wards: int, beds: int, days: float, seed: int) -> Truth:
    """A hospital of ``wards`` with ``beds`` each, dark for ``days``."""
    made = _Making(wards, beds, days, Random(seed))
    acts = sorted(made.run(), key=lambda act: (act.at_us, act.person, act.kind, act.name))
    for key, act in enumerate(acts):
        act.key = key
    return Truth(wards, beds, days, made.people, made.lying, acts, DARK_US + int(days * DAY_US))


class _Making:
    """Beds empty and fill; what is done for who lies there is `care`."""

    def __init__(self, wards: int, beds: int, days: float, chance: Random) -> None:
        self._wards, self._beds, self._chance = wards, beds, chance
        self._until_us = DARK_US + int(days * DAY_US)
        self.people: list[Person] = []
        self.lying: list[tuple[int, int, int]] = []
        self._moving: list[list[int]] = [[] for _ in range(wards)]

    def run(self) -> Iterator[Act]:
        """1. Who lies there when it goes dark. 2. Bed by bed, in order of time: who leaves, and who comes next."""
        queue: list[tuple[int, int, int, int]] = []
        for ward in range(self._wards):
            for bed in range(self._beds):  # (1)
                who = self._person(is_known=True)
                who.allergies += [self._chance.choice(("penicillin", "latex"))] if self._chance.random() < 0.2 else []
                who.drugs = first_drugs(who.key, self._chance)
                who.first = tuple(who.drugs)
                self.lying.append((ward, bed, who.key))
                left_us = DARK_US + self._days_us(_BEFORE_DAYS)
                yield from self._stay(who, ward, bed, DARK_US, left_us)
                heapq.heappush(queue, (left_us, ward, bed, who.key))
        while queue:  # (2)
            at_us, ward, bed, leaving = heapq.heappop(queue)
            if at_us >= self._until_us:
                continue
            yield from self._leave(self.people[leaving], ward, bed, at_us)
            begin_us = at_us + int(self._chance.uniform(1, 10) * HOUR_US)
            if begin_us >= self._until_us:
                continue
            left_us = begin_us + self._days_us(_STAY_DAYS)
            who, came = self._next(ward, bed, begin_us)
            yield came
            yield from self._stay(who, ward, bed, begin_us + HOUR_US // 3, left_us)
            heapq.heappush(queue, (left_us, ward, bed, who.key))

    def _stay(self, who: Person, ward: int, bed: int, begin_us: int, left_us: int) -> Iterator[Act]:
        where = Where(who.key, ward, bed, begin_us, min(left_us, self._until_us))
        return care(where, who.drugs, who.allergies, self._chance)

    def _leave(self, who: Person, ward: int, bed: int, at_us: int) -> Iterator[Act]:
        drawn = self._chance.random()
        if drawn < _DIED:
            yield Act(who.key, ward, bed, at_us, "left", "died", by=1)
        elif drawn < _DIED + _MOVED and len(others := self._others(ward)):
            self._moving[self._chance.choice(others)].append(who.key)
        else:
            yield Act(who.key, ward, bed, at_us, "left", "home", by=1)

    def _others(self, ward: int) -> list[int]:
        """The other wards of the same house: of two, so that the bench can live both at once."""
        return [each for each in range(ward % HOUSES, self._wards, HOUSES) if each != ward]

    def _next(self, ward: int, bed: int, at_us: int) -> tuple[Person, Act]:
        """Somebody from another ward first; else somebody from outside."""
        if self._moving[ward]:
            who = self.people[self._moving[ward].pop(0)]
            return who, Act(who.key, ward, bed, at_us, "transfer", f"W{ward:02}", value=str(bed), by=1)
        drawn = self._chance.random()
        who = self._person(is_known=drawn >= _UNKNOWN + _NEWBORN + _NEW)
        if drawn < _UNKNOWN:
            who.ward_name = f"Unknown {self._chance.choice(('Birch', 'Oak', 'Elm', 'Ash', 'Yew'))} {who.key}"
            is_in_record = self._chance.random() < 0.7
            who.number = str(400_000 + 7 * who.key) if is_in_record else ""
        elif drawn < _UNKNOWN + _NEWBORN and ward == _MATERNITY:
            who.born, who.given = "2026-01-20", "Baby"
        return who, Act(who.key, ward, bed, at_us, "admission", who.ward_name or f"{who.family} {who.given}", by=1)

    def _person(self, *, is_known: bool) -> Person:
        key, chance = len(self.people), self._chance
        born = f"{chance.randint(1930, 2004)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        number = str(400_000 + 7 * key) if is_known else ""
        who = Person(key, chance.choice(_FAMILIES), chance.choice(_GIVEN), born, chance.choice("FM"), number)
        self.people.append(who)
        return who

    def _days_us(self, mean: float) -> int:
        return int((0.3 + self._chance.expovariate(1 / mean)) * DAY_US)
