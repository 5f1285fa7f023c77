"""Building the hospital: places first, then machines, addresses, people, and what holds it all together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.simulate.building.connection import connect
from codedark.simulate.building.directory import directory
from codedark.simulate.building.fleet import fleet
from codedark.simulate.building.machine import Machine
from codedark.simulate.building.names import HOSPITALS
from codedark.simulate.building.placeholders import placeholders
from codedark.simulate.building.places import Place, places, wards_of
from codedark.simulate.building.segments import LEGACY, segments, zones
from codedark.simulate.building.sensors import DESKTOPS, SERVERS
from codedark.simulate.building.servers import servers
from codedark.simulate.building.services import lifelines, services
from codedark.simulate.building.staff import positions
from codedark.simulate.building.traffic import flows
from codedark.simulate.chance import Seed, stream
from codedark.simulate.site import Family, Function, Site

MACHINES_A_BED = (13.2, 14.9)
"""Connected machines a licensed bed; the seed chooses."""
TIME_ZONE = "Europe/Brussels"
FEWEST_BEDS = 10
MOST_BEDS = 2000
FIRST_OCTETS = range(10, 70)
"""The second octet of the first block of addresses is one of these, so that two hospitals seldom look alike."""
SHARES = (
    "Departments",
    "Home",
    "Nursing",
    "Laboratory",
    "Radiology",
    "Quality",
    "Finance",
    "Personnel",
    "Scans",
    "Software",
)
Key = TypeVar("Key")


def build(beds: int, seed: Seed) -> Site:
    """The hospital with ``beds`` licensed beds that ``seed`` gives: the same arguments give the same site, everywhere.

    Raises `ValueError` for fewer than `FEWEST_BEDS` or more than `MOST_BEDS` beds.
    """
    if not FEWEST_BEDS <= beds <= MOST_BEDS:
        raise ValueError(f"a simulated hospital has {FEWEST_BEDS} to {MOST_BEDS} beds, not {beds}: choose one of these")
    chance = stream(seed, "building")
    stem, machines_a_bed, first = chance.choice(HOSPITALS), chance.uniform(*MACHINES_A_BED), chance.choice(FIRST_OCTETS)
    domain, dns_domain = f"SINT{stem.upper()}", f"sint-{stem.lower()}.example"
    rooms = places(beds)
    machines = _machines(rooms, beds, round(beds * machines_a_bed), seed)
    net = zones(segments(rooms), Counter(machine.zone for machine in machines), first)
    joined = [machine.id for machine in machines if _in_domain(machine)]
    people = directory(positions(rooms, beds, seed), rooms, machines, joined, domain, seed)
    assets, hosts = connect(machines, net, dns_domain, people.machine_sids, seed)
    carried = services(rooms, machines)
    hospital = Hospital(
        f"Sint-{stem}",
        TIME_ZONE,
        net,
        assets,
        people.accounts,
        carried,
        wards_of(rooms),
        lifelines(carried),
        flows(machines, seed),
        placeholders(machines, hosts, people, dns_domain, first),
    )
    by_function = _grouped(Function, ((machine.function, machine.id) for machine in machines if machine.function))
    return Site(
        seed,
        hospital,
        domain,
        dns_domain,
        hosts,
        by_function,
        _grouped(net, ((machine.zone, machine.id) for machine in machines)),
        _grouped(AssetKind, ((machine.kind, machine.id) for machine in machines)),
        people.people,
        people.vendors,
        people.service_accounts,
        people.sids,
        _shares(by_function[Function.FILE]),
    )


def _machines(rooms: Sequence[Place], beds: int, total: int, seed: Seed) -> list[Machine]:
    """Servers first; what is left of the total are the devices."""
    racks = servers(beds, seed)
    return racks + fleet(rooms, beds, total - len(racks), seed)


def _in_domain(machine: Machine) -> bool:
    """Windows servers and desktops are; devices that run Windows and the old network are not."""
    return machine.family is Family.WINDOWS and machine.kind in SERVERS | DESKTOPS and machine.zone != LEGACY


def _grouped(keys: Iterable[Key], members: Iterable[tuple[Key, AssetId]]) -> Mapping[Key, tuple[AssetId, ...]]:
    """The members of every key in their order; keys without members have none."""
    groups: defaultdict[Key, list[AssetId]] = defaultdict(list)
    for key, member in members:
        groups[key].append(member)
    return {key: tuple(groups[key]) for key in keys}


def _shares(file_servers: Sequence[AssetId]) -> tuple[tuple[AssetId, str], ...]:
    return tuple((file_servers[at % len(file_servers)], name) for at, name in enumerate(SHARES))
