"""Where an attack plays: the cast as chosen, what the attacker has started so far, and one trace's moment in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from random import Random
from typing import NewType, Protocol

from codedark.events.moments import moment_of
from codedark.hospital.account import AccountId
from codedark.hospital.ward import WardId
from codedark.simulate.acts import LoggedOff, VpnUsed
from codedark.simulate.clinic.orders import Study
from codedark.simulate.clinic.patient import Patient
from codedark.simulate.clinic.stay import Stay
from codedark.simulate.habit import SECOND_US, Numbers
from codedark.simulate.site import Family, Host, Person, Site
from codedark.simulate.truth import Touched

Peer = NewType("Peer", str)
"""One end of a connection: the id of a host, or an IP address of the world outside."""

ITSELF = Peer("")
"""No other end is named: the moment's own host is meant, or nothing."""

Group = tuple[Host, ...]
Chosen = Host | Person | Group | AccountId | Peer | str
"""What a member of the cast turned out to be."""

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?:\.([a-z]+))?\}")
"""``{victim}`` or ``{victim.name}`` in a text of a script. Anything else between braces stays as it is."""

ATTRIBUTES = ("address", "account", "admin", "fqdn", "name")
"""What can follow a placeholder's point."""

ALWAYS = ("host", "account", "netbios", "domain", "patient", "time")
"""Placeholders that every text may use: the step's host and account, the Windows and DNS domain, the step's first
patient, the time on the hospital's clocks.
"""


class Records(Protocol):
    """What an attack needs of `codedark.simulate.clinic.Clinic`."""

    @property
    def patients(self) -> Mapping[str, Patient]:
        """Everybody whose record there is, by id."""

    def inpatients(self, ward: WardId, at_us: int) -> Sequence[Stay]:
        """Who lies on a ward at a time."""

    def studies_until(self, at_us: int) -> Mapping[str, Sequence[Study]]:
        """The studies in the image archive at a time, by patient."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs on a host, as a parent of others is named."""

    process_id: int
    image: str
    command_line: str


@dataclass(slots=True)
class Scene:
    """The stage of one attack. What its traces have in common is kept here: sessions and running programs.

    ``leaves`` is when an account acts on a host for the last time. ``unopened`` are sessions whose logon nobody has
    told yet; ``ends`` is how those that are open will end, by host and logon id, or ``vpn`` and account.
    """

    site: Site
    numbers: Numbers
    cast: Mapping[str, Chosen]
    clinic: Records
    zone: tzinfo
    leaves: dict[tuple[str, str], int] = field(default_factory=dict)
    sessions: dict[tuple[str, str], int] = field(default_factory=dict)
    altered: int = 0
    unopened: list[tuple[Host, AccountId, int]] = field(default_factory=list)
    ends: dict[tuple[str, str | int], LoggedOff | VpnUsed] = field(default_factory=dict)
    programs: dict[tuple[str, str], Program] = field(default_factory=dict)

    def session(self, host: Host, account: AccountId) -> int:
        """The logon id under which the attacker acts there; a new one where no trace has logged on."""
        key = (host.id, account)
        if key not in self.sessions:
            self.sessions[key] = self.numbers.logon_id(host.id)
            self.unopened.append((host, account, self.sessions[key]))
        return self.sessions[key]

    def program(self, host: Host, parent: str) -> Program:
        """The program that a trace calls its parent: by the label of an earlier one, else by its image."""
        key = (host.id, parent)
        if key not in self.programs:
            labelled = next((program for (_, label), program in self.programs.items() if label == parent), None)
            image = labelled.image if labelled else located(parent, host.family)
            line = labelled.command_line if labelled else image
            self.programs[key] = Program(self.numbers.process_id(host.id), image, line)
        return self.programs[key]

    def stay(self, patient: str, at_us: int) -> Stay | None:
        """Where a patient of the house lies at a time."""
        wards = self.site.hospital.wards
        stays = (stay for ward in wards for stay in self.clinic.inpatients(ward, at_us))
        return next((stay for stay in stays if stay.patient.id == patient), None)

    def said(self, text: str, host: Host, account: AccountId, at_us: int, patient: str = "") -> str:
        """A text of the script with its placeholders filled."""
        here: dict[str, Chosen] = {
            "host": host,
            "account": account,
            "netbios": self.site.domain,
            "domain": self.site.dns_domain,
            "patient": patient,
            "time": f"{moment_of(at_us).astimezone(self.zone):%H:%M}",
        }

        def fill(match: re.Match[str]) -> str:
            chosen = here[match[1]] if match[1] in here else self.cast[match[1]]
            return _attribute(chosen, match[2] or "")

        return PLACEHOLDER.sub(fill, text)


@dataclass(frozen=True, slots=True)
class Moment:
    """When, where and by whom one trace is left. ``at_us`` is its first act, ``until_us`` the end of the step.

    ``turn_us`` is when the next trace's turn begins, ``last_us`` when the attack is over. ``patients`` are the accesses
    to records that the step is about, in order of time.
    """

    scene: Scene
    step: str
    at_us: int
    turn_us: int
    until_us: int
    last_us: int
    host: Host
    account: AccountId
    chance: Random
    patients: Sequence[Touched] = ()

    @property
    def site(self) -> Site:
        """The hospital."""
        return self.scene.site

    @property
    def numbers(self) -> Numbers:
        """The counters of its hosts."""
        return self.scene.numbers

    def later(self, seconds: float) -> int:
        """The moment that many seconds after this one."""
        return self.at_us + int(seconds * SECOND_US)

    def one_by_one(self, number: int, seconds: float) -> Iterator[int]:
        """``number`` moments about ``seconds`` apart, closer where they would not fit into the trace's turn."""
        pause_us = min(seconds * SECOND_US, (self.turn_us - self.at_us) / (1.3 * number))
        at_us = self.at_us
        for _ in range(number):
            yield at_us
            at_us += int(self.about(pause_us))

    def about(self, number: float, spread: float = 0.3) -> float:
        """A number near ``number``: 30 % less or more."""
        return number * (1 + spread * (2 * self.chance.random() - 1))


def located(program: str, family: Family) -> str:
    """The full path of a program that a script names only by its file: ``cmd.exe`` lies in System32."""
    if "\\" in program or "/" in program:
        return program
    if family is not Family.WINDOWS:
        return f"/usr/bin/{program}"
    return _PATHS.get(program.lower(), f"C:\\Windows\\System32\\{program}")


_PATHS = {
    "explorer.exe": "C:\\Windows\\explorer.exe",
    "powershell.exe": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
    "wmic.exe": "C:\\Windows\\System32\\wbem\\WMIC.exe",
    "wmiprvse.exe": "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
    "excel.exe": "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
    "winword.exe": "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
    "outlook.exe": "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    "msedge.exe": "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    "psexesvc.exe": "C:\\Windows\\PSEXESVC.exe",
}


def _attribute(chosen: Chosen, attribute: str) -> str:
    match chosen:
        case Host():
            return {"address": chosen.address, "fqdn": chosen.fqdn}.get(attribute, chosen.id)
        case Person():
            name = f"{chosen.given} {chosen.family}"
            return {"name": name, "admin": chosen.admin_account or chosen.account}.get(attribute, chosen.account)
        case tuple():
            shown = ", ".join(host.id for host in chosen[:3])
            return shown if len(chosen) <= 3 else f"{shown} and {len(chosen) - 3} more"
        case _:
            return str(chosen)
