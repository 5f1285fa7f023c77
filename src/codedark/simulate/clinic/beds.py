"""The beds of a ward: who lies where is decided here, so that nobody shares a bed."""

from __future__ import annotations

from heapq import heappop, heappush

from codedark.hospital.ward import BedId, Ward
from codedark.simulate.clinic.specialties import Specialty, specialty_name, specialty_of
from codedark.simulate.habit import MINUTE_US

CLEANING_US = 45 * MINUTE_US


class Beds:
    """Free beds of one ward, each with the time from which it may be taken; the one that has been free longest is
    given first.
    """

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.specialty: Specialty = specialty_of(ward)
        self.specialty_name = specialty_name(ward)
        self.size = len(ward.beds)
        self._free: list[tuple[int, BedId]] = sorted((0, bed) for bed in ward.beds)

    def take(self, at_us: int) -> BedId | None:
        """A bed that is free and clean at that time, or None."""
        return heappop(self._free)[1] if self._free and self._free[0][0] <= at_us else None

    def give(self, at_us: int, bed: BedId, cleaning_us: int = CLEANING_US) -> None:
        """The bed was left at that time."""
        heappush(self._free, (at_us + cleaning_us, bed))

    @property
    def full(self) -> float:
        """Share of beds that are taken."""
        return 1 - len(self._free) / self.size if self.size else 1.0
