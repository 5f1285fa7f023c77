"""A stay while it is being planned: where the patient is, and what is to come."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import Literal, NamedTuple

from codedark.hospital.ward import BedId, WardId
from codedark.simulate.clinic.mimic import RealStay
from codedark.simulate.clinic.stay import Appointment, Kind, Leg, Operation
from codedark.simulate.site import Person


class To(StrEnum):
    """Where a step leads, when it is not a named ward."""

    INTENSIVE = "intensive care"
    THEATRE = "theatre"
    BACK = "back to the bed that was kept"


class Step(NamedTuple):
    """One stretch of a stay that is still to come."""

    to: WardId | To
    lasts_us: int
    slip: Literal["", "A11", "A12"] = ""


class Draft:
    """A stay in the making. ``turn`` tells the planned end of the current leg from ends that were planned before it."""

    __slots__ = (
        "appointment",
        "attending",
        "emergency",
        "held",
        "injured",
        "kind",
        "legs",
        "next_us",
        "operation",
        "path",
        "real",
        "regular",
        "since_us",
        "slip",
        "specialty",
        "spot",
        "turn",
        "undone_us",
        "waited",
    )

    def __init__(self, kind: Kind, specialty: str, emergency: bool, path: tuple[Step, ...] = ()) -> None:
        self.kind = kind
        self.specialty = specialty
        self.emergency = emergency
        self.path = deque(path)
        self.legs: list[Leg] = []
        self.spot: tuple[WardId, BedId] | None = None
        self.since_us = 0
        self.slip: Literal["", "A11", "A12"] = ""
        self.held: tuple[WardId, BedId] | None = None
        self.turn = 0
        self.next_us = 0
        self.waited = 0
        self.undone_us = 0
        self.injured = False
        self.regular = ""
        self.operation: Operation | None = None
        self.appointment: Appointment | None = None
        self.attending: Person | None = None
        self.real: RealStay | None = None

    def leave_spot(self, at_us: int) -> None:
        """Close the current leg."""
        if self.spot and at_us > self.since_us:
            self.legs.append(Leg(*self.spot, self.since_us, at_us, self.slip))
        self.spot = None
