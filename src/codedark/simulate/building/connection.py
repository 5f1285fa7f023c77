"""Connecting machines: addresses, names, and the logs that come from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address

from codedark.hospital.asset import Asset, AssetId
from codedark.hospital.zone import Zone, ZoneId
from codedark.simulate.building.machine import Machine
from codedark.simulate.building.sensors import sensors
from codedark.simulate.chance import Seed, stream
from codedark.simulate.site import Host

FIRST_HOST = 4
"""The addresses before belong to the network itself, its router and the router's twin."""
LOCALLY_ADMINISTERED = 0x02


def connect(
    machines: Sequence[Machine], net: Mapping[ZoneId, Zone], dns_domain: str, sids: Mapping[AssetId, str], seed: Seed
) -> tuple[dict[AssetId, Asset], dict[AssetId, Host]]:
    """Every machine as the inventory knows it and as logs name it. Addresses are given out upwards in each segment."""
    chance = stream(seed, "connect")
    makers = {name: chance.randrange(1 << 16) for name in sorted({machine.manufacturer for machine in machines})}
    free = {id_: int(zone.cidrs[0].network_address) + FIRST_HOST for id_, zone in net.items()}
    assets: dict[AssetId, Asset] = {}
    hosts: dict[AssetId, Host] = {}
    for number, machine in enumerate(machines):
        address = str(IPv4Address(free[machine.zone]))
        free[machine.zone] += 1
        mac = _mac(makers[machine.manufacturer], number)
        expected, sent = sensors(machine, chance)
        name = f"{machine.id.lower()}.{dns_domain}"
        assets[machine.id] = _asset(machine, address, mac, expected)
        hosts[machine.id] = Host(
            machine.id,
            name,
            address,
            mac,
            machine.kind,
            machine.family,
            machine.zone,
            machine.ward,
            sent,
            sids.get(machine.id, ""),
        )
    return assets, hosts


def _mac(maker: int, number: int) -> str:
    """A locally administered address (IEEE 802): two bytes tell the maker, three the machine."""
    octets = (LOCALLY_ADMINISTERED, maker >> 8, maker & 255, number >> 16 & 255, number >> 8 & 255, number & 255)
    return ":".join(f"{octet:02x}" for octet in octets)


def _asset(machine: Machine, address: str, mac: str, expected: tuple[str, ...]) -> Asset:
    return Asset(
        machine.id,
        machine.kind,
        machine.zone,
        (address,),
        mac,
        machine.operating_system,
        machine.support,
        machine.manufacturer,
        machine.owner,
        machine.ward,
        machine.place,
        expected,
    )
