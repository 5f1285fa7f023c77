"""How the simulated clinic compares with published figures: each quantity, its source, and how ours is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import NamedTuple

from codedark.simulate.clinic.care import Chart
from codedark.simulate.clinic.clinic import Clinic
from codedark.simulate.clinic.orders import Dose, Event, LaboratoryOrder, What
from codedark.simulate.clinic.specialties import Place, specialty_of
from codedark.simulate.clinic.stay import CodeStatus, Kind, Stay
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US

CHRONIC = frozenset({"geriatrics", "rehabilitation", "psychiatry", "maternity", "neonatal care"})
"""Specialties that studies of acute care leave out."""
ADULT_WARDS = frozenset(
    {"internal medicine", "surgery", "cardiology", "oncology", "neurology", "pulmonology", "orthopaedics"}
)


class Observed:
    """What can be counted in a clinic. Stays that begin in the simulated time count whole, so no length is cut off."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.clock = clinic.clock
        self.first_us, self.last_us = clinic.lived_us
        wards = clinic.site.hospital.wards
        self.places = {id_: specialty_of(ward).place for id_, ward in wards.items()}
        self.beds = {
            id_: len(ward.beds) for id_, ward in wards.items() if self.places[id_] in (Place.WARD, Place.INTENSIVE)
        }

    @cached_property
    def begun(self) -> Sequence[Stay]:
        """Stays that begin in the simulated time."""
        return [stay for stay in self.clinic.stays if stay.from_us >= self.first_us]

    @cached_property
    def inpatients(self) -> Sequence[Stay]:
        """Inpatient stays that begin in the simulated time."""
        return [stay for stay in self.begun if stay.kind is Kind.INPATIENT]

    @cached_property
    def charts(self) -> Sequence[Chart]:
        """Charts of adults in acute wards in the middle of the simulated time."""
        at_us = (self.first_us + self.last_us) // 2
        present = [stay for stay in self.clinic.stays if stay.from_us <= at_us < stay.until_us]
        charts = [self.clinic.care.chart(stay) for stay in present if stay.specialty in ADULT_WARDS]
        return [chart for chart in charts if chart.admitted_us <= at_us]

    @cached_property
    def events(self) -> Sequence[Event]:
        """What happens to those of `charts` on the day in the middle."""
        day = self.clock.day((self.first_us + self.last_us) // 2)
        return [event for chart in self.charts for event in self.clinic.care.day(chart, day)]

    def days(self, *specialties: str) -> list[float]:
        """Lengths of stay in days, of some specialties or of all acute ones."""
        return [
            (stay.until_us - stay.from_us) / DAY_US
            for stay in self.inpatients
            if (stay.specialty in specialties if specialties else stay.specialty not in CHRONIC)
        ]

    def nights(self, *specialties: str) -> list[int]:
        """Lengths of stay in nights, as hospitals count them."""
        day = self.clock.day
        return [
            day(stay.until_us) - day(stay.from_us)
            for stay in self.inpatients
            if (stay.specialty in specialties if specialties else stay.specialty not in CHRONIC)
        ]

    def occupancy(self) -> float:
        """Mean share of licensed beds that are taken, over every hour."""
        hours = range(self.first_us, self.last_us, HOUR_US)
        return fmean(
            sum(len(self.clinic.inpatients(ward, at_us)) for ward in self.beds) / sum(self.beds.values())
            for at_us in hours
        )

    def emergency_visits(self) -> list[Stay]:
        """Stays that begin in the emergency department."""
        return [stay for stay in self.begun if self.places[stay.legs[0].ward] is Place.EMERGENCY]


class Quantity(NamedTuple):
    """A calibrated quantity: what it is, the published figure as a number and where it stands, how ours is measured."""

    name: str
    unit: str
    published: float
    source: str
    measure: Callable[[Observed], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity with our value; None where the simulated time held nothing to measure it by."""

    quantity: Quantity
    ours: float | None


def figures(clinic: Clinic) -> Iterator[Figure]:
    """Every quantity, measured. A week of 400 beds gives steady figures."""
    observed = Observed(clinic)
    for quantity in QUANTITIES:
        try:
            yield Figure(quantity, quantity.measure(observed))
        except ZeroDivisionError:
            yield Figure(quantity, None)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _share(values: Iterable[bool]) -> float:
    return _mean(map(float, values))


def _intensive_days(observed: Observed) -> float:
    return _mean(
        (leg.until_us - leg.from_us) / DAY_US
        for stay in observed.inpatients
        for leg in stay.legs
        if observed.places[leg.ward] is Place.INTENSIVE
    )


def _treated_minutes(observed: Observed) -> float:
    visits = [stay for stay in observed.emergency_visits() if stay.kind is Kind.EMERGENCY]
    return _mean((stay.until_us - stay.from_us) / MINUTE_US for stay in visits)


def _before_noon(observed: Observed) -> float:
    hours = (observed.clock.hour(stay.until_us) for stay in observed.inpatients if stay.specialty not in CHRONIC)
    return _share(hour < 12 for hour in hours)


def _limited_of_the_old(observed: Observed) -> float:
    at = observed.clock.date(observed.clock.day(observed.first_us))
    old = [
        stay
        for stay in observed.clinic.stays
        if (at - stay.patient.born).days > 80 * 365 and stay.kind is Kind.INPATIENT
    ]
    return _share(stay.code_status is not CodeStatus.FULL for stay in old)


def _active_drugs(observed: Observed) -> float:
    at_us = (observed.first_us + observed.last_us) // 2
    return _mean(sum(order.from_us <= at_us < order.until_us for order in chart.orders) for chart in observed.charts)


def _given_in_two_days(observed: Observed) -> float:
    return 2 * sum(event.what is What.DRUG_GIVEN for event in observed.events) / len(observed.charts)


def _tests_a_day(observed: Observed) -> float:
    orders = [event.item for event in observed.events if event.what is What.LABORATORY_ASKED]
    return sum(len(order.panels) for order in orders if isinstance(order, LaboratoryOrder)) / len(observed.charts)


def _doses_at_nine(observed: Observed) -> float:
    scheduled = [
        event.at_us
        for event in observed.events
        if isinstance(event.item, Dose) and event.item.order.frequency not in ("PRN", "CONT", "ONCE")
    ]
    return _share(abs(observed.clock.hour(at_us - 12 * MINUTE_US + HOUR_US // 2) - 9) < 1 for at_us in scheduled)


def _sundays_to_mondays(observed: Observed) -> float:
    days = [observed.clock.weekday(observed.clock.day(stay.from_us)) for stay in observed.emergency_visits()]
    return days.count(6) / days.count(0)


_BELGIUM = "Healthy Belgium, key data on general hospitals, 2017 stays"
QUANTITIES = (
    Quantity(
        "Beds taken, mean of all hours",
        "share",
        0.753,
        "Leuchter 2025, JAMA Netw Open: US hospitals 2023/24; 0.85 is called a shortage",
        Observed.occupancy,
    ),
    Quantity("Length of an acute stay, mean", "days", 4.6, _BELGIUM, lambda observed: _mean(observed.days())),
    Quantity(
        "Acute stays of at most two days",
        "share",
        0.5,
        f"{_BELGIUM}: just over half",
        lambda observed: _share(nights <= 2 for nights in observed.nights()),
    ),
    Quantity(
        "Maternity stays of at most three days",
        "share",
        0.55,
        _BELGIUM,
        lambda observed: _share(nights <= 3 for nights in observed.nights("maternity")),
    ),
    Quantity(
        "Maternity stays of at most four days",
        "share",
        0.8,
        _BELGIUM,
        lambda observed: _share(nights <= 4 for nights in observed.nights("maternity")),
    ),
    Quantity(
        "Length of stay for respiratory disease, mean",
        "days",
        7.4,
        "Belgium 2019, OECD figures as NationMaster lists them",
        lambda observed: _mean(observed.days("pulmonology")),
    ),
    Quantity(
        "Time in intensive care, mean",
        "days",
        3.86,
        "Zimmerman 2006, Crit Care Med: 116,209 admissions to 104 US units",
        _intensive_days,
    ),
    Quantity(
        "Emergency visit, treated and released, mean",
        "minutes",
        195.7,
        "Karaca 2012, BMC Emerg Med: three US states, 2008",
        _treated_minutes,
    ),
    Quantity(
        "Emergency visits that end in admission",
        "share",
        0.33,
        "Healthy Belgium: a third in Flanders, a fifth elsewhere",
        lambda observed: _share(stay.kind is Kind.INPATIENT for stay in observed.emergency_visits()),
    ),
    Quantity(
        "Inpatients who came through the emergency department",
        "share",
        0.4,
        "Healthy Belgium 2021: nearly 60 % in Flanders do not",
        lambda observed: _share(observed.places[stay.legs[0].ward] is Place.EMERGENCY for stay in observed.inpatients),
    ),
    Quantity(
        "Emergency arrivals on a Sunday for each on a Monday",
        "ratio",
        0.62,
        "Irish emergency inpatients 2010 to 2015: 9.6 % and 15.6 % (PMC8417615)",
        _sundays_to_mondays,
    ),
    Quantity(
        "Discharges before noon", "share", 0.169, "Rajkomar 2016, J Hosp Med: 38,365 stays, San Francisco", _before_noon
    ),
    Quantity(
        "Inpatients over 80 with limited treatment",
        "share",
        0.17,
        "Arch Intern Med 2005;165:1705: 819,686 admissions, California, early orders",
        _limited_of_the_old,
    ),
    Quantity("Active drugs of an inpatient", "orders", 17.4, "MIMIC-IV demo on FHIR 2.1.0, 275 stays", _active_drugs),
    Quantity("Doses given in 48 hours", "doses", 23.9, "MIMIC-IV demo on FHIR 2.1.0, 275 stays", _given_in_two_days),
    Quantity(
        "Laboratory tests a day",
        "tests",
        8.9,
        "Valencia 2017, JAMA Intern Med: pneumonia, 73 hospitals; 13.2 in major teaching ones",
        _tests_a_day,
    ),
    Quantity(
        "Scheduled doses at nine o'clock",
        "share",
        0.397,
        "Medication pass analysis of bar-code records, one VA centre, 2014/15",
        _doses_at_nine,
    ),
)
