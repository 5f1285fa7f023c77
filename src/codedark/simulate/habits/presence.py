"""Who sits at which computer at this moment: what people do at computers is drawn from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from random import Random

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.chance import poisson
from codedark.simulate.habit import HOUR_US
from codedark.simulate.site import Role


class Style(StrEnum):
    """How somebody works at a computer: decides the programs, the sites and the files."""

    BEDSIDE = "bedside"
    OFFICE = "office"
    IMAGING = "imaging"
    LABORATORY = "laboratory"
    ADMINISTRATION = "administration"


STYLE_OF = {
    Role.NURSE: Style.BEDSIDE,
    Role.PHYSICIAN: Style.BEDSIDE,
    Role.SURGEON: Style.BEDSIDE,
    Role.ANAESTHETIST: Style.BEDSIDE,
    Role.THERAPIST: Style.BEDSIDE,
    Role.RADIOLOGIST: Style.IMAGING,
    Role.RADIOGRAPHER: Style.IMAGING,
    Role.LABORATORY_TECHNICIAN: Style.LABORATORY,
    Role.PHARMACIST: Style.LABORATORY,
    Role.CLERK: Style.OFFICE,
    Role.MANAGER: Style.OFFICE,
    Role.TECHNICIAN: Style.OFFICE,
    Role.IT_ADMINISTRATOR: Style.ADMINISTRATION,
    Role.BIOMEDICAL_ENGINEER: Style.OFFICE,
    Role.VENDOR: Style.OFFICE,
}


@dataclass(frozen=True, slots=True)
class Session:
    """A Windows session from logon to logoff. ``running``: the process ids of programs that stay open, by name."""

    account: AccountId
    host: AssetId
    logon_id: int
    style: Style
    shell_id: int
    running: dict[str, int] = field(default_factory=dict)


Sitting = tuple[Session, int, int]
"""A session somebody works in, from one time until another, in microseconds."""


class Presence:
    """The sittings of now. `Sessions` fills it at the start of a slice, the other habits draw moments from it."""

    def __init__(self) -> None:
        self._sittings: dict[Style, list[Sitting]] = {style: [] for style in Style}
        self._slots: dict[Style, list[tuple[Session, int, int]]] = {style: [] for style in Style}
        self._sums: dict[Style, list[int]] = {style: [] for style in Style}

    def sit(self, session: Session, begin_us: int, end_us: int) -> None:
        """Somebody works in ``session`` from ``begin_us`` until ``end_us``."""
        self._sittings[session.style].append((session, begin_us, end_us))

    def settle(self, start_us: int, end_us: int) -> None:
        """Forget who has left; from here on moments lie between the two times."""
        for style, sittings in self._sittings.items():
            left = [sitting for sitting in sittings if sitting[2] > start_us]
            self._sittings[style] = left
            slots = [
                (session, max(begin, start_us), min(until, end_us) - max(begin, start_us))
                for session, begin, until in left
                if begin < end_us
            ]
            self._slots[style] = slots
            self._sums[style] = list(accumulate(slot[2] for slot in slots))

    def sessions(self, style: Style) -> list[Session]:
        """Sessions somebody works in during this slice."""
        return [slot[0] for slot in self._slots[style]]

    def hours(self, style: Style) -> float:
        """Hours of work at computers in this slice."""
        sums = self._sums[style]
        return sums[-1] / HOUR_US if sums else 0.0

    def moments(self, chance: Random, style: Style, per_hour: float) -> Iterator[tuple[Session, int]]:
        """Random moments of work, ``per_hour`` of sitting: in whose session, and when."""
        count = poisson(chance, per_hour * self.hours(style))
        if count:
            random = chance.random
            for session, begin, span in chance.choices(self._slots[style], cum_weights=self._sums[style], k=count):
                yield session, begin + int(random() * span)
