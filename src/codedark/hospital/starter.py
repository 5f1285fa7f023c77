"""A first model of a hospital from a handful of answers: the proposals of Code Dark, zones and wards to be filled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from codedark.errors import UsageError
from codedark.hospital.defaults import default_lifelines, default_services
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import AllOf, OnService, Service, ServiceId
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.zone import Purpose, Zone, ZoneId

OPTIONAL_SERVICES: Final = (
    "maternity", "cath-lab", "radiotherapy", "chemotherapy", "endoscopy", "research", "emr-portal",
)  # fmt: skip
"""Proposed services that not every hospital has, and that none of the others needs."""
BEDS_OF_A_WARD: Final = 30
_EHR: Final = ServiceId("ehr")
_INTERNET: Final = OnService(ServiceId("internet"))
_ZONES: Final = (
    ("clinical", "Workstations on the wards", Purpose.CLINICAL),
    ("devices", "Medical devices", Purpose.DEVICES),
    ("servers", "Servers", Purpose.SERVERS),
    ("office", "Offices", Purpose.OFFICE),
    ("building", "Building control and cameras", Purpose.BUILDING),
    ("management", "Administration of machines", Purpose.MANAGEMENT),
    ("vendor", "Suppliers from outside", Purpose.VENDOR),
    ("guest", "Guests and patients", Purpose.GUEST),
    ("internet", "The internet", Purpose.INTERNET),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What `codedark init` asks. ``record_system`` is the product's name or "", ``without`` ids of `OPTIONAL_SERVICES`.

    ``hosted``: the record runs outside the house, so that it needs the internet.
    """

    name: str
    time_zone: str
    beds: int
    intensive_care_beds: int
    record_system: str = ""
    hosted: bool = False
    without: frozenset[str] = frozenset()


def starter(answers: Answers) -> Hospital:
    """The model to start from: nobody has attested its lifelines, and its tables are empty but for beds.

    Raises `UsageError` where there are more beds in intensive care than in all.
    """
    if not 0 <= answers.intensive_care_beds <= answers.beds:
        raise UsageError(f"{answers.intensive_care_beds} beds in intensive care of {answers.beds} in all cannot be")
    services = [_fitted(service, answers) for service in default_services() if service.id not in answers.without]
    return Hospital(
        answers.name,
        answers.time_zone,
        zones={ZoneId(key): Zone(ZoneId(key), name, purpose) for key, name, purpose in _ZONES},
        services={service.id: service for service in services},
        wards={ward.id: ward for ward in _wards(answers)},
        lifelines={lifeline.id: lifeline for lifeline in default_lifelines()},
    )


def _fitted(service: Service, answers: Answers) -> Service:
    if service.id != _EHR:
        return service
    name = f"{service.name} ({answers.record_system})" if answers.record_system else service.name
    return replace(service, name=name, needs=AllOf((service.needs, _INTERNET)) if answers.hosted else service.needs)


def _wards(answers: Answers) -> Iterator[Ward]:
    """Wards of at most `BEDS_OF_A_WARD` beds, of nearly the same size."""
    yield Ward(WardId("ED"), "Emergency department", "emergency medicine", zones=("clinical", "devices"))
    yield Ward(WardId("OR"), "Operating theatres", "operating theatre", zones=("clinical", "devices"))
    if answers.intensive_care_beds:
        yield _ward("ICU", "Intensive care", "intensive care", answers.intensive_care_beds)
    beds = answers.beds - answers.intensive_care_beds
    wards = -(-beds // BEDS_OF_A_WARD)
    for number in range(wards):
        size = beds // wards + (number < beds % wards)
        yield _ward(f"W{number + 1}", f"Ward {number + 1}", "general medicine", size)


def _ward(key: str, name: str, specialty: str, beds: int) -> Ward:
    names = tuple(BedId(f"{key}-{number:02d}") for number in range(1, beds + 1))
    return Ward(WardId(key), name, specialty, names, ("clinical", "devices"))
