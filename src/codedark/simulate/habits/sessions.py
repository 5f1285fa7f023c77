"""People log on when their shift begins, move from computer to computer, lock and unlock, and log off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random

from codedark.hospital.asset import AssetId
from codedark.simulate.acts import Act, LoggedOff
from codedark.simulate.acts import LogonType as Type
from codedark.simulate.chance import stream
from codedark.simulate.days import Weird, begins, weird
from codedark.simulate.habit import HOUR_US, MINUTE_US, SECOND_US
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.logons import Logons
from codedark.simulate.habits.pace import local_time
from codedark.simulate.habits.presence import STYLE_OF, Presence, Session, Style
from codedark.simulate.roster import Roster
from codedark.simulate.site import Person, Role, Shift, Site

SITTING_AND_AWAY_MINUTES = {
    Style.BEDSIDE: (20, 42),
    Style.OFFICE: (75, 18),
    Style.IMAGING: (55, 20),
    Style.LABORATORY: (30, 22),
    Style.ADMINISTRATION: (70, 15),
}
"""Mean minutes at a computer and away from it; see `calibration` for the logons a week that they were set for."""

CALLED_IN = (Role.NURSE, Role.PHYSICIAN, Role.SURGEON, Role.ANAESTHETIST)
CALLED_IN_SHARE = 0.03
"""Share of clinicians off duty who come in each quarter of a mass-casualty hour."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody on duty until ``end_us``, with the sessions left open on computers so far."""

    person: Person
    style: Style
    end_us: int
    sessions: dict[AssetId, Session] = field(default_factory=dict)


class Sessions:
    """Whoever is on duty sits down at computers again and again. Lives before all habits that draw from `Presence`."""

    def __init__(self, site: Site, roster: Roster, logons: Logons, desktop: Desktop, presence: Presence) -> None:
        self._site = site
        self._roster = roster
        self._logons = logons
        self._desktop = desktop
        self._presence = presence
        self._agenda: list[tuple[int, int, Worker]] = []
        self._expected = 0
        self._lived = False

    def live(self, start_us: int, end_us: int) -> Iterable[Act]:
        """Logons, unlocks and logoffs that begin in this slice."""
        chance = stream(self._site.seed, "sessions", start_us)
        self._begin_shifts(chance, start_us, end_us)
        acts: list[Act] = []
        while self._agenda and self._agenda[0][0] < end_us:
            at_us, _, worker = heappop(self._agenda)
            acts.extend(self._leave(worker) if at_us >= worker.end_us else self._sit_down(chance, worker, at_us))
        self._presence.settle(start_us, end_us)
        return acts

    def _begin_shifts(self, chance: Random, start_us: int, end_us: int) -> None:
        shifts = list(self._roster.shifts(start_us, end_us))
        if not self._lived:
            # Whoever came to work before the first moment of the simulation is at work in it.
            earlier = self._roster.shifts(start_us - 24 * HOUR_US, start_us)
            shifts += [shift for shift in earlier if shift.end_us > start_us + HOUR_US]
            self._lived = True
        shifts += self._called_in(chance, start_us, end_us)
        for shift in shifts:
            worker = Worker(shift.person, STYLE_OF[shift.person.role], shift.end_us)
            first_us = max(shift.start_us, start_us) + int(chance.random() * 20 * MINUTE_US)
            self._expect(first_us, worker)

    def _called_in(self, chance: Random, start_us: int, end_us: int) -> Iterator[Shift]:
        """On a mass-casualty day clinicians are called in, within an hour, for five hours."""
        now = local_time(self._site.hospital.time_zone, start_us)
        if Weird.MASS_CASUALTY not in weird(self._site.seed, now.date()):
            return
        minutes = now.hour * 60 + now.minute - begins(self._site.seed, now.date(), Weird.MASS_CASUALTY)
        if not 0 <= minutes < 60:
            return
        on_duty = {person.account for person in self._roster.on_duty(start_us)}
        for person in self._site.people:
            if person.role in CALLED_IN and person.account not in on_duty and chance.random() < CALLED_IN_SHARE:
                yield Shift(person, start_us + int(chance.random() * (end_us - start_us)), end_us + 5 * HOUR_US)

    def _expect(self, at_us: int, worker: Worker) -> None:
        self._expected += 1
        heappush(self._agenda, (min(at_us, worker.end_us), self._expected, worker))

    def _sit_down(self, chance: Random, worker: Worker, at_us: int) -> Iterator[Act]:
        sitting, away = SITTING_AND_AWAY_MINUTES[worker.style]
        away_us = int(chance.expovariate(1 / away) * MINUTE_US) + SECOND_US
        machine = self._desktop.machines.get(self._roster.place(worker.person, at_us).id)
        if machine is None or not machine.personal:
            self._expect(at_us + away_us, worker)
            return
        account = worker.person.account
        ready_us = yield from self._logons.mistyped(chance, machine, account, at_us)
        if ready_us + MINUTE_US >= worker.end_us:
            self._expect(worker.end_us, worker)
            return
        session = worker.sessions.get(machine.id)
        if session:
            yield from self._logons.unlock(chance, machine, account, ready_us)
            begin_us = ready_us + 2 * SECOND_US
        else:
            logon_id = yield from self._logons.interactive(chance, machine, account, ready_us)
            session, started = self._desktop.open(chance, machine, account, logon_id, worker.style, ready_us)
            worker.sessions[machine.id] = session
            yield from started
            begin_us = ready_us + MINUTE_US
        leave_us = min(begin_us + int(chance.expovariate(1 / sitting) * MINUTE_US) + MINUTE_US, worker.end_us)
        if leave_us > begin_us:
            self._presence.sit(session, begin_us, leave_us)
        self._expect(max(leave_us, begin_us + MINUTE_US) + away_us, worker)

    def _leave(self, worker: Worker) -> Iterator[Act]:
        """At the end of a shift every session is closed, one after the other."""
        at_us = worker.end_us + 2 * MINUTE_US
        for session in worker.sessions.values():
            at_us += 20 * SECOND_US
            yield LoggedOff(at_us, session.host, session.account, Type.INTERACTIVE, session.logon_id)
