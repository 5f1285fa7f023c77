"""Who comes from outside: staff at home and suppliers, by VPN."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from random import Random
from zlib import crc32

from codedark.hospital.account import AccountId
from codedark.hospital.zone import Purpose
from codedark.simulate.acts import Act, Connected, VpnUsed
from codedark.simulate.chance import poisson, stream
from codedark.simulate.days import Weird, begins, weird
from codedark.simulate.habit import MINUTE_US, SECOND_US, SLICE_US, Numbers
from codedark.simulate.habits.errands import Errands
from codedark.simulate.habits.pace import SLICES_PER_HOUR, local_time
from codedark.simulate.outside import NETWORKS
from codedark.simulate.site import Function, Person, Role, Site

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

WITHOUT_SECOND_FACTOR = 0.004
"""Share of sessions of exempted accounts: there always are some."""

VENDORS_GO_TO = (Function.PACS, Function.RIS, Function.LABORATORY, Function.PUMP_GATEWAY, Function.MONITOR_GATEWAY)


class Remote:
    """VPN sessions and what is done in them."""

    def __init__(self, site: Site, numbers: Numbers, errands: Errands) -> None:
        self._site = site
        self._numbers = numbers
        self._errands = errands
        self._at_home = [
            person
            for person in site.people
            if person.role in AT_HOME and crc32(person.account.encode()) % 1000 < HOME_SHARE * 1000
        ]
        self._pools = {purpose: self._pool(purpose) for purpose in (Purpose.OFFICE, Purpose.VENDOR)}
        self._assigned = 0

    def _pool(self, purpose: Purpose) -> IPv4Network:
        """The addresses that the VPN gives."""
        for zone in self._site.hospital.zones.values():
            if zone.purpose is purpose and zone.id.startswith("VPN"):
                for cidr in zone.cidrs:
                    if isinstance(cidr, IPv4Network):
                        return cidr
        return IPv4Network("10.250.0.0/25" if purpose is Purpose.OFFICE else "10.250.0.128/25")

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Sessions that begin in this slice."""
        chance = stream(self._site.seed, "remote", start_us)
        now = local_time(self._site.hospital.time_zone, start_us)
        part = (end_us - start_us) / SLICE_US / SLICES_PER_HOUR
        weekend = 0.35 if now.weekday() >= 5 else 1.0
        mean = STAFF_BY_HOUR[now.hour] * weekend * part * len(self._at_home)
        for person in chance.choices(self._at_home, k=poisson(chance, mean)) if self._at_home else ():
            yield from self._session(chance, person, start_us + int(chance.random() * (end_us - start_us)))
        if not self._site.vendors:
            return
        mean = VENDORS_AN_HOUR * part * len(self._site.vendors)
        if now.weekday() >= 5 or not 8 <= now.hour < 18:
            mean = 0
        kinds = weird(self._site.seed, now.date())
        minute = now.hour * 60 + now.minute
        opens = minute - begins(self._site.seed, now.date(), Weird.NEW_MODALITY)
        visits = poisson(chance, mean) + (Weird.NEW_MODALITY in kinds and opens in range(15))
        for person in chance.choices(self._site.vendors, k=visits):
            yield from self._session(chance, person, start_us + int(chance.random() * (end_us - start_us)))

    def _session(self, chance: Random, person: Person, at_us: int) -> Iterator[Act]:
        vendor = person.role is Role.VENDOR
        account, public = person.account, public_address(person.account)
        while chance.random() < FAILED:
            yield VpnUsed(at_us, account, public, "", "failed", chance.random() > 0.5)
            at_us += int((8 + 30 * chance.random()) * SECOND_US)
        assigned = self._next_address(Purpose.VENDOR if vendor else Purpose.OFFICE)
        lasts_us = int((4 + chance.expovariate(1 / (45 if vendor else 90))) * MINUTE_US)
        factor = chance.random() >= WITHOUT_SECOND_FACTOR
        yield VpnUsed(at_us, account, public, assigned, "connected", factor)
        yield from self._inside(chance, person, assigned, at_us + 20 * SECOND_US, lasts_us)
        octets = int(lasts_us / 1e6 * 20_000 * chance.random())
        seconds = lasts_us // SECOND_US
        yield VpnUsed(at_us + lasts_us, account, public, assigned, "disconnected", factor, seconds, octets)

    def _inside(self, chance: Random, person: Person, assigned: str, at_us: int, lasts_us: int) -> Iterator[Act]:
        if person.role is Role.VENDOR:
            functions = self._site.by_function[VENDORS_GO_TO[crc32(person.account.encode()) % len(VENDORS_GO_TO)]]
            jump = self._errands.jump[0]
            yield from self._errands.desktop(chance, person.account, assigned, jump, at_us, int(lasts_us * 0.9))
            yield Connected(
                at_us + MINUTE_US, jump, self._numbers.port(jump), functions[0], 443, "tcp", "ssl", 200_000, 2_000_000,
                lasts_us / 2e6, account=person.account,
            )  # fmt: skip
            return
        if person.role is Role.IT_ADMINISTRATOR and person.admin_account:
            servers = chance.sample(self._errands.windows, 1)
            yield from self._errands.through_jump(chance, AccountId(person.admin_account), assigned, at_us, servers)
            return
        chart = self._site.by_function[Function.EHR_APPLICATION]
        for _ in range(1 + int(lasts_us / (12 * MINUTE_US))):
            moment_us = at_us + int(chance.random() * lasts_us * 0.95)
            yield Connected(
                moment_us, assigned, self._numbers.port(assigned), chance.choice(chart), 443, "tcp", "ssl", 20_000,
                300_000, 60, account=person.account,
            )  # fmt: skip

    def _next_address(self, purpose: Purpose) -> str:
        pool = self._pools[purpose]
        self._assigned += 1
        return str(pool[10 + self._assigned % (pool.num_addresses - 12)])


def public_address(account: AccountId) -> str:
    """Where somebody's line at home comes out: always the same address of the documentation ranges."""
    number = crc32(account.encode())
    return f"{NETWORKS[number % 3]}.{number // 3 % 150 + 100}"
