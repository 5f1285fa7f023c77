"""How a logon goes: tickets, the logon itself, wrong passwords, lockouts and the service desk that undoes them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from random import Random
from typing import Literal

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import (
    AccountChanged,
    Act,
    Connected,
    LoggedOff,
    LoggedOn,
    LogonType,
    ShareTouched,
    TicketAsked,
)
from codedark.simulate.habit import MINUTE_US, SECOND_US, Numbers
from codedark.simulate.habits.machines import Machine, computer_account
from codedark.simulate.site import Function, Site

WRONG_PASSWORD = 0.028
"""Share of logons that begin with a wrong password. Badges and saved passwords keep it low."""

LOCKED_OUT = 0.0009
"""Share of logons that end in a lockout; see `calibration`."""

ATTEMPTS = 5
"""Wrong passwords until the directory locks an account."""

STALE = 0.04
"""Share of logons by NTLM whose saved password is no longer the right one."""

POLICIES = (
    "{31B2F340-016D-11D2-945F-00C04FB984F9}",
    "{6AC1786C-016F-11D2-945F-00C04FB984F9}",
    "{0B7C2E94-5D1A-4C3F-8E26-91A4D7F3B650}",
    "{C41F8A07-2B96-4E58-9D73-6F05E1B82CA9}",
)
"""Group policies: the two that every domain has (MS-GPOD 1.1.7), and two of this house."""

CHANGED = 0.12
"""Share of policies read whose settings are read too, because the computer does not have them yet."""

Refusal = Literal["bad_password", "locked_out", "expired"]
Package = Literal["Kerberos", "NTLM"]

LSASS = "C:\\Windows\\System32\\lsass.exe"


class Logons:
    """Makes logons on Windows computers out of their parts."""

    def __init__(self, site: Site, numbers: Numbers) -> None:
        self._numbers = numbers
        self._policies = f"{site.dns_domain}\\Policies\\"
        self._controllers = site.by_function[Function.DOMAIN_CONTROLLER]
        self._file_servers = list(dict.fromkeys(server for server, _ in site.shares))
        self._service_desk = [person.admin_account for person in site.people if person.admin_account]

    def interactive(
        self, chance: Random, machine: Machine, account: AccountId, at_us: int
    ) -> Generator[Act, None, int]:
        """A whole logon at the keyboard: tickets, session, group policy from the controller. Returns its logon id."""
        dc = machine.controller
        logon_id = self._numbers.logon_id(machine.id)
        yield TicketAsked(at_us, machine.id, account, "krbtgt")
        yield TicketAsked(at_us + 40_000, machine.id, account, machine.account)
        yield LoggedOn(at_us + 90_000, machine.id, account, LogonType.INTERACTIVE, "", logon_id, "Negotiate")
        at_us += SECOND_US
        yield TicketAsked(at_us, machine.id, account, computer_account(dc))
        yield from self.network(chance, machine, account, dc, at_us + 150_000)
        yield self.ldap(chance, machine, account, at_us + 400_000)
        yield from self.policy(chance, machine, account, at_us + 500_000, "User")
        for server in self._file_servers:
            # Drives are connected at logon.
            at_us += SECOND_US
            yield TicketAsked(at_us, machine.id, account, computer_account(server))
            yield self.smb(machine, account, server, at_us + 20_000, chance.random())
            yield from self.network(chance, machine, account, server, at_us + 60_000)
        return logon_id

    def unlock(self, chance: Random, machine: Machine, account: AccountId, at_us: int) -> Iterator[Act]:
        """A locked session is opened again: Windows logs a logon of type 7, and drops it at once."""
        logon_id = self._numbers.logon_id(machine.id)
        if chance.random() < 0.5:
            yield TicketAsked(at_us, machine.id, account, "krbtgt")
        yield LoggedOn(at_us + 80_000, machine.id, account, LogonType.UNLOCK, "", logon_id, "Negotiate")
        yield LoggedOff(at_us + 90_000, machine.id, account, LogonType.UNLOCK, logon_id)

    def network(
        self,
        chance: Random,
        machine: Machine,
        account: AccountId,
        server: AssetId,
        at_us: int,
        package: Package = "Kerberos",
    ) -> Iterator[Act]:
        """A logon over the network, as every use of a share or service makes it, that ends by itself soon after."""
        logon_id = self._numbers.logon_id(server)
        if package == "NTLM" and chance.random() < STALE:
            yield LoggedOn(at_us, server, account, LogonType.NETWORK, machine.id, 0, package, "bad_password")
            return
        yield LoggedOn(at_us, server, account, LogonType.NETWORK, machine.id, logon_id, package)
        lasts_us = int(chance.expovariate(1 / 40) * SECOND_US) + 200_000
        yield LoggedOff(at_us + lasts_us, server, account, LogonType.NETWORK, logon_id)

    def ldap(self, chance: Random, machine: Machine, account: AccountId, at_us: int) -> Connected:
        """A question to the directory."""
        received = 2000 + int(14_000 * chance.random())
        return Connected(
            at_us, machine.id, self._numbers.port(machine.id), machine.controller, 389, "tcp", "ldap", 1900, received,
            0.2 + chance.random(), "SF", LSASS, account, 700,
        )  # fmt: skip

    def policy(
        self, chance: Random, machine: Machine, account: AccountId, at_us: int, part: Literal["Machine", "User"]
    ) -> Iterator[Act]:
        """The version of a group policy is read on the controller's SYSVOL, and its settings if they have changed."""
        dc = machine.controller
        yield self.smb(machine, account, dc, at_us, 0.1 * chance.random())
        folder = self._policies + POLICIES[int(chance.random() * len(POLICIES))]
        at_us += 100_000
        yield ShareTouched(at_us, dc, "SYSVOL", f"{folder}\\gpt.ini", account, machine.id, "read", octets=64)
        if chance.random() < CHANGED:
            path = f"{folder}\\{part}\\Registry.pol"
            yield ShareTouched(at_us + 50_000, dc, "SYSVOL", path, account, machine.id, "read", octets=9_000)

    def smb(self, machine: Machine, account: AccountId, server: AssetId, at_us: int, luck: float) -> Connected:
        """The connection over which shares and pipes of ``server`` are used for the next minutes."""
        octets = int(20_000 + 900_000 * luck * luck)
        return Connected(
            at_us, machine.id, self._numbers.port(machine.id), server, 445, "tcp", "smb", octets // 5, octets,
            20 + 1500 * luck, "SF", "System", account, 4,
        )  # fmt: skip

    def mistyped(self, chance: Random, machine: Machine, account: AccountId, at_us: int) -> Generator[Act, None, int]:
        """Wrong passwords before a logon, seldom until the account is locked. Returns when the right one is typed."""
        luck = chance.random()
        if luck >= WRONG_PASSWORD + LOCKED_OUT:
            return at_us
        wrong = ATTEMPTS if luck < LOCKED_OUT else 1 + (chance.random() < 0.2)
        for _ in range(wrong):
            yield from self.refused(machine, account, at_us, "bad_password")
            at_us += int((4 + 10 * chance.random()) * SECOND_US)
        if wrong < ATTEMPTS:
            return at_us
        return (yield from self._locked_out(chance, machine, account, at_us))

    def refused(self, machine: Machine, account: AccountId, at_us: int, outcome: Refusal) -> Iterator[Act]:
        """One logon at the keyboard that the directory refuses (``bad_password``, ``locked_out``, ``expired``)."""
        logon_id = self._numbers.logon_id(machine.id)
        yield LoggedOn(at_us + 60_000, machine.id, account, LogonType.INTERACTIVE, "", logon_id, "Negotiate", outcome)

    def _locked_out(
        self, chance: Random, machine: Machine, account: AccountId, at_us: int
    ) -> Generator[Act, None, int]:
        dc = self._controllers[0]
        yield AccountChanged(at_us - 3 * SECOND_US, dc, computer_account(dc), account, "locked_out")
        yield from self.refused(machine, account, at_us, "locked_out")
        at_us += int((6 + 20 * chance.random()) * MINUTE_US)
        if self._service_desk:
            clerk = chance.choice(self._service_desk)
            yield AccountChanged(at_us, dc, clerk, account, "unlocked")
            if chance.random() < 0.4:
                yield AccountChanged(at_us + 20 * SECOND_US, dc, clerk, account, "password_reset")
                yield AccountChanged(at_us + 2 * MINUTE_US, dc, account, account, "password_changed")
        return at_us + 3 * MINUTE_US
