"""The wards and departments of a hospital with so many beds.

Beds are licensed beds, and the inpatient wards have exactly so many of them. Where patients stay for hours (emergency
department, operating theatre, dialysis, day hospital) there are places on top of that, which are not licensed beds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.zone import ZoneId
from codedark.simulate.building.apportion import apportion, spread_evenly


@dataclass(frozen=True, slots=True)
class Specialty:
    """A specialty with its share of the licensed beds, the ``largest`` size of one ward, and the beds ``in_room``."""

    name: str
    code: str
    share: float
    largest: int = 28
    in_room: int = 2


INPATIENT = (
    # In the order in which a growing hospital opens them.
    Specialty("internal medicine", "INT", 0.15),
    Specialty("intensive care", "ICU", 0.05, largest=14, in_room=1),
    Specialty("surgery", "SUR", 0.13),
    Specialty("geriatrics", "GER", 0.14, largest=26),
    Specialty("maternity", "MAT", 0.06, largest=26, in_room=1),
    Specialty("paediatrics", "PED", 0.06, largest=24),
    Specialty("cardiology", "CAR", 0.08),
    Specialty("orthopaedics", "ORT", 0.08),
    Specialty("oncology", "ONC", 0.06, largest=24),
    Specialty("neurology", "NEU", 0.05),
    Specialty("pulmonology", "PUL", 0.04),
    Specialty("psychiatry", "PSY", 0.04, largest=30),
    Specialty("rehabilitation", "REV", 0.05, largest=30),
    Specialty("neonatal care", "NIC", 0.015, largest=16, in_room=4),
    Specialty("urology", "URO", 0.025),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A department with places for hours: one for ``beds_each`` beds, at least ``least``; it opens at ``from_beds``."""

    name: str
    code: str
    beds_each: int
    least: int
    from_beds: int = 0


DAY = (
    Day("emergency department", "ED", 16, 3),
    Day("operating theatre", "OR", 33, 2),
    Day("dialysis", "DIA", 18, 4, from_beds=60),
    Day("day hospital", "DAY", 14, 6, from_beds=100),
)
DAY_SPECIALTIES = frozenset(day.name for day in DAY)
"""Specialties of wards where patients stay for hours and then go elsewhere: their places are no licensed beds."""


@dataclass(frozen=True, slots=True)
class Department:
    """A department without beds: ``desks`` workplaces a licensed bed; clinical ones stand on the list of wards."""

    name: str
    code: str
    desks: float
    clinical: bool


DEPARTMENTS = (
    Department("radiology", "RAD", 0.09, clinical=True),
    Department("laboratory", "LAB", 0.11, clinical=True),
    Department("blood bank", "BBK", 0.015, clinical=True),
    Department("pharmacy", "PHA", 0.05, clinical=True),
    Department("outpatient clinic", "OPD", 0.35, clinical=True),
    Department("physiotherapy", "PHY", 0.05, clinical=True),
    Department("sterilisation", "CSD", 0.02, clinical=True),
    Department("administration", "ADM", 0.30, clinical=False),
    Department("reception", "REC", 0.06, clinical=False),
    Department("information technology", "IT", 0.07, clinical=False),
    Department("biomedical engineering", "BME", 0.025, clinical=False),
    Department("facilities", "FAC", 0.05, clinical=False),
    Department("kitchen", "KIT", 0.015, clinical=False),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where machines stand and people work: a ward or department. ``desks`` is its weight in computer workplaces."""

    code: str
    name: str
    specialty: str
    ward: WardId | None
    beds: tuple[BedId, ...]
    desks: float
    zone: ZoneId


DESKS_A_BED = 0.30
"""Computer workplaces of a ward for each of its beds; busy ones have twice as many."""
BUSY = frozenset({"intensive care", "neonatal care", "emergency department", "operating theatre"})


def places(beds: int) -> list[Place]:
    """All wards and departments of a hospital with ``beds`` licensed beds."""
    wards = [
        _ward(code, f"{specialty.name.capitalize()} {number}", specialty.name, size, specialty.in_room)
        for specialty, number, code, size in _inpatient(beds)
    ]
    by_day = [
        _ward(day.code, day.name.capitalize(), day.name, max(day.least, beds // day.beds_each), 1)
        for day in DAY
        if beds >= day.from_beds
    ]
    return [*wards, *by_day, *(_department(department, beds) for department in DEPARTMENTS)]


def wards_of(found: Sequence[Place]) -> dict[WardId, Ward]:
    """The clinical places as wards of the hospital model, in their order."""
    return {
        place.ward: Ward(place.ward, place.name, place.specialty, place.beds, (place.zone,))
        for place in found
        if place.ward is not None
    }


def _inpatient(beds: int) -> list[tuple[Specialty, int, str, int]]:
    """Specialty, number, code and size of every inpatient ward."""
    open_now = INPATIENT[: max(2, min(len(INPATIENT), beds // 10))]
    sizes = apportion(beds, [specialty.share for specialty in open_now], least=2)
    return [
        (specialty, number, f"{specialty.code}{number}", size)
        for specialty, total in zip(open_now, sizes, strict=True)
        for number, size in enumerate(spread_evenly(total, ceil(total / specialty.largest)), start=1)
    ]


def _ward(code: str, name: str, specialty: str, size: int, in_room: int) -> Place:
    """A ward whose beds are named by ward, room and bed: ``CAR1-03-2``."""
    beds = tuple(BedId(f"{code}-{at // in_room + 1:02d}-{at % in_room + 1}") for at in range(size))
    desks = max(1.0, size * DESKS_A_BED * (2 if specialty in BUSY else 1))
    return Place(code, name, specialty, WardId(code), beds, desks, ZoneId(f"CL-{code}"))


def _department(department: Department, beds: int) -> Place:
    """A department of a hospital with so many beds."""
    code, desks = department.code, max(1.0, department.desks * beds)
    ward, block = (WardId(code), "CL") if department.clinical else (None, "OFF")
    return Place(code, department.name.capitalize(), department.name, ward, (), desks, ZoneId(f"{block}-{code}"))
