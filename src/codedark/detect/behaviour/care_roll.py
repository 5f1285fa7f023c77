"""Who is who: the staff, the patients and the places, each by all names that a hospital's systems have for them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from codedark.detect.behaviour.care_people import Member, Person

_ENOUGH: Final = 200
"""Patients from which on the share of a family name is a share."""


class Roll:
    """Staff, patients and places. Names may have several forms (`alias_member`, `alias_patient`), compared in lower
    case.
    """

    def __init__(self, most_patients: int) -> None:
        self._most_patients = most_patients
        self._members: dict[str, Member] = {}
        self._member_names: dict[str, str] = {}
        self._people: dict[str, Person] = {}
        self._patient_names: dict[str, str] = {}
        self._families: Counter[str] = Counter()
        self._by_name: dict[tuple[str, str], frozenset[str]] = {}
        self._employees: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._own: dict[str, str] | None = None
        self._emergency: set[str] = set()
        self._inside: dict[str, str] = {}

    def add_member(self, member: Member) -> None:
        """Somebody works here. A second telling replaces the first, but for the wards, which add up."""
        before = self._members.get(member.account)
        if before is not None:
            member = member._replace(wards=member.wards | before.wards)
            self._by_name[before.family, before.given] = self._bearers(before) - {before.account}
        self._members[member.account] = member
        if member.patient:
            self._numbers[member.patient.lower()] = member.account
            self._employees[self.patient_of(member.patient)] = member.account
        self._by_name[member.family, member.given] = self._bearers(member) | {member.account}
        self._own = None

    def _bearers(self, member: Member) -> frozenset[str]:
        return self._by_name.get((member.family, member.given), frozenset())

    def alias_member(self, name: str, account: str) -> None:
        """``name`` (an id, a staff number) is the one who logs on as ``account``."""
        self._member_names[name.lower()] = account

    def add_patient(self, patient: str, person: Person) -> None:
        """Somebody is a patient."""
        before = self._people.get(patient)
        if before is not None:
            self._families[before.family] -= 1
            person = person._replace(flagged=person.flagged or before.flagged)
        elif len(self._people) >= self._most_patients:
            return
        self._people[patient] = person
        self._families[person.family] += 1
        self._own = None

    def alias_patient(self, name: str, patient: str) -> None:
        """``name`` (a record number) is the patient ``patient``."""
        self._patient_names[name.lower()] = patient
        if name.lower() in self._numbers:
            self._employees[patient] = self._numbers[name.lower()]

    def flag(self, patient: str) -> None:
        """The hospital marks this record as one to be watched."""
        if patient not in self._people:
            self.add_patient(patient, Person())
        if patient in self._people:
            self._people[patient] = self._people[patient]._replace(flagged=True)

    def add_location(self, location: str, part_of: str = "", is_emergency: bool = False) -> None:
        """A bed or room is part of a ward; a ward is the emergency department."""
        if part_of:
            self._inside[location] = part_of
        if is_emergency:
            self._emergency.add(location)

    def member(self, name: str) -> Member | None:
        """The one of the staff with this account, or another of their names."""
        lower = name.lower()
        return self._members.get(lower) or self._members.get(self._member_names.get(lower, ""))

    def person(self, patient: str) -> Person | None:
        """The patient with this id or record number."""
        return self._people.get(self.patient_of(patient))

    def patient_of(self, name: str) -> str:
        """The one id of a patient."""
        return name if name in self._people else self._patient_names.get(name.lower(), name)

    def ward_of(self, location: str) -> str:
        """The ward that a bed or room is in."""
        for _ in range(8):
            outer = self._inside.get(location)
            if outer is None:
                break
            location = outer
        return location

    def employee(self, patient: str) -> Member | None:
        """The member of the staff who is this patient, by number or by the whole name that only they bear."""
        patient = self.patient_of(patient)
        account, person = self._employees.get(patient), self._people.get(patient)
        if account:
            return self._members.get(account)
        if person is None:
            return None
        bearers = self._by_name.get((person.family, person.given), frozenset())
        # A name that two of the staff bear names neither.
        member = (
            self._members.get(next(iter(bearers))) if len(bearers) == 1 and person.family and person.given else None
        )
        if member is None or (member.born and person.born and member.born != person.born):
            return None
        return member

    def home_of_member(self, member: Member) -> str:
        """Where somebody of the staff lives, by the staff table or their own record as a patient; "" if unknown."""
        if self._own is None:
            found = ((id_, self.employee(id_)) for id_ in self._people)
            self._own = {employee.account: id_ for id_, employee in found if employee is not None}
        return member.home or self._people.get(self._own.get(member.account, ""), Person()).home

    def share_of_family(self, family: str) -> float:
        """The share of patients who bear a family name; 1.0 where there are too few to tell."""
        return self._families[family] / len(self._people) if len(self._people) >= _ENOUGH else 1.0
