"""What the simulated hospital is held against: published figures with their sources, and the same measured here.

Only quantities for which somebody published a figure stand here. Studies disagree and are of their year and country, so
each has a range; a hospital of a few dozen beds may lie outside where it has three machines of a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from codedark.events.moments import microseconds_of
from codedark.hospital.asset import MEDICAL_DEVICES, Asset, AssetKind, Support
from codedark.hospital.zone import Purpose
from codedark.simulate.building.places import DAY_SPECIALTIES
from codedark.simulate.roster import Roster
from codedark.simulate.site import Role, Site

OFFICE_DEVICES = frozenset(
    {
        AssetKind.WORKSTATION,
        AssetKind.MOBILE_WORKSTATION,
        AssetKind.LAPTOP,
        AssetKind.PRINTER,
        AssetKind.LABEL_PRINTER,
    }
)
THINGS = MEDICAL_DEVICES | {
    AssetKind.PHONE,
    AssetKind.CAMERA,
    AssetKind.BUILDING_CONTROL,
    AssetKind.BADGE_READER,
    AssetKind.OTHER,
}
BEDSIDE_OTHER = ("GLU", "SCALE")
MIXING = frozenset({Purpose.CLINICAL, Purpose.DEVICES})
NOT_CLINICAL = frozenset({Role.CLERK, Role.MANAGER, Role.TECHNICIAN, Role.IT_ADMINISTRATOR, Role.BIOMEDICAL_ENGINEER})
OCCUPANCY = 0.8
"""Share of beds with a patient, for patients a nurse; OECD members had 70 to 75 % of their curative beds occupied."""
GENERAL_WARDS = ("internal medicine", "surgery")
SAMPLE_WEEKDAYS = tuple(datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 4, 5, 6))
MORNING, EVENING, NIGHT = 9, 17, 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """One calibrated quantity. ``published`` as its source says it; ``measure`` should lie from ``low`` to ``high``.

    ``unit`` says how to print it: a share of one as per cent, or a number.
    """

    name: str
    published: str
    low: float
    high: float
    source: str
    measure: Callable[[Site], float]
    unit: Literal["share", "number"] = "share"


def beds(site: Site) -> int:
    """Licensed beds: those of the wards where patients stay overnight."""
    wards = site.hospital.wards.values()
    return sum(len(ward.beds) for ward in wards if ward.specialty not in DAY_SPECIALTIES)


def _assets(site: Site, *kinds: AssetKind) -> list[Asset]:
    return [asset for asset in site.hospital.assets.values() if asset.kind in kinds]


def _medical(site: Site) -> list[Asset]:
    """Medical devices, with the small ones at the bed that have no kind of their own."""
    assets = site.hospital.assets.values()
    return [asset for asset in assets if asset.kind in MEDICAL_DEVICES or asset.id.split("-")[0] in BEDSIDE_OTHER]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _unsupported(assets: Sequence[Asset]) -> float:
    return _share(sum(asset.support is Support.UNSUPPORTED for asset in assets), len(assets))


def _of_medical(*kinds: AssetKind) -> Callable[[Site], float]:
    return lambda site: _share(len(_assets(site, *kinds)), len(_medical(site)))


def _mixed_segments(site: Site) -> float:
    """Share of clinical and device segments in which office machines and things stand together."""
    mixed = total = 0
    for zone, members in site.by_zone.items():
        if members and site.hospital.zones[zone].purpose in MIXING:
            kinds = {site.hosts[member].kind for member in members}
            total += 1
            mixed += bool(kinds & OFFICE_DEVICES) and bool(kinds & THINGS)
    return _share(mixed, total)


def _intensive_care(site: Site) -> float:
    wards = site.hospital.wards.values()
    return _share(sum(len(ward.beds) for ward in wards if ward.specialty == "intensive care"), beds(site))


def _staff(roles: Iterable[Role]) -> Callable[[Site], float]:
    wanted = frozenset(roles)
    return lambda site: _share(sum(person.role in wanted for person in site.people), len(site.people))


def _patients_a_nurse(hour: int) -> Callable[[Site], float]:
    """Patients for one nurse on general wards on a weekday at that hour (UTC)."""

    def measure(site: Site) -> float:
        wards = {id_: ward for id_, ward in site.hospital.wards.items() if ward.specialty in GENERAL_WARDS}
        roster = Roster(site)
        patients = sum(len(ward.beds) for ward in wards.values()) * OCCUPANCY * len(SAMPLE_WEEKDAYS)
        nurses = sum(
            person.role is Role.NURSE and person.ward in wards
            for day in SAMPLE_WEEKDAYS
            for person in roster.on_duty(microseconds_of(day.replace(hour=hour)))
        )
        return patients / nurses if nurses else 0.0

    return measure


KCE = "KCE report 325, Safe nurse staffing levels in acute hospitals, 2019 (Belgium)"
UNIT_42 = "Palo Alto Networks, 2020 Unit 42 IoT Threat Report"
ARMIS = "Armis, riskiest medical and IoT devices in clinical environments, 2023"
CYNERIO = "Cynerio, State of Healthcare IoT Device Security 2022"
OECD = "OECD, Health at a Glance 2021 and 2023, hospital workers"

QUANTITIES = (
    Quantity(
        "Connected machines for each bed",
        "10 to 15",
        10,
        15,
        "figure cited throughout the literature on connected devices in US hospitals",
        lambda site: len(site.hospital.assets) / beds(site),
        "number",
    ),
    Quantity("Infusion pumps among medical devices", "38 %", 0.33, 0.43, CYNERIO, _of_medical(AssetKind.INFUSION_PUMP)),
    Quantity(
        "Imaging devices on unsupported systems",
        "83 %",
        0.78,
        0.88,
        UNIT_42,
        lambda site: _unsupported(_assets(site, AssetKind.MODALITY)),
    ),
    Quantity(
        "Medical devices on unsupported systems",
        "19 %",
        0.14,
        0.24,
        ARMIS,
        lambda site: _unsupported(_medical(site)),
    ),
    Quantity(
        "Medication cabinets on unsupported Windows",
        "32 %",
        0.27,
        0.37,
        ARMIS,
        lambda site: _unsupported(_assets(site, AssetKind.MEDICATION_CABINET)),
    ),
    Quantity(
        "Clinical and device segments that mix office machines and things",
        "72 % (2020), 90 % (2020)",
        0.72,
        0.90,
        f"{UNIT_42}; Forescout, Connected Medical Device Security Report, 2020",
        _mixed_segments,
    ),
    Quantity(
        "Different operating systems",
        "more than 20 in 40 % of hospitals",
        20,
        60,
        "Forescout Device Cloud, Putting Healthcare Security Under the Microscope, 2019",
        lambda site: len({asset.operating_system for asset in site.hospital.assets.values()}),
        "number",
    ),
    Quantity(
        "Intensive care among licensed beds",
        "2.8 % (Europe, 2010) to 5.8 % (Belgium, 2020)",
        0.028,
        0.058,
        "Rhodes et al., Intensive Care Med 2012;38:1647; 2,000 of 34,248 beds (OECD in VRT NWS, 24 December 2021)",
        _intensive_care,
    ),
    Quantity(
        "Staff for each bed",
        "2.5 full-time equivalents without physicians (Belgium) to 8.2 persons (a Dutch general hospital)",
        2.5,
        8.2,
        "from Finhosta as Healthy Belgium reports it; annual report 2019 of a hospital of 417 beds",
        lambda site: len(site.people) / beds(site),
        "number",
    ),
    Quantity(
        "Nursing staff among all staff",
        "37 % (nurses and midwives, OECD) to a little over 50 % (with care assistants, Belgium)",
        0.37,
        0.52,
        f"{OECD}; Healthy Belgium, employment trends in general hospitals",
        _staff((Role.NURSE,)),
    ),
    Quantity(
        "Staff who do not treat patients",
        "30 % (Switzerland, Iceland, France) to 45 % (United States)",
        0.30,
        0.45,
        OECD,
        _staff(NOT_CLINICAL),
    ),
    Quantity("Patients a nurse, morning", "7.1 (5.4 to 9.9)", 5.4, 9.9, KCE, _patients_a_nurse(MORNING), "number"),
    Quantity("Patients a nurse, evening", "8.9 (4.6 to 13.3)", 4.6, 13.3, KCE, _patients_a_nurse(EVENING), "number"),
    Quantity("Patients a nurse, night", "18.1 (8.0 to 27.6)", 8.0, 27.6, KCE, _patients_a_nurse(NIGHT), "number"),
)
