"""Who of the staff does what is to be done now: somebody on duty, in the patient's ward if anybody is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Protocol

from codedark.hospital.account import AccountId
from codedark.hospital.ward import WardId
from codedark.simulate.clinic.stay import Stay
from codedark.simulate.site import Host, Person, Role


class Duties(Protocol):
    """What the clinic needs of a roster."""

    def on_duty(self, at_us: int) -> Sequence[Person]:
        """Everybody who is at work."""

    def place(self, person: Person, at_us: int) -> Host:
        """The computer that somebody uses."""


class Staff:
    """Those on duty in a slice of time, by role and ward."""

    def __init__(self, duties: Duties) -> None:
        self._duties = duties
        self._at_us = 0
        self.present: Sequence[Person] = ()
        self._by_role: defaultdict[Role, list[Person]] = defaultdict(list)
        self._by_ward: defaultdict[tuple[Role, WardId | None], list[Person]] = defaultdict(list)
        self._accounts: set[AccountId] = set()
        self._clients: dict[AccountId, str] = {}

    def settle(self, at_us: int) -> None:
        """From here on, those on duty at that time."""
        self._at_us = at_us
        self._clients.clear()
        present = self._duties.on_duty(at_us)
        if present == self.present:
            return
        self.present = present
        self._by_role.clear()
        self._by_ward.clear()
        for person in present:
            self._by_role[person.role].append(person)
            self._by_ward[person.role, person.ward].append(person)
        self._accounts = {person.account for person in present}

    def client(self, person: Person) -> str:
        """The computer where somebody sits in this slice."""
        known = self._clients.get(person.account)
        if known is None:
            known = self._clients[person.account] = self._duties.place(person, self._at_us).id
        return known

    def of(self, role: Role, ward: WardId | None) -> Sequence[Person]:
        """Those of a role who belong to a ward."""
        return self._by_ward.get((role, ward), ())

    def any(self, role: Role, chance: Random) -> Person | None:
        """Somebody of that role."""
        people = self._by_role.get(role)
        return chance.choice(people) if people else None

    def nurse(self, stay: Stay, ward: WardId) -> Person | None:
        """The nurse who looks after a patient in a ward in this shift; of another ward where nobody is there."""
        nurses = self._by_ward.get((Role.NURSE, ward)) or self._by_role.get(Role.NURSE)
        return nurses[int(stay.id[1:]) // 7 % len(nurses)] if nurses else None

    def physician(self, stay: Stay, ward: WardId, chance: Random) -> Person | None:
        """Who treats a patient now: the attending, somebody of the ward, whoever is on call."""
        if stay.attending.account in self._accounts:
            return stay.attending
        people = self._by_ward.get((Role.PHYSICIAN, ward)) or self._by_role.get(Role.PHYSICIAN)
        return chance.choice(people) if people else None

    def is_present(self, person: Person) -> bool:
        """Whether somebody is on duty."""
        return person.account in self._accounts
