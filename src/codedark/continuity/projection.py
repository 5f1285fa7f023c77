"""From what was stated of a patient to the chart: the fields of each group, in the order in which a ward reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from codedark.continuity.adverse import allergies
from codedark.continuity.chart import (
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
from codedark.continuity.fact import GONE, LIST, OWN
from codedark.continuity.medication import doses, drugs
from codedark.continuity.places import Places
from codedark.continuity.quantities import number
from codedark.continuity.record import Things
from codedark.continuity.schedule import Schedule
from codedark.continuity.stays import doubts_of, stays
from codedark.continuity.things import Thing, distinct, made, there

_ANSWERED: Final = frozenset({"completed", "cancelled", "stopped"})


def chart(
    things: Things, patient: PatientId, numbers: Iterable[PatientId], places: Places, schedule: Schedule, at_us: int
) -> Chart:
    """The chart of one patient who has these ``numbers``; ``at_us``: the time up to which the feeds were heard."""
    visits = stays(things, places)
    given = doses(things)
    found, is_none_known = allergies(things)
    return Chart(
        id=patient,
        identity=_identity(things, patient, numbers),
        visits=visits,
        allergies=found,
        alerts=_all(things, Group.ALERTS, Alert, lambda alert: (alert.kind, alert.text)),
        measures=_results(things, Group.MEASURES),
        problems=_problems(things, [visit.id for visit in visits]),
        drugs=drugs(things, visits, given, schedule, at_us),
        given=given,
        devices=_all(things, Group.DEVICES, Coded, lambda device: (-device.since_us, device.text)),
        results=_results(things, Group.LABORATORY),
        pending=_pending(things),
        blood_group=_results(things, Group.BLOOD_GROUP),
        microbiology=_reports(things, Group.MICROBIOLOGY),
        imaging=_reports(things, Group.IMAGING),
        vitals=_results(things, Group.VITALS),
        fluids=_results(things, Group.FLUIDS),
        appointments=_appointments(things),
        contacts=_all(things, Group.CONTACTS, Person, lambda person: (person.name, person.role)),
        notes=_reports(things, Group.NOTES),
        none_known=frozenset({Group.ALLERGIES}) if is_none_known else frozenset(),
        as_of=_as_of(things),
        doubts=doubts_of(visits),
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
    found = ((source, made(Result, told, id=key)) for key, told, source in there(things, group))
    taken = distinct(found, lambda result: (result.code or result.name, result.at_us, number(result.value)))
    return tuple(sorted(taken, key=lambda result: (-result.at_us, result.panel, result.id)))


def _reports(things: Things, group: Group) -> tuple[Report, ...]:
    """Texts, the latest first."""
    found = ((source, made(Report, told, id=key)) for key, told, source in there(things, group))
    taken = distinct(found, lambda report: (report.title, report.text, report.at_us))
    return tuple(sorted(taken, key=lambda report: (-report.at_us, report.id)))


def _pending(things: Things) -> tuple[Asked, ...]:
    """What was asked and has no answer, the oldest first."""
    found = [
        made(Asked, told, id=key)
        for key, told, _ in there(things, Group.PENDING)
        if told.get("status") not in _ANSWERED and told.get("name")
    ]
    return tuple(sorted(found, key=lambda asked: (asked.at_us, asked.id)))


def _appointments(things: Things) -> tuple[Appointment, ...]:
    """Slots, the first first."""
    found = [made(Appointment, told, id=key) for key, told, _ in there(things, Group.APPOINTMENTS)]
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
