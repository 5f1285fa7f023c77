"""The open incidents: which of them a finding belongs to, how they begin, become one and end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from codedark.events.moments import moment_of
from codedark.respond.believing import Beliefs
from codedark.respond.case import Case
from codedark.respond.incident import IncidentId, Status, Verdict
from codedark.respond.joining import Entities, Index, linked
from codedark.respond.odds import probability
from codedark.respond.settings import DAY_US, SECOND_US, AlarmSettings
from codedark.respond.suspicion import Suspicion


class Cases:
    """All open incidents, and those closed not long ago."""

    def __init__(self, beliefs: Beliefs, settings: AlarmSettings) -> None:
        self._beliefs = beliefs
        self._settings = settings
        self._index = Index()
        self._open: dict[int, Case] = {}
        self._closed: OrderedDict[IncidentId, Case] = OrderedDict()
        self._numbers: dict[int, int] = {}
        self._serial = 0

    def __iter__(self) -> Iterator[Case]:
        return iter(list(self._open.values()))

    def __contains__(self, case: Case) -> bool:
        return case.serial in self._open

    def odds(self, case: Case, now_us: int) -> float:
        """How sure: by what its findings say together, or by all that is known of one of whom they speak (from
        incidents before it, too), if that is more.
        """
        latest = [entity for entity in case.bearers if self._index.serials(entity)[-1:] == [case.serial]]
        return max(case.log_odds(now_us, self._settings), self._beliefs.strongest(latest, now_us))

    def confidence(self, case: Case, now_us: int) -> float:
        """The same as a probability."""
        return probability(self.odds(case, now_us))

    def suspected(self, case: Case, now_us: int) -> bool:
        """Whether it is likely enough that nothing is learnt from it."""
        return self.confidence(case, now_us) >= self._settings.belief.held

    def suspects(self, host: str, account: str, now_us: int) -> bool:
        """Whether either is under suspicion, or in an incident that is."""
        if self._beliefs.held(host, account):
            return True
        serials = {serial for entity in (f"h:{host}", f"a:{account}") for serial in self._index.serials(entity)}
        return any(self.suspected(self._open[serial], now_us) for serial in serials)

    def linked(self, names: Entities, at_us: int, now_us: int) -> list[Case]:
        """The incidents that a finding with these names belongs to, the oldest first."""
        return linked(
            names,
            self._index,
            lambda serial: self._alive(serial, at_us, now_us),
            lambda entity, odds: (
                self._beliefs.within(entity, probability(odds), now_us).probability >= self._settings.belief.believed
            ),
            lambda case: self.odds(case, now_us),
        )

    def number_behind(self, last: Mapping[int, int]) -> None:
        """As `Incidents` has it."""
        self._numbers |= {year: max(number, self._numbers.get(year, 0)) for year, number in last.items()}

    def begin(self, at_us: int) -> Case:
        """A new incident, with the next number of the year in which it began."""
        year = moment_of(at_us).year
        self._numbers[year] = self._numbers.get(year, 0) + 1
        self._serial += 1
        number = IncidentId(f"{year}-{self._numbers[year]:04d}")
        case = self._open[self._serial] = Case(number, self._serial, at_us, at_us, Suspicion(at_us))
        return case

    def tie(self, case: Case, names: Entities) -> None:
        """``case`` has to do with all of these."""
        self._index.put(case, names, 2 * self._settings.memory.most_names)

    def merge(self, old: Case, into: Case, now_us: int) -> None:
        """``old`` turns out to be part of ``into``."""
        into.absorb(old, now_us, self._settings)
        if old.status is Status.OPEN:
            into.status = Status.OPEN
        old.merged_into = into.id
        self._index.move(old, into)
        self._end(old)

    def close(self, case: Case, verdict: Verdict | None = None) -> None:
        """``case`` is over."""
        case.verdict = verdict or case.verdict
        self._index.remove(case)
        self._end(case)

    def find(self, incident: IncidentId) -> Case | None:
        """The incident of this id, open or closed not long ago; of a merged one, what it has become."""
        closed = self._closed.get(incident)
        while closed is not None and closed.merged_into is not None:
            incident = closed.merged_into
            closed = self._closed.get(incident)
        return closed or next((case for case in self._open.values() if case.id == incident), None)

    def crowded_out(self, now_us: int) -> list[Case]:
        """Where there are too many: the weakest, a tenth of all at once, which are closed."""
        most = self._settings.memory.most_incidents
        if len(self._open) <= most:
            return []
        weakest = sorted(self, key=lambda case: (self.odds(case, now_us), case.serial))
        gone = weakest[: len(self._open) - most + most // 10]
        for case in gone:
            self.close(case)
        return gone

    def _alive(self, serial: int, at_us: int, now_us: int) -> Case | None:
        """The incident, if what happened at ``at_us`` may still belong to it."""
        case = self._open[serial]
        apart_us = max(at_us - case.last_us, case.began_us - at_us)
        joining = self._settings.joining
        if apart_us <= joining.weak_hours * 3_600 * SECOND_US:
            return case
        return case if apart_us <= joining.suspected_days * DAY_US and self.suspected(case, now_us) else None

    def _end(self, case: Case) -> None:
        case.status = Status.CLOSED
        self._beliefs.forget(case)
        self._open.pop(case.serial, None)
        self._closed[case.id] = case
        while len(self._closed) > self._settings.memory.most_closed:
            self._closed.popitem(last=False)
