"""Whose records those on duty look at in a slice of time: the patients that they have to do with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from codedark.hospital.account import AccountId
from codedark.simulate.acts import RecordAccessed
from codedark.simulate.chance import poisson
from codedark.simulate.clinic.accesses import (
    AT_HOME,
    BILLING,
    BREAK_GLASS_AN_HOUR,
    MANNERS,
    MONTH_END,
    SEARCHES_AN_HOUR,
    WARD_LISTS_AN_HOUR,
    Accesses,
    Manner,
)
from codedark.simulate.clinic.care import THERAPY
from codedark.simulate.clinic.census import Census
from codedark.simulate.clinic.staff import Staff
from codedark.simulate.clinic.stay import Kind, Stay
from codedark.simulate.habit import HOUR_US, MINUTE_US, SLICE_US
from codedark.simulate.habits.vpn import Duties, Vpn, VpnSession
from codedark.simulate.site import Function, Role, Site

BILLS_EACH = 3
"""One in so many clerks outside the clinics codes and bills."""
AROUND_APPOINTMENT_US = 45 * MINUTE_US
AROUND_OPERATION_US = 20 * HOUR_US
LATELY_US = 72 * HOUR_US
"""Those who work at home also write to patients who left in the last three days."""
SCORE_SLICES = 24
"""Every six hours a patient's score is worked out anew."""


class Rounds:
    """The relations between staff and patients, looked up slice by slice."""

    def __init__(self, site: Site, roster: Duties, stays: Sequence[Stay], census: Census) -> None:
        self._wards = site.hospital.wards
        self._census = census
        self._vpn = Vpn(site, roster)
        self._at_home: list[VpnSession] = []
        self._engine = site.server(Function.INTERFACE_ENGINE).id
        self._reader = site.service_accounts["interface"]
        self._attended: defaultdict[AccountId, list[Stay]] = defaultdict(list)
        self._appointments: defaultdict[int, list[Stay]] = defaultdict(list)
        self._ended: defaultdict[int, list[Stay]] = defaultdict(list)
        self._operated: defaultdict[AccountId, list[Stay]] = defaultdict(list)
        for stay in stays:
            if stay.appointment:
                self._appointments[stay.appointment.planned_us // HOUR_US].append(stay)
            elif stay.kind is Kind.INPATIENT:
                self._ended[stay.until_us // (24 * HOUR_US)].append(stay)
                self._attended[stay.attending.account].append(stay)
            if stay.operation:
                self._operated[stay.operation.surgeon.account].append(stay)
                self._operated[stay.operation.anaesthetist.account].append(stay)
        clerks = [person.account for person in site.people if person.role is Role.CLERK and person.ward is None]
        self._billing = frozenset(clerks[::BILLS_EACH])

    def look(
        self, staff: Staff, accesses: Accesses, start_us: int, end_us: int, month_end: bool, chance: Random
    ) -> Iterator[RecordAccessed]:
        """What everybody on duty looks up between two times, beyond what events ask for."""
        beds = {id_: self._census.inpatients(id_, start_us) for id_, ward in self._wards.items() if ward.beds}
        everybody = [stay for stays in beds.values() for stay in stays if stay.kind is Kind.INPATIENT]
        expected, by_physician = self._expected(start_us)
        in_therapy = [stay for stay in everybody if stay.specialty in THERAPY]
        to_bill = self._to_bill(start_us) or everybody
        hours = (end_us - start_us) / HOUR_US
        yield from self._from_home(accesses, everybody, to_bill, start_us, end_us, chance)
        yield from self._by_systems(accesses, everybody, start_us, end_us, chance)
        for person in staff.present:
            role, account, ward = person.role, person.account, person.ward
            manner: Manner | None = MANNERS.get(role)
            pool: Sequence[Stay] = beds.get(ward, ()) if ward else ()
            times = 1.0
            if role is Role.NURSE and ward:
                pool = [stay for stay in pool if staff.nurse(stay, ward) is person]
            elif role is Role.PHYSICIAN or role is Role.SURGEON:
                pool = [*pool, *by_physician.get(account, ()), *self._in_theatre(account, start_us)]
            elif role is Role.ANAESTHETIST:
                pool = self._in_theatre(account, start_us)
            elif role is Role.THERAPIST:
                pool = in_therapy
            elif role is Role.PHARMACIST:
                pool = everybody
            elif role is Role.CLERK:
                pool = expected if ward else ()
                if account in self._billing:
                    manner, pool, times = BILLING, to_bill, MONTH_END if month_end else 1.0
            if manner and pool:
                yield from accesses.browse(person, manner, pool, start_us, end_us, times)
            searches = SEARCHES_AN_HOUR.get(role)
            if searches and everybody and poisson(chance, searches * hours):
                name = chance.choice(pool or everybody).patient.family
                yield accesses.search(person, name, start_us + int(chance.random() * (end_us - start_us)))
            lists = WARD_LISTS_AN_HOUR.get(role)
            shown = ward or next(iter(beds), None)
            if lists and shown in beds and poisson(chance, lists * hours):
                yield accesses.ward_list(
                    person, shown, len(beds[shown]), start_us + int(chance.random() * (end_us - start_us))
                )
            if role is Role.PHYSICIAN and everybody and chance.random() < BREAK_GLASS_AN_HOUR * hours:
                yield from accesses.break_glass(
                    person, chance.choice(everybody), start_us + int(chance.random() * MINUTE_US)
                )

    def _from_home(
        self, accesses: Accesses, everybody: Sequence[Stay], to_bill: Sequence[Stay], start_us: int, end_us: int,
        chance: Random,
    ) -> Iterator[RecordAccessed]:  # fmt: skip
        """What those look up who work at home, while their sessions by VPN last."""
        self._at_home = [session for session in self._at_home if session.until_us > start_us]
        self._at_home += self._vpn.begun(start_us, end_us)
        for person, _, at_us, until_us, assigned in self._at_home:
            manner = AT_HOME.get(person.role)
            begin_us, stop_us = max(start_us, at_us + MINUTE_US), min(end_us, until_us)
            if manner is None or not everybody or begin_us >= stop_us:
                continue
            pool: Sequence[Stay] = everybody
            if person.role is Role.CLERK:
                pool = to_bill
            elif person.role is Role.PHYSICIAN:
                own = self._attended.get(person.account, ())
                pool = [stay for stay in own if stay.from_us <= begin_us < stay.until_us + LATELY_US] or everybody
            yield from accesses.browse(person, manner, pool, begin_us, stop_us, home=assigned)
            hours = (stop_us - begin_us) / HOUR_US
            if poisson(chance, SEARCHES_AN_HOUR.get(person.role, 0.0) * hours):
                yield accesses.search(person, chance.choice(pool).patient.family, begin_us, assigned)
            if person.role is Role.PHYSICIAN and chance.random() < BREAK_GLASS_AN_HOUR * hours:
                yield from accesses.break_glass(person, chance.choice(everybody), begin_us, assigned)

    def _by_systems(
        self, accesses: Accesses, everybody: Sequence[Stay], start_us: int, end_us: int, chance: Random
    ) -> Iterator[RecordAccessed]:
        """The score for early warning reads of every patient once in `SCORE_SLICES`."""
        turn = start_us // SLICE_US % SCORE_SLICES
        for stay in everybody:
            if int(stay.id[1:]) % SCORE_SLICES == turn:
                at_us = start_us + int(chance.random() * (end_us - start_us))
                yield accesses.by_system(self._reader, self._engine, stay, at_us)

    def _expected(self, at_us: int) -> tuple[list[Stay], Mapping[AccountId, list[Stay]]]:
        """Outpatients around now, all of them and by physician."""
        hour = at_us // HOUR_US
        near = [
            stay
            for block in (hour - 1, hour, hour + 1)
            for stay in self._appointments.get(block, ())
            if stay.appointment and abs(stay.appointment.planned_us - at_us) < AROUND_APPOINTMENT_US
        ]
        by_physician: defaultdict[AccountId, list[Stay]] = defaultdict(list)
        for stay in near:
            by_physician[stay.attending.account].append(stay)
        return near, by_physician

    def _in_theatre(self, account: AccountId, at_us: int) -> list[Stay]:
        """Patients whom somebody operates on, or puts to sleep, about now."""
        return [
            stay
            for stay in self._operated.get(account, ())
            if stay.operation and stay.from_us <= at_us and abs(stay.operation.planned_us - at_us) < AROUND_OPERATION_US
        ]

    def _to_bill(self, at_us: int) -> list[Stay]:
        """Stays that ended in the last three days."""
        day = at_us // (24 * HOUR_US)
        return [stay for back in range(4) for stay in self._ended.get(day - back, ()) if stay.until_us <= at_us]
