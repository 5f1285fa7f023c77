"""The servers: at least one for every function, more as the hospital grows, and applications."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.zone import ZoneId
from codedark.simulate.building.machine import Machine
from codedark.simulate.building.systems import BY_KIND, ESXI, LINUX_SERVER, WINDOWS_SERVER, System
from codedark.simulate.chance import Seed, stream
from codedark.simulate.site import Family, Function

F, K = Function, AssetKind
WIN, LIN, APP = Family.WINDOWS, Family.LINUX, Family.APPLIANCE


@dataclass(frozen=True, slots=True)
class Role:
    """Servers of one name: ``least`` of them, and one more for every ``beds_each`` beds (0: never more)."""

    name: str
    function: Function | None
    family: Family
    zone: str
    least: int = 1
    beds_each: int = 0
    kind: AssetKind = K.SERVER
    maker: str = "Merrowby"
    owner: str = "information technology"

    def count(self, beds: int) -> int:
        """How many of them a hospital of that size has."""
        return self.least + (beds // self.beds_each if self.beds_each else 0)


ROLES = (
    Role("DC", F.DOMAIN_CONTROLLER, WIN, "SRV-CORE", 2, 400, K.DOMAIN_CONTROLLER),
    Role("DHCP", F.DHCP, LIN, "SRV-CORE", 1, 300),
    Role("FS", F.FILE, WIN, "SRV-APP", 1, 200),
    Role("PRINT", F.PRINT, WIN, "SRV-APP", 1, 400),
    Role("EHRAPP", F.EHR_APPLICATION, LIN, "SRV-EHR", 2, 250),
    Role("EHRDB", F.EHR_DATABASE, LIN, "SRV-EHR", 2),
    Role("LIS", F.LABORATORY, WIN, "SRV-CLIN", 1, 300),
    Role("PHARM", F.PHARMACY, WIN, "SRV-CLIN", 1, 500),
    Role("BBANK", F.BLOOD_BANK, WIN, "SRV-CLIN", 1, 600),
    Role("PACS", F.PACS, LIN, "SRV-IMG", 1, 200),
    Role("RIS", F.RIS, WIN, "SRV-IMG", 1, 600),
    Role("MWL", F.WORKLIST, LIN, "SRV-IMG", 1, 800),
    Role("IENG", F.INTERFACE_ENGINE, LIN, "SRV-CLIN", 1, 250),
    Role("PUMPGW", F.PUMP_GATEWAY, WIN, "SRV-DEV", 1, 200, K.DEVICE_GATEWAY, "Ostervald", "biomedical engineering"),
    Role("MONGW", F.MONITOR_GATEWAY, WIN, "SRV-DEV", 1, 200, K.DEVICE_GATEWAY, "Kardelin", "biomedical engineering"),
    Role("NURSECALL", F.NURSE_CALL, WIN, "SRV-DEV", 1, 400, K.NURSE_CALL, "Klokkel", "facilities"),
    Role("PBX", F.TELEPHONY, LIN, "SRV-VOICE", 1, 150, maker="Harrow & Tone"),
    Role("MAIL", F.MAIL, WIN, "SRV-DMZ", 1, 400),
    Role("BKP", F.BACKUP, WIN, "SRV-BKP", 1, 300, K.BACKUP),
    Role("WSUS", F.UPDATES, WIN, "SRV-INFRA", 1, 800),
    Role("AV", F.ANTIVIRUS, WIN, "SRV-INFRA", 1, 800),
    Role("PROXY", F.PROXY, LIN, "SRV-DMZ", 1, 300),
    Role("VPN", F.VPN, APP, "SRV-DMZ", 1, 500, K.FIREWALL, "Palisade"),
    Role("FW", F.FIREWALL, APP, "MGMT-NET", 1, 120, K.FIREWALL, "Palisade"),
    Role("JUMP", F.JUMP, WIN, "SRV-INFRA", 1, 300),
    Role("SCAN", F.SCANNER, LIN, "SRV-INFRA"),
    Role("SENSOR", F.SENSOR, LIN, "SRV-INFRA", 1, 300),
    Role("BMSRV", F.BUILDING, WIN, "BLD-HVAC", 1, 500, maker="Thermarch", owner="facilities"),
    Role("ESX", F.HYPERVISOR, LIN, "MGMT-VIRT", 2, 30, K.HYPERVISOR),
    Role("SAN", None, APP, "MGMT-VIRT", 1, 250, K.STORAGE, "Merrowby"),
)
"""Servers that the site names by function, and storage."""

APPLICATIONS = (
    # Name, what it is, family, segment. In the order in which a growing hospital gets them.
    ("INTRA", "intranet", WIN, "SRV-APP"),
    ("SQL", "databases of departments", WIN, "SRV-APP"),
    ("ERP", "purchasing and finance", WIN, "SRV-APP"),
    ("PDMS", "intensive care charting", WIN, "SRV-CLIN"),
    ("ANAES", "anaesthesia charting", WIN, "SRV-CLIN"),
    ("CTX", "terminal server", WIN, "SRV-APP"),
    ("NMS", "monitoring", LIN, "SRV-INFRA"),
    ("CARDIO", "cardiology reports", WIN, "SRV-CLIN"),
    ("ENDO", "endoscopy reports", WIN, "SRV-CLIN"),
    ("ONCO", "chemotherapy", WIN, "SRV-CLIN"),
    ("DICT", "dictation", WIN, "SRV-APP"),
    ("HR", "personnel and rosters", WIN, "SRV-APP"),
    ("WEB", "public web site", LIN, "SRV-DMZ"),
    ("PORTAL", "patient portal", LIN, "SRV-DMZ"),
    ("PATH", "pathology", WIN, "SRV-CLIN"),
    ("DIET", "meals", WIN, "SRV-APP"),
    ("STER", "sterilisation tracking", WIN, "SRV-CLIN"),
    ("RTLS", "tracking of equipment", LIN, "SRV-APP"),
    ("CCTVREC", "camera recorder", WIN, "BLD-CCTV"),
    ("DOORSRV", "badges", WIN, "BLD-DOOR"),
    ("TEST", "test systems", WIN, "SRV-APP"),
    ("DWH", "data warehouse", LIN, "SRV-APP"),
    ("RESEARCH", "research", LIN, "SRV-APP"),
    ("LOG", "log collector", LIN, "SRV-INFRA"),
)
APPLICATIONS_A_BED = 0.32
"""Application servers for each bed, spread over the names above; terminal servers and databases are the most."""
MANY = {"CTX": 6.0, "SQL": 3.0, "TEST": 2.0, "WEB": 0.5, "LOG": 0.5}


def servers(beds: int, seed: Seed) -> list[Machine]:
    """All servers of a hospital with ``beds`` beds, in the order of the tables."""
    chance = stream(seed, "servers")
    roles = [
        (role, role.count(beds), role.function.value.replace("_", " ") if role.function else "storage")
        for role in ROLES
    ]
    many = ceil(beds * APPLICATIONS_A_BED)
    here = APPLICATIONS[:many]
    whole = sum(MANY.get(row[0], 1.0) for row in here)
    for name, what, family, zone in here:
        roles.append((Role(name, None, family, zone), max(1, round(many * MANY.get(name, 1.0) / whole)), what))
    machines = []
    for role, count, what in roles:
        table = _systems(role)
        for number in range(1, count + 1):
            system = chance.choices(table, [row.weight for row in table])[0]
            rack = f"{what}, room {'AB'[number % 2]}"
            id_ = AssetId(f"{role.name}{number:02d}")
            machines.append(
                Machine(
                    id_,
                    role.kind,
                    ZoneId(role.zone),
                    role.family,
                    system.name,
                    system.support,
                    role.maker,
                    role.owner,
                    None,
                    rack,
                    role.function,
                )
            )
    return machines


def _systems(role: Role) -> tuple[System, ...]:
    """What a server of this kind may run."""
    if role.function is F.HYPERVISOR:
        return ESXI
    if role.family is APP:
        return tuple(BY_KIND[role.kind])
    return WINDOWS_SERVER if role.family is WIN else LINUX_SERVER
