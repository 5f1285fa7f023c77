"""The clinic lives as it was planned, and its figures are near those published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from ipaddress import ip_address

import pytest

from codedark.simulate.acts import ImagesMoved, MessageSent, RecordAccessed
from codedark.simulate.building import build
from codedark.simulate.chance import stream
from codedark.simulate.clinic import Clinic, ClinicAct, Kind
from codedark.simulate.clinic.calibration import QUANTITIES, figures
from codedark.simulate.clinic.laboratory import ANALYTES, PANELS, Body, measure
from codedark.simulate.days import Weird, weird
from codedark.simulate.habit import DAY_US, HOUR_US, SLICE_US
from codedark.simulate.roster import Roster
from codedark.simulate.site import Function, Role, Site

MONDAY_US = int(datetime(2026, 11, 16, tzinfo=UTC).timestamp()) * 1_000_000


def lived(clinic: Clinic) -> list[ClinicAct]:
    first_us, last_us = clinic.lived_us
    return [act for at_us in range(first_us, last_us, SLICE_US) for act in clinic.live(at_us, at_us + SLICE_US)]


@pytest.fixture(scope="module")
def site() -> Site:
    return build(100, 3)


@pytest.fixture(scope="module")
def clinic(site: Site) -> Clinic:
    return Clinic(site, Roster(site), MONDAY_US, MONDAY_US + DAY_US)


@pytest.fixture(scope="module")
def acts(clinic: Clinic) -> Sequence[ClinicAct]:
    return lived(clinic)


def test_every_kind_of_message_is_sent(acts: Sequence[ClinicAct]) -> None:
    kinds = Counter(act.message_type for act in acts if isinstance(act, MessageSent))
    assert {"ADT^A01", "ADT^A02", "ADT^A03", "ADT^A04", "ADT^A08", "ORM^O01", "ORU^R01", "RDE^O11", "RAS^O17"} <= set(
        kinds
    )
    assert {"SIU^S12", "SIU^S15"} <= set(kinds)
    assert 25 <= kinds.total() / 100 <= 45


def test_a_week_has_every_slip(site: Site) -> None:
    clinic = Clinic(build(300, 3), Roster(site), MONDAY_US, MONDAY_US + 7 * DAY_US)
    slips = {leg.slip for stay in clinic.stays for leg in stay.legs}
    assert slips == {"", "A11", "A12"}
    assert any(stay.undone_us for stay in clinic.stays)


def test_accesses_have_a_relation_unless_the_glass_was_broken(
    clinic: Clinic, acts: Sequence[ClinicAct], site: Site
) -> None:
    accesses = [act for act in acts if isinstance(act, RecordAccessed)]
    purposes = Counter(act.purpose for act in accesses)
    assert 0 < purposes["ETREAT"] < len(accesses) / 200
    wards = {person.account: person.ward for person in site.people if person.role is Role.NURSE}
    own = total = 0
    for act in accesses:
        if act.account in wards and act.patient:
            total += 1
            own += any(
                leg.ward == wards[act.account] and leg.from_us - HOUR_US <= act.at_us < leg.until_us + HOUR_US
                for stay in clinic.stays
                if stay.patient.id == act.patient
                for leg in stay.legs
            )
    assert own / total > 0.97


def test_searches_behind_reads_name_the_patient(acts: Sequence[ClinicAct]) -> None:
    reads = [act for act in acts if isinstance(act, RecordAccessed) and act.action == "R"]
    assert all(f"patient={act.patient}" in act.query for act in reads if act.query)
    assert any(act.query.startswith("Observation?patient=") and "category=laboratory" in act.query for act in reads)


def test_results_and_notes_are_read_by_search_and_by_id(acts: Sequence[ClinicAct]) -> None:
    reads = [act for act in acts if isinstance(act, RecordAccessed) and act.action == "R"]
    for what in ("results", "notes"):
        searched = [bool(act.query) for act in reads if act.what == what]
        assert 0.1 < searched.count(False) / len(searched) < 0.4


def test_people_at_home_and_other_systems_leave_records_of_the_server_alone(
    acts: Sequence[ClinicAct], site: Site
) -> None:
    accesses = [act for act in acts if isinstance(act, RecordAccessed)]
    alone = [act for act in accesses if not act.client_recorded]
    assert 0.02 < len(alone) / len(accesses) < 0.1
    staff = {person.account for person in site.people}
    from_home = [act for act in alone if act.client not in site.hosts]
    assert all(act.account in staff and is_of_the_vpn(site, act.client) for act in from_home)
    assert {act.action for act in from_home} >= {"R", "C"}
    by_systems = {(act.account, act.client) for act in alone if act.account not in staff}
    assert by_systems == {(site.service_accounts["interface"], site.server(Function.INTERFACE_ENGINE).id)}
    assert not [act for act in accesses if act.client not in site.hosts and act.client_recorded]


def test_patients_are_looked_for_by_name(acts: Sequence[ClinicAct]) -> None:
    searches = [act for act in acts if isinstance(act, RecordAccessed) and act.query.startswith("Patient?name=")]
    assert len(searches) > 20
    assert max(act.records for act in searches) > 100


def is_of_the_vpn(site: Site, address: str) -> bool:
    zones = (zone for zone in site.hospital.zones.values() if zone.id == "VPN-STAFF")
    return any(ip_address(address) in cidr for zone in zones for cidr in zone.cidrs)


def test_images_go_from_machines_to_the_archive_and_from_there_to_readers(acts: Sequence[ClinicAct]) -> None:
    operations = Counter(act.operation for act in acts if isinstance(act, ImagesMoved))
    assert {"C-STORE", "C-FIND", "C-MOVE"} == set(operations)


def test_somebody_known_is_in_bed_and_somebody_who_works_here_is_known(clinic: Clinic) -> None:
    inpatients = [stay.patient for stay in clinic.stays if stay.kind is Kind.INPATIENT]
    assert any(patient.vip for patient in inpatients)
    everybody = list(clinic.patients.values())
    assert any(patient.staff for patient in everybody)
    assert any(patient.kin for patient in everybody)
    assert max(Counter(patient.name for patient in everybody).values()) > 1
    assert max(Counter(patient.household for patient in everybody).values()) > 1


def test_a_mass_casualty_hour_fills_the_emergency_department() -> None:
    seed = next(seed for seed in range(2000) if Weird.MASS_CASUALTY in weird(seed, date(2026, 11, 17)))
    calm = next(seed for seed in range(2000) if not weird(seed, date(2026, 11, 17)))

    def most_in_an_hour(seed: int) -> int:
        clinic = Clinic(site := build(100, seed), Roster(site), MONDAY_US + DAY_US, MONDAY_US + 2 * DAY_US)
        hours = Counter(stay.from_us // HOUR_US for stay in clinic.stays if stay.emergency)
        return max(hours.values())

    assert most_in_an_hour(seed) >= most_in_an_hour(calm) + 6


def test_flags_follow_the_reference_range() -> None:
    chance = stream(1, "laboratory")
    for _ in range(200):
        for panel in PANELS.values():
            for analyte, value, flag in measure(panel, Body(chance), chance):
                number = float(value)
                expected = "L" if number < analyte.low else "H" if number > analyte.high else "N"
                assert flag[0] == expected


def test_reference_ranges_are_ranges() -> None:
    assert all(0 <= analyte.low < analyte.high for analyte in ANALYTES.values())
    assert ANALYTES["K"].reference == "3.5-5.1"
    assert ANALYTES["CRP"].reference == "<5"


def test_figures_are_near_the_published_ones() -> None:
    """One week of 300 beds: wide margins, so that only a broken quantity fails."""
    site = build(300, 11)
    found = list(figures(Clinic(site, Roster(site), MONDAY_US, MONDAY_US + 7 * DAY_US)))
    assert len(found) == len(QUANTITIES)
    for quantity, ours in ((figure.quantity, figure.ours) for figure in found):
        assert ours is not None
        assert quantity.published / 2 < ours < quantity.published * 2, quantity.name
