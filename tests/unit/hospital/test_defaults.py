"""What Code Dark proposes: the tiers and lifelines of the design, every loss told in words, nothing signed."""

from __future__ import annotations

import pytest

from codedark.errors import UsageError
from codedark.hospital.defaults import default_lifelines, default_services
from codedark.hospital.load import load
from codedark.hospital.problem import Severity
from codedark.hospital.service import RTO_MINUTES, Service, ServiceId
from codedark.hospital.starter import OPTIONAL_SERVICES, Answers, starter
from codedark.hospital.write import files_of

SERVICES = default_services()


def test_tier_zero_is_what_everything_stands_on() -> None:
    zero = {service.id for service in SERVICES if service.tier == 0}
    assert zero == {"ad", "dns", "dhcp", "time", "blood-bank", "medication-cabinets", "pump-gateways"}


def test_there_are_enough_services_in_every_tier() -> None:
    assert len(SERVICES) >= 30
    assert {int(service.tier) for service in SERVICES} == set(range(6))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: str(service.id))
def test_service_is_told_and_unsigned(service: Service) -> None:
    assert service.proposed
    assert service.downtime_procedure
    assert service.rto_minutes == RTO_MINUTES[service.tier]
    assert len(service.loss_curve) >= 2
    assert service.loss_curve[0].hours == 0
    assert all(point.consequence and point.harm_per_hour <= 100 for point in service.loss_curve)


def test_lifelines_are_those_of_the_design_and_nobody_attests_them() -> None:
    assert [lifeline.id for lifeline in default_lifelines()] == [
        "bedside-monitoring", "nurse-call", "crash-call", "ventilators", "dialysis",
    ]  # fmt: skip
    assert all(lifeline.kinds and not lifeline.attested_by for lifeline in default_lifelines())


@pytest.mark.parametrize("beds", [1, 30, 31, 400])
def test_starter_loads_and_has_the_beds_that_were_asked_for(beds: int) -> None:
    absent = frozenset(OPTIONAL_SERVICES)
    answers = Answers("H", "Europe/Brussels", beds, beds // 20, "Record", hosted=True, without=absent)
    loaded = load(files_of(starter(answers)))
    assert loaded.hospital is not None, loaded.problems
    assert {problem.severity for problem in loaded.problems} == {Severity.WARNING}
    assert sum(len(ward.beds) for ward in loaded.hospital.wards.values()) == beds
    assert not set(OPTIONAL_SERVICES) & set(loaded.hospital.services)
    assert "Record" in loaded.hospital.services[ServiceId("ehr")].name


def test_starter_refuses_more_intensive_care_beds_than_beds() -> None:
    with pytest.raises(UsageError, match="11 beds"):
        starter(Answers("H", "UTC", 10, 11))
