"""The record's side of a comparison: what it told, folded into charts of its own, to be held beside the census."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from codedark.continuity.charts.chart import Chart, PatientId
from codedark.continuity.charts.comparison import Difference, Numbered, deleted, differences, numbers
from codedark.continuity.charts.fold import Fold
from codedark.continuity.fhir.read import Reader, Unreadable
from codedark.continuity.fhir.speaking import Directory
from codedark.hospital.hospital import Hospital

ToldBefore = Callable[[PatientId], Mapping[Numbered, str]]
"""What the record told of a patient before."""


class Answer(NamedTuple):
    """What the record told now: charts, and the numbers of what it has, by patient."""

    charts: Mapping[PatientId, Chart]
    numbers: Mapping[PatientId, frozenset[Numbered]]


class RecordSide:
    """Takes resources in the order of `record.asking`; ``now_us``: when they were asked for; ``systems``: of the
    hospital's own numbers.
    """

    def __init__(self, hospital: Hospital, now_us: int, systems: Collection[str] = ()) -> None:
        self.resources = 0
        self._now_us: Final = now_us
        self._directory: Final = Directory()
        self._reader: Final = Reader(self._directory, hospital.time_zone, systems=systems)
        self._fold: Final = Fold(hospital)

    def take(self, resource: dict[str, Any]) -> None:
        """One that cannot be read has no side here; it is told where it is loaded."""
        self.resources += 1
        self._directory.add(resource)
        try:
            self._fold.add(self._reader.read(resource, self._now_us)[0])
        except Unreadable:
            return

    def answer(self) -> Answer:
        """Everybody of whom the record told."""
        patients = self._fold.patients()
        return Answer(
            {patient: self._fold.chart(patient, self._now_us) for patient in patients},
            {patient: numbers(self._fold.things(patient)) for patient in patients},
        )


def compared(census: Collection[Chart], answer: Answer, told: ToldBefore, at_us: int) -> tuple[Difference, ...]:
    """What the census and the record say differently at ``at_us``, and what the record told before and does not
    have any more (``told``: what is known from it, by number). Nothing is changed by it.

    Of whom the record knows nothing, everything differs; of whom only it knows, too, where he is in.
    """
    found: list[Difference] = []
    here, record = {chart.id: chart for chart in census}, answer.charts
    for patient in sorted({*here, *(each for each, chart in record.items() if chart.visit is not None)}):
        empty = Chart(patient)
        found += differences(here.get(patient, empty), record.get(patient, empty), at_us)
        if patient in here:
            found += deleted(patient, told(patient), answer.numbers.get(patient))
    return tuple(found)
