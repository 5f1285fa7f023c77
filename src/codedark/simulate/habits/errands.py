"""What administrators do when they look after servers: remote desktop over the jump host, PowerShell, SSH, sudo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Literal

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import (
    Act,
    CommandElevated,
    Connected,
    LoggedOff,
    LoggedOn,
    LogonType,
    ProcessStarted,
    ScriptRun,
    TicketAsked,
)
from codedark.simulate.habit import MINUTE_US, SECOND_US, Numbers
from codedark.simulate.habits.desktop import USERINIT
from codedark.simulate.habits.machines import Machine, computer_account
from codedark.simulate.habits.programs import EXPLORER, SYSTEM32
from codedark.simulate.site import Family, Function, Host, Site

POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
MSTSC = SYSTEM32 + "mstsc.exe"
SSH = SYSTEM32 + "OpenSSH\\ssh.exe"

CONSOLES = (
    ("mmc.exe", '"C:\\Windows\\System32\\mmc.exe" "C:\\Windows\\System32\\dsa.msc"'),
    ("mmc.exe", '"C:\\Windows\\System32\\mmc.exe" "C:\\Windows\\System32\\eventvwr.msc" /s'),
    ("mmc.exe", '"C:\\Windows\\System32\\mmc.exe" "C:\\Windows\\System32\\services.msc"'),
    ("mmc.exe", '"C:\\Windows\\System32\\mmc.exe" "C:\\Windows\\System32\\printmanagement.msc"'),
    ("ServerManager.exe", '"C:\\Windows\\System32\\ServerManager.exe"'),
    ("Taskmgr.exe", '"C:\\Windows\\System32\\Taskmgr.exe" /4'),
)
SCRIPTS = (
    "Get-Service | Where-Object Status -ne 'Running' | Sort-Object DisplayName",
    "Get-ADUser -Identity {account} -Properties LockedOut, PasswordLastSet, LastLogonDate",
    "Get-ADComputer -Identity {host} -Properties OperatingSystem, LastLogonDate",
    "Get-EventLog -LogName System -Newest 50 -EntryType Error",
    "Get-HotFix | Sort-Object InstalledOn -Descending | Select-Object -First 10",
    "Restart-Service -Name Spooler",
    "Resolve-DnsName -Name {host}",
    "Test-Connection -ComputerName {host} -Count 2",
    "Get-PSDrive -PSProvider FileSystem | Select-Object Name, Used, Free",
    "Get-Printer -ComputerName {host} | Sort-Object Name",
    "Get-ScheduledTask | Where-Object State -eq 'Ready' | Get-ScheduledTaskInfo",
    "Get-SmbOpenFile | Measure-Object",
    "Get-VM | Select-Object Name, State, CPUUsage, MemoryAssigned",
)
TOOLS = (
    ("ipconfig.exe", "ipconfig /all"),
    ("gpresult.exe", "gpresult /r"),
    ("net.exe", "net user {account} /domain"),
    ("whoami.exe", "whoami /groups"),
    ("sc.exe", "sc query Spooler"),
    ("nltest.exe", "nltest /dsgetdc:"),
    ("tasklist.exe", "tasklist /svc"),
    ("klist.exe", "klist purge"),
    ("PING.EXE", "ping -n 2 {host}"),
)
"""What service desks type: some of it is what intruders type as well, and rules of a low level fire on it."""
SUDO = (
    "/usr/bin/systemctl status careline-app",
    "/usr/bin/journalctl -u careline-app --since today",
    "/usr/bin/systemctl restart interface-engine",
    "/usr/bin/tail -n 200 /var/log/syslog",
    "/usr/bin/df -h",
    "/usr/bin/apt list --upgradable",
    "/usr/bin/less /var/log/squid/access.log",
    "/usr/bin/ss -tlnp",
)
BY_NTLM = 0.15
"""Share of remote desktops inside that are proved by NTLM; from outside the domain there is no other way."""
LOOKED_AFTER = (
    *(Function.DOMAIN_CONTROLLER, Function.FILE, Function.PRINT, Function.MAIL, Function.UPDATES, Function.ANTIVIRUS),
    *(Function.LABORATORY, Function.PHARMACY, Function.RIS, Function.BACKUP, Function.NURSE_CALL),
)
LINUX_LOOKED_AFTER = (
    *(Function.EHR_APPLICATION, Function.EHR_DATABASE, Function.PACS, Function.INTERFACE_ENGINE, Function.PROXY),
    *(Function.DHCP, Function.TELEPHONY, Function.SENSOR, Function.WORKLIST),
)


class Errands:
    """One visit of an administrator or supplier to a server, with all that it leaves behind."""

    def __init__(self, site: Site, numbers: Numbers, machines: Mapping[AssetId, Machine]) -> None:
        self._site = site
        self._numbers = numbers
        self._machines = machines
        hosts = [site.hosts[host] for role in LOOKED_AFTER for host in site.by_function[role]]
        self.windows: list[Host] = [host for host in hosts if host.id in machines]
        self.linux = [
            site.hosts[host]
            for role in LINUX_LOOKED_AFTER
            for host in site.by_function[role]
            if site.hosts[host].family is Family.LINUX
        ]
        self.jump = site.by_function[Function.JUMP]
        self._users = [person.account for person in site.people]

    def through_jump(
        self, chance: Random, account: AccountId, source: str, at_us: int, servers: list[Host]
    ) -> Iterator[Act]:
        """Remote desktop to the jump host, and from there to one server after the other."""
        jump = self.jump[int(chance.random() * len(self.jump))]
        lasts_us = int((8 + 12 * len(servers)) * (0.5 + chance.random()) * MINUTE_US)
        yield from self.desktop(chance, account, source, jump, at_us, lasts_us)
        each_us = lasts_us // (len(servers) + 1)
        for at, server in enumerate(servers):
            begin_us = at_us + MINUTE_US + at * each_us
            if server.family is Family.WINDOWS:
                yield from self.desktop(chance, account, jump, server.id, begin_us, int(each_us * 0.8))
            else:
                yield from self.shell(chance, account, jump, server.id, begin_us, int(each_us * 0.8))

    def desktop(
        self, chance: Random, account: AccountId, source: str, target: AssetId, at_us: int, lasts_us: int
    ) -> Iterator[Act]:
        """One remote desktop session with a console or PowerShell in it."""
        logon_id = self._numbers.logon_id(target)
        by_ntlm = source not in self._machines or chance.random() < BY_NTLM
        if not by_ntlm:
            yield TicketAsked(at_us, AssetId(source), account, computer_account(target))
        yield Connected(
            at_us, source, self._numbers.port(source), target, 3389, "tcp", "rdp", 400_000, 9_000_000, lasts_us / 1e6,
            image=MSTSC if source in self._machines else "", account=account,
        )  # fmt: skip
        # Network level authentication: the account is proved by a logon of its own before there is a desktop.
        proof = self._numbers.logon_id(target)
        package: Literal["NTLM", "Kerberos"] = "NTLM" if by_ntlm else "Kerberos"
        yield LoggedOn(at_us + 200_000, target, account, LogonType.NETWORK, source, proof, package)
        at_us += SECOND_US
        yield LoggedOff(at_us, target, account, LogonType.NETWORK, proof)
        yield LoggedOn(
            at_us, target, account, LogonType.REMOTE_INTERACTIVE, source, logon_id, "Negotiate", elevated=True
        )
        shell = self._numbers.process_id(target)
        yield ProcessStarted(
            at_us + 900_000, target, account, logon_id, shell, EXPLORER, EXPLORER, self._numbers.process_id(target),
            USERINIT, USERINIT, "Medium", "EXPLORER.EXE",
        )  # fmt: skip
        busy_us = at_us + 5 * SECOND_US
        if chance.random() < 0.6:
            name, line = CONSOLES[int(chance.random() * len(CONSOLES))]
            yield self._started(target, account, logon_id, shell, SYSTEM32 + name, line, busy_us)
        else:
            yield from self.prompt(chance, account, target, logon_id, shell, busy_us, lasts_us - 10 * SECOND_US)
        yield LoggedOff(at_us + lasts_us, target, account, LogonType.REMOTE_INTERACTIVE, logon_id)

    def prompt(
        self, chance: Random, account: AccountId, host: AssetId, logon_id: int, shell: int, at_us: int, lasts_us: int
    ) -> Iterator[Act]:
        """PowerShell at the prompt: a few ordinary commands."""
        started = self._started(host, account, logon_id, shell, POWERSHELL, f'"{POWERSHELL}"', at_us)
        yield started
        for _ in range(1 + int(chance.random() * 4)):
            names = {"account": chance.choice(self._users), "host": chance.choice(self.windows).id}
            moment_us = at_us + SECOND_US + int(chance.random() * max(0, lasts_us - 2 * SECOND_US))
            if chance.random() < 0.85:
                text = SCRIPTS[int(chance.random() * len(SCRIPTS))].format(**names)
                yield ScriptRun(moment_us, host, account, started.process_id, text)
                continue
            tool, line = TOOLS[int(chance.random() * len(TOOLS))]
            yield ProcessStarted(
                moment_us, host, account, logon_id, self._numbers.process_id(host), SYSTEM32 + tool,
                f'"{SYSTEM32}{tool}"' + line.format(**names).removeprefix(line.split()[0]), started.process_id,
                POWERSHELL, started.command_line, started.integrity, tool,
            )  # fmt: skip

    def shell(
        self, chance: Random, account: AccountId, source: str, target: AssetId, at_us: int, lasts_us: int
    ) -> Iterator[Act]:
        """An SSH session with a key, and sudo in it."""
        logon_id = self._numbers.logon_id(target)
        yield Connected(
            at_us, source, self._numbers.port(source), target, 22, "tcp", "ssh", 30_000, 90_000, lasts_us / 1e6,
            image=SSH if source in self._machines else "", account=account,
        )  # fmt: skip
        yield LoggedOn(at_us + SECOND_US, target, account, LogonType.REMOTE_INTERACTIVE, source, logon_id, "publickey")
        for _ in range(1 + int(chance.random() * 4)):
            command = SUDO[int(chance.random() * len(SUDO))]
            moment_us = at_us + 2 * SECOND_US + int(chance.random() * max(0, lasts_us - 4 * SECOND_US))
            yield CommandElevated(moment_us, target, account, command)
            yield ProcessStarted(
                moment_us + 10_000, target, account, logon_id, self._numbers.process_id(target),
                command.partition(" ")[0], command, self._numbers.process_id(target), "/usr/bin/sudo",
                f"sudo {command}", "High",
            )  # fmt: skip
        yield LoggedOff(at_us + SECOND_US + lasts_us, target, account, LogonType.REMOTE_INTERACTIVE, logon_id)

    def _started(
        self, host: AssetId, account: AccountId, logon_id: int, shell: int, image: str, line: str, at_us: int
    ) -> ProcessStarted:
        return ProcessStarted(
            at_us, host, account, logon_id, self._numbers.process_id(host), image, line, shell, EXPLORER, EXPLORER,
            "High", image.rpartition("\\")[2],
        )  # fmt: skip
