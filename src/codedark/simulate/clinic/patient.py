"""A patient, as the master patient index knows one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from codedark.hospital.account import AccountId
from codedark.simulate.clinic.diagnoses import Allergy, Diagnosis

NOBODY = AccountId("")


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient. ``id`` is the medical record number; it is also the id of the FHIR resource.

    ``household`` is the same number for people who live together. ``staff`` is the account of a patient who works
    here, ``kin``
    that of somebody who works here and lives in the same household; both are "" for nearly everybody. ``vip`` marks
    people whom
    the newspapers know.
    """

    id: str
    given: str
    family: str
    sex: Literal["F", "M"]
    born: date
    street: str
    postcode: str
    town: str
    phone: str
    household: int
    allergies: tuple[Allergy, ...] = ()
    conditions: tuple[Diagnosis, ...] = ()
    vip: bool = False
    staff: AccountId = NOBODY
    kin: AccountId = NOBODY

    @property
    def name(self) -> str:
        """``Given Family``."""
        return f"{self.given} {self.family}"
