"""What the specialties of a hospital are like: how long patients stay, how they come, who they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from codedark.hospital.ward import Ward


class Place(StrEnum):
    """What patients do in a ward."""

    WARD = "ward"
    INTENSIVE = "intensive"
    EMERGENCY = "emergency"
    THEATRE = "theatre"
    DAY = "day"
    DIALYSIS = "dialysis"
    CLINIC = "clinic"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Specialty:
    """A specialty. ``days`` is the mean time in one of its beds, ``spread`` the standard deviation of its logarithm.

    ``planned`` is the share of patients who come by appointment, ``operated`` the share of planned patients who come
    for an
    operation. ``ages`` are youngest, commonest and oldest in years, ``female`` a share. ``drugs`` weighs the ordinary
    medication of adults. ``any_hour``: planned or not, they come by day and by night. ``service`` is the hospital
    service in HL7 (PV1-10, user-defined table 0069).
    """

    place: Place
    service: str
    days: float = 0.2
    spread: float = 0.4
    planned: float = 0.4
    operated: float = 0.0
    ages: tuple[int, int, int] = (18, 70, 97)
    female: float = 0.5
    drugs: float = 1.0
    any_hour: bool = False


_W = Place.WARD
SPECIALTIES = {
    # Means: all acute stays of Belgium 4.6 days, respiratory disease 7.4, intensive care 3.86; the rest is judged
    # around those.
    "internal medicine": Specialty(_W, "MED", 4.9, 1.3, 0.35),
    "surgery": Specialty(_W, "SUR", 3.7, 1.35, 0.70, 0.95, (18, 60, 93)),
    "geriatrics": Specialty(_W, "GER", 13.0, 0.7, 0.30, 0.0, (72, 84, 101), 0.62, 1.15),
    "maternity": Specialty(_W, "OBS", 3.4, 0.42, 0.92, 0.22, (18, 31, 46), 1.0, 0.35, any_hour=True),
    "paediatrics": Specialty(_W, "PED", 2.6, 0.9, 0.35, 0.3, (1, 4, 16), 0.46, 0.3),
    "cardiology": Specialty(_W, "CAR", 3.9, 1.25, 0.50, 0.0, (35, 72, 96), 0.42, 1.2),
    "orthopaedics": Specialty(_W, "ORT", 3.9, 1.15, 0.70, 0.95, (18, 66, 95), 0.55),
    "oncology": Specialty(_W, "ONC", 5.2, 1.2, 0.75, 0.0, (25, 66, 90), 0.52, 1.2),
    "neurology": Specialty(_W, "NEU", 5.4, 1.2, 0.35, 0.0, (18, 70, 94)),
    "pulmonology": Specialty(_W, "PUL", 7.4, 0.8, 0.35, 0.0, (25, 70, 93), 0.45, 1.2),
    "psychiatry": Specialty(_W, "PSY", 17.0, 0.8, 0.60, 0.0, (18, 40, 75), 0.5, 0.5),
    "rehabilitation": Specialty(_W, "REH", 21.0, 0.6, 1.0, 0.0, (30, 74, 95), 0.55),
    "neonatal care": Specialty(_W, "NEO", 7.0, 0.8, 1.0, 0.0, (0, 0, 0), 0.47, 0.15, any_hour=True),
    "urology": Specialty(_W, "URO", 2.8, 0.8, 0.80, 0.95, (25, 68, 92), 0.25),
    "intensive care": Specialty(Place.INTENSIVE, "ICU", 4.8, 0.95, 0.05, 0.0, (18, 68, 90), 0.42, 1.1),
    "emergency department": Specialty(Place.EMERGENCY, "EMR", ages=(0, 38, 97), drugs=0.25),
    "operating theatre": Specialty(Place.THEATRE, "SUR"),
    "dialysis": Specialty(Place.DIALYSIS, "NEP", 0.17, 0.1, 1.0, 0.0, (30, 71, 92), 0.4, 0.0),
    "day hospital": Specialty(Place.DAY, "DAY", 0.2, 0.3, 1.0, 0.5, (18, 58, 88), 0.54, 0.2),
    "outpatient clinic": Specialty(Place.CLINIC, "OPD", ages=(1, 62, 94), female=0.55, drugs=0.0),
}
"""By the words that wards use for their specialty."""
OTHER_WARD = "internal medicine"
"""What a ward with beds is taken for when its specialty is not in the table."""
ELSEWHERE = Specialty(Place.ELSEWHERE, "GEN")


def specialty_name(ward: Ward) -> str:
    """The name in `SPECIALTIES` that stands for a ward; "" where no patients come under its name."""
    if ward.specialty in SPECIALTIES:
        return ward.specialty
    return OTHER_WARD if ward.beds else ""


def specialty_of(ward: Ward) -> Specialty:
    """What a ward is like."""
    return SPECIALTIES.get(specialty_name(ward), ELSEWHERE)
