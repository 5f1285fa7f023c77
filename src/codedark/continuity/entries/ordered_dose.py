"""Whether a dose that was given is one that was ordered: another one is asked back once, before it is charted.

A slip of the point is a tenfold dose. Only what can be compared is: the same drug with the same unit, as plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from codedark.continuity.charts.chart import Drug
from codedark.continuity.entries.entry import Administration, DoseStatus
from codedark.continuity.sentence import Sentence


class Ordered(NamedTuple):
    """A dose as an order has it."""

    drug: str
    dose: str
    unit: str


def orders_of(drugs: Iterable[Drug]) -> Iterator[Ordered]:
    """What is ordered for a patient, of all drugs (`continuity.drugs_since`). Infusions have rates and not doses."""
    return (
        Ordered(each.name, each.dose, each.unit) for each in drugs if each.status == "active" and not each.is_infusion
    )


def not_ordered(given: Administration, orders: Iterable[Ordered]) -> str:
    """What to ask of a dose that no order has; "" for others, and where nothing can be compared."""
    same = [
        each for each in orders if _key(each.drug, each.unit) == _key(given.drug, given.unit) and _number(each.dose)
    ]
    if given.status is not DoseStatus.GIVEN or not same or not _number(given.dose):
        return ""
    if any(_number(each.dose) == _number(given.dose) for each in same):
        return ""
    doses = " or ".join(dict.fromkeys(f"{each.dose} {each.unit}" for each in same))
    return Sentence(
        "{said}: is this right? {doses} is ordered. Look again; confirm it if it is so.",
        said=f"{given.drug} {given.dose} {given.unit}",
        doses=doses,
    )


def _key(drug: str, unit: str) -> tuple[str, str]:
    return drug.strip().casefold(), unit.strip().casefold()


def _number(dose: str) -> float:
    """0 for what is no plain number, as a range."""
    return float(dose) if dose.replace(".", "", 1).isdecimal() and dose.isascii() else 0.0
