"""What the census and the record say differently of a patient: each difference with both sides, for a person to see.

Only what harms if it is wrong is compared: where he lies, who he is, allergies, active orders, results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from codedark.continuity.chart import Chart, Group, PatientId
from codedark.continuity.quantities import number
from codedark.continuity.stays import said


class Difference(NamedTuple):
    """One difference. A side that says nothing of it is empty."""

    patient: PatientId
    group: Group
    census: str
    record: str


def differences(census: Chart, record: Chart) -> tuple[Difference, ...]:
    """All differences of two charts of one patient, in the order of groups.

    A side that tells nothing at all of who somebody is, does not contradict the other. Whoever is in by one side alone
    is a difference, and so is every allergy, active order and final result that only one side has.
    """
    ours, theirs = census.identity, record.identity
    pairs = [
        (Group.IDENTITY, ours_, theirs_)
        for ours_, theirs_ in ((ours.family, theirs.family), (ours.born, theirs.born), (ours.sex, theirs.sex))
        if ours_ and theirs_ and ours_.casefold() != theirs_.casefold()
    ]
    if _bed(census) != _bed(record):
        pairs.append((Group.VISIT, _bed(census), _bed(record)))
    pairs += _apart(Group.ALLERGIES, _allergies(census), _allergies(record))
    pairs += _apart(Group.MEDICATION, _orders(census), _orders(record))
    pairs += _apart(Group.LABORATORY, _results(census), _results(record))
    return tuple(Difference(census.id, group, here, there) for group, here, there in pairs)


def _apart(group: Group, ours: Iterable[str], theirs: Iterable[str]) -> list[tuple[Group, str, str]]:
    """What only one side has, or has more often: an order that stands twice is given twice."""
    here, there = Counter(ours), Counter(theirs)
    only_here, only_there = sorted((here - there).elements()), sorted((there - here).elements())
    return [(group, each, "") for each in only_here] + [(group, "", each) for each in only_there]


def _bed(chart: Chart) -> str:
    visit = chart.visit
    if visit is None:
        return "not in the hospital"
    return (visit.place.bed_id if visit.place else None) or said(visit)


def _allergies(chart: Chart) -> Iterable[str]:
    if Group.ALLERGIES in chart.none_known:
        return ["none known"]
    return (allergy.substance.casefold() for allergy in chart.allergies)


def _orders(chart: Chart) -> Iterable[str]:
    """An active order as it is acted on, without its number: systems number the same order each in their own way."""
    for drug in chart.drugs:
        if drug.status == "active":
            parts = (drug.name, number(drug.dose), drug.unit, drug.route, drug.frequency)
            yield " ".join(part for part in parts if part).casefold()


def _results(chart: Chart) -> Iterable[str]:
    return (f"{result.code or result.name} at {result.at_us}: {number(result.value)}" for result in chart.results)
