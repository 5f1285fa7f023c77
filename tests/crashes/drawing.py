"""A night drawn from a seed: acts of each kind, sets of vital signs, and orders that are corrected, stopped, and whose
stop is undone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count as counting

from codedark.app.ward.vital_signs import SIGNS
from tests.crashes.acts import PATIENTS, UNKNOWN, WITNESS, Act, Night, Person
from tests.crashes.orders import RECORDED, Recorded
from tests.ward_entries import NOON_US, rows

_MINUTE_US = 60_000_000
_HOURS = ("08:00 20:00", "06:00 18:00", "3 times a day", "every 8 hours")
Placed = tuple[int, Act]
"""At which station, and what."""


def night(seed: int, most: int = 6) -> Night:
    """A few acts: of each kind some, one that is corrected, one that is made void, an unknown patient now and then."""
    return _Drawing(seed).night(most)


class _Drawing:
    """What is drawn so far: rows that are free (of stations and, last, of paper), and words."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._seed = seed
        self._free = [iter(rows(60, station)) for station in (1, 2, 0)]
        self._words = (f"word{seed}x{number:02}z" for number in counting())
        self._drugs = (f"drug{seed}x{number}" for number in counting())
        self._twins: set[str] = set()
        self._has_unknown = self._chance.random() < 0.3

    def night(self, most: int) -> Night:
        """All of it."""
        chance = self._chance
        plain = [self._plain(number) for number in range(chance.randrange(3, most + 1))]
        parts = [[*plain, *self._changed(plain)]]
        parts += [self._set(1 + number) for number in range(chance.choice((0, 0, 1, 1, 2)))]
        recorded = chance.sample(RECORDED, chance.randrange(3))
        parts += [self._stopped(each) for each in recorded]
        parts += [self._ordered() for _ in range(chance.randrange(3))]
        acts = _mixed(parts, chance)
        if self._has_unknown:
            fields = {"name": UNKNOWN.family, "sex": "F"}
            acts.insert(0, (0, Act("Birch", "admission", UNKNOWN, fields, next(self._free[0]), NOON_US)))
        vouched = {where: chance.randrange(len(acts)) for where in (0, 1) if chance.random() < 0.7}
        signed = [
            (where, act._replace(is_unvouched=bool(act.witness) and number < vouched.get(where, len(acts))))
            for number, (where, act) in enumerate(acts)
        ]
        return Night(tuple(signed), frozenset(self._twins), vouched)

    def _plain(self, number: int) -> Placed:
        """One that stands alone."""
        where, is_twin = self._chance.randrange(2), self._chance.random() < 0.2
        row = next(self._free[2 if is_twin else where])
        self._twins |= {row} if is_twin else set()
        act = self._act(self._whom(where), row, NOON_US + number * _MINUTE_US)
        return where, act if is_twin else self._witnessed(act)

    def _changed(self, plain: list[Placed]) -> Iterator[Placed]:
        """Some are corrected or made void."""
        single = [each for each in plain if each[1].row not in self._twins]
        for number, (where, act) in enumerate(self._chance.sample(single, min(len(single), self._chance.randrange(3)))):
            row = next(self._free[where])
            if number % 2:
                yield where, _void(act, row)
            else:
                again = self._act(act.person, row, act.at_us, act.kind)
                yield where, self._witnessed(again._replace(replaces=act.row))

    def _set(self, together: int) -> list[Placed]:
        """Vital signs that are measured together."""
        chance, where = self._chance, self._chance.randrange(2)
        person, at_us = self._whom(where), NOON_US + chance.randrange(90) * _MINUTE_US
        found = []
        for sign in sorted(chance.sample(range(len(SIGNS)), chance.randrange(2, len(SIGNS) + 1))):
            word, (_, called, code, unit, *_) = next(self._words), SIGNS[sign]
            value = f"{chance.randrange(1, 400)}"
            fields = {"name": f"{called} {word}", "value": value, "unit": unit, "code": code}
            act = Act(word, "observation", person, fields, next(self._free[where]), at_us, together=together)
            found.append((where, act))
        return found

    def _stopped(self, order: Recorded) -> list[Placed]:
        """The record's own order is stopped; now and then from paper, at both stations."""
        if self._chance.random() < 0.15:
            stop = self._stop(order.person, order.number, order.drug, next(self._free[2]), self._at())
            self._twins.add(stop.row)
            return [(self._chance.randrange(2), stop._replace(witness=""))]
        return self._stops(self._chance.randrange(2), order.person, [order.number], order.drug, self._at())

    def _ordered(self) -> list[Placed]:
        """The ward orders a drug with its hours; that is corrected, stopped, and corrected once more, or taken back."""
        chance, drug, where, at_us = self._chance, next(self._drugs), self._chance.randrange(2), self._at()
        person = self._whom(where)
        found = [(where, self._order(person, drug, where, at_us))]
        if chance.random() < 0.4:
            found.append((where, self._order(person, drug, where, at_us)._replace(replaces=found[0][1].row)))
        orders = [act.row for _, act in found]
        if chance.random() < 0.85:
            found += self._stops(where, person, orders, drug, at_us + chance.randrange(1, 60) * _MINUTE_US)
        if chance.random() < 0.3:
            found.append((where, self._order(person, drug, where, at_us)._replace(replaces=orders[-1])))
        elif chance.random() < 0.15:
            last = next(act for _, act in found if act.row == orders[-1])
            found.append((where, _void(last, next(self._free[where]))))
        return found

    def _stops(self, where: int, person: Person, orders: list[str], drug: str, at_us: int) -> list[Placed]:
        """A stop of one of the numbers of an order: undone, and perhaps said again; or corrected; or said at the other
        station too, whose clock may be behind.
        """
        chance = self._chance
        if chance.random() < 0.3 and person != UNKNOWN:
            where = 1 - where
        at_us -= chance.choice((0, 0, 0, 90 * _MINUTE_US))

        def stop(at: int) -> Act:
            return self._stop(person, chance.choice(orders), drug, next(self._free[at]), at_us)

        found = [(where, stop(where))]
        match chance.randrange(6):
            case 0 | 1:
                found.append((where, _void(found[0][1], next(self._free[where]))))
                if chance.random() < 0.4:
                    found.append((where, stop(where)))
            case 2:
                found.append((where, stop(where)._replace(replaces=found[0][1].row)))
            case 3 if person != UNKNOWN:
                found.append((1 - where, stop(1 - where)))
        return found

    def _stop(self, person: Person, order: str, drug: str, row: str, at_us: int) -> Act:
        word = next(self._words)
        return self._witnessed(
            Act(word, "stop", person, {"order": order, "drug": drug, "reason": f"{word} fell"}, row, at_us)
        )

    def _order(self, person: Person, drug: str, where: int, at_us: int) -> Act:
        chance, word = self._chance, next(self._words)
        fields = {"asked": "medication", "name": f"{drug} {word}", "dose": f"{chance.randrange(1, 400)}", "unit": "mg"}
        fields |= {"route": "oral", "frequency": chance.choice(_HOURS)}
        return Act(word, "order", person, fields, next(self._free[where]), at_us)

    def _act(self, person: Person, row: str, at_us: int, kind: str = "") -> Act:
        chance, word = self._chance, next(self._words)
        value = f"{chance.randrange(1, 400)}"
        match kind or chance.choice(("given", "observation", "note", "order", "allergy", "phone-result")):
            case "given":
                fields = {"drug": word, "dose": value, "unit": "mg", "route": "oral"}
                high = {"is_high_alert": "true"} if int(value) % 2 else {}
                return Act(word, "given", person, fields | high, row, at_us)
            case "observation":
                return Act(word, "observation", person, {"name": word, "value": value, "unit": "mL"}, row, at_us)
            case "order":
                return Act(word, "order", person, {"asked": "laboratory", "name": word}, row, at_us)
            case "allergy":
                return Act(word, "allergy", person, {"substance": word, "reaction": "rash"}, row, at_us)
            case "phone-result":
                told = {"told_by": "J. Maes", "is_read_back": "true"}
                fields = {"name": word, "value": value, "unit": "mL", **told}
                return Act(word, "phone-result", person, fields, row, at_us)
            case _:
                text = f"{word} | slept ^ well & ate ~ {value}"
                return Act(word, "note", person, {"title": "nursing", "text": text}, row, at_us)

    def _witnessed(self, act: Act) -> Act:
        is_signed = act.kind in {"given", "stop"} and self._chance.random() < 0.4
        return act._replace(witness=WITNESS) if is_signed else act

    def _whom(self, where: int) -> Person:
        is_there = self._has_unknown and where == 0
        return self._chance.choice([*PATIENTS, *([UNKNOWN] if is_there else [])])

    def _at(self) -> int:
        return NOON_US + self._chance.randrange(90) * _MINUTE_US


def _void(act: Act, row: str) -> Act:
    return Act("", "void", act.person, {}, row, act.at_us, act.row)


def _mixed(parts: list[list[Placed]], chance: random.Random) -> list[Placed]:
    """All of them, each part in its order, between those of others; what is written in one go stays so."""
    left = [part for part in parts if part]
    found = list[Placed]()
    while left:
        part = chance.choice(left)
        taken = len(part) if part[0][1].together else 1
        found += part[:taken]
        del part[:taken]
        left = [each for each in left if each]
    return found
