"""What a ward does in a night, as plain data drawn from a seed; and how a nurse brings it to a station.

Every act has a word of its own (``marker``), by which it is found again in a record or a message whatever its number.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from codedark.app.ward.charting import Asked, Charted, chart
from codedark.continuity.entries.entry import Checked, Identifier
from codedark.store.station.station import Station
from tests.ward_entries import NOON_US, rows

_MINUTE_US = 60_000_000


class Person(NamedTuple):
    """A patient as the wristband has it. ``number`` of an unknown one is reserved by the station that admits."""

    number: str
    family: str
    born: str


ANNA = Person("4711", "Peeters", "1951-07-23")
ANNE = Person("4712", "Peeters", "1951-07-24")
JAN = Person("4713", "Janssens", "1960-01-02")
PATIENTS = (ANNA, ANNE, JAN)
UNKNOWN = Person("", "Unknown Birch", "")


class Act(NamedTuple):
    """One act for one patient. ``replaces`` is the row of what it corrects or (kind void) takes back."""

    marker: str
    kind: str
    person: Person
    fields: Mapping[str, str]
    row: str
    at_us: int
    replaces: str = ""


class Night(NamedTuple):
    """Acts by the station at which they are charted first (0 or 1); ``twins`` are charted at the other one as well,
    from the same paper row, by somebody else.
    """

    acts: tuple[tuple[int, Act], ...]
    twins: frozenset[str]
    """Their rows."""

    def voided(self) -> frozenset[str]:
        """Rows of what was never to be, or has a correction in its place."""
        return frozenset(act.replaces for _, act in self.acts if act.replaces)


def night(seed: int, most: int = 6) -> Night:
    """A few acts: of each kind some, one that is corrected, one that is made void, an unknown patient now and then."""
    chance = random.Random(seed)
    free = [iter(rows(20, station)) for station in (1, 2, 0)]
    acts = list[tuple[int, Act]]()
    twins = set[str]()
    if chance.random() < 0.3:
        acts.append(
            (0, Act("Birch", "admission", UNKNOWN, {"name": UNKNOWN.family, "sex": "F"}, next(free[0]), NOON_US))
        )
    for number in range(chance.randrange(3, most + 1)):
        where = chance.randrange(2)
        is_twin = chance.random() < 0.2
        here = [person for at, person in ((0, UNKNOWN),) if acts and at == where and acts[0][1].kind == "admission"]
        person = chance.choice([*PATIENTS, *here])
        row = next(free[2] if is_twin else free[where])
        twins |= {row} if is_twin else set()
        acts.append((where, _act(chance, f"word{seed}x{number:02}z", person, row, NOON_US + number * _MINUTE_US)))
    plain = [each for each in acts if each[1].row not in twins and each[1].kind != "admission"]
    for number, (where, act) in enumerate(chance.sample(plain, min(len(plain), chance.randrange(3))), 20):
        row, at_us = next(free[where]), act.at_us
        if number % 2:
            acts.append((where, Act("", "void", act.person, {}, row, at_us, act.row)))
        else:
            corrected = _act(chance, f"word{seed}x{number:02}z", act.person, row, at_us, act.kind)
            acts.append((where, corrected._replace(replaces=act.row)))
    return Night(tuple(acts), frozenset(twins))


def _act(chance: random.Random, word: str, person: Person, row: str, at_us: int, kind: str = "") -> Act:
    value = f"{chance.randrange(1, 400)}"
    match kind or chance.choice(("given", "observation", "note", "order", "allergy", "phone-result")):
        case "given":
            return Act(word, "given", person, {"drug": word, "dose": value, "unit": "mg", "route": "oral"}, row, at_us)
        case "observation":
            return Act(word, "observation", person, {"name": word, "value": value, "unit": "mL"}, row, at_us)
        case "order":
            return Act(word, "order", person, {"asked": "laboratory", "name": word}, row, at_us)
        case "allergy":
            return Act(word, "allergy", person, {"substance": word, "reaction": "rash"}, row, at_us)
        case "phone-result":
            told = {"told_by": "J. Maes", "is_read_back": "true"}
            return Act(word, "phone-result", person, {"name": word, "value": value, "unit": "mL", **told}, row, at_us)
        case _:
            return Act(
                word, "note", person, {"title": "nursing", "text": f"{word} | slept ^ well & ate ~ {value}"}, row, at_us
            )


def charted(station: Station, act: Act, unknown: str, author: str = "M. Claes") -> Charted:
    """What a nurse does with it. ``unknown`` is the number of the patient whom nobody knew. Raises as `chart` does."""
    number = act.person.number or unknown
    checked = [Checked(Identifier.NAME, act.person.family)]
    checked.append(Checked(Identifier.BORN, act.person.born) if act.person.born else Checked(Identifier.NUMBER, number))
    asked = Asked(
        act.kind, act.fields, "" if act.kind == "admission" else number,
        () if act.kind == "admission" else tuple(checked), author, "", act.at_us, act.row, act.replaces,
        "typing" if act.replaces else "", is_sure=True,
    )  # fmt: skip
    return chart(station, asked, act.at_us + 90 * _MINUTE_US)
