"""What staff at home and suppliers do in their sessions by VPN."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from zlib import crc32

from codedark.hospital.account import AccountId
from codedark.simulate.acts import Act, Connected, VpnUsed
from codedark.simulate.chance import stream
from codedark.simulate.habit import MINUTE_US, SECOND_US, Numbers
from codedark.simulate.habits.errands import Errands
from codedark.simulate.habits.vpn import Vpn, VpnSession
from codedark.simulate.outside import outside_address
from codedark.simulate.site import Function, Person, Role, Site

WITHOUT_SECOND_FACTOR = 0.004
"""Share of sessions of exempted accounts: there always are some."""

VENDORS_GO_TO = (Function.PACS, Function.RIS, Function.LABORATORY, Function.PUMP_GATEWAY, Function.MONITOR_GATEWAY)


class Remote:
    """VPN sessions and what is done in them."""

    def __init__(self, site: Site, numbers: Numbers, errands: Errands, vpn: Vpn) -> None:
        self._site = site
        self._numbers = numbers
        self._errands = errands
        self._vpn = vpn

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Sessions that begin in this slice."""
        chance = stream(self._site.seed, "remote", start_us)
        for session in self._vpn.begun(start_us, end_us):
            yield from self._session(chance, session)

    def _session(self, chance: Random, session: VpnSession) -> Iterator[Act]:
        person, refused_us, at_us, until_us, assigned = session
        account, public = person.account, outside_address(person.account)
        for moment_us in refused_us:
            yield VpnUsed(moment_us, account, public, "", "failed", chance.random() > 0.5)
        factor = chance.random() >= WITHOUT_SECOND_FACTOR
        yield VpnUsed(at_us, account, public, assigned, "connected", factor)
        lasts_us = until_us - at_us
        yield from self._inside(chance, person, assigned, at_us + 20 * SECOND_US, lasts_us)
        octets = int(lasts_us / 1e6 * 20_000 * chance.random())
        yield VpnUsed(until_us, account, public, assigned, "disconnected", factor, lasts_us // SECOND_US, octets)

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
