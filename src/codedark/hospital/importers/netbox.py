"""NetBox: what its REST API gives for devices, virtual machines, prefixes, VLANs, IP addresses and interfaces.

Fields as in NetBox 3.x and 4.x (``/api/dcim/devices/``, ``/api/virtualization/virtual-machines/``,
``/api/ipam/prefixes/``, ``/api/ipam/vlans/``, ``/api/ipam/ip-addresses/``, ``/api/dcim/interfaces/``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from typing import Final

from codedark.hospital.asset import AssetKind
from codedark.hospital.importers import cells
from codedark.hospital.importers.facts import AssetFact, Facts, Origin, ZoneFact
from codedark.hospital.importers.gathering import Asked, Broken, Said, Unread, gather
from codedark.hospital.importers.json_records import Object, objects, text_in
from codedark.hospital.importers.meanings import kind_of, kind_of_system, purpose_of, support_of

_MODEL: Final = re.compile(r"/api/(?:dcim|ipam|virtualization)/([a-z-]+)/\d+")
_SIGNS: Final = (
    ("devices", "device_type"),
    ("virtual-machines", "vcpus"),
    ("prefixes", "prefix"),
    ("vlans", "vid"),
    ("ip-addresses", "address"),
    ("interfaces", "mac_address"),
)
"""A field that only objects of that sort have, for exports without ``url``."""
_GONE: Final = frozenset({"decommissioning", "offline", "inventory", "deprecated"})
_LARGEST_VLAN: Final = 4094


def read(octets: bytes, file: str, asked: Asked) -> Facts:
    """Assets and zones in one answer of the API, in several, or in lists of objects."""
    found = list(_named(octets))
    wide = _around([each[2] for each in found if not isinstance(each, Broken)])
    say: Mapping[str, Callable[[Origin, Object, Asked], Said]] = {
        "devices": _device,
        "virtual-machines": _virtual_machine,
        "prefixes": lambda origin, prefix, asked: (
            "prefix around others" if text_in(prefix, "prefix") in wide else _prefix(origin, prefix, asked)
        ),
        "vlans": _vlan,
        "ip-addresses": _ip_address,
        "interfaces": _interface,
    }

    def said(origin: Origin, thing: Object) -> Said:
        sort = _sort(thing)
        if _status(thing) in _GONE:
            return f"{sort} that are no longer there"
        return say[sort](origin, thing, asked) if sort in say else sort or "object of another sort"

    return gather(file, found, said)


def _named(octets: bytes) -> Iterator[tuple[int, str, Object] | Broken]:
    for number, each in enumerate(objects(octets), 1):
        if isinstance(each, Broken):
            yield each
        else:
            line, thing = each
            called = next(
                filter(None, (text_in(thing, key) for key in ("name", "prefix", "address", "display"))), str(number)
            )
            yield line, f"{_sort(thing) or 'object'} {called[:80]}", thing


def _sort(thing: Object) -> str:
    if found := _MODEL.search(text_in(thing, "url")):
        return found[1]
    return next((sort for sort, sign in _SIGNS if sign in thing), "")


def _status(thing: Object) -> str:
    return text_in(thing, "status", "value") or text_in(thing, "status")


def _device(origin: Origin, device: Object, asked: Asked) -> Said:
    manufacturer = cells.plain(text_in(device, "device_type", "manufacturer", "name"))
    model = cells.plain(text_in(device, "device_type", "model"))
    role = text_in(device, "role", "name") or text_in(device, "device_role", "name")
    return _machine(origin, device, asked, kind_of(role, model), manufacturer)


def _virtual_machine(origin: Origin, machine: Object, asked: Asked) -> Said:
    return _machine(origin, machine, asked, kind_of(text_in(machine, "role", "name")) or AssetKind.SERVER, "")


def _machine(origin: Origin, thing: Object, asked: Asked, kind: AssetKind | None, manufacturer: str) -> Said:
    name = cells.host_name(text_in(thing, "name"))
    primary = {
        address: None
        for key in ("primary_ip", "primary_ip4", "primary_ip6")
        for address in cells.addresses(text_in(thing, key, "address"))
    }
    if not name and not primary:
        return "machine without name and address"
    system = cells.plain(text_in(thing, "platform", "name"))
    where = (cells.plain(text_in(thing, key, "name")) for key in ("site", "location", "rack"))
    return [
        AssetFact(
            origin,
            name,
            tuple(primary),
            kind=kind or kind_of_system(system),
            operating_system=system,
            support=support_of(system, asked.today),
            manufacturer=manufacturer,
            owner=cells.plain(text_in(thing, "tenant", "name")),
            place=", ".join(filter(None, where)),
        )
    ]


def _prefix(origin: Origin, prefix: Object, _: Asked) -> Said:
    if _status(prefix) == "container":
        return "prefix around others"
    cidr = cells.cidr(text_in(prefix, "prefix"))
    vlan = prefix.get("vlan")
    said = cells.plain(text_in(vlan, "name")) or cells.plain(text_in(prefix, "description"))
    role = text_in(prefix, "role", "name")
    return [
        ZoneFact(
            origin,
            _zone_id(said or cidr),
            said or cidr,
            purpose_of(f"{role} {said}"),
            _vlans(text_in(vlan, "vid")),
            (cidr,),
        )
    ]


def _vlan(origin: Origin, vlan: Object, _: Asked) -> Said:
    name = cells.plain(text_in(vlan, "name"))
    if not name:
        raise Unread("the VLAN has no name", "name it in NetBox")
    purpose = purpose_of(f"{text_in(vlan, 'role', 'name')} {name}")
    return [ZoneFact(origin, _zone_id(name), name, purpose, _vlans(text_in(vlan, "vid")))]


def _ip_address(origin: Origin, address: Object, _: Asked) -> Said:
    holder = address.get("assigned_object")
    named = text_in(holder, "device", "name") or text_in(holder, "virtual_machine", "name")
    name = cells.host_name(named or text_in(address, "dns_name"))
    if not name:
        return "address of no machine"
    return [AssetFact(origin, name, cells.addresses(text_in(address, "address")))]


def _interface(origin: Origin, interface: Object, _: Asked) -> Said:
    name = cells.host_name(text_in(interface, "device", "name") or text_in(interface, "virtual_machine", "name"))
    mac = cells.mac(text_in(interface, "mac_address"))
    return [AssetFact(origin, name, mac=mac)] if name and mac else "interface without MAC address"


def _zone_id(said: str) -> str:
    return cells.name(re.sub(r"[;\s]+", "-", said.strip()).strip("-")[: cells.LONGEST_NAME], "the zone")


def _vlans(vid: str) -> tuple[int, ...]:
    if not vid:
        return ()
    if not vid.isascii() or not vid.isdigit() or not 1 <= int(vid[:6]) <= _LARGEST_VLAN:
        raise Unread(f"VLAN `{vid[:20]}` is no number from 1 to {_LARGEST_VLAN}", "correct it in NetBox")
    return (int(vid),)


def _around(things: list[Object]) -> frozenset[str]:
    """The prefixes that hold others among ``things``: a zone is the narrowest that has an address."""
    ranges = {}
    for thing in things:
        try:
            ranges[text_in(thing, "prefix")] = ip_network(text_in(thing, "prefix"), strict=False)
        except ValueError:
            continue  # said when its record is told
    around: list[tuple[int, int, str]] = []
    wide = set()
    order = sorted(ranges.items(), key=lambda each: (each[1].version, int(each[1].network_address), each[1].prefixlen))
    for text, network in order:
        last = int(network.broadcast_address)
        while around and not (around[-1][0] == network.version and last <= around[-1][1]):
            around.pop()
        if around:
            wide.add(around[-1][2])
        around.append((network.version, last, text))
    return frozenset(wide)
