"""The care of one patient in one bed: what is given when it is due, measured, ordered, stopped, sent and noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US
_DAY_US: Final = 24 * _HOUR_US


@dataclass(slots=True)
class Act:
    """One act. ``value`` and ``unit`` are a dose, a measurement, a text; ``name`` a drug, a test, a substance.

    ``status`` of a dose is given, held or refused; ``order`` of a dose and of a stop is the drug that it follows.
    ``by`` numbers who did it. ``key`` is its place in the truth.
    """

    person: int
    ward: int
    bed: int
    at_us: int
    kind: str
    name: str
    value: str = ""
    unit: str = ""
    status: str = ""
    route: str = ""
    order: str = ""
    is_high_alert: bool = False
    by: int = 0
    key: int = -1


@dataclass(slots=True, frozen=True)
class Drug:
    """An active order. ``hours`` of the day at which it is due (UTC)."""

    id: str
    name: str
    dose: str
    unit: str
    route: str
    hours: tuple[int, ...]
    is_high_alert: bool = False


@dataclass(slots=True, frozen=True)
class Where:
    """A person in a bed from ``begin_us`` to ``end_us``."""

    person: int
    ward: int
    bed: int
    begin_us: int
    end_us: int


_DRUGS: Final = (
    ("paracetamol", ("500", "1000"), "mg", "oral", (8, 14, 20), False),
    ("amoxicillin", ("500", "1000"), "mg", "oral", (6, 14, 22), False),
    ("enoxaparin", ("40", "60"), "mg", "subcutaneous", (20,), True),
    ("insulin glargine", ("12", "18"), "units", "subcutaneous", (21,), True),
    ("metoprolol", ("25", "50"), "mg", "oral", (8, 20), False),
    ("furosemide", ("20", "40"), "mg", "oral", (8,), False),
    ("pantoprazole", ("20", "40"), "mg", "oral", (7,), False),
    ("metformin", ("500", "850"), "mg", "oral", (8, 18), False),
    ("amlodipine", ("5", "10"), "mg", "oral", (9,), False),
    ("ceftriaxone", ("1000", "2000"), "mg", "intravenous", (10,), False),
    ("bisoprolol", ("2.5", "5"), "mg", "oral", (8,), False),
    ("lactulose", ("10", "15"), "g", "oral", (8, 18), False),
)
_TESTS: Final = (
    ("Potassium", "mmol/L", 3.0, 5.8, 1), ("Creatinine", "mg/dL", 0.5, 3.0, 1), ("Haemoglobin", "g/dL", 7.0, 15.0, 1),
    ("Sodium", "mmol/L", 128, 146, 0), ("CRP", "mg/L", 1, 220, 0),
)  # fmt: skip
_VITALS: Final = (
    ("Body temperature", "Cel", 36.0, 39.4, 1), ("Heart rate", "/min", 52, 124, 0),
    ("Systolic blood pressure", "mm[Hg]", 92, 176, 0), ("Oxygen saturation", "%", 89, 99, 0),
)  # fmt: skip
_NOTES: Final = ("slept well", "family was told", "wound is dry", "walked with help", "ate little", "doctor was called")
_DOUBLED_HOURS: Final = 8
"""Vital signs are taken every so many hours, two of the four each time."""


def care(where: Where, drugs: list[Drug], allergies: list[str], chance: Random) -> Iterator[Act]:
    """All acts of a stay in one bed; ``drugs`` and ``allergies`` are the person's, and change as care changes them.

    1. Who comes without drugs gets some ordered; who lay there before has them in the pack.
    2. Orders change: new ones, stopped ones, another dose (the old one stopped, a new one ordered).
    3. Every dose when it is due, sometimes early, often late, some held or refused.
    4. Vital signs, weights, specimens and their results by phone, notes, an allergy that is told now.
    """
    changes = sorted(_changes(where, drugs, chance), key=lambda each: each[0])
    begun_us = {drug.id: where.begin_us for drug in drugs}
    all_drugs, ended_us = {drug.id: drug for drug in drugs}, dict[str, int]()
    for at_us, added, stopped in changes:
        if stopped is not None and stopped.id not in ended_us:
            ended_us[stopped.id] = at_us
            yield _act(where, at_us, "stop", stopped.name, order=stopped.id, by=1)
            drugs.remove(stopped)
        if added is not None:
            all_drugs[added.id], begun_us[added.id] = added, at_us
            drugs.append(added)
            yield _act(
                where, at_us + _MINUTE_US, "order", added.name, added.dose, added.unit, route=added.route,
                order=added.id, is_high_alert=added.is_high_alert, by=1,
            )  # fmt: skip
    for drug in all_drugs.values():
        yield from _doses(where, drug, begun_us[drug.id], ended_us.get(drug.id, where.end_us), chance)
    yield from _measured(where, chance)
    yield from _told(where, allergies, chance)


def _changes(where: Where, drugs: list[Drug], chance: Random) -> Iterator[tuple[int, Drug | None, Drug | None]]:
    """Each a time, what is ordered then, and what is stopped. At most one order of a drug is active."""
    active = list(drugs)
    if not drugs:
        picked = chance.sample(_DRUGS, chance.randint(2, 5))
        active = [_ordered(where, number, each, chance) for number, each in enumerate(picked)]
        for number, drug in enumerate(active):
            yield where.begin_us + number * 5 * _MINUTE_US, drug, None
    at_us, number = where.begin_us + int(chance.uniform(2, 72) * _HOUR_US), 100
    while at_us < where.end_us - _HOUR_US:
        drawn = chance.random()
        stopped = active.pop(chance.randrange(len(active))) if drawn < 0.6 and active else None
        added = None
        if stopped is not None and drawn < 0.3:  # another dose of the same
            same = next(each for each in _DRUGS if each[0] == stopped.name)
            dose = same[1][1] if stopped.dose == same[1][0] else same[1][0]
            added = Drug(f"{stopped.id}x", same[0], dose, same[2], same[3], same[4], same[5])
        elif stopped is None:
            names = {drug.name for drug in active}
            added = _ordered(where, number, chance.choice([each for each in _DRUGS if each[0] not in names]), chance)
        active += [added] if added is not None else []
        yield at_us, added, stopped
        number += 1
        at_us += int(chance.uniform(12, 132) * _HOUR_US)


def first_drugs(person: int, chance: Random) -> list[Drug]:
    """What somebody gets who lies there when it goes dark: some of the drugs, each once."""
    where = Where(person, 0, 0, 0, 0)
    return [
        _ordered(where, number, each, chance) for number, each in enumerate(chance.sample(_DRUGS, chance.randint(2, 5)))
    ]


def _ordered(
    where: Where, number: int, told: tuple[str, tuple[str, ...], str, str, tuple[int, ...], bool], chance: Random
) -> Drug:
    name, doses, unit, route, hours, is_high = told
    return Drug(
        f"O{where.person}-{where.begin_us // _HOUR_US}-{number}",
        name,
        chance.choice(doses),
        unit,
        route,
        hours,
        is_high,
    )


def _doses(where: Where, drug: Drug, begin_us: int, end_us: int, chance: Random) -> Iterator[Act]:
    day_us = begin_us // _DAY_US * _DAY_US
    while day_us < end_us:
        for hour in drug.hours:
            due_us = day_us + hour * _HOUR_US
            at_us = due_us + int(chance.gauss(12, 18) * _MINUTE_US)
            if not begin_us <= due_us < end_us - 20 * _MINUTE_US or not begin_us <= at_us < end_us:
                continue
            status = chance.choices(("given", "held", "refused"), (93, 4, 3))[0]
            yield _act(
                where, at_us, "dose", drug.name, drug.dose, drug.unit, status, drug.route, drug.id,
                is_high_alert=drug.is_high_alert, by=chance.randint(2, 7),
            )  # fmt: skip
        day_us += _DAY_US


def _measured(where: Where, chance: Random) -> Iterator[Act]:
    at_us = where.begin_us + int(chance.uniform(0.2, _DOUBLED_HOURS) * _HOUR_US)
    while at_us < where.end_us:
        by = chance.randint(2, 7)
        for name, unit, low, high, digits in chance.sample(_VITALS, 2):
            yield _act(where, at_us, "observation", name, _number(low, high, digits, chance), unit, by=by)
        if chance.random() < 0.04:
            yield _act(where, at_us, "observation", "Body weight", _number(48, 110, 1, chance), "kg", by=by)
        at_us += int(chance.gauss(_DOUBLED_HOURS, 0.7) * _HOUR_US)


def _told(where: Where, allergies: list[str], chance: Random) -> Iterator[Act]:
    at_us = where.begin_us + int(chance.uniform(0.5, 24) * _HOUR_US)
    while at_us < where.end_us - 6 * _HOUR_US:
        drawn = chance.random()
        if drawn < 0.35:
            name, unit, low, high, digits = chance.choice(_TESTS)
            yield _act(where, at_us, "specimen", name, "blood", by=3)
            told_us = at_us + int(chance.uniform(0.8, 5) * _HOUR_US)
            yield _act(
                where, told_us, "result", name, _number(low, high, digits, chance), unit, by=chance.randint(2, 7)
            )
        elif drawn < 0.75:
            yield _act(where, at_us, "note", "nursing", chance.choice(_NOTES), by=chance.randint(2, 7))
        elif drawn < 0.79 and (new := chance.choice(("codeine", "iodine", "morphine", "sulfa"))) not in allergies:
            allergies.append(new)
            yield _act(where, at_us, "allergy", new, "rash", by=1)
        elif drawn < 0.87:
            yield _act(where, at_us, "request", chance.choice(("chest X-ray", "abdominal ultrasound")), by=1)
        at_us += int(chance.uniform(8, 30) * _HOUR_US)


def _number(low: float, high: float, digits: int, chance: Random) -> str:
    return f"{chance.uniform(low, high):.{digits}f}"


def _act(
    where: Where, at_us: int, kind: str, name: str, value: str = "", unit: str = "", status: str = "", route: str = "",
    order: str = "", *, is_high_alert: bool = False, by: int = 2,
) -> Act:  # fmt: skip
    minute_us = at_us // _MINUTE_US * _MINUTE_US
    return Act(
        where.person, where.ward, where.bed, minute_us, kind, name, value, unit, status, route, order, is_high_alert, by
    )
