"""The doses of a patient: what is due now, what was given since the pack, and whether one would be the second.

When a dose is due follows from the order and from the last dose that anybody knows of: in the pack, or charted at this
station or one that it joined. Orders are the pack's and those of the ward; a stopped one is listed as that.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from codedark.app.ward.times import ClockHere, shown
from codedark.continuity.charts.chart import Chart, Drug
from codedark.continuity.charts.frequency_tables import frequencies, schedule_of
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.entries.drugs_since import Since, drugs_since
from codedark.continuity.entries.entry import Administration, DoseStatus, Entry
from codedark.continuity.entries.in_force import in_force, perhaps_in_force
from codedark.continuity.entries.names import alike
from codedark.continuity.packs.pack import Pack
from codedark.continuity.pages.medicine import dose_number
from codedark.continuity.sentence import Sentence

_HOUR_US: Final = 3_600_000_000
_SOON_US: Final = _HOUR_US
_LATE_US: Final = _HOUR_US // 2
_PART_OF_INTERVAL: Final = 0.75
"""A dose this much of an interval behind the last one is on time for the next."""
_UNKNOWN_INTERVAL_US: Final = _HOUR_US
_DAY_HOURS: Final = 24.0


class Stands(StrEnum):
    """Where a dose stands, in words."""

    OVERDUE = "OVERDUE"
    NOW = "due now"
    LATER = "later"
    NEEDED = "as needed"
    RUNNING = "runs all the time"
    DONE = "no further dose"
    UNTIMED = "hours not known: see the order"
    STOPPED = "STOPPED"


class Dose(NamedTuple):
    """A drug with its next dose (``at_us`` 0: none is known) and the last that anybody knows of; and where it was
    ordered or stopped on the ward, or may have been stopped, by which entry. Of one that is not ``is_sure`` nobody can
    tell whether it is ordered. ``charted`` may be held or refused, ``given`` is the last that was given here.
    """

    drug: Drug
    stands: Stands
    at_us: int
    last_us: int
    charted: Entry | None
    ordered: Entry | None = None
    stopped: Entry | None = None
    asked: Entry | None = None
    is_sure: bool = True
    given: Entry | None = None


def ward_schedule(pack: Pack | None) -> Schedule:
    """The hospital's ordinary hours and its own words for how often, by the ward's pack; without one our table's, by
    the clock on the wall.
    """
    return schedule_of(pack.time_zone, pack.frequencies) if pack else Schedule(frequencies(), ClockHere())


def doses_of(chart: Chart | None, own: Sequence[Entry], schedule: Schedule, now_us: int) -> list[Dose]:
    """Every active drug, what is due first in front; then those of which no hour is known, and those that were stopped
    on the ward at the end: the paper may still have them.
    """
    since = drugs_since(chart, own, schedule)
    drugs = [drug for drug in since.drugs if drug.status == "active" or drug.id in since.stopped]
    charted: dict[str, list[Entry]] = {drug.id: [] for drug in drugs}
    for entry in in_force(own):
        if isinstance(entry.content, Administration):
            for drug in drugs_of(entry.content, since):
                if drug.id in charted:
                    charted[drug.id].append(entry)
    found = [
        _dose(drug, charted[drug.id], schedule, now_us)._replace(
            ordered=since.ordered.get(drug.id),
            stopped=since.stopped.get(drug.id),
            asked=since.asked.get(drug.id),
            given=_last_given(charted[drug.id]),
        )
        for drug in drugs
    ]
    found = [
        each._replace(stands=Stands.UNTIMED, at_us=0, is_sure=False) if each.drug.id in since.unsure else each
        for each in found
    ]
    return sorted(found, key=lambda dose: (dose.stands is Stands.STOPPED, not dose.at_us, dose.at_us, dose.drug.name))


def is_to_give(dose: Dose) -> bool:
    """Whether somebody has to look at it now."""
    return dose.stands in {Stands.OVERDUE, Stands.NOW}


def second_dose(
    given: Administration, since: Since, own: Sequence[Entry], at_us: int, schedule: Schedule
) -> Sentence | None:
    """What to ask where the same drug was given within its interval of this moment, here or by the pack; else None.

    ``since`` are the patient's drugs as all that was charted of him (``own``) leaves them.
    """
    if given.status is not DoseStatus.GIVEN:
        return None
    drugs = drugs_of(given, since)
    longest_us = max((_interval_us(drug, schedule) for drug in drugs), default=0.0)
    apart_us = longest_us * _PART_OF_INTERVAL or _UNKNOWN_INTERVAL_US
    for entry in reversed(perhaps_in_force(own)):
        what = entry.content
        if (
            isinstance(what, Administration)
            and what.status is DoseStatus.GIVEN
            and (alike(what.drug, given.drug) or (given.order and what.order == given.order))
            and abs(entry.effective_us - at_us) < apart_us
        ):
            return Sentence(
                "{drug} was given to this patient already: {dose} {unit} at {when}, charted by {author} at {station}."
                " Is this another dose?",
                drug=what.drug, dose=what.dose, unit=what.unit, when=shown(entry.effective_us), author=entry.author,
                station=entry.station,
            )  # fmt: skip
    named = [each for each in since.drugs if _is_called(given, each)]
    for drug in [*drugs, *named]:
        if drug.last_us and abs(drug.last_us - at_us) < apart_us:
            return Sentence(
                "{drug} was given to this patient already, at {when}, as the pack says. Is this another dose?",
                drug=drug.name, when=shown(drug.last_us),
            )  # fmt: skip
    return None


def _last_given(charted: Sequence[Entry]) -> Entry | None:
    given = [each for each in charted if getattr(each.content, "status", None) is DoseStatus.GIVEN]
    return max(given, key=lambda each: each.effective_us, default=None)


def _dose(drug: Drug, charted: Sequence[Entry], schedule: Schedule, now_us: int) -> Dose:
    last = max(charted, key=lambda each: each.effective_us, default=None)
    last_us = max(drug.last_us, last.effective_us if last else 0)
    if drug.status != "active":
        return Dose(drug, Stands.STOPPED, 0, last_us, last)
    if last is not None or (last_us and not drug.next_us):
        due_us = schedule.next_us(drug, last_us, now_us)
    else:  # of what nobody told, nothing is overdue
        due_us = drug.next_us or schedule.next_untold_us(drug, now_us)
    how = schedule.frequency(drug)
    if drug.as_needed or how.as_needed:
        return Dose(drug, Stands.NEEDED, 0, last_us, last)
    if not due_us:
        is_over = (how.once and last_us) or 0 < drug.end_us <= now_us
        stands = Stands.DONE if is_over else Stands.RUNNING if how.continuous or drug.is_infusion else Stands.UNTIMED
        return Dose(drug, stands, 0, last_us, last)
    late_us = now_us - due_us
    stands = Stands.OVERDUE if late_us > _LATE_US else Stands.NOW if late_us > -_SOON_US else Stands.LATER
    return Dose(drug, stands, due_us, last_us, last)


def _interval_us(drug: Drug, schedule: Schedule) -> float:
    how = schedule.frequency(drug)
    if how.as_needed and not how.hours:
        return _UNKNOWN_INTERVAL_US / _PART_OF_INTERVAL
    hours = how.hours or (_DAY_HOURS / len(how.times) if how.times else 0)
    return hours * _HOUR_US or _UNKNOWN_INTERVAL_US / _PART_OF_INTERVAL


def drugs_of(given: Administration, since: Since) -> list[Drug]:
    """Whose dose it is: its order's, also where that was corrected or stopped since; else that of the same name, and of
    these the active one of the same dose; else whatever begins with the same word. A dose of one insulin is none of
    another, nor one of 5 mg one of 20 mg, or the other one would not be due.
    """
    ordered = since.of(given.order)
    called = [each for each in since.drugs if _is_called(given, each)]
    return (
        [each for each in ordered if _is_called(given, each)]
        or ordered
        or [each for each in called if _is_as_much(given, each)]
        or called
        or [each for each in since.drugs if alike(given.drug, each.name)]
    )


def _is_as_much(given: Administration, drug: Drug) -> bool:
    told = given.dose, given.unit.strip().casefold()
    return drug.status == "active" and told == (dose_number(drug.dose), drug.unit.strip().casefold())


def _is_called(given: Administration, drug: Drug) -> bool:
    return given.drug.strip().casefold() == drug.name.strip().casefold()
