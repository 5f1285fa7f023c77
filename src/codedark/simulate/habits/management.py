"""Windows looked after from afar: administrators and the update server use ADMIN$ and the service manager of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Literal

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import (
    Act,
    Connected,
    FileWritten,
    LoggedOff,
    LoggedOn,
    LogonType,
    RegistrySet,
    RpcCalled,
    ServiceInstalled,
    ShareTouched,
    TicketAsked,
)
from codedark.simulate.chance import stream
from codedark.simulate.habit import SECOND_US, Numbers
from codedark.simulate.habits.errands import Errands
from codedark.simulate.habits.machines import SYSTEM, Machine, computer_account
from codedark.simulate.habits.pace import Clockwork, Weighted
from codedark.simulate.habits.presence import Presence, Style
from codedark.simulate.habits.programs import SERVICES
from codedark.simulate.site import Function, Site

VISITS_AN_HOUR = 0.6
"""Machines that an administrator looks at from afar in an hour at a computer; the figures here are assumptions."""
PUSH_SLICES = 480
"""Every five days the update server looks whether its client on a computer is whole."""
BY_ADDRESS = 0.35
"""Share of visits to an address instead of a name: they are by NTLM, because no ticket can be had for one."""
INSTALLS = 0.12
"""Share of administrators' visits that leave a service behind."""

SMB, ENDPOINT_MAPPER = 445, 135
PIPE = "\\PIPE\\svcctl"
FILES: tuple[tuple[float, tuple[str, Literal["read", "write"]]], ...] = (
    (4, ("Logs\\CBS\\CBS.log", "read")),
    (4, ("WindowsUpdate.log", "read")),
    (2, ("Temp\\inventory.exe", "write")),
    (2, ("Temp\\label-printer-driver.exe", "write")),
    (1, ("RemoteInventory.exe", "write")),
)
"""What is used on ADMIN$, by weight."""
CALLS = (
    (6, "OpenSCManagerW"),
    (5, "QueryServiceStatus"),
    (4, "EnumServicesStatusW"),
    (3, "QueryServiceConfigW"),
    (1, "ControlService"),
)
"""What the service manager is asked, as Zeek names it, by weight."""
Start = Literal["auto start", "demand start"]
INSTALLED: tuple[tuple[float, tuple[str, str, Start]], ...] = (
    (4, ("RemoteInventory", "%SystemRoot%\\RemoteInventory.exe", "demand start")),
    (2, ("LabelDriverSetup", "C:\\Windows\\LabelDriverSetup.exe", "demand start")),
    (1, ("TagMaker Queue", "C:\\Program Files (x86)\\TagMaker\\TagQueue.exe", "auto start")),
)


class Management:
    """Visits to machines over the network."""

    def __init__(
        self, site: Site, numbers: Numbers, errands: Errands, presence: Presence, machines: Mapping[AssetId, Machine]
    ) -> None:
        self._seed = site.seed
        self._numbers = numbers
        self._presence = presence
        self._machines = machines
        computers = [machine.id for machine in machines.values() if machine.in_domain and machine.personal]
        self._visited = [*computers, *(host.id for host in errands.windows)]
        self._admin_of = {person.account: person.admin_account for person in site.people if person.admin_account}
        self._updates = site.server(Function.UPDATES).id
        self._pushes = Clockwork(stream(site.seed, "management"), computers, PUSH_SLICES)
        self._files, self._calls, self._installed = Weighted(FILES), Weighted(CALLS), Weighted(INSTALLED)

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - presence and clockwork know the slice
        """Visits that begin in this slice."""
        chance = stream(self._seed, "management", start_us)
        for session, at_us in self._presence.moments(chance, Style.ADMINISTRATION, VISITS_AN_HOUR):
            target = self._visited[int(chance.random() * len(self._visited))]
            if target != session.host and session.account in self._admin_of:
                installs = chance.random() < INSTALLS
                yield from self._visit(
                    chance, self._admin_of[session.account], session.host, target, at_us, installs=installs
                )
        for target, at_us in self._pushes.due(chance, start_us):
            yield from self._visit(chance, computer_account(self._updates), self._updates, target, at_us)

    def _visit(
        self,
        chance: Random,
        account: AccountId,
        source: AssetId,
        target: AssetId,
        at_us: int,
        *,
        installs: bool = False,
    ) -> Iterator[Act]:
        """A file on ADMIN$, then a question to the service manager, in one session."""
        by_address = chance.random() < BY_ADDRESS
        if not by_address:
            yield TicketAsked(at_us, source, account, computer_account(target))
        ((path, operation),) = self._files.draw(chance, 1)
        octets = int(40_000 + 900_000 * chance.random())
        sent, received = (octets, octets // 40) if operation == "write" else (octets // 40, octets)
        yield self._connected(account, source, target, at_us + 10_000, SMB, "smb", sent, received)
        logon_id = self._numbers.logon_id(target)
        yield LoggedOn(
            at_us + 100_000, target, account, LogonType.NETWORK, source, logon_id,
            "NTLM" if by_address else "Kerberos", elevated=True,
        )  # fmt: skip
        at_us += 300_000
        yield ShareTouched(at_us, target, "ADMIN$", path, account, source, operation, octets=octets)
        if operation == "write":
            yield FileWritten(at_us + 100_000, target, account, 4, "System", f"C:\\Windows\\{path}")
        at_us += int((1 + 3 * chance.random()) * SECOND_US)
        yield self._connected(account, source, target, at_us, ENDPOINT_MAPPER, "dce_rpc", 900, 700)
        for operation_asked in self._calls.draw(chance, 1 + int(chance.random() * 2)):
            at_us += 100_000
            yield RpcCalled(at_us, source, target, "svcctl", operation_asked, PIPE)
        if installs:
            yield from self._install(chance, account, source, target, at_us + 100_000)
        lasts_us = int((5 + 60 * chance.random()) * SECOND_US)
        yield LoggedOff(at_us + lasts_us, target, account, LogonType.NETWORK, logon_id)

    def _install(
        self, chance: Random, account: AccountId, source: AssetId, target: AssetId, at_us: int
    ) -> Iterator[Act]:
        ((name, image, start),) = self._installed.draw(chance, 1)
        yield RpcCalled(at_us, source, target, "svcctl", "CreateServiceW", PIPE)
        yield ServiceInstalled(at_us + 50_000, target, account, name, image, start)
        key = f"HKLM\\System\\CurrentControlSet\\Services\\{name}\\ImagePath"
        yield RegistrySet(at_us + 70_000, target, SYSTEM, self._machines[target].services_id, SERVICES, key, image)

    def _connected(
        self, account: AccountId, source: AssetId, target: AssetId, at_us: int, port: int, service: str, sent: int,
        received: int,
    ) -> Connected:  # fmt: skip
        return Connected(
            at_us, source, self._numbers.port(source), target, port, "tcp", service, sent, received, 2.0, "SF",
            "System", account, 4,
        )  # fmt: skip
