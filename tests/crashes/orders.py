"""Orders for drugs in a night: the record's own, and those of the ward with what became of each; as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.crashes.acts import PATIENTS, Act, Person


class Recorded(NamedTuple):
    """An order that was in the record before. Its number is the record's own."""

    number: str
    person: Person
    drug: str


RECORDED = tuple(
    Recorded(f"O-{person.number}-{which}", person, f"recorded{person.number}x{which}")
    for person in PATIENTS
    for which in (1, 2)
)


class Life(NamedTuple):
    """An order for a drug: under which numbers it was given, corrected and stopped, and what holds of it."""

    numbers: frozenset[str]
    person: Person
    holds: str
    """The number of what holds; "" where it was taken back, and nothing does."""
    stops: tuple[Act, ...]
    """Those that hold."""
    undone: tuple[Act, ...]
    """Those that were taken back or corrected."""


def is_drug_order(act: Act) -> bool:
    """Whether an act orders a drug."""
    return act.kind == "order" and act.fields["asked"] == "medication"


def lives_of(acts: Sequence[Act], gone: frozenset[str]) -> list[Life]:
    """Every order of the record and of the ward, where ``gone`` are the rows of what holds no more. What stops an order
    stops what it was corrected to, and what it corrects.
    """
    first = {each.number: each.number for each in RECORDED}
    persons = {each.number: each.person for each in RECORDED}
    holding = {each.number: each.number for each in RECORDED}
    for act in acts:
        if is_drug_order(act):
            first[act.row] = first.get(act.replaces, act.row)
            persons.setdefault(first[act.row], act.person)
            if act.row not in gone:
                holding[first[act.row]] = act.row
    found = []
    for begun, person in persons.items():
        numbers = frozenset(number for number, each in first.items() if each == begun)
        stops = [act for act in acts if act.kind == "stop" and act.fields["order"] in numbers]
        holds, undone = [tuple(each for each in stops if (each.row in gone) is is_gone) for is_gone in (False, True)]
        found.append(Life(numbers, person, holding.get(begun, ""), holds, undone))
    return found


def life_of(number: str, lives: Sequence[Life]) -> Life:
    """The one that has a number."""
    return next(each for each in lives if number in each.numbers)
