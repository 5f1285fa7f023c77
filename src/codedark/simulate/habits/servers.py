"""Servers' own life: jobs by the calendar, cron, and the addresses that DHCP gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.acts import (
    Act,
    CommandElevated,
    LeaseGiven,
    LoggedOff,
    LoggedOn,
    LogonType,
    ProcessStarted,
    ScriptRun,
)
from codedark.simulate.chance import poisson, stream
from codedark.simulate.habit import MINUTE_US, SECOND_US, SLICE_US, Numbers
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.pace import Clockwork, local_time
from codedark.simulate.habits.programs import SCHEDULE, SVCHOST, SYSTEM32
from codedark.simulate.site import Family, Function, Site

POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled job of Windows servers: every ``every`` minutes from ``first`` minutes after midnight on."""

    function: Function
    service: str
    first: int
    every: int
    image: str
    command: str
    script: str = ""


JOBS_FOLDER = "D:\\Jobs\\"


def _script(function: Function, service: str, first: int, every: int, name: str, text: str) -> Job:
    """A job that is a PowerShell file."""
    return Job(
        function, service, first, every, POWERSHELL, f'powershell.exe -NoProfile -File "{JOBS_FOLDER}{name}"', text
    )


def _tool(function: Function, service: str, first: int, every: int, image: str, arguments: str) -> Job:
    """A job that is a program."""
    return Job(function, service, first, every, image, f'"{image}" {arguments}')


JOBS = (
    _tool(Function.LABORATORY, "laboratory", 5, 60, SYSTEM32 + "cmd.exe", '/c "D:\\LabRoute\\jobs\\export.cmd"'),
    _tool(Function.LABORATORY, "laboratory", 130, 1440, "D:\\LabRoute\\bin\\LabArchive.exe", "/nightly"),
    _tool(Function.PHARMACY, "pharmacy", 10, 30, "D:\\Formulary\\FormularySync.exe", "/delta"),
    _tool(Function.RIS, "pacs", 20, 60, "D:\\RIS\\bin\\WorklistPublish.exe", "/site:main"),
    _tool(Function.FILE, "backup", 180, 1440, SYSTEM32 + "Robocopy.exe", "D:\\Shares\\Scans E:\\Archive\\Scans /E /NP"),
    _tool(Function.PUMP_GATEWAY, "pumps", 15, 120, "C:\\Ostervald\\Gateway\\DrugLibrarySync.exe", "/check"),
    _script(
        Function.PRINT,
        "monitoring",
        45,
        360,
        "Report-Queues.ps1",
        "Get-Printer | Where-Object JobCount -gt 20 | Select-Object Name, JobCount | Export-Csv queues.csv",
    ),
    _script(
        Function.MAIL,
        "monitoring",
        50,
        240,
        "Report-Mailboxes.ps1",
        "Get-MailboxDatabase -Status | Select-Object Name, DatabaseSize, AvailableNewMailboxSpace",
    ),
    _script(
        Function.UPDATES,
        "updates",
        90,
        1440,
        "Clean-Updates.ps1",
        "Get-WsusServer | Invoke-WsusServerCleanup -CleanupObsoleteUpdates -CleanupUnneededContentFiles",
    ),
    _script(
        Function.DOMAIN_CONTROLLER,
        "monitoring",
        35,
        720,
        "Report-Replication.ps1",
        "Get-ADReplicationPartnerMetadata -Target * -Scope Server | Select-Object Server, LastReplicationSuccess",
    ),
)

CRON = (
    # command, the user's account, elevated by sudo, every so many slices
    ("/bin/sh -c cd / && run-parts --report /etc/cron.hourly", "root", False, 4),
    ("/usr/lib/sysstat/sa1 1 1", "root", False, 1),
    ("/usr/sbin/logrotate /etc/logrotate.conf", "root", False, 96),
    ("/usr/bin/apt-get -qq update", "root", False, 96),
    ("/bin/systemctl is-active --quiet chronyd", "monitoring", True, 4),
    ("/usr/sbin/dmidecode -s system-serial-number", "monitoring", True, 96),
)
CRON_PARENT = "/usr/sbin/cron"
LEASE_SLICES = 48
"""A lease is renewed after half its time: every 12 hours of a day's lease (RFC 2131, 4.4.5)."""
LEASED = (
    *(AssetKind.WORKSTATION, AssetKind.MOBILE_WORKSTATION, AssetKind.LAPTOP, AssetKind.TABLET, AssetKind.PHONE),
    *(AssetKind.PRINTER, AssetKind.LABEL_PRINTER, AssetKind.INFUSION_PUMP, AssetKind.BADGE_READER, AssetKind.OTHER),
)
COMING = (AssetKind.LAPTOP, AssetKind.TABLET)


class Jobs:
    """Scheduled tasks of Windows servers, as their service accounts: a batch logon and a program."""

    def __init__(self, site: Site, numbers: Numbers, desktop: Desktop) -> None:
        self._site = site
        self._numbers = numbers
        self._desktop = desktop
        self._jobs = [job for job in JOBS if job.service in site.service_accounts]

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Jobs whose time falls into this slice."""
        chance = stream(self._site.seed, "jobs", start_us)
        now = local_time(self._site.hospital.time_zone, start_us)
        minute = now.hour * 60 + now.minute
        lasts = (end_us - start_us) // MINUTE_US
        for job in self._jobs:
            late = (minute - job.first) % job.every
            ahead = 0 if late == 0 else job.every - late
            if ahead < lasts and minute + ahead >= job.first:
                at_us = start_us + ahead * MINUTE_US + int(chance.random() * 3 * SECOND_US)
                for server in self._site.by_function[job.function]:
                    yield from self._run(chance, job, server, at_us)

    def _run(self, chance: Random, job: Job, server: AssetId, at_us: int) -> Iterator[Act]:
        account = self._site.service_accounts[job.service]
        logon_id = self._numbers.logon_id(server)
        process_id = self._numbers.process_id(server)
        machine = self._desktop.machines[server]
        file_name = job.image.rpartition("\\")[2]
        yield LoggedOn(at_us, server, account, LogonType.BATCH, "", logon_id, "Negotiate", elevated=True)
        yield ProcessStarted(
            at_us + 200_000, server, account, logon_id, process_id, job.image, job.command, machine.netsvcs_id, SVCHOST,
            SCHEDULE, "High", file_name, "C:\\Windows\\system32\\",
        )  # fmt: skip
        if job.script:
            path = job.command.split('"')[1]
            yield ScriptRun(at_us + SECOND_US, server, account, process_id, job.script, path)
        ends_us = at_us + int((10 + 100 * chance.random()) * SECOND_US)
        yield LoggedOff(ends_us, server, account, LogonType.BATCH, logon_id)


class Cron:
    """What Linux servers do by the clock."""

    def __init__(self, site: Site, numbers: Numbers) -> None:
        self._site = site
        self._numbers = numbers
        chance = stream(site.seed, "cron")
        hosts = [
            host.id
            for host in site.hosts.values()
            if host.family is Family.LINUX and host.logs and host.kind is not AssetKind.HYPERVISOR
        ]
        self._due = [(row, Clockwork(chance, hosts, row[3])) for row in CRON]

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - the clockwork knows the slice
        """Lines of crontabs, and a monitoring agent that needs sudo."""
        chance = stream(self._site.seed, "cron", start_us)
        for (command, user, elevated, _), clockwork in self._due:
            account = self._site.service_accounts.get(user, AccountId(user))
            for host, at_us in clockwork.due(chance, start_us):
                if elevated:
                    yield CommandElevated(at_us, host, account, command)
                parent, process = self._numbers.process_id(host), self._numbers.process_id(host)
                image = command.partition(" ")[0]
                yield ProcessStarted(
                    at_us, host, AccountId("root"), 0, process, image, command, parent, CRON_PARENT,
                    "/usr/sbin/CRON -f", "System", image.rpartition("/")[2], "/",
                )  # fmt: skip


class Leases:
    """Addresses given and renewed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        hosts = [host for kind in LEASED for host in site.by_kind.get(kind, ())]
        self._renewals = Clockwork(stream(site.seed, "leases"), hosts, LEASE_SLICES)
        self._coming = [host for kind in COMING for host in site.by_kind.get(kind, ())]

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Renewals by the clock, and in the morning new leases of what was carried in."""
        chance = stream(self._site.seed, "leases", start_us)
        for host, at_us in self._renewals.due(chance, start_us):
            yield LeaseGiven(at_us, host, "renew")
        now = local_time(self._site.hospital.time_zone, start_us)
        share = 0.035 if 6 <= now.hour < 10 and now.weekday() < 5 else 0.004
        span = end_us - start_us
        if self._coming:
            count = poisson(chance, len(self._coming) * share * span / SLICE_US)
            for found in chance.choices(self._coming, k=count):
                yield LeaseGiven(start_us + int(chance.random() * span), found, "new")
