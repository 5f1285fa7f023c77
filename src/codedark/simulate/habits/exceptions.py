"""Days that are not like the others: updates and restarts, a failover test, a new modality, the house's own scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from codedark.hospital.asset import MEDICAL_DEVICES, AssetId, AssetKind
from codedark.simulate.acts import (
    Act,
    CommandElevated,
    Connected,
    LeaseGiven,
    LoggedOn,
    LogonType,
    NameAsked,
    ServiceChanged,
    Started,
)
from codedark.simulate.chance import poisson, stream
from codedark.simulate.days import Weird, begins, weird
from codedark.simulate.habit import MINUTE_US, SECOND_US, Numbers
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.errands import Errands
from codedark.simulate.habits.machines import SYSTEM, Machine
from codedark.simulate.habits.pace import local_time
from codedark.simulate.habits.system_programs import AFTER_START, UPDATE
from codedark.simulate.site import Family, Function, Site

PATCHED = 0.9
"""Share of managed computers that take the month's updates in the first night; the rest were off or waited."""
PATCH_SLICES = 24
SCAN_PORTS = (22, 23, 25, 80, 135, 139, 443, 445, 1433, 3306, 3389, 5900, 8080, 8443, 9100, 161)
OPEN_PORTS = {Family.WINDOWS: (135, 139, 445, 3389), Family.LINUX: (22, 443), Family.APPLIANCE: (80, 443)}
SCAN_SLICES = 16
PORTS_EACH = 4
"""Ports of each address that the sensor's sample of the scan shows."""

FAILOVER_SLICES = 3


class Exceptions:
    """What only happens on such days."""

    def __init__(self, site: Site, numbers: Numbers, desktop: Desktop, errands: Errands) -> None:
        self._site = site
        self._numbers = numbers
        self._desktop = desktop
        self._errands = errands
        medical = MEDICAL_DEVICES
        scanned = [host.id for host in site.hosts.values() if host.kind not in medical]
        self._scanned = [host for host in scanned if host not in site.by_function[Function.SCANNER]]
        self._managed = [machine for machine in desktop.machines.values() if machine.in_domain]
        self._clients = [machine.id for machine in self._managed if machine.personal]

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Nothing on most days."""
        now = local_time(self._site.hospital.time_zone, start_us)
        chance = stream(self._site.seed, "exceptions", start_us)
        for kind, what, lasts in (
            (Weird.PATCH_TUESDAY, self._patch, PATCH_SLICES),
            (Weird.VULNERABILITY_SCAN, self._scan, SCAN_SLICES),
            (Weird.FAILOVER_TEST, self._fail_over, FAILOVER_SLICES),
            (Weird.NEW_MODALITY, self._connect_modality, FAILOVER_SLICES),
        ):
            number = self._slice_of(now, kind)
            if 0 <= number < lasts:
                yield from what(chance, start_us, end_us, number)

    def _slice_of(self, now: datetime, kind: Weird) -> int:
        """How many slices after its beginning something is; below zero on other days. It may pass midnight."""
        for days in (0, 1):
            day = now.date() - timedelta(days=days)
            if kind in weird(self._site.seed, day):
                minutes = now.hour * 60 + now.minute + days * 1440 - begins(self._site.seed, day, kind)
                if minutes >= 0:
                    return minutes // 15
        return -1

    def _patch(self, chance: Random, start_us: int, end_us: int, number: int) -> Iterator[Act]:
        """Updates in waves: computers first, servers after midnight, domain controllers one after the other."""
        wave = stream(
            self._site.seed,
            "patch waves",
            local_time(self._site.hospital.time_zone, start_us - number * 15 * MINUTE_US).date(),
        )
        for machine in self._managed:
            luck, turn = wave.random(), wave.random()
            first, last = (0, 12) if machine.personal else (10, PATCH_SLICES)
            if luck < PATCHED and first + int(turn * (last - first)) == number:
                yield from self._restart(chance, machine, start_us + int(chance.random() * (end_us - start_us)))

    def _restart(self, chance: Random, machine: Machine, at_us: int) -> Iterator[Act]:
        yield ServiceChanged(at_us, machine.id, "Windows Modules Installer", "running")
        if machine.watched:
            for program in UPDATE:
                at_us += 2 * SECOND_US
                yield self._desktop.start_alone(machine, program, at_us)
        down_us = at_us + int((4 + 14 * chance.random()) * MINUTE_US)
        yield Started(down_us, machine.id, up=False)
        up_us = down_us + int((1 + 3 * chance.random()) * MINUTE_US)
        yield Started(up_us, machine.id, up=True)
        yield LoggedOn(up_us + SECOND_US, machine.id, SYSTEM, LogonType.SERVICE, "", 0x3E7, "Negotiate", elevated=True)
        if machine.watched:
            for program in AFTER_START:
                up_us += SECOND_US
                yield self._desktop.start_alone(machine, program, up_us)

    def _scan(self, chance: Random, start_us: int, end_us: int, number: int) -> Iterator[Act]:
        """The scanner asks every address that is not a medical device what it offers, and tries to log on."""
        scanner = self._site.server(Function.SCANNER).id
        account = self._site.service_accounts["scanner"]
        random, span = chance.random, end_us - start_us
        for target in self._scanned[number::SCAN_SLICES]:
            at_us = start_us + int(random() * span)
            family = self._site.hosts[target].family
            ports: Sequence[int] = chance.sample(SCAN_PORTS, PORTS_EACH)
            for port in ports:
                at_us += int(random() * SECOND_US)
                answered = port in OPEN_PORTS[family]
                state = "SF" if answered else "REJ" if random() < 0.6 else "S0"
                protocol: Literal["tcp", "udp"] = "udp" if port == 161 else "tcp"
                yield Connected(
                    at_us, scanner, self._numbers.port(scanner), target, port, protocol, "",
                    120 * answered, 900 * answered, 0.05 * answered, state, account=account,
                )  # fmt: skip
            if family is not Family.APPLIANCE and random() < 0.3:
                yield LoggedOn(
                    at_us, target, account, LogonType.NETWORK, scanner, self._numbers.logon_id(target), "NTLM",
                    "bad_password",
                )  # fmt: skip

    def _fail_over(self, chance: Random, start_us: int, end_us: int, number: int) -> Iterator[Act]:
        """An EHR server is stopped, clients find the other one, and it is started again."""
        first, *others = self._site.by_function[Function.EHR_APPLICATION]
        admins = [person.admin_account for person in self._site.people if person.admin_account]
        if number in {0, FAILOVER_SLICES - 1} and admins:
            command = "/usr/bin/systemctl " + ("stop" if number == 0 else "start") + " careline-app"
            jump = self._errands.jump[0]
            yield from self._errands.shell(chance, admins[0], jump, first, start_us + MINUTE_US, 8 * MINUTE_US)
            yield CommandElevated(start_us + 3 * MINUTE_US, first, admins[0], command)
        for _ in range(poisson(chance, len(self._clients) * 0.4)):
            client = chance.choice(self._clients)
            at_us = start_us + int(chance.random() * (end_us - start_us))
            yield Connected(at_us, client, self._numbers.port(client), first, 443, "tcp", "", 0, 0, 0.0, "REJ")
            if others:
                yield Connected(
                    at_us + SECOND_US,
                    client,
                    self._numbers.port(client),
                    others[0],
                    443,
                    "tcp",
                    "ssl",
                    9000,
                    90_000,
                    30,
                )

    def _connect_modality(self, chance: Random, start_us: int, end_us: int, number: int) -> Iterator[Act]:
        """A scanner that its supplier has installed gets an address and tries its partners until they know it."""
        modalities = self._site.by_kind.get(AssetKind.MODALITY, ())
        if not modalities:
            return
        new: AssetId = modalities[-1]
        if number == 0:
            yield Started(start_us + MINUTE_US, new, up=True)
            yield LeaseGiven(start_us + MINUTE_US + 5 * SECOND_US, new, "new")
        partners = [self._site.server(function) for function in (Function.PACS, Function.WORKLIST, Function.RIS)]
        for _ in range(12):
            partner = chance.choice(partners)
            at_us = start_us + 2 * MINUTE_US + int(chance.random() * (end_us - start_us - 3 * MINUTE_US))
            yield NameAsked(at_us, new, partner.fqdn, "A", (partner.address,))
            refused = chance.random() < 0.5 - 0.25 * number
            yield Connected(
                at_us + SECOND_US, new, self._numbers.port(new), partner.id, 104 if partner is partners[1] else 11112,
                "tcp", "" if refused else "dicom", 300, 0 if refused else 240, 0.2, "REJ" if refused else "SF",
            )  # fmt: skip
