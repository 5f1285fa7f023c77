"""Who comes to the hospital, hour by hour, so that its beds are as full as beds are."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from codedark.simulate.chance import Seed, poisson, stream
from codedark.simulate.clinic.beds import Beds
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.demand import (
    ED_ARRIVALS,
    LABOUR_ARRIVALS,
    PLANNED_ARRIVALS,
    WEEKDAYS_EMERGENCY,
    WEEKDAYS_PLANNED,
    lasting,
    minutes,
    within_hour,
)
from codedark.simulate.clinic.draft import Draft, Step, To
from codedark.simulate.clinic.flow import NOT_FOR_OTHERS, Flow
from codedark.simulate.clinic.mimic import RealStay, Source
from codedark.simulate.clinic.specialties import Place
from codedark.simulate.clinic.stay import Kind, Operation
from codedark.simulate.clinic.theatre import Lists
from codedark.simulate.days import Weird, begins, weird
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US

FULL = 0.86
"""Share of ward beds that arrivals aim at; what comes out is a little less."""
EAGERNESS = 5.0
"""How much faster patients are admitted for each part by which a ward is emptier than it should be."""
ED_MINUTES, ED_MINUTES_ADMITTED = 196, 340
"""Mean time in the emergency department: 195.7 min treated and released (Karaca 2012), 74 % longer when admitted
(NHAMCS 2001)."""
GO_HOME = 2.0
"""Patients who leave the emergency department for each one who is admitted: one in three is, in Flanders (Healthy
Belgium, 2021)."""
INTENSIVE_FROM_ED = 0.5
OPERATED_IN_EMERGENCY = 0.25
INTENSIVE_AFTER_OPERATION = 0.05
SLIPS = 0.02
"""Share of admissions, and of ward stays, in which a bed is entered by mistake and cancelled."""
SLIP_US = 14 * MINUTE_US
SERVICES = {
    # MIMIC-IV services whose patients may lie in a ward of that specialty.
    "internal medicine": ("MED", "OMED"),
    "geriatrics": ("MED", "NMED"),
    "pulmonology": ("MED",),
    "rehabilitation": ("MED", "NMED", "ORTHO"),
    "cardiology": ("CMED", "CSURG"),
    "oncology": ("OMED",),
    "neurology": ("NMED", "NSURG"),
    "surgery": ("SURG", "VSURG", "TRAUM", "TSURG", "GYN"),
    "orthopaedics": ("ORTHO", "TRAUM", "NSURG"),
    "urology": ("SURG", "VSURG"),
    "psychiatry": ("PSYCH", "MED"),
}
_ED_SUM, _PLANNED_SUM, _LABOUR_SUM = sum(ED_ARRIVALS), sum(PLANNED_ARRIVALS), sum(LABOUR_ARRIVALS)


class Arrivals:
    """Lets patients come. ``source`` are real stays that inpatients are made of, where one fits the specialty."""

    def __init__(self, flow: Flow, lists: Lists | None, clock: Clock, seed: Seed, source: Source | None) -> None:
        self._flow = flow
        self._lists = lists
        self._clock = clock
        self._seed = seed
        self._wards = flow.of(Place.WARD)
        self._adult = [beds for beds in self._wards if beds.specialty_name not in NOT_FOR_OTHERS] or self._wards
        self._intensive = flow.of(Place.INTENSIVE)
        self._emergency = flow.of(Place.EMERGENCY)
        self._real = _by_specialty(source)
        surgical = [beds for beds in self._wards if beds.specialty.operated]
        self._listed = [
            (beds.specialty_name, beds.size * beds.specialty.operated / beds.specialty.days) for beds in surgical
        ]
        if flow.of(Place.DAY):
            self._listed.append(("day hospital", 0.9 * sum(weight for _, weight in self._listed)))
        self.not_coming: list[Operation] = []

    def begin(self, at_us: int, chance: Random) -> None:
        """Fill the beds of an empty hospital."""
        for beds in (*self._wards, *self._intensive):
            for _ in range(round(beds.size * FULL)):
                draft = self._inpatient(chance, beds, emergency=beds.specialty.planned < chance.random())
                self._flow.come(at_us + chance.randrange(DAY_US), draft)

    def hour(self, hour_us: int, chance: Random) -> None:
        """Everybody who comes in the hour that begins at ``hour_us``."""
        day, hour = self._clock.day(hour_us), self._clock.hour(hour_us)
        weekday = self._clock.weekday(day)
        calls = ED_ARRIVALS[hour] / _ED_SUM * WEEKDAYS_EMERGENCY[weekday]
        appointments = PLANNED_ARRIVALS[hour] / _PLANNED_SUM * WEEKDAYS_PLANNED[weekday]
        admitted = 0.0
        for beds in self._wards:
            kind = beds.specialty
            wanted = self._daily(beds)
            emergencies = wanted * (1 - kind.planned) * (1 / 24 if kind.any_hour else calls)
            admitted += FULL * beds.size / kind.days * (1 - kind.planned) * calls
            planned = wanted * kind.planned * (1 - kind.operated) * (1 / 24 if kind.any_hour else appointments)
            for _ in range(poisson(chance, emergencies)):
                self._flow.come(within_hour(chance, hour_us), self._inpatient(chance, beds, emergency=True))
            for _ in range(poisson(chance, planned)):
                self._flow.come(within_hour(chance, hour_us), self._inpatient(chance, beds, emergency=False))
        for beds in self._intensive:
            for _ in range(poisson(chance, self._daily(beds) / 24)):
                self._critical(within_hour(chance, hour_us), chance, beds)
        for beds in self._emergency:
            for _ in range(poisson(chance, GO_HOME * admitted / len(self._emergency))):
                self._flow.come(within_hour(chance, hour_us), self._visitor(chance, beds))

    def day(self, day: int, chance: Random) -> None:
        """The theatre list and the appointments of a day, and what is out of the ordinary."""
        if self._clock.weekday(day) < 5:
            self._theatre(day, chance)
            for beds in self._flow.of(Place.DAY):
                for _ in range(round(beds.size * chance.uniform(0.8, 1.1))):
                    lasts_us = minutes(chance, 230, 0.35)
                    path = (Step(beds.ward.id, lasts_us),)
                    self._flow.come(
                        self._clock.at(day, chance.uniform(7.5, 14)),
                        Draft(Kind.OUTPATIENT, "day hospital", False, path),
                    )
        if self._clock.weekday(day) < 6:
            self._dialysis(day, chance)
        if Weird.MASS_CASUALTY in weird(self._seed, self._clock.date(day)) and self._emergency:
            self._casualties(day)

    def _daily(self, beds: Beds) -> float:
        """Admissions a day that a ward takes, faster when it is empty."""
        if not beds.size:
            return 0.0
        eager = 1 + EAGERNESS * (FULL - beds.full)
        return FULL * beds.size / self._days(beds) * min(2.5, max(0.0, eager))

    def _days(self, beds: Beds) -> float:
        real = self._real.get(beds.specialty_name)
        return sum(stay.length_us for stay in real) / len(real) / DAY_US if real else beds.specialty.days

    def _inpatient(self, chance: Random, beds: Beds, emergency: bool) -> Draft:
        draft = Draft(Kind.INPATIENT, beds.specialty_name, emergency)
        real = self._real.get(beds.specialty_name)
        lasts_us = lasting(chance, beds.specialty.days, beds.specialty.spread)
        if real:
            draft.real = chance.choice(real)
            lasts_us = draft.real.length_us
        lasts_us = max(6 * HOUR_US, min(lasts_us, 90 * DAY_US))
        if emergency and self._emergency and not beds.specialty.any_hour:
            draft.path.append(Step(self._emergency[0].ward.id, minutes(chance, ED_MINUTES_ADMITTED)))
        if chance.random() < SLIPS:
            draft.path.append(Step(chance.choice(self._adult).ward.id, SLIP_US, "A11"))
        if emergency and self._lists and beds.specialty.operated and chance.random() < OPERATED_IN_EMERGENCY:
            before_us = minutes(chance, 240)
            draft.path.append(Step(beds.ward.id, before_us))
            self._add_operation(draft, self._lists.emergency(chance, beds.specialty_name, 0), lasts_us)
        elif chance.random() < SLIPS and lasts_us > DAY_US:
            before_us = chance.randrange(5, 20) * HOUR_US
            wrong = Step(chance.choice(self._adult).ward.id, SLIP_US, "A12")
            draft.path.extend((Step(beds.ward.id, before_us), wrong, Step(To.BACK, lasts_us - before_us)))
        else:
            draft.path.append(Step(beds.ward.id, lasts_us))
        return draft

    @staticmethod
    def _add_operation(draft: Draft, operation: Operation, after_us: int, intensive_us: int = 0) -> None:
        """Out to the theatre and back, or on to intensive care and then to a ward."""
        draft.operation = operation
        ward = draft.path[-1].to
        draft.path.append(Step(To.THEATRE, (operation.minutes + 35) * MINUTE_US))
        if intensive_us:
            draft.path.extend((Step(To.INTENSIVE, intensive_us), Step(ward, after_us)))
        else:
            draft.path.append(Step(To.BACK, after_us))

    def _critical(self, at_us: int, chance: Random, beds: Beds) -> None:
        """Somebody for intensive care: from the emergency department, or from a ward where they got worse."""
        lasts_us = lasting(chance, beds.specialty.days, beds.specialty.spread)
        worse = [
            draft for draft in self._flow.on_wards.values() if draft.specialty not in NOT_FOR_OTHERS and not draft.held
        ]
        if worse and chance.random() > INTENSIVE_FROM_ED:
            self._flow.interrupt(at_us, chance.choice(worse), Step(To.INTENSIVE, lasts_us))
            return
        ward = chance.choices(self._adult, [beds.size for beds in self._adult])[0]
        draft = Draft(Kind.INPATIENT, ward.specialty_name, True)
        real = self._real.get(ward.specialty_name)
        draft.real = chance.choice(real) if real else None
        if self._emergency:
            draft.path.append(Step(self._emergency[0].ward.id, minutes(chance, 150)))
        draft.path.extend((Step(To.INTENSIVE, lasts_us), Step(ward.ward.id, lasting(chance, ward.specialty.days, 0.8))))
        self._flow.come(at_us, draft)

    def _visitor(self, chance: Random, beds: Beds) -> Draft:
        return Draft(Kind.EMERGENCY, "emergency department", True, (Step(beds.ward.id, minutes(chance, ED_MINUTES)),))

    def _theatre(self, day: int, chance: Random) -> None:
        if not self._lists or not self._listed:
            return
        names, weights = zip(*self._listed, strict=True)
        for name, operation in self._lists.of_day(chance, day, names, weights):
            homes = [beds for beds in self._flow.beds.values() if beds.specialty_name == name and beds.size]
            home = max(homes, key=lambda beds: (-beds.full, beds.ward.id))
            if operation.cancelled_us or home.full > 0.98:
                cancelled_us = operation.cancelled_us or operation.planned_us - 3 * HOUR_US
                self.not_coming.append(
                    operation._replace(cancelled_us=max(cancelled_us, operation.booked_us + HOUR_US))
                )
                continue
            is_day = name == "day hospital"
            draft = Draft(Kind.OUTPATIENT if is_day else Kind.INPATIENT, name, False)
            wait_us = (75 if is_day else 110) * MINUTE_US + chance.randrange(40) * MINUTE_US
            if not is_day and chance.random() < 0.12:
                wait_us = 16 * HOUR_US
            draft.path.append(Step(home.ward.id, wait_us))
            after_us = (
                minutes(chance, 150, 0.3)
                if is_day
                else max(9 * HOUR_US, lasting(chance, home.specialty.days, home.specialty.spread))
            )
            real = self._real.get(name)
            if real and not is_day:
                draft.real = chance.choice(real)
                after_us = draft.real.length_us
            is_bad = not is_day and self._intensive and chance.random() < INTENSIVE_AFTER_OPERATION
            self._add_operation(draft, operation, after_us, lasting(chance, 1.6, 0.6) if is_bad else 0)
            self._flow.come(operation.planned_us - wait_us, draft)

    def later_lists(self, day: int, chance: Random) -> None:
        """The list of a day after the simulated time: nobody comes any more, but it has been booked."""
        if self._lists and self._listed and self._clock.weekday(day) < 5:
            names, weights = zip(*self._listed, strict=True)
            self.not_coming += [operation for _, operation in self._lists.of_day(chance, day, names, weights)]

    def _dialysis(self, day: int, chance: Random) -> None:
        """Two rounds a day on Monday, Wednesday, Friday, or Tuesday, Thursday, Saturday: everybody three times a
        week, in the same chair.
        """
        group = self._clock.weekday(day) % 2
        for beds in self._flow.of(Place.DIALYSIS):
            for turn, begin in enumerate((7.0, 12.75)):
                for chair in range(round(beds.size * 0.85)):
                    draft = Draft(Kind.OUTPATIENT, "dialysis", False, (Step(beds.ward.id, minutes(chance, 240, 0.07)),))
                    draft.regular = f"{beds.ward.id} {group} {turn} {chair}"
                    self._flow.come(self._clock.at(day, begin + chance.uniform(0, 0.6)), draft)

    def _casualties(self, day: int) -> None:
        """A mass-casualty hour: many at once, half of them to be admitted."""
        chance = stream(self._seed, "casualties", day)
        begin_us = self._clock.at(day, begins(self._seed, self._clock.date(day), Weird.MASS_CASUALTY) / 60)
        size = sum(beds.size for beds in self._wards)
        surgical = [beds for beds in self._adult if beds.specialty.operated] or self._adult
        for _ in range(12 + size // 16):
            at_us = begin_us + int(chance.triangular(0, 75, 20) * MINUTE_US)
            draft = self._visitor(chance, self._emergency[0])
            if chance.random() < 0.5:
                ward = chance.choice(surgical)
                path = [Step(self._emergency[0].ward.id, minutes(chance, 70))]
                if chance.random() < 0.35:
                    path.append(Step(To.INTENSIVE, lasting(chance, 4, 0.6)))
                path.append(Step(ward.ward.id, lasting(chance, 6, 0.6)))
                draft = Draft(Kind.INPATIENT, ward.specialty_name, True, tuple(path))
            draft.injured = True
            self._flow.come(at_us, draft)


def _by_specialty(source: Source | None) -> dict[str, Sequence[RealStay]]:
    """Real stays by the specialty whose wards they may lie in; any adult specialty falls back on all of them."""
    if not source:
        return {}
    grouped: dict[str, Sequence[RealStay]] = {}
    for name, services in SERVICES.items():
        fitting = [stay for stay in source.stays if stay.service in services]
        grouped[name] = fitting or list(source.stays)
    return grouped
