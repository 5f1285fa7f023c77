"""How patients move through the beds: a discrete-event simulation of admission, transfer and discharge.

Every move is an event in order of time, and a bed is taken and given only there; so nobody is in two beds and no bed
holds two.
A place that is full is waited for, stood in for by another ward, or done without; a hospital does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import count
from random import Random

from codedark.hospital.ward import BedId, Ward, WardId
from codedark.simulate.clinic.beds import Beds
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.demand import DISCHARGES
from codedark.simulate.clinic.draft import Draft, Step, To
from codedark.simulate.clinic.specialties import Place
from codedark.simulate.clinic.stay import NO_BED, Kind
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US

ROOM_CLEANING_US = 20 * MINUTE_US
ROOM_WAIT_US = 20 * MINUTE_US
BED_WAIT_US = 2 * HOUR_US
LONGEST_WAITS = 24
UNDONE = 0.01
"""Share of discharges that are entered too early and cancelled."""
NOT_FOR_OTHERS = frozenset({"maternity", "paediatrics", "neonatal care", "psychiatry"})
"""Wards that neither lend beds to other specialties nor borrow theirs."""
_HOURS = range(24)


class Flow:
    """Beds, and the patients who move between them. ``done`` are the stays that have ended, in that order."""

    def __init__(self, wards: Mapping[WardId, Ward], clock: Clock, chance: Random) -> None:
        self.beds = {id_: Beds(ward) for id_, ward in wards.items()}
        self._by_place: dict[Place, list[Beds]] = {place: [] for place in Place}
        for beds in self.beds.values():
            self._by_place[beds.specialty.place].append(beds)
        self._lending = [beds for beds in self._by_place[Place.WARD] if beds.specialty_name not in NOT_FOR_OTHERS]
        self._clock = clock
        self._chance = chance
        self._events: list[tuple[int, int, int, Draft]] = []
        self._order = count()
        self.done: list[Draft] = []
        self.on_wards: dict[int, Draft] = {}

    def of(self, place: Place) -> list[Beds]:
        """The wards where that is done."""
        return self._by_place[place]

    def come(self, at_us: int, draft: Draft) -> None:
        """A patient is going to come at that time."""
        self._at(at_us, draft)

    def _at(self, at_us: int, draft: Draft) -> None:
        draft.turn += 1
        draft.next_us = at_us
        heappush(self._events, (at_us, next(self._order), draft.turn, draft))

    def pass_until(self, until_us: int) -> None:
        """Let everything happen that begins before that time."""
        events = self._events
        while events and events[0][0] < until_us:
            at_us, _, turn, draft = heappop(events)
            if turn == draft.turn:
                self._next(at_us, draft)

    def pass_all(self) -> None:
        """Let everybody who is here go home in due time."""
        while self._events:
            self.pass_until(self._events[0][0] + 1)

    def interrupt(self, at_us: int, draft: Draft, *steps: Step) -> None:
        """Take a patient out of a ward for ``steps``; the rest of the stay follows in the same ward."""
        assert draft.spot
        rest_us = max(6 * HOUR_US, draft.next_us - at_us)
        draft.path.extendleft(reversed((*steps, Step(draft.spot[0], rest_us))))
        self._at(at_us, draft)

    def _next(self, at_us: int, draft: Draft) -> None:
        """End the current leg and begin the next one, or wait for it."""
        while draft.path:
            step = draft.path[0]
            if draft.spot and not draft.held and step.to in (To.BACK, draft.spot[0]):
                draft.path.popleft()
                self._at(at_us + step.lasts_us, draft)
                return
            keeps = step.to is To.THEATRE or step.slip == "A12"
            spot = self._spot(at_us, draft, step)
            if spot:
                draft.path.popleft()
                self._move(at_us, draft, step, spot, keeps)
                return
            if isinstance(step.to, To) or step.slip:
                if step.to is To.THEATRE and draft.waited < LONGEST_WAITS and self._by_place[Place.THEATRE]:
                    draft.waited += 1
                    self._at(at_us + ROOM_WAIT_US, draft)
                    return
                draft.path.popleft()
                continue
            if draft.spot is None or draft.waited > LONGEST_WAITS:
                break
            draft.waited += 1
            self._at(at_us + BED_WAIT_US, draft)
            return
        self._leave(at_us, draft)

    def _spot(self, at_us: int, draft: Draft, step: Step) -> tuple[WardId, BedId] | None:
        if step.to is To.BACK:
            spot, draft.held = draft.held, None
            return spot
        if step.to is To.INTENSIVE:
            return self._first_free(at_us, self._by_place[Place.INTENSIVE])
        if step.to is To.THEATRE:
            return self._first_free(at_us, self._by_place[Place.THEATRE])
        beds = self.beds[WardId(step.to)]
        if draft.held and draft.held[0] == beds.ward.id:
            spot, draft.held = draft.held, None
            return spot
        bed = beds.take(at_us)
        if bed:
            return beds.ward.id, bed
        if beds.specialty.place in (Place.EMERGENCY, Place.CLINIC):
            return beds.ward.id, NO_BED
        if beds.specialty.place is Place.WARD and beds.specialty_name not in NOT_FOR_OTHERS:
            return self._first_free(at_us, sorted(self._lending, key=lambda other: other.full))
        return None

    @staticmethod
    def _first_free(at_us: int, wards: list[Beds]) -> tuple[WardId, BedId] | None:
        for beds in wards:
            bed = beds.take(at_us)
            if bed:
                return beds.ward.id, bed
        return None

    def _move(self, at_us: int, draft: Draft, step: Step, spot: tuple[WardId, BedId], keeps: bool) -> None:
        left = draft.spot
        draft.leave_spot(at_us)
        if left:
            if keeps:
                draft.held = left
            else:
                self._free(at_us, left)
        if draft.held and not keeps and not (draft.path and draft.path[0].to is To.BACK):
            self._free(at_us, draft.held)
            draft.held = None
        draft.spot, draft.since_us, draft.slip, draft.waited = spot, at_us, step.slip, 0
        until_us = at_us + step.lasts_us
        if self.beds[spot[0]].specialty.place is Place.WARD:
            self.on_wards[id(draft)] = draft
            if not draft.path and draft.kind is Kind.INPATIENT and step.lasts_us > 0.6 * DAY_US:
                until_us = self._discharge(at_us, until_us)
        else:
            self.on_wards.pop(id(draft), None)
        self._at(until_us, draft)

    def _discharge(self, at_us: int, until_us: int) -> int:
        """A usual hour of discharge on the day on which the stay would end."""
        day = self._clock.day(until_us)
        found = self._clock.at(day, self._chance.choices(_HOURS, DISCHARGES)[0] + self._chance.random())
        return found if found > at_us + 5 * HOUR_US else found + DAY_US

    def _leave(self, at_us: int, draft: Draft) -> None:
        left = draft.spot
        draft.leave_spot(at_us)
        for spot in (left, draft.held):
            if spot:
                self._free(at_us, spot)
        self.on_wards.pop(id(draft), None)
        if not draft.legs:
            return
        last = draft.legs[-1]
        if (
            draft.kind is Kind.INPATIENT
            and self._chance.random() < UNDONE
            and last.until_us - last.from_us > 4 * HOUR_US
        ):
            draft.undone_us = last.until_us - self._chance.randrange(50, 180) * MINUTE_US
        self.done.append(draft)

    def _free(self, at_us: int, spot: tuple[WardId, BedId]) -> None:
        ward, bed = spot
        if bed:
            beds = self.beds[ward]
            if beds.specialty.place is Place.THEATRE:
                beds.give(at_us, bed, ROOM_CLEANING_US)
            else:
                beds.give(at_us, bed)
