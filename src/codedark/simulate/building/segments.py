"""The network of the hospital: which segments there are, and which addresses belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from codedark.hospital.zone import Purpose, Zone, ZoneId
from codedark.simulate.building.places import Place
from codedark.simulate.outside import NETWORKS

INTERNET = tuple(IPv4Network(f"{network}.0/24") for network in NETWORKS)
"""What stands for the internet."""

BLOCKS = ("SRV", "OFF", "CL", "DEV", "BLD", "MGMT", "VPN", "GUEST", "OLD")
"""Each block of segments has a /16 of its own, so that rules can name it by the beginning of its addresses."""
FIRST_VLAN = 100
SPARE = 1.25
"""Segments are sized with room for a quarter more machines, and for a network's three own addresses."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment before it has addresses; ``room`` is how many machines it must hold apart from those counted."""

    zone: ZoneId
    name: str
    purpose: Purpose
    block: str
    room: int = 4


def _fixed(block: str, purpose: Purpose, *rows: tuple[str, str]) -> tuple[Segment, ...]:
    return tuple(Segment(ZoneId(zone), name, purpose, block) for zone, name in rows)


FIXED = (
    *_fixed(
        "SRV",
        Purpose.SERVERS,
        ("SRV-CORE", "Identity, names and time"),
        ("SRV-EHR", "Patient record"),
        ("SRV-CLIN", "Clinical applications"),
        ("SRV-IMG", "Image archive"),
        ("SRV-DEV", "Gateways of medical devices"),
        ("SRV-APP", "Other applications and files"),
        ("SRV-INFRA", "Updates, antivirus, jump hosts"),
        ("SRV-VOICE", "Telephony"),
        ("SRV-BKP", "Backup"),
        ("SRV-DMZ", "Mail, proxy and VPN"),
    ),
    *_fixed("OFF", Purpose.OFFICE, ("OFF-VOICE", "Telephones")),
    *_fixed(
        "DEV",
        Purpose.DEVICES,
        ("DEV-PUMP-A", "Infusion pumps, Ostervald"),
        ("DEV-PUMP-B", "Infusion pumps, Brennmar"),
        ("DEV-MON", "Bedside monitors and telemetry, Kardelin"),
        ("DEV-CARE", "Ventilators and dialysis"),
        ("DEV-IMG-A", "Imaging, Lumenhof"),
        ("DEV-IMG-B", "Imaging, Talvik"),
        ("DEV-LAB", "Laboratory analysers"),
    ),
    *_fixed(
        "BLD",
        Purpose.BUILDING,
        ("BLD-HVAC", "Building control"),
        ("BLD-CCTV", "Cameras"),
        ("BLD-DOOR", "Doors and badges"),
    ),
    *_fixed("MGMT", Purpose.MANAGEMENT, ("MGMT-VIRT", "Hypervisors and storage"), ("MGMT-NET", "Network equipment")),
    Segment(ZoneId("VPN-STAFF"), "Staff by VPN", Purpose.OFFICE, "VPN", 120),
    Segment(ZoneId("VPN-VENDOR"), "Suppliers by VPN", Purpose.VENDOR, "VPN", 60),
    Segment(ZoneId("GUEST"), "Patients and visitors", Purpose.GUEST, "GUEST", 900),
    Segment(ZoneId("OLD-FLAT"), "The old network that nobody dares to divide", Purpose.DEVICES, "OLD", 40),
)
LEGACY = ZoneId("OLD-FLAT")
INTERNET_ZONE = ZoneId("INTERNET")


def segments(places: Sequence[Place]) -> list[Segment]:
    """The segments of the hospital: those that every hospital has, and one for each ward and department."""
    own = [
        Segment(
            place.zone, place.name, Purpose.OFFICE if place.ward is None else Purpose.CLINICAL, place.zone.split("-")[0]
        )
        for place in places
    ]
    return [*FIXED, *own]


def zones(wanted: Sequence[Segment], machines: Mapping[ZoneId, int], first: int) -> dict[ZoneId, Zone]:
    """Segments with VLANs and addresses for ``machines`` of each; the blocks lie at ``10.first``, ``10.(first+10)`` …

    Within a block larger segments come first, so that every one lies on a boundary of its own size and none overlap.
    """
    made: dict[ZoneId, Zone] = {}
    for at, block in enumerate(BLOCKS):
        here = [segment for segment in wanted if segment.block == block]
        sized = sorted(here, key=lambda segment: -_size(segment, machines))
        address = int(IPv4Address(f"10.{first + 10 * at}.0.0"))
        for segment in sized:
            size = _size(segment, machines)
            cidr = IPv4Network((address, 32 - size.bit_length() + 1))
            made[segment.zone] = Zone(segment.zone, segment.name, segment.purpose, cidrs=(cidr,))
            address += size
    in_order = {segment.zone: made[segment.zone] for segment in wanted}
    numbered = {
        id_: Zone(id_, zone.name, zone.purpose, (FIRST_VLAN + at,), zone.cidrs)
        for at, (id_, zone) in enumerate(in_order.items())
    }
    return numbered | {INTERNET_ZONE: Zone(INTERNET_ZONE, "Internet", Purpose.INTERNET, (), INTERNET)}


def block_prefix(first: int, block: str) -> str:
    """How all addresses of a block begin: ``10.40.``."""
    return f"10.{first + 10 * BLOCKS.index(block)}."


def _size(segment: Segment, machines: Mapping[ZoneId, int]) -> int:
    """A power of two that holds the machines, at least a /27."""
    need = int((machines.get(segment.zone, 0) + segment.room) * SPARE) + 3
    return max(32, 1 << (need - 1).bit_length())
