"""The theatre list: which operation stands when in which room, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from codedark.hospital.ward import Ward
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.stay import Operation
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US
from codedark.simulate.site import Person, Role


class Procedure(NamedTuple):
    """An operation in the words of the list, with its usual length in minutes; ``day`` ones go home the same day."""

    text: str
    minutes: int
    day: bool = False


PROCEDURES: dict[str, tuple[Procedure, ...]] = {
    "surgery": (
        Procedure("Laparoscopic cholecystectomy", 75),
        Procedure("Inguinal hernia repair", 60),
        Procedure("Laparoscopic sigmoid resection", 170),
        Procedure("Sleeve gastrectomy", 95),
        Procedure("Hemithyroidectomy", 100),
        Procedure("Carotid endarterectomy", 130),
        Procedure("Laparoscopic appendicectomy", 55),
    ),
    "orthopaedics": (
        Procedure("Total knee replacement", 95),
        Procedure("Total hip replacement", 90),
        Procedure("Hip hemiarthroplasty", 80),
        Procedure("Osteosynthesis of ankle", 80),
        Procedure("Lumbar discectomy", 85),
    ),
    "urology": (
        Procedure("Transurethral resection of prostate", 70),
        Procedure("Ureterorenoscopy", 60),
        Procedure("Robot-assisted prostatectomy", 190),
        Procedure("Transurethral resection of bladder tumour", 50),
    ),
    "maternity": (Procedure("Caesarean section", 55),),
    "paediatrics": (Procedure("Adenotonsillectomy", 35), Procedure("Laparoscopic appendicectomy", 55)),
    "day hospital": (
        Procedure("Phacoemulsification of cataract", 25, day=True),
        Procedure("Arthroscopic meniscectomy", 35, day=True),
        Procedure("Inguinal hernia repair", 55, day=True),
        Procedure("Carpal tunnel release", 25, day=True),
        Procedure("Extraction of wisdom teeth", 35, day=True),
    ),
}
FIRST_HOUR, LAST_HOUR = 8.0, 15.75
TURNOVER_MINUTES = 25
EMERGENCY_ROOMS = 0.2
"""Share of rooms that stay free for emergencies."""
MOVED, CANCELLED = 0.12, 0.05
"""Share of operations whose time on the list changes, and that are cancelled in the last day."""


class Lists:
    """Makes the list of a day, room by room."""

    def __init__(self, theatre: Ward, people: Sequence[Person], clock: Clock) -> None:
        self._theatre = theatre
        self._clock = clock
        self._rooms = theatre.beds[: max(1, round(len(theatre.beds) * (1 - EMERGENCY_ROOMS)))]
        doctors = [person for person in people if person.role in (Role.SURGEON, Role.ANAESTHETIST, Role.PHYSICIAN)]
        self._surgeons = [person for person in doctors if person.role is Role.SURGEON] or doctors
        self._anaesthetists = [person for person in doctors if person.role is Role.ANAESTHETIST] or doctors
        self._count = 0

    def emergency(self, chance: Random, specialty: str, at_us: int) -> Operation:
        """An operation that cannot wait: booked now, planned soon."""
        procedure = chance.choice(PROCEDURES.get(specialty, PROCEDURES["surgery"]))
        planned = at_us + chance.randrange(30, 240) * MINUTE_US
        return self._operation(chance, procedure, len(self._theatre.beds) - 1, planned, at_us)

    def of_day(
        self, chance: Random, day: int, specialties: Sequence[str], weights: Sequence[float]
    ) -> list[tuple[str, Operation]]:
        """The list of a weekday: for each operation the specialty that its patient comes to."""
        made: list[tuple[str, Operation]] = []
        last = self._clock.at(day, LAST_HOUR)
        for room in range(len(self._rooms)):
            at = self._clock.at(day, FIRST_HOUR)
            while at < last:
                specialty = chance.choices(specialties, weights)[0]
                procedure = chance.choice(PROCEDURES[specialty])
                booked = self._clock.at(day - chance.randrange(2, 22), chance.uniform(9, 17))
                operation = self._operation(chance, procedure, room, at, booked)
                at += (operation.minutes + TURNOVER_MINUTES) * MINUTE_US
                if chance.random() < CANCELLED:
                    cancelled = max(booked + HOUR_US, operation.planned_us - chance.randrange(2, 20) * HOUR_US)
                    operation = operation._replace(cancelled_us=cancelled)
                elif chance.random() < MOVED:
                    shift = chance.choice((-45, -30, 30, 60, 90, 120)) * MINUTE_US
                    changed = max(booked + HOUR_US, operation.planned_us - DAY_US + chance.randrange(6) * HOUR_US)
                    operation = operation._replace(first_us=operation.planned_us + shift, moved_us=changed)
                made.append((specialty, operation))
        return made

    def _operation(self, chance: Random, procedure: Procedure, room: int, planned_us: int, booked_us: int) -> Operation:
        self._count += 1
        length = max(15, round(chance.lognormvariate(0, 0.25) * procedure.minutes / 5) * 5)
        return Operation(
            f"OP{self._count:06d}",
            self._theatre.beds[room],
            self._theatre.id,
            procedure.text,
            booked_us,
            planned_us,
            planned_us,
            length,
            chance.choice(self._surgeons),
            chance.choice(self._anaesthetists),
        )
