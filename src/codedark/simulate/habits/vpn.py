"""Sessions by VPN, of staff at home and of suppliers: who has one, from when to when, at which address.

They follow from seed and time alone, so that all who act in a session know of the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from math import gcd
from random import Random
from typing import NamedTuple, Protocol
from zlib import crc32

from codedark.hospital.zone import Purpose
from codedark.simulate.chance import poisson, stream
from codedark.simulate.days import Weird, begins, weird
from codedark.simulate.habit import MINUTE_US, SECOND_US, SLICE_US
from codedark.simulate.habits.pace import SLICES_PER_HOUR, local_time
from codedark.simulate.site import Person, Role, Site

AT_HOME = (Role.PHYSICIAN, Role.RADIOLOGIST, Role.MANAGER, Role.IT_ADMINISTRATOR, Role.CLERK)
HOME_SHARE = 0.25
"""Share of those roles who may work at home at all."""

STAFF_BY_HOUR = (
    *(0.01, 0.005, 0.005, 0.005, 0.005, 0.01, 0.03, 0.06, 0.1, 0.08, 0.06, 0.05),
    *(0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.06, 0.08, 0.08, 0.06, 0.04, 0.02),
)
"""Sessions begun in an hour of a weekday for each person who works at home now and then."""

VENDORS_AN_HOUR = 0.03
"""Sessions of each supplier's engineer in an hour of the window, on weekdays from eight to six."""

FAILED = 0.06
"""Share of attempts with a wrong password or a second factor that ran out."""

KEPT = 32
"""Addresses kept for the sessions that begin in one slice, so that two of a day seldom meet at one."""


class Duties(Protocol):
    """What sessions need of a roster."""

    def on_duty(self, at_us: int) -> Sequence[Person]:
        """Everybody who is at work in the house."""


class VpnSession(NamedTuple):
    """``person`` is inside from ``at_us`` until ``until_us`` as ``assigned``, after attempts at ``refused_us``."""

    person: Person
    refused_us: tuple[int, ...]
    at_us: int
    until_us: int
    assigned: str


class Vpn:
    """Who comes in by VPN: staff who are not in the house, and suppliers in office hours."""

    def __init__(self, site: Site, roster: Duties) -> None:
        self._site = site
        self._roster = roster
        self._at_home = [
            person
            for person in site.people
            if person.role in AT_HOME and crc32(person.account.encode()) % 1000 < HOME_SHARE * 1000
        ]
        self._pools = {purpose: _pool(site, purpose) for purpose in (Purpose.OFFICE, Purpose.VENDOR)}

    def begun(self, start_us: int, end_us: int) -> list[VpnSession]:
        """The sessions whose first attempt lies in a slice."""
        chance = stream(self._site.seed, "vpn", start_us)
        people = [*self._staff(chance, start_us, end_us), *self._vendors(chance, start_us, end_us)]
        first = start_us // SLICE_US * KEPT
        return [
            self._session(chance, person, start_us + int(chance.random() * (end_us - start_us)), first + at)
            for at, person in enumerate(people)
        ]

    def _staff(self, chance: Random, start_us: int, end_us: int) -> list[Person]:
        now = local_time(self._site.hospital.time_zone, start_us)
        weekend = 0.35 if now.weekday() >= 5 else 1.0
        mean = STAFF_BY_HOUR[now.hour] * weekend * _hours(start_us, end_us) * len(self._at_home)
        wish = chance.choices(self._at_home, k=poisson(chance, mean)) if self._at_home else []
        if not wish:
            return []
        in_house = {person.account for person in self._roster.on_duty(start_us)}
        return [person for person in dict.fromkeys(wish) if person.account not in in_house]

    def _vendors(self, chance: Random, start_us: int, end_us: int) -> list[Person]:
        if not self._site.vendors:
            return []
        now = local_time(self._site.hospital.time_zone, start_us)
        by_day = now.weekday() < 5 and 8 <= now.hour < 18
        mean = VENDORS_AN_HOUR * _hours(start_us, end_us) * len(self._site.vendors) if by_day else 0
        minute = now.hour * 60 + now.minute
        opens = minute - begins(self._site.seed, now.date(), Weird.NEW_MODALITY)
        installs = Weird.NEW_MODALITY in weird(self._site.seed, now.date()) and opens in range(15)
        return chance.choices(self._site.vendors, k=poisson(chance, mean) + installs)

    def _session(self, chance: Random, person: Person, at_us: int, number: int) -> VpnSession:
        vendor = person.role is Role.VENDOR
        refused_us: list[int] = []
        while chance.random() < FAILED:
            refused_us.append(at_us)
            at_us += int((8 + 30 * chance.random()) * SECOND_US)
        lasts_us = int((4 + chance.expovariate(1 / (45 if vendor else 90))) * MINUTE_US)
        assigned = _address(self._pools[Purpose.VENDOR if vendor else Purpose.OFFICE], number)
        return VpnSession(person, tuple(refused_us), at_us, at_us + lasts_us, assigned)


def _pool(site: Site, purpose: Purpose) -> IPv4Network:
    """The addresses that the VPN gives."""
    for zone in site.hospital.zones.values():
        if zone.purpose is purpose and zone.id.startswith("VPN"):
            for cidr in zone.cidrs:
                if isinstance(cidr, IPv4Network):
                    return cidr
    return IPv4Network("10.250.0.0/25" if purpose is Purpose.OFFICE else "10.250.0.128/25")


def _address(pool: IPv4Network, number: int) -> str:
    """The address of the session with a number: all of the pool but its two ends and the gateway, in a mixed order."""
    size = pool.num_addresses - 3
    step = next(step for step in range(size * 5 // 8, size) if gcd(step, size) == 1)
    return str(pool[2 + number * step % size])


def _hours(start_us: int, end_us: int) -> float:
    return (end_us - start_us) / SLICE_US / SLICES_PER_HOUR
