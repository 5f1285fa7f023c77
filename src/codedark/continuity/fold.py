"""Charts from statements, the same whatever the order of their coming (decision 15). A patient is folded alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from codedark.continuity.chart import Chart, PatientId
from codedark.continuity.fact import Fact, Statement
from codedark.continuity.places import Places
from codedark.continuity.projection import chart
from codedark.continuity.record import Merges, Record, Things
from codedark.continuity.schedule import Schedule, frequencies
from codedark.continuity.times import Times
from codedark.hospital.hospital import Hospital

_KEPT_US: Final = 3_600 * 1_000_000
"""How long a chart is kept of which nothing new is told."""


class Fold:
    """All patients. Statements go in one by one and touch one record; a chart is made when somebody asks for it."""

    def __init__(self, hospital: Hospital) -> None:
        self._places: Final = Places(hospital)
        self._schedule: Final = Schedule(frequencies(), Times(hospital.time_zone))
        self._records: Final[dict[PatientId, Record]] = {}
        self._merges: Final = Merges()
        self._charts: Final[dict[PatientId, tuple[Chart, int]]] = {}
        self.heard_us = 0
        """The latest time at which anything was said."""

    def add(self, statements: Iterable[Statement]) -> None:
        """Take statements in; those that are known change nothing."""
        for statement in statements:
            self.heard_us = max(self.heard_us, statement.said.at_us)
            if isinstance(statement, Fact):
                record = self._records.get(statement.patient)
                if record is None:
                    record = self._records[statement.patient] = Record()
                record.add(statement)
                self._charts.pop(self._merges.survivor(statement.patient), None)
            else:
                for number in self._merges.add(statement):
                    self._charts.pop(number, None)

    def patients(self) -> tuple[PatientId, ...]:
        """The numbers that live on, of all patients of whom anything was told."""
        return tuple(sorted({self._merges.survivor(number) for number in self._records}))

    def survivor(self, number: PatientId) -> PatientId:
        """The number under which whoever has this one is found."""
        return self._merges.survivor(number)

    def numbers(self, number: PatientId) -> frozenset[PatientId]:
        """All numbers of one patient."""
        return self._merges.numbers(number)

    def chart(self, number: PatientId, at_us: int | None = None) -> Chart:
        """The chart of whoever has this number, now or before a merge.

        ``at_us``: up to when the feeds were heard, if later than the last statement. Without it, a chart is kept
        until something new is told of the patient, one of his orders ends, or an hour has passed.
        """
        survivor = self._merges.survivor(number)
        known = self._charts.get(survivor)
        if at_us is None and known is not None and self.heard_us < known[1]:
            return known[0]
        numbers = sorted(self._merges.numbers(number))
        things = Things((self._records[each] for each in numbers if each in self._records), survivor)
        until_us = self.heard_us if at_us is None else at_us
        made = chart(things, survivor, numbers, self._places, self._schedule, until_us)
        if at_us is None:
            ends = (drug.end_us for drug in made.drugs if drug.status == "active" and drug.end_us)
            self._charts[survivor] = made, min((*ends, until_us + _KEPT_US))
        return made


def charts(statements: Iterable[Statement], hospital: Hospital, at_us: int | None = None) -> dict[PatientId, Chart]:
    """All charts. ``at_us``: up to when the feeds were heard; without it, the time of the last statement."""
    fold = Fold(hospital)
    fold.add(statements)
    until_us = fold.heard_us if at_us is None else at_us
    return {patient: fold.chart(patient, until_us) for patient in fold.patients()}
