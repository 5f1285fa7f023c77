"""The outpatient clinic: who is expected there when, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from codedark.hospital.ward import Ward
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.demand import minutes
from codedark.simulate.clinic.draft import Draft
from codedark.simulate.clinic.stay import NO_BED, Appointment, Kind, Leg
from codedark.simulate.habit import HOUR_US, MINUTE_US
from codedark.simulate.site import Person, Role

HOLDS_CLINIC = 0.36
"""Share of physicians and surgeons who hold a clinic on a half day of the week."""
SLOT_MINUTES = 20
HALF_DAYS = (8.75, 13.5)
SLOTS = 9
STAYS_AWAY = 0.09
NO_CLINIC = frozenset({"emergency department", "intensive care", "operating theatre", "neonatal care"})


class Outpatients:
    """Appointments of each weekday, by half day and physician."""

    def __init__(self, clinic: Ward, wards: Sequence[Ward], people: Sequence[Person], clock: Clock) -> None:
        busy = {ward.id for ward in wards if ward.specialty in NO_CLINIC}
        doctors = [person for person in people if person.role in (Role.PHYSICIAN, Role.SURGEON)]
        self._physicians = [person for person in doctors if person.ward not in busy] or doctors
        self._clinic = clinic
        self._clock = clock
        self._count = 0

    def of_day(self, day: int, chance: Random) -> Iterator[Draft]:
        """A draft for everybody who is expected; who stays away has no legs."""
        if self._clock.weekday(day) >= 5:
            return
        for half in HALF_DAYS:
            for physician in self._physicians:
                if chance.random() < HOLDS_CLINIC:
                    for slot in range(SLOTS):
                        yield self._expected(self._clock.at(day, half + slot * SLOT_MINUTES / 60), physician, chance)

    def booked_on(self, day: int, after: int, chance: Random) -> Iterator[Draft]:
        """Appointments made on a day for days behind ``after``: as many as are held on one."""
        if self._clock.weekday(day) >= 5 or not self._physicians:
            return
        for _ in range(round(len(HALF_DAYS) * len(self._physicians) * HOLDS_CLINIC * SLOTS)):
            later = max(after + 1, day + chance.randrange(3, 45))
            later += 2 if self._clock.weekday(later) >= 5 else 0
            at_us = self._clock.at(later, chance.choice(HALF_DAYS) + chance.randrange(SLOTS) * SLOT_MINUTES / 60)
            draft = self._expected(at_us, chance.choice(self._physicians), chance)
            assert draft.appointment
            draft.appointment = draft.appointment._replace(
                booked_us=self._clock.at(day, chance.uniform(8, 17)), cancelled_us=0
            )
            draft.legs.clear()
            yield draft

    def _expected(self, at_us: int, physician: Person, chance: Random) -> Draft:
        self._count += 1
        draft = Draft(Kind.OUTPATIENT, "outpatient clinic", False)
        draft.attending = physician
        booked_us = at_us - chance.randrange(3 * 24, 45 * 24) * HOUR_US
        stays_away = chance.random() < STAYS_AWAY
        cancelled_us = at_us - chance.randrange(3, 60) * HOUR_US if stays_away else 0
        draft.appointment = Appointment(
            f"AP{self._count:07d}", self._clinic.id, booked_us, at_us, SLOT_MINUTES, cancelled_us
        )
        if not stays_away:
            arrived_us = at_us - chance.randrange(3, 30) * MINUTE_US
            draft.legs.append(Leg(self._clinic.id, NO_BED, arrived_us, at_us + minutes(chance, 25)))
        return draft
