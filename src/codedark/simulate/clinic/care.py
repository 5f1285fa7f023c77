"""The care of patients, made day by day when it is needed and always the same: orders, results and observations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from codedark.hospital.ward import WardId
from codedark.simulate.chance import Seed, stream
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.demand import minutes
from codedark.simulate.clinic.imaging import (
    AT_THE_HEART,
    EXAMINATIONS,
    IN_CLINIC,
    IN_EMERGENCY,
    IN_INTENSIVE,
    ON_WARDS,
    REPORTS,
    Machines,
)
from codedark.simulate.clinic.laboratory import (
    EVERY_EVENING,
    EVERY_MORNING,
    GLUCOSE_STICK,
    ON_ADMISSION,
    PANELS,
    VITAL_SIGNS,
    Body,
    Panel,
    measure,
)
from codedark.simulate.clinic.medication import admitted_us, dose_events, drug_orders, order_events
from codedark.simulate.clinic.movement import corrections, movements
from codedark.simulate.clinic.orders import DrugOrder, Event, LaboratoryOrder, Reading, Referral, Study, What
from codedark.simulate.clinic.specialties import Place
from codedark.simulate.clinic.stay import Kind, Leg, Stay
from codedark.simulate.habit import HOUR_US, MINUTE_US, SECOND_US
from codedark.simulate.site import Person

QUIET = frozenset({"psychiatry", "rehabilitation", "maternity", "neonatal care"})
"""Specialties in which blood is drawn on few days."""
MORNING_DRAW, MORNING_DRAW_QUIET, EVENING_DRAW = 0.92, 0.22, 0.60
CLINIC_DRAW, CLINIC_IMAGES, EMERGENCY_IMAGES = 0.24, 0.16, 0.6
INTENSIVE_IMAGES_A_DAY, IMAGES_A_DAY = 0.75, 0.09
THERAPY = frozenset({"geriatrics", "rehabilitation", "orthopaedics", "neurology", "pulmonology"})
"""Specialties whose inpatients all have physiotherapy."""
CONSULTATIONS_A_DAY = 0.09
DIABETES = ("E10", "E11", "250")
STICK_HOURS = (7.2, 11.8, 16.8, 21.4)
VITALS_HOURS = (6.0, 12.0, 18.0, 22.0)
VITALS_EACH_US = {
    Place.INTENSIVE: HOUR_US,
    Place.EMERGENCY: 2 * HOUR_US,
    Place.DIALYSIS: 2 * HOUR_US,
    Place.DAY: 3 * HOUR_US,
}
BLOOD_GAS: Mapping[str, float] = {"ABG": 1.0}
BLOOD_GAS_HOURS = (5.0, 11.0, 17.0, 23.0)


@dataclass(frozen=True, slots=True)
class Chart:
    """What holds for a whole stay: when it reached a bed, what is prescribed, how the patient's values deviate."""

    stay: Stay
    admitted_us: int
    orders: tuple[DrugOrder, ...]
    body: Body
    diabetic: bool


class Care:
    """Plans what happens to patients: it follows from the seed and the stay alone, whenever it is asked for."""

    def __init__(
        self,
        seed: Seed,
        clock: Clock,
        places: Mapping[WardId, Place],
        machines: Machines,
        consultants: Sequence[Person],
    ) -> None:
        self._seed = seed
        self._consultants = consultants
        self._clock = clock
        self._places = places
        self._machines = machines
        self._emergency = frozenset(ward for ward, place in places.items() if place is Place.EMERGENCY)

    def chart(self, stay: Stay) -> Chart:
        """The chart of a stay."""
        chance = stream(self._seed, "chart", stay.id)
        admitted = admitted_us(stay, self._emergency)
        intensive = [(leg.from_us, leg.until_us) for leg in stay.legs if self._places[leg.ward] is Place.INTENSIVE]
        orders = drug_orders(stay, admitted, chance, intensive)
        diabetic = any(diagnosis.code.startswith(DIABETES) for diagnosis in stay.diagnoses)
        return Chart(stay, admitted, orders, Body(chance), diabetic)

    def day(self, chart: Chart, day: int) -> list[Event]:
        """Everything that happens to a patient on a local day, in no order; answers may come on the day after."""
        stay = chart.stay
        chance = stream(self._seed, "care", stay.id, day)
        begin, end = self._clock.midnight(day), self._clock.midnight(day + 1)
        events = [event for event in movements(stay, self._places.__getitem__) if begin <= event.at_us < end]
        events += corrections(stay, chart.admitted_us, begin, end, chance)
        events += order_events(stay, chart.orders, begin, end)
        events += dose_events(stay, chart.orders, chart.admitted_us, self._clock, day, chance)
        prefix = f"{stay.id}%s{day % 1000:03d}%02d"
        readings = list(self._readings(chart, day, begin, end, chance))
        for n, (at_us, what, panel) in enumerate(readings):
            values = measure(panel, chart.body, chance)
            events.append(Event(at_us, what, stay, Reading(prefix % ("R", n), panel, values)))
        for n, (asked_us, codes) in enumerate(self._draws(chart, day, begin, end, chance)):
            order = self._laboratory(chart, prefix % ("L", n), asked_us, codes, chance)
            if order:
                events.append(Event(order.asked_us, What.LABORATORY_ASKED, stay, order))
                events.append(Event(order.answered_us, What.LABORATORY_ANSWERED, stay, order))
                events.append(Event(order.answered_us + minutes(chance, 45), What.RESULTS_READ, stay, order))
        for n, (asked_us, table) in enumerate(self._examinations(chart, day, begin, end, chance)):
            study = self._study(chart, prefix % ("S", n), asked_us, table, chance)
            if study:
                events.append(Event(study.asked_us, What.IMAGES_ASKED, stay, study))
                events.append(Event(study.taken_us, What.IMAGES_TAKEN, stay, study))
                events.append(Event(study.reported_us, What.IMAGES_REPORTED, stay, study))
                events.append(Event(study.reported_us + minutes(chance, 60), What.IMAGES_READ, stay, study))
        events += self._referrals(chart, prefix, day, begin, end, chance)
        return events

    def _readings(
        self, chart: Chart, day: int, begin: int, end: int, chance: Random
    ) -> Iterator[tuple[int, What, Panel]]:
        """When vital signs and blood sugar are taken at the bedside."""
        for leg in chart.stay.legs:
            if leg.slip or leg.from_us >= end or leg.until_us <= begin:
                continue
            for at_us in self._vitals(leg, day, begin, end, chance):
                if max(leg.from_us, begin) < at_us < min(leg.until_us, end):
                    yield at_us, What.VITALS_TAKEN, VITAL_SIGNS
        if chart.diabetic and chart.stay.kind is Kind.INPATIENT:
            for hour in STICK_HOURS:
                at_us = self._clock.at(day, hour) + chance.randrange(40 * 60) * SECOND_US
                if chart.admitted_us < at_us < chart.stay.until_us:
                    yield at_us, What.GLUCOSE_TAKEN, GLUCOSE_STICK

    def _vitals(self, leg: Leg, day: int, begin: int, end: int, chance: Random) -> Iterator[int]:
        place = self._places[leg.ward]
        if place is Place.WARD:
            for hour in VITALS_HOURS:
                yield self._clock.at(day, hour) + chance.randrange(-20 * 60, 50 * 60) * SECOND_US
        elif place in VITALS_EACH_US:
            each_us = VITALS_EACH_US[place]
            first = leg.from_us + 6 * MINUTE_US
            first += max(0, -(-(begin - first) // each_us)) * each_us
            for at_us in range(first, min(leg.until_us, end), each_us):
                yield at_us + chance.randrange(60) * SECOND_US

    def _draws(
        self, chart: Chart, day: int, begin: int, end: int, chance: Random
    ) -> Iterator[tuple[int, Mapping[str, float]]]:
        """When blood is asked for, and with which shares of panels."""
        stay = chart.stay
        soon_us = stay.from_us + chance.randrange(10, 35) * MINUTE_US
        if stay.appointment:
            if begin <= stay.from_us < end and chance.random() < CLINIC_DRAW:
                yield stay.until_us - chance.randrange(1, 5) * MINUTE_US, ON_ADMISSION
            return
        if stay.kind is Kind.OUTPATIENT:
            return
        if begin <= soon_us < end and (stay.kind is Kind.INPATIENT or chance.random() < 0.6):
            yield soon_us, ON_ADMISSION
        if stay.kind is not Kind.INPATIENT:
            return
        place = self._places[stay.leg_at(self._clock.at(day, 7)).ward]
        usual = MORNING_DRAW_QUIET if stay.specialty in QUIET else MORNING_DRAW
        if chance.random() < (1.0 if place is Place.INTENSIVE else usual):
            yield self._clock.at(day, chance.uniform(4.8, 6.2)), EVERY_MORNING
        if chance.random() < (0.9 if place is Place.INTENSIVE else EVENING_DRAW) and stay.specialty not in QUIET:
            yield self._clock.at(day, chance.uniform(15, 19)), EVERY_EVENING
        if place is Place.INTENSIVE:
            for hour in BLOOD_GAS_HOURS:
                yield self._clock.at(day, hour) + chance.randrange(45 * 60) * SECOND_US, BLOOD_GAS

    def _laboratory(
        self, chart: Chart, id_: str, asked_us: int, shares: Mapping[str, float], chance: Random
    ) -> LaboratoryOrder | None:
        """An order that is drawn and answered while the patient is here; an outpatient's is answered later."""
        panels = tuple(PANELS[code] for code, share in shares.items() if chance.random() < share)
        drawn_us = asked_us + minutes(chance, 22, 0.4)
        answered_us = drawn_us + (minutes(chance, *((7, 0.3) if shares is BLOOD_GAS else (62, 0.35))))
        here = chart.stay.from_us < asked_us and (
            chart.stay.appointment is not None or answered_us < chart.stay.until_us
        )
        if not panels or not here:
            return None
        results = tuple([measure(panel, chart.body, chance) for panel in panels])
        return LaboratoryOrder(id_, panels, asked_us, drawn_us, answered_us, results)

    def _examinations(
        self, chart: Chart, day: int, begin: int, end: int, chance: Random
    ) -> Iterator[tuple[int, Mapping[str, float]]]:
        """When images are asked for, and what of."""
        stay = chart.stay
        comes_today = begin <= stay.from_us < end
        if stay.appointment:
            if comes_today and chance.random() < CLINIC_IMAGES:
                yield stay.from_us + chance.randrange(4, 12) * MINUTE_US, IN_CLINIC
            return
        if stay.kind is Kind.OUTPATIENT:
            return
        if comes_today and stay.emergency and chance.random() < EMERGENCY_IMAGES:
            yield stay.from_us + chance.randrange(10, 40) * MINUTE_US, IN_EMERGENCY
        if stay.kind is not Kind.INPATIENT:
            return
        at_us = self._clock.at(day, chance.uniform(7.5, 15))
        intensive = self._places[stay.leg_at(at_us).ward] is Place.INTENSIVE
        if chance.random() < (INTENSIVE_IMAGES_A_DAY if intensive else IMAGES_A_DAY) and chart.admitted_us < at_us:
            yield at_us, IN_INTENSIVE if intensive else AT_THE_HEART if stay.specialty == "cardiology" else ON_WARDS

    def _study(self, chart: Chart, id_: str, asked_us: int, table: Mapping[str, float], chance: Random) -> Study | None:
        """A study that is taken and reported while the patient is here; an outpatient's is reported later."""
        examination = EXAMINATIONS[chance.choices(list(table), list(table.values()))[0]]
        wait = 25 if table is IN_EMERGENCY or table is IN_CLINIC else 110
        taken_us = asked_us + minutes(chance, wait) + examination.minutes * MINUTE_US
        reported_us = taken_us + minutes(chance, 45 if table is IN_EMERGENCY else 150)
        machine = self._machines.choose(examination, chance)
        stay = chart.stay
        if not machine or not stay.from_us < asked_us or (not stay.appointment and reported_us >= stay.until_us):
            return None
        instances = max(1, round(examination.instances * chance.uniform(0.6, 1.5)))
        uid = f"2.25.{chance.getrandbits(122)}"
        report = chance.choice(REPORTS)
        return Study(
            id_,
            uid,
            examination,
            machine,
            asked_us,
            taken_us,
            reported_us,
            instances,
            instances * examination.octets,
            report,
        )

    def _referrals(self, chart: Chart, prefix: str, day: int, begin: int, end: int, chance: Random) -> Iterator[Event]:
        """Requests to therapists on admission, and to consultants now and then."""
        stay = chart.stay
        if stay.kind is not Kind.INPATIENT:
            return
        first_us = chart.admitted_us + chance.randrange(60, 300) * MINUTE_US
        if stay.specialty in THERAPY and begin <= first_us < end and first_us < stay.until_us:
            yield Event(first_us, What.REFERRED, stay, Referral(prefix % ("T", 0), "PHYS", "Physiotherapy", None))
        if chance.random() < CONSULTATIONS_A_DAY and self._consultants:
            at_us = self._clock.at(day, chance.uniform(9, 17))
            referral = Referral(prefix % ("C", 0), "CONS", "Consultation", chance.choice(self._consultants))
            seen_us = at_us + minutes(chance, 100)
            if chart.admitted_us < at_us and seen_us < stay.until_us:
                yield Event(at_us, What.REFERRED, stay, referral)
                yield Event(seen_us, What.CONSULTED, stay, referral)
