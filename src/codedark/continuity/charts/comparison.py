"""What the census and the record say differently of a patient: each difference with both sides, for a person to see.

Only what harms if it is wrong is compared: where he lies, who he is, allergies, active orders, results. Of more, it is
looked whether the record still has what it told before: what it deletes stays on the chart until a person ends it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from codedark.continuity.charts.chart import Chart, Group, PatientId
from codedark.continuity.charts.quantities import number
from codedark.continuity.charts.record import Things
from codedark.continuity.charts.stays import said
from codedark.continuity.charts.things import there
from codedark.events.moments import moment_of

DELETED: Final = "no longer there, though it told of it before"
"""What the record says of a thing that it had."""
_NUMBERED: Final = (
    Group.IDENTITY,
    Group.ALERTS,
    Group.PROBLEMS,
    Group.ADMINISTRATIONS,
    Group.PENDING,
    Group.BLOOD_GROUP,
    Group.MICROBIOLOGY,
    Group.APPOINTMENTS,
)
"""Of these nothing else is compared, and the record is asked for all of them."""
_ENDED: Final = frozenset({"completed", "cancelled", "stopped"})
_WORDS: Final = ("kind", "family", "given", "text", "name", "what", "title", "value")

Numbered = tuple[Group, str]
"""A thing by its group and its number at the record."""


class Difference(NamedTuple):
    """One difference. A side that says nothing of it is empty."""

    patient: PatientId
    group: Group
    census: str
    record: str


def differences(census: Chart, record: Chart, at_us: int) -> tuple[Difference, ...]:
    """All differences of two charts of one patient, in the order of groups.

    A side that tells nothing at all of who somebody is, does not contradict the other. Whoever is in by one side alone
    is a difference, and so is every allergy, active order and final result that only one side has. An order whose end
    has come at ``at_us`` is active on neither side: one side alone may have been reckoned before that.
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
    pairs += _apart(Group.MEDICATION, _orders(census, at_us), _orders(record, at_us))
    pairs += _apart(Group.LABORATORY, _results(census), _results(record))
    return tuple(Difference(census.id, group, here, there) for group, here, there in pairs)


def named(things: Things, source: str) -> Mapping[Numbered, str]:
    """What a source told of a patient, of which the record has to have a thing still: by its number, in words."""
    return {
        (group, key): _words(told) or key
        for group in _NUMBERED
        for key, told, by in there(things, group)
        if by == source
        and told.get("status") not in _ENDED
        and (group is not Group.IDENTITY or key == "")
        and (group is not Group.PENDING or told.get("name"))
    }


def numbers(things: Things) -> frozenset[Numbered]:
    """What a record has of a patient, however it stands."""
    return frozenset((group, key) for group in _NUMBERED for key, _, _ in things.of(group))


def deleted(
    patient: PatientId, told: Mapping[Numbered, str], has: Collection[Numbered] | None
) -> tuple[Difference, ...]:
    """What the record told of a patient and does not have any more; ``has`` is None where it knows no such patient,
    and then he himself is all that is named.
    """
    missing = (
        [each for each in told if each[0] is Group.IDENTITY]
        if has is None
        else [each for each in told if each not in has]
    )
    return tuple(Difference(patient, each[0], told[each], DELETED) for each in missing)


def _words(told: Mapping[str, Any]) -> str:
    """A thing as a person would call it, with its time."""
    parts = [str(told[name]) for name in _WORDS if told.get(name)]
    at_us = told.get("at_us") or told.get("begin_us")
    return " ".join([*parts, *([f"{moment_of(at_us):%Y-%m-%d %H:%M} UTC"] if at_us and parts else [])])


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


def _orders(chart: Chart, at_us: int) -> Iterable[str]:
    """An active order as it is acted on, without its number: systems number the same order each in their own way."""
    for drug in chart.drugs:
        if drug.status == "active" and not 0 < drug.end_us <= at_us:
            parts = (drug.name, number(drug.dose), drug.unit, drug.route, drug.frequency)
            yield " ".join(part for part in parts if part).casefold()


def _results(chart: Chart) -> Iterable[str]:
    return (f"{result.code or result.name} at {result.at_us}: {number(result.value)}" for result in chart.results)
