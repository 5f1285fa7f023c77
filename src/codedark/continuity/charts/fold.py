"""Charts from statements, the same whatever the order of their coming (decision 15). A patient is folded alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, ParamSpec, TypeVar

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Group, PatientId, Visit
from codedark.continuity.charts.fact import Fact, Move, Same, Statement
from codedark.continuity.charts.frequency_tables import frequencies
from codedark.continuity.charts.moves import Moves
from codedark.continuity.charts.places import Places
from codedark.continuity.charts.projection import chart
from codedark.continuity.charts.record import Merges, Record, Things
from codedark.continuity.charts.resting import Resting, at_rest, awake
from codedark.continuity.charts.schedule import Frequency, Schedule
from codedark.continuity.charts.stays import is_in, may_be_there, stays
from codedark.continuity.charts.times import Times
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId

_KEPT_US: Final = 3_600 * 1_000_000
"""How long a chart is kept of which nothing new is told."""
_P = ParamSpec("_P")
_T = TypeVar("_T")
_FOR_LIFE: Final = frozenset({Group.IDENTITY, Group.ALLERGIES, Group.ALERTS, Group.BLOOD_GROUP, Group.PROBLEMS})


class Fold:
    """All patients. Statements go in one by one and touch one record; a chart is made when somebody asks for it.

    ``own``: how often means what at this site, over the table that comes with the program.
    """

    def __init__(self, hospital: Hospital, own: Mapping[str, Frequency] = MappingProxyType({})) -> None:
        self._places: Final = Places(hospital)
        self._schedule: Final = Schedule({**frequencies(), **own}, Times(hospital.time_zone))
        self._records: Final[dict[PatientId, Record]] = {}
        self._resting: Final[dict[PatientId, Resting]] = {}
        self._merges: Final = Merges()
        self._moves: Final = Moves()
        self._charts: Final[dict[PatientId, tuple[Chart, int, int]]] = {}
        self.heard_us = 0
        """The latest time at which anything was said."""
        self.limit_us: int | None = None
        """Now, where that is known: charts are not made for a time to come."""
        self.unrested: Final[dict[PatientId, Exception]] = {}
        """Whose data met an error of ours when he was to rest or to be forgotten, and which: he stays as he is."""

    def add(self, statements: Iterable[Statement]) -> None:
        """Take statements in; those that are known change nothing."""
        for statement in statements:
            self.heard_us = max(self.heard_us, statement.said.at_us)
            if isinstance(statement, Fact):
                record = self._records.get(statement.patient) or self._woken(statement.patient)
                if record is None:
                    record = self._records[statement.patient] = Record()
                record.add(statement)
                if self._charts:
                    self._forget(self._merges.survivor(statement.patient))
            elif isinstance(statement, Same):
                for number in self._merges.add(statement):
                    self._woken(number)  # who was in no bed together with another may be in one without him
                    self._forget(number)
            elif self._moves.add(statement):
                self._forget(self._merges.survivor(statement.patient))

    def _forget(self, number: PatientId) -> None:
        """The chart of a number is to be made anew, and with it those to which or from which a stay was moved."""
        self._charts.pop(number, None)
        if self._moves.touch(self._merges.numbers(number)):
            for each in self._moves.kin(number, self._merges.numbers):
                self._charts.pop(each, None)

    def is_news(self, statement: Statement, asked_us: int) -> bool:
        """Whether it would change anything. ``asked_us`` is the time of what was said without a time of its own."""
        if isinstance(statement, Same):
            return not self._merges.knows(statement)
        if not isinstance(statement, Fact):
            return not self._moves.knows(statement)
        record = self._woken(statement.patient)
        return record is None or not record.knows(statement, asked_us)

    @property
    def records(self) -> Mapping[PatientId, Record]:
        """What was told of each number that is awake."""
        return self._records

    @property
    def resting(self) -> Mapping[PatientId, Resting]:
        """What was told of each number that is at rest."""
        return self._resting

    def links(self) -> Iterator[Same | Move]:
        """All that was told of numbers and stays that belong together."""
        yield from self._merges.told()
        yield from self._moves.told()

    def take_up(self, number: PatientId, record: Record) -> None:
        """Have a record that was kept be that of a number; there is none of it yet."""
        self._records[number] = record

    def lay(self, number: PatientId, resting: Resting) -> None:
        """Have a record that was kept at rest be that of a number; there is none of it yet."""
        self._resting[number] = resting

    def rest(self, before_us: int) -> None:
        """Have whoever has gone, and of whom nothing was told since then, be at rest. That changes no chart.

        Raises MemoryError; any other error that somebody's data meet is in `unrested`.
        """
        self.unrested.clear()
        self._rest(before_us, may_be_there)

    def forget(self, before_us: int) -> None:
        """Of whoever is not in, and of whom nothing was told since then, keep only what holds for life. Errors as in
        `rest`.
        """
        self._rest(before_us, is_in)
        for number, resting in list(self._resting.items()):
            numbers = self._merges.numbers(number)
            if not resting.is_for_life and self._last_us(numbers) < before_us and not self._moves.touch(numbers):
                kept = self._tried(number, _for_life, number, resting)
                self._resting[number] = kept or resting

    def _rest(self, before_us: int, is_there: Callable[[Visit], bool]) -> None:
        """Whoever was the last on a ward stays awake: he tells that, and how long ago, somebody spoke of it. So does
        whoever has a stay that begins or ends later than that: he may be expected, or have registered days ahead.
        """
        gone: set[tuple[int, PatientId]] = set()
        last_on: dict[WardId, tuple[int, PatientId]] = {}
        for patient in self.awake():
            numbers = self._merges.numbers(patient)
            last_us = self._last_us(numbers)
            if last_us < before_us and not self._moves.touch(numbers):
                made = self._tried(patient, self.chart, patient, self.heard_us)
                visits = made.visits if made else ()
                is_later = any(max(each.admitted_us, each.discharged_us) >= before_us for each in visits)
                if made and not is_later and not any(map(is_there, visits)):
                    gone.add((last_us, patient))
                    for place in (each for visit in visits for each in (visit.place, visit.previous) if each):
                        last_on[place.ward] = max((last_us, patient), last_on.get(place.ward, (0, patient)))
        for _, patient in sorted(gone - set(last_on.values())):
            if rested := self._tried(patient, self._at_rest, patient):
                self._resting.update(rested)
                for number in rested:
                    del self._records[number]
                self._charts.pop(patient, None)

    def _at_rest(self, patient: PatientId) -> dict[PatientId, Resting]:
        """All that is awake of a patient, as it would be at rest."""
        numbers = (each for each in self._merges.numbers(patient) if each in self._records)
        return {each: at_rest(self._records[each], self._last_us([each])) for each in numbers}

    def _tried(self, patient: PatientId, make: Callable[_P, _T], /, *given: _P.args, **named: _P.kwargs) -> _T | None:
        """What is made of a patient's data; None, and he is named in `unrested`, where they meet an error of ours."""
        try:
            return make(*given, **named)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what one patient's data meet must not end everybody's census
            self.unrested[patient] = error
            return None

    def _woken(self, number: PatientId) -> Record | None:
        """What was told of a number, awake from now on; None where nothing was."""
        if number in self._resting:
            self._records[number] = awake(number, self._resting[number])
            del self._resting[number]
        return self._records.get(number)

    def _last_us(self, numbers: Iterable[PatientId]) -> int:
        """When anything was last told of whoever has these numbers."""
        rested = [self._resting[each].last_us for each in numbers if each in self._resting]
        records = [self._records[each] for each in numbers if each in self._records]
        return max((*rested, *(at for record in records for at in record.heard.values())), default=0)

    def patients(self) -> tuple[PatientId, ...]:
        """The numbers that live on, of all patients of whom anything was told, or to whom anything was moved."""
        return tuple(sorted({*self.awake(), *map(self._merges.survivor, self._resting)}))

    def awake(self) -> tuple[PatientId, ...]:
        """Those of whom not all is at rest."""
        return tuple(sorted({self._merges.survivor(number) for number in (*self._records, *self._moves.numbers())}))

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
        heard_us = self.heard_us if self.limit_us is None else min(self.heard_us, self.limit_us)
        if at_us is None and known is not None and known[1] <= heard_us < known[2]:
            return known[0]
        numbers = sorted(self._merges.numbers(number))
        until_us = heard_us if at_us is None else at_us
        made = chart(self._things(survivor, numbers), survivor, numbers, self._places, self._schedule, until_us)
        if self._moves.touch(numbers):
            made = replace(made, doubts=(*made.doubts, *self._moves.doubts(survivor, numbers, self._merges.survivor)))
        if at_us is None:
            ends = (drug.end_us for drug in made.drugs if drug.status == "active" and drug.end_us)
            self._charts[survivor] = made, until_us, min((*ends, until_us + _KEPT_US))
        return made

    def visits(self, number: PatientId) -> tuple[Visit, ...]:
        """The stays of whoever has this number, where nothing else of him is wanted."""
        return stays(self.things(number), self._places)

    def things(self, number: PatientId) -> Things:
        """All that was told of whoever has this number, thing by thing."""
        return self._things(self._merges.survivor(number), sorted(self._merges.numbers(number)))

    def _things(self, survivor: PatientId, numbers: list[PatientId]) -> Things:
        """All that was told of a patient, with what was moved to him and without what was moved away."""
        records = [record for each in numbers if (record := self._woken(each)) is not None]
        if self._moves.touch(numbers):
            kin = self._moves.kin(survivor, self._merges.numbers)
            for each in kin:
                self._woken(each)
            records = self._moves.applied(numbers, kin, self._records, self._merges.survivor)
        return Things(records, survivor)


def _for_life(number: PatientId, resting: Resting) -> Resting:
    """What holds for life of a record at rest."""
    record = awake(number, resting)
    record.keep_only(_FOR_LIFE)
    return at_rest(record, resting.last_us, is_for_life=True)


def charts(statements: Iterable[Statement], hospital: Hospital, at_us: int | None = None) -> dict[PatientId, Chart]:
    """All charts. ``at_us``: up to when the feeds were heard; without it, the time of the last statement."""
    fold = Fold(hospital)
    fold.add(statements)
    until_us = fold.heard_us if at_us is None else at_us
    return {patient: fold.chart(patient, until_us) for patient in fold.patients()}
