"""Who proves to whom who they are: service tickets, network logons, computer and service accounts, remote calls."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import Act, Connected, LoggedOff, LoggedOn, LogonType, RpcCalled, TicketAsked
from codedark.simulate.chance import stream
from codedark.simulate.habit import SECOND_US, Numbers
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.logons import LSASS, Logons, Package
from codedark.simulate.habits.machines import Machine, computer_account
from codedark.simulate.habits.pace import Clockwork, Weighted
from codedark.simulate.habits.presence import Presence, Session, Style
from codedark.simulate.site import Function, Site

USES_AN_HOUR = 2.2
"""Servers that somebody at a computer logs on to anew in an hour of work: shares, mail, printing, departments."""

USED = (
    (10, Function.FILE),
    (6, Function.DOMAIN_CONTROLLER),
    (5, Function.PRINT),
    (6, Function.MAIL),
    (3, Function.LABORATORY),
    (2, Function.PHARMACY),
    (2, Function.RIS),
    (1, Function.BLOOD_BANK),
)
"""Windows servers that people use, by weight."""

BY_NTLM = 0.07
"""Share of those uses without a ticket: servers named by address, old programs, saved passwords. An assumption."""

STRAYS = 0.03
"""Uses that first try a computer which no longer offers this: a drive or printer somebody has forgotten."""
STRAY_PORTS = (445, 445, 445, 135, 3389)

OVER_SMB = (Function.FILE, Function.PRINT, Function.DOMAIN_CONTROLLER)

CALLS = (
    (8, ("spoolss", "RpcOpenPrinterEx", "\\pipe\\spoolss")),
    (5, ("spoolss", "RpcGetPrinterData", "\\pipe\\spoolss")),
    (5, ("srvsvc", "NetrShareGetInfo", "\\pipe\\srvsvc")),
    (4, ("lsarpc", "LsarLookupNames4", "135")),
    (3, ("samr", "SamrConnect5", "\\pipe\\lsass")),
    (3, ("samr", "SamrLookupNamesInDomain", "\\pipe\\lsass")),
    (2, ("drsuapi", "DRSCrackNames", "135")),
    (2, ("epmapper", "ept_map", "135")),
)
"""Remote procedure calls that ordinary use makes, as Zeek names them, by weight."""

PRINTING = "spoolss"
POLICY_REFRESH_SLICES = 16
"""Every four hours a computer proves itself to its controller. Windows does so every 90 to 120 minutes."""
READ = 0.4
"""Share of refreshes that read SYSVOL. Life has more: thinned like the refreshes, so that a day stays small."""

SERVICE_LOGONS = (
    # service account, server it logs on to, logon type, every so many slices
    ("ehr", Function.FILE, LogonType.NETWORK, 1),
    ("backup", Function.FILE, LogonType.NETWORK, 4),
    ("backup", Function.MAIL, LogonType.NETWORK, 4),
    ("backup", Function.BACKUP, LogonType.SERVICE, 16),
    ("interface", Function.LABORATORY, LogonType.NETWORK, 1),
    ("interface", Function.PHARMACY, LogonType.NETWORK, 1),
    ("interface", Function.RIS, LogonType.NETWORK, 1),
    ("pacs", Function.RIS, LogonType.NETWORK, 1),
    ("updates", Function.UPDATES, LogonType.SERVICE, 24),
    ("monitoring", Function.DOMAIN_CONTROLLER, LogonType.NETWORK, 1),
    ("monitoring", Function.FILE, LogonType.NETWORK, 1),
    ("monitoring", Function.MAIL, LogonType.NETWORK, 1),
    ("monitoring", Function.PRINT, LogonType.NETWORK, 1),
    ("monitoring", Function.BACKUP, LogonType.NETWORK, 1),
)
WITH_PASSWORD = frozenset({"pacs"})
"""Services on Linux that mount a Windows share with a saved password, by NTLM."""
COMES_FROM = {
    "ehr": Function.EHR_APPLICATION,
    "backup": Function.BACKUP,
    "interface": Function.INTERFACE_ENGINE,
    "pacs": Function.PACS,
    "updates": Function.UPDATES,
    "monitoring": Function.SENSOR,
}


class Directory:
    """Tickets and logons over the network."""

    def __init__(self, site: Site, numbers: Numbers, desktop: Desktop, logons: Logons, presence: Presence) -> None:
        self._site = site
        self._numbers = numbers
        self._machines = desktop.machines
        self._logons = logons
        self._presence = presence
        used = [
            (weight / len(site.by_function[role]), host) for weight, role in USED for host in site.by_function[role]
        ]
        self._used = Weighted(used)
        self._calls = Weighted(CALLS)
        self._ids = list(desktop.machines)
        self._over_smb = frozenset(host for role in OVER_SMB for host in site.by_function[role])
        self._print_server = site.server(Function.PRINT).id
        chance = stream(site.seed, "directory")
        members = [machine for machine in desktop.machines.values() if machine.in_domain]
        self._refresh = Clockwork(chance, members, POLICY_REFRESH_SLICES)
        self._services = [Clockwork(chance, [row], row[3]) for row in SERVICE_LOGONS if row[0] in site.service_accounts]

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - presence and clockwork know the slice
        """Uses of servers by people, and computers and services that log on by the clock."""
        chance = stream(self._site.seed, "directory", start_us)
        for style in Style:
            moments = list(self._presence.moments(chance, style, USES_AN_HOUR))
            servers = self._used.draw(chance, len(moments))
            calls = self._calls.draw(chance, len(moments))
            for (session, at_us), server, call in zip(moments, servers, calls, strict=True):
                yield from self._use(chance, session, at_us, server, call)
        for machine, at_us in self._refresh.due(chance, start_us):
            yield from self._refresh_policy(chance, machine, at_us)
        for clockwork in self._services:
            for (service, function, logon_type, _), at_us in clockwork.due(chance, start_us):
                yield from self._serve(chance, service, function, logon_type, at_us)

    def _use(
        self, chance: Random, session: Session, at_us: int, server: AssetId, call: tuple[str, str, str]
    ) -> Iterator[Act]:
        machine = self._machines[session.host]
        by_ntlm = chance.random() < BY_NTLM
        if not by_ntlm:
            yield TicketAsked(at_us, machine.id, session.account, computer_account(server))
        if chance.random() < STRAYS:
            yield self._stray(chance, machine, at_us + 10_000)
        if server in self._over_smb:
            yield self._logons.smb(machine, session.account, server, at_us + 20_000, chance.random())
        package: Package = "NTLM" if by_ntlm else "Kerberos"
        yield from self._logons.network(chance, machine, session.account, server, at_us + 30_000, package)
        if chance.random() < 0.5:
            target = self._print_server if call[0] == PRINTING else server
            yield RpcCalled(at_us + 90_000, machine.id, target, *call)

    def _stray(self, chance: Random, machine: Machine, at_us: int) -> Connected:
        """A connection that is refused, or that nobody answers."""
        target = self._ids[int(chance.random() * len(self._ids))]
        port = STRAY_PORTS[int(chance.random() * len(STRAY_PORTS))]
        state = "REJ" if chance.random() < 0.6 else "S0"
        source = machine.id
        return Connected(at_us, source, self._numbers.port(source), target, port, "tcp", "", 0, 0, 0.0, state)

    def _refresh_policy(self, chance: Random, machine: Machine, at_us: int) -> Iterator[Act]:
        dc = machine.controller
        yield TicketAsked(at_us, machine.id, machine.account, "krbtgt")
        yield TicketAsked(at_us + 50_000, machine.id, machine.account, computer_account(dc))
        if machine.id != dc:
            yield from self._logons.network(chance, machine, machine.account, dc, at_us + 90_000)
            yield self._logons.ldap(chance, machine, machine.account, at_us + 200_000)
            if chance.random() < READ:
                yield from self._logons.policy(chance, machine, machine.account, at_us + 300_000, "Machine")
            if chance.random() < 0.25:
                yield Connected(
                    at_us + 900_000, machine.id, self._numbers.port(machine.id), dc, 135, "tcp", "dce_rpc", 900, 700,
                    0.2, "SF", LSASS, machine.account, 700,
                )  # fmt: skip
                yield RpcCalled(
                    at_us + SECOND_US, machine.id, dc, "netlogon", "NetrLogonGetDomainInfo", "\\pipe\\lsass"
                )

    def _serve(
        self, chance: Random, service: str, function: Function, logon_type: LogonType, at_us: int
    ) -> Iterator[Act]:
        account: AccountId = self._site.service_accounts[service]
        source = self._site.server(COMES_FROM[service]).id
        server = self._site.server(function).id
        logon_id = self._numbers.logon_id(server)
        local = logon_type is not LogonType.NETWORK
        by_ntlm = service in WITH_PASSWORD
        if not local and not by_ntlm:
            yield TicketAsked(at_us, source, account, computer_account(server))
        yield LoggedOn(
            at_us + 20_000, server, account, logon_type, "" if local else source, logon_id,
            "NTLM" if by_ntlm else "Kerberos", elevated=local,
        )  # fmt: skip
        lasts_us = int((5 + 60 * chance.random()) * SECOND_US)
        yield LoggedOff(at_us + 20_000 + lasts_us, server, account, logon_type, logon_id)
