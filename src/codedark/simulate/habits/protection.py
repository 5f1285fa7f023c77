"""Antivirus and backup: signatures, scans, what is found on ordinary days, and the jobs of the night."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Literal

from codedark.simulate.acts import Act, BackupRan, Connected, MalwareSeen, ProtectionChanged
from codedark.simulate.chance import stream
from codedark.simulate.habit import MINUTE_US, Numbers
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.machines import SYSTEM
from codedark.simulate.habits.pace import Clockwork, Weighted, local_time
from codedark.simulate.habits.presence import Presence, Style
from codedark.simulate.habits.programs import ATTACHMENTS
from codedark.simulate.site import Function, Site

SIGNATURE_SLICES = 32
SCAN_SLICES = 96
FOUND_A_HOUR = 0.00012
"""Things that the antivirus names in an hour of work: a few in a week at 400 beds, nearly all advertising."""

Taken = Literal["quarantined", "blocked"]
THREATS: tuple[tuple[float, tuple[str, str, Taken]], ...] = (
    (6, ("PUA:Win32/InstallCore", "C:\\Users\\{account}\\Downloads\\free_pdf_merge_setup.exe", "quarantined")),
    (4, ("PUADlManager:Win32/OfferCore", "C:\\Users\\{account}\\Downloads\\converter_setup.exe", "quarantined")),
    (3, ("Adware:Win32/Neoreklami", "C:\\Users\\{account}\\Downloads\\toolbar_setup.exe", "quarantined")),
    (2, ("Trojan:HTML/Phish!MSR", f"{ATTACHMENTS}\\invoice.html", "blocked")),
    (1, ("Virus:DOS/EICAR_Test_File", "C:\\Users\\{account}\\Downloads\\eicar.com.txt", "quarantined")),
)  # fmt: skip

BACKUP_OPENS_HOUR = 21
BACKUP_JOBS = (
    # job, what it reads, mean octets, mean minutes
    ("EHR database, full", Function.EHR_DATABASE, 900 << 30, 150),
    ("EHR application", Function.EHR_APPLICATION, 120 << 30, 40),
    ("File server, incremental", Function.FILE, 80 << 30, 55),
    ("Mail, incremental", Function.MAIL, 60 << 30, 45),
    ("PACS index", Function.PACS, 40 << 30, 30),
    ("Laboratory", Function.LABORATORY, 70 << 30, 35),
    ("Pharmacy", Function.PHARMACY, 30 << 30, 20),
    ("Blood bank", Function.BLOOD_BANK, 20 << 30, 15),
    ("Domain controllers", Function.DOMAIN_CONTROLLER, 25 << 30, 15),
    ("Interface engine", Function.INTERFACE_ENGINE, 15 << 30, 10),
    ("RIS", Function.RIS, 50 << 30, 25),
    ("Virtual machines, tier 2", Function.HYPERVISOR, 1600 << 30, 210),
)
OUTCOMES: tuple[tuple[float, Literal["success", "warning", "failed"]], ...] = (
    (93, "success"),
    (5, "warning"),
    (2, "failed"),
)
"""Of a hundred jobs: an assumption."""


class Antivirus:
    """Signature updates, daily scans, a detection now and then."""

    def __init__(self, site: Site, desktop: Desktop, presence: Presence) -> None:
        self._seed = site.seed
        self._presence = presence
        chance = stream(site.seed, "antivirus")
        self._protected = [machine for machine in desktop.machines.values() if "defender" in machine.host.logs]
        ids = [machine.id for machine in self._protected]
        self._updates = Clockwork(chance, ids, SIGNATURE_SLICES)
        self._scans = Clockwork(chance, ids, SCAN_SLICES)
        self._threats = Weighted(THREATS)
        self._telling = frozenset(ids)

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - presence and clockwork know the slice
        """What the antivirus does in this slice."""
        chance = stream(self._seed, "antivirus", start_us)
        for host, at_us in self._updates.due(chance, start_us):
            yield ProtectionChanged(at_us, host, "updated", SYSTEM)
        for host, at_us in self._scans.due(chance, start_us):
            yield ProtectionChanged(at_us, host, "scan_finished", SYSTEM)
        for style in Style:
            for session, at_us in self._presence.moments(chance, style, FOUND_A_HOUR):
                if session.host in self._telling:
                    threat, path, action = self._threats.draw(chance, 1)[0]
                    path = path.format(account=session.account)
                    yield MalwareSeen(at_us, session.host, session.account, threat, path, action)


class Backups:
    """The jobs of the night: each reads from its server and says in the morning how it went."""

    def __init__(self, site: Site, numbers: Numbers) -> None:
        self._site = site
        self._numbers = numbers
        self._outcomes = Weighted(OUTCOMES)

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Jobs that begin in this slice; one follows another from nine in the evening."""
        now = local_time(self._site.hospital.time_zone, start_us)
        since = (now.hour - BACKUP_OPENS_HOUR) % 24 * 4 + now.minute // 15
        chance = stream(self._site.seed, "backups", start_us)
        for at, (job, function, octets, minutes) in enumerate(BACKUP_JOBS):
            if since == at * 2:
                begin_us = start_us + int(chance.random() * (end_us - start_us))
                yield from self._run(chance, job, function, octets, minutes, begin_us)

    def _run(
        self, chance: Random, job: str, function: Function, octets: int, minutes: int, begin_us: int
    ) -> Iterator[Act]:
        server = self._site.server(Function.BACKUP).id
        luck = 0.7 + 0.6 * chance.random()
        lasts_us = int(minutes * luck * MINUTE_US)
        read = int(octets * luck * len(self._site.hospital.wards) / 16)
        outcome = self._outcomes.draw(chance, 1)[0]
        for source in self._site.by_function[function]:
            share = read // len(self._site.by_function[function])
            yield Connected(
                begin_us, server, self._numbers.port(server), source, 2500, "tcp", "", 9_000_000, share, lasts_us / 1e6,
                image="C:\\Program Files\\Veeam\\Backup and Replication\\Backup\\Veeam.Backup.Manager.exe",
                account=self._site.service_accounts["backup"], process_id=3120,
            )  # fmt: skip
        yield BackupRan(begin_us + lasts_us, server, job, outcome, read, lasts_us // 1_000_000)
