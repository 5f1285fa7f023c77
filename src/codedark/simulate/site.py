"""The simulated hospital as it stands before the first act: its machines, its people, and who is where.

`codedark.simulate.building.build` makes it. Everything else in this package reads it and changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.hospital.zone import ZoneId
from codedark.simulate.chance import Seed


class Family(StrEnum):
    """What kind of logs a host can leave."""

    WINDOWS = "windows"
    LINUX = "linux"
    APPLIANCE = "appliance"


class Function(StrEnum):
    """What a server is there for; a site has at least one host for each."""

    DOMAIN_CONTROLLER = "domain_controller"  # Windows; also DNS and time
    DHCP = "dhcp"  # Linux (ISC)
    FILE = "file"  # Windows file server
    PRINT = "print"
    EHR_APPLICATION = "ehr_application"  # Linux
    EHR_DATABASE = "ehr_database"  # Linux
    LABORATORY = "laboratory"  # Windows
    PHARMACY = "pharmacy"  # Windows
    BLOOD_BANK = "blood_bank"  # Windows
    PACS = "pacs"  # Linux
    RIS = "ris"  # Windows
    WORKLIST = "worklist"  # Linux
    INTERFACE_ENGINE = "interface_engine"  # Linux
    PUMP_GATEWAY = "pump_gateway"  # Windows
    MONITOR_GATEWAY = "monitor_gateway"  # Windows
    NURSE_CALL = "nurse_call"  # Windows
    TELEPHONY = "telephony"  # Linux
    MAIL = "mail"  # Windows
    BACKUP = "backup"  # Windows, Veeam in manner
    UPDATES = "updates"  # Windows, WSUS
    ANTIVIRUS = "antivirus"  # Windows
    PROXY = "proxy"  # Linux, squid
    VPN = "vpn"  # appliance
    FIREWALL = "firewall"  # appliance
    JUMP = "jump"  # Windows, for administrators
    SCANNER = "scanner"  # Linux, vulnerability scanner
    SENSOR = "sensor"  # Linux, Zeek
    BUILDING = "building"  # Windows, building control
    HYPERVISOR = "hypervisor"  # Linux in manner (ESXi)


class Role(StrEnum):
    """What people do here; decides shifts, workplaces and habits."""

    NURSE = "nurse"
    PHYSICIAN = "physician"
    SURGEON = "surgeon"
    ANAESTHETIST = "anaesthetist"
    RADIOLOGIST = "radiologist"
    RADIOGRAPHER = "radiographer"
    LABORATORY_TECHNICIAN = "laboratory technician"
    PHARMACIST = "pharmacist"
    THERAPIST = "therapist"
    CLERK = "clerk"
    MANAGER = "manager"
    TECHNICIAN = "technician"
    IT_ADMINISTRATOR = "IT administrator"
    BIOMEDICAL_ENGINEER = "biomedical engineer"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Host:
    """A machine as logs name it. ``fqdn`` lower case; ``logs`` are the sensors on it, a subset of its asset's
    ``log_sources``.

    Sensors: ``security`` (Windows Security forwarded), ``sysmon``, ``powershell``, ``system``, ``defender``, ``auth``,
    ``auditd``.
    """

    id: AssetId
    fqdn: str
    address: str
    mac: str
    kind: AssetKind
    family: Family
    zone: ZoneId
    ward: WardId | None
    logs: frozenset[str]
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here. ``admin_account`` is the second account of administrators, "" for the others.

    ``workstations`` are the hosts that the person uses, most used first. ``ward`` is where the person belongs, if to
    one.
    """

    account: AccountId
    given: str
    family: str
    role: Role
    ward: WardId | None
    workstations: tuple[AssetId, ...]
    admin_account: AccountId = AccountId("")


@dataclass(frozen=True, slots=True)
class Shift:
    """A person at work between two times, in microseconds since 1970 in UTC."""

    person: Person
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Site:
    """The hospital and everything that logs need to name. ``sids`` gives the Windows SID of every account.

    ``domain`` is the NetBIOS name in capitals, ``dns_domain`` ends in ``.example``. ``service_accounts`` by what they
    serve (``ehr``, ``backup``, ``pacs``, ``interface``, ``scanner``, ``updates``, ``monitoring``); ``shares`` are
    (server, share) pairs.
    """

    seed: Seed
    hospital: Hospital
    domain: str
    dns_domain: str
    hosts: Mapping[AssetId, Host]
    by_function: Mapping[Function, tuple[AssetId, ...]]
    by_zone: Mapping[ZoneId, tuple[AssetId, ...]]
    by_kind: Mapping[AssetKind, tuple[AssetId, ...]]
    people: Sequence[Person]
    vendors: Sequence[Person]
    service_accounts: Mapping[str, AccountId]
    sids: Mapping[AccountId, str]
    shares: Sequence[tuple[AssetId, str]]

    def server(self, function: Function) -> Host:
        """The first host with that function."""
        return self.hosts[self.by_function[function][0]]
