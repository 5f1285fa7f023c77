"""From what was stated of a patient to the chart: the fields of each group, in the order in which a ward reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from codedark.continuity.charts.adverse import allergies
from codedark.continuity.charts.blood import doubts_of_blood
from codedark.continuity.charts.chart import (
    Alert,
    Appointment,
    Asked,
    Chart,
    Coded,
    Group,
    Heard,
    Identity,
    PatientId,
    Person,
    Report,
    Result,
)
from codedark.continuity.charts.fact import GONE, LIST, OWN
from codedark.continuity.charts.medication import doses, drugs
from codedark.continuity.charts.places import Places
from codedark.continuity.charts.quantities import number
from codedark.continuity.charts.record import Things
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.charts.series import standing
from codedark.continuity.charts.stays import doubts_of, stays
from codedark.continuity.charts.things import Thing, distinct, made, there

_ANSWERED: Final = frozenset({"completed", "cancelled", "stopped"})


def chart(
    things: Things, patient: PatientId, numbers: Iterable[PatientId], places: Places, schedule: Schedule, at_us: int
) -> Chart:
    """The chart of one patient who has these ``numbers``; ``at_us``: the time up to which the feeds were heard."""
    visits = stays(things, places)
    given = doses(things)
    found, is_none_known = allergies(things)
    parts = {name: read(things, group) for group, (name, read) in _PARTS.items() if group in things.groups}
    return Chart(
        id=patient,
        identity=_identity(things, patient, numbers),
        visits=visits,
        allergies=found,
        problems=_problems(things, [visit.id for visit in visits]),
        drugs=drugs(things, visits, given, schedule, at_us),
        given=given,
        none_known=frozenset({Group.ALLERGIES}) if is_none_known else frozenset(),
        as_of=_as_of(things),
        doubts=(*doubts_of(visits), *doubts_of_blood(parts.get("blood_group", ()))),
        **parts,
    )


def _identity(things: Things, patient: PatientId, numbers: Iterable[PatientId]) -> Identity:
    """Who it is; beside the own number all others."""
    told: Mapping[str, Any] = {}
    others: list[tuple[str, str]] = [
        ("merged", number) for number in numbers if number != patient and not number.startswith("Patient/")
    ]
    for key, fields, _ in things.of(Group.IDENTITY):
        if not key:
            told = fields
        elif not fields.get(GONE):
            others.append(fields["number"])
    mother = told.get("mother")
    return made(Identity, told, numbers=tuple(sorted(set(others))), mother=PatientId(mother) if mother else None)


def _results(things: Things, group: Group) -> tuple[Result, ...]:
    """Values, the latest first."""
    found = ((source, made(Result, told, id=key)) for key, told, source in standing(things, group))
    taken = distinct(found, lambda result: (result.code or result.name, result.at_us, number(result.value)))
    return tuple(sorted(taken, key=lambda result: (-result.at_us, result.panel, result.id)))


def _reports(things: Things, group: Group) -> tuple[Report, ...]:
    """Texts, the latest first."""
    found = ((source, made(Report, told, id=key)) for key, told, source in there(things, group))
    taken = distinct(found, lambda report: (report.title, report.text, report.at_us))
    return tuple(sorted(taken, key=lambda report: (-report.at_us, report.id)))


def _pending(things: Things, group: Group) -> tuple[Asked, ...]:
    """What was asked and has no answer, the oldest first."""
    found = [
        made(Asked, told, id=key)
        for key, told, _ in there(things, group)
        if told.get("status") not in _ANSWERED and told.get("name")
    ]
    return tuple(sorted(found, key=lambda asked: (asked.at_us, asked.id)))


def _appointments(things: Things, group: Group) -> tuple[Appointment, ...]:
    """Slots, the first first."""
    found = [made(Appointment, told, id=key) for key, told, _ in there(things, group)]
    return tuple(sorted(found, key=lambda slot: (slot.begin_us, slot.id)))


def _problems(things: Things, visits: list[str]) -> tuple[Coded, ...]:
    """Problems, each once: those of the first stay first, in the order in which its source lists them."""
    listed: list[tuple[int, int, Coded]] = []
    for key, told, _ in there(things, Group.PROBLEMS):
        members = told.get("members", ()) if key.startswith(LIST) else (made(Coded, told),)
        visit = told.get("visit", "") or key.rpartition(" ")[2]
        place = visits.index(visit) if visit in visits else len(visits)
        listed += [(place, n, each) for n, each in enumerate(members)]
    found: dict[str, Coded] = {}
    for _, _, problem in sorted(listed, key=lambda item: (item[0], item[1], repr(item[2]))):
        found.setdefault((problem.code or problem.text).casefold(), problem)
    return tuple(found.values())


def _alerts(things: Things, group: Group) -> tuple[Alert, ...]:
    return _all(things, group, Alert, lambda alert: (alert.kind, alert.text))


def _devices(things: Things, group: Group) -> tuple[Coded, ...]:
    return _all(things, group, Coded, lambda device: (-device.since_us, device.text))


def _contacts(things: Things, group: Group) -> tuple[Person, ...]:
    return _all(things, group, Person, lambda person: (person.name, person.role))


def _all(things: Things, group: Group, type_: type[Thing], by: Callable[[Thing], Any]) -> tuple[Thing, ...]:
    """Everything of a group that is told once by one source."""
    found = distinct(((source, made(type_, told)) for _, told, source in there(things, group)), by)
    return tuple(sorted(found, key=by))


def _as_of(things: Things) -> Mapping[Group, tuple[Heard, ...]]:
    """Up to when each source spoke of each group; what was said beside the matter counts only where nothing else is."""
    found: dict[Group, dict[str, int]] = {}
    for rank in (0, OWN):
        for (group, source, of), at_us in things.heard.items():
            if of == rank and (rank == OWN or not any(g is group and r == OWN for g, _, r in things.heard)):
                found.setdefault(group, {})[source] = at_us
    return {
        group: tuple(Heard(source, until_us) for source, until_us in sorted(sources.items()))
        for group, sources in sorted(found.items())
    }


_PARTS: Final[Mapping[Group, tuple[str, Callable[[Things, Group], tuple[Any, ...]]]]] = {
    Group.ALERTS: ("alerts", _alerts),
    Group.MEASURES: ("measures", _results),
    Group.DEVICES: ("devices", _devices),
    Group.LABORATORY: ("results", _results),
    Group.PENDING: ("pending", _pending),
    Group.BLOOD_GROUP: ("blood_group", _results),
    Group.MICROBIOLOGY: ("microbiology", _reports),
    Group.IMAGING: ("imaging", _reports),
    Group.VITALS: ("vitals", _results),
    Group.FLUIDS: ("fluids", _results),
    Group.APPOINTMENTS: ("appointments", _appointments),
    Group.CONTACTS: ("contacts", _contacts),
    Group.NOTES: ("notes", _reports),
}
"""The field of the chart that a group fills by itself, and how."""
