"""Who the patients are. Nobody exists before being needed, so that a thousand beds cost little memory."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from codedark.hospital.account import AccountId
from codedark.simulate.chance import Seed, stream
from codedark.simulate.clinic.diagnoses import ALLERGIES, CHRONIC
from codedark.simulate.clinic.names import FAMILY, GIVEN_FEMALE, GIVEN_MALE, STREETS, TOWNS
from codedark.simulate.clinic.patient import NOBODY, Patient
from codedark.simulate.clinic.specialties import Specialty
from codedark.simulate.site import Person

HOUSEHOLD = 0.06
"""Share of patients who live with somebody who is a patient too."""
SAME_NAME = 0.012
"""Share of patients who bear the name of an earlier one; hospitals warn their staff of them."""
SAME_FAMILY_NAME = 0.8
"""Share of those who live together and bear the same family name."""
STAFF = 0.012
KIN = 0.015
VIP_EACH = 61
"""One in so many inpatients is somebody whom the newspapers know."""
ADULT = 18
RECORD_NUMBERS = 9_000_000
_STRIDE = 7_368_787  # prime to RECORD_NUMBERS: every number comes once before any comes again


class Population:
    """Makes patients, each once. The order of the calls decides who they are."""

    def __init__(self, seed: Seed, staff: tuple[Person, ...]) -> None:
        self._chance = stream(seed, "population")
        self._staff = staff
        self._first = self._chance.randrange(RECORD_NUMBERS)
        self._staff_next = self._chance.randrange(max(1, len(staff)))
        self._seen_staff: set[AccountId] = set()
        self._households = 0
        self._inpatients = 0
        self.patients: dict[str, Patient] = {}
        self._drawn: list[Patient] = []
        self._families: dict[int, str] = {}
        self._staff_families = {person.account: person.family for person in staff}

    def draw(self, specialty: Specialty, day: date, inpatient: bool, sex: str = "", age: int | None = None) -> Patient:
        """A new patient such as come to a specialty; ``sex`` and ``age`` in years where they are known already."""
        chance = self._chance
        number = 1_000_000 + (self._first + len(self.patients) * _STRIDE) % RECORD_NUMBERS
        if inpatient:
            self._inpatients += 1
        is_female = sex == "F" if sex else chance.random() < specialty.female
        born = _birthday(chance, specialty, day, age)
        years = (day - born).days / 365.25
        given, family, staff = self._name(is_female, years)
        street, postcode, town, household, kin = self._home(staff)
        shared = self._families.get(household) or self._staff_families.get(kin, "")
        if shared and not staff and chance.random() < SAME_FAMILY_NAME:
            family = shared
        self._families.setdefault(household, family)
        patient = Patient(
            f"{number}",
            given,
            family,
            "F" if is_female else "M",
            born,
            street,
            postcode,
            town,
            "0{} {} {} {}".format(chance.randrange(400, 500), *(chance.randrange(10, 100) for _ in range(3))),
            household,
            tuple(allergy for allergy, share in ALLERGIES if chance.random() < share * (1 if years >= 1 else 0)),
            tuple(found for found, share in CHRONIC if chance.random() < share * _burden(years)) if inpatient else (),
            inpatient and self._inpatients % VIP_EACH == VIP_EACH // 5 and years >= ADULT,
            staff,
            kin,
        )
        self.patients[patient.id] = patient
        self._drawn.append(patient)
        return patient

    def _name(self, is_female: bool, years: float) -> tuple[str, str, AccountId]:
        """Given name, family name, and the account if it is somebody who works here."""
        chance = self._chance
        draw = chance.random()
        if draw < STAFF and self._staff and ADULT + 4 <= years < 67:
            person = self._another_of_staff()
            if person.account not in self._seen_staff:
                self._seen_staff.add(person.account)
                return person.given, person.family, person.account
        if draw > 1 - SAME_NAME and self._drawn:
            other = chance.choice(self._drawn)
            if (other.sex == "F") == is_female and not other.staff:
                return other.given, other.family, NOBODY
        return chance.choice(GIVEN_FEMALE if is_female else GIVEN_MALE), chance.choice(FAMILY), NOBODY

    def _home(self, staff: AccountId) -> tuple[str, str, str, int, AccountId]:
        """Street, postal code, town, household, and who of the household works here."""
        chance = self._chance
        draw = chance.random()
        if not staff and draw < HOUSEHOLD and self._drawn:
            other = chance.choice(self._drawn)
            return other.street, other.postcode, other.town, other.household, other.staff or other.kin
        kin = self._another_of_staff().account if not staff and draw > 1 - KIN and self._staff else NOBODY
        town, postcode = chance.choice(TOWNS)
        self._households += 1
        return f"{chance.choice(STREETS)} {chance.randrange(1, 190)}", postcode, town, self._households, kin

    def _another_of_staff(self) -> Person:
        self._staff_next = (self._staff_next + 97) % len(self._staff)
        return self._staff[self._staff_next]


def _birthday(chance: Random, specialty: Specialty, day: date, age: int | None) -> date:
    youngest, commonest, oldest = specialty.ages
    if age is None and oldest == 0:
        return day - timedelta(days=chance.randrange(1, 20))
    years = age if age is not None else int(chance.triangular(youngest, oldest + 1, commonest))
    return day - timedelta(days=int(years * 365.25) + chance.randrange(1, 364))


def _burden(years: float) -> float:
    """How much of the chronic illness of an old patient somebody of that age has."""
    return 0.0 if years < ADULT else min(1.25, max(0.1, (years - 20) / 48))
