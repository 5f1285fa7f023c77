"""The zones on the map: one tile each, numbered, grouped by what they are for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codedark.app.hospital_map.text import short
from codedark.hospital.asset import MEDICAL_DEVICES, Support
from codedark.hospital.failure import leaves
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import OnAsset, OnLink, ServiceId
from codedark.hospital.zone import Purpose, Zone, ZoneId

TILE_WIDTH, TILE_HEIGHT, TILE_GAP = 186, 34, 5
HEAD_HEIGHT = 24

_TITLES = {
    Purpose.CLINICAL: "Wards, departments",
    Purpose.DEVICES: "Medical devices",
    Purpose.SERVERS: "Servers",
    Purpose.OFFICE: "Offices",
    Purpose.BUILDING: "Building",
    Purpose.MANAGEMENT: "Management",
    Purpose.VENDOR: "Vendors",
    Purpose.GUEST: "Guests",
    Purpose.INTERNET: "Internet",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A zone at its place. ``unsupported`` is the share of its assets whose maker no longer mends them, of those
    known.
    """

    zone: Zone
    number: int
    x: float
    y: float
    name: str
    assets: int
    medical: int
    unsupported: float


@dataclass(frozen=True, slots=True)
class Head:
    """The title over a group of tiles."""

    title: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ZonePlan:
    """All tiles, in as many columns as ``width`` and ``height`` ask for."""

    tiles: tuple[Tile, ...]
    heads: tuple[Head, ...]
    width: float


def numbers_of(hospital: Hospital) -> dict[ZoneId, int]:
    """The number of each zone on the map, in the order of its groups."""
    order = list(_TITLES)
    zones = sorted(hospital.zones.values(), key=lambda zone: order.index(zone.purpose))
    return {zone.id: number for number, zone in enumerate(zones, 1)}


def zones_of_services(hospital: Hospital) -> dict[ServiceId, tuple[int, ...]]:
    """The numbers of the zones whose assets a service needs directly, and that it is reached from."""
    numbers = numbers_of(hospital)
    out: dict[ServiceId, tuple[int, ...]] = {}
    for service in hospital.services.values():
        found: set[int] = set()
        for leaf in leaves(service.needs):
            if isinstance(leaf, OnAsset):
                zone = hospital.assets[leaf.asset].zone
                if zone:
                    found.add(numbers[zone])
            elif isinstance(leaf, OnLink):
                found.add(numbers[leaf.link.target])
        out[service.id] = tuple(sorted(found))
    return out


def tile(hospital: Hospital, height: float) -> ZonePlan:
    """Put the zones in columns of that height."""
    counts = _counts(hospital)
    numbers = numbers_of(hospital)
    by_purpose: defaultdict[Purpose, list[Zone]] = defaultdict(list)
    for zone in sorted(hospital.zones.values(), key=lambda zone: numbers[zone.id]):
        by_purpose[zone.purpose].append(zone)
    tiles: list[Tile] = []
    heads: list[Head] = []
    x = y = 0.0
    for purpose, zones in by_purpose.items():
        if y and y + HEAD_HEIGHT + TILE_HEIGHT > height:
            x, y = x + TILE_WIDTH + TILE_GAP * 2, 0.0
        heads.append(Head(_TITLES[purpose], x, y))
        y += HEAD_HEIGHT
        for zone in zones:
            if y + TILE_HEIGHT > height:
                x, y = x + TILE_WIDTH + TILE_GAP * 2, 0.0
                heads.append(Head("(more)", x, y))
                y += HEAD_HEIGHT
            assets, medical, old, known = counts.get(zone.id, (0, 0, 0, 0))
            name = short(zone.name, 22)
            tiles.append(Tile(zone, numbers[zone.id], x, y, name, assets, medical, old / known if known else 0.0))
            y += TILE_HEIGHT + TILE_GAP
        y += TILE_GAP
    return ZonePlan(tuple(tiles), tuple(heads), x + TILE_WIDTH)


def _counts(hospital: Hospital) -> Mapping[ZoneId, Sequence[int]]:
    """Assets, medical devices, unsupported ones, and ones whose support is known, by zone."""
    assets: Counter[ZoneId] = Counter()
    medical: Counter[ZoneId] = Counter()
    old: Counter[ZoneId] = Counter()
    known: Counter[ZoneId] = Counter()
    for asset in hospital.assets.values():
        if asset.zone is not None:
            assets[asset.zone] += 1
            medical[asset.zone] += asset.kind in MEDICAL_DEVICES
            old[asset.zone] += asset.support is Support.UNSUPPORTED
            known[asset.zone] += asset.support is not Support.UNKNOWN
    return {zone: (assets[zone], medical[zone], old[zone], known[zone]) for zone in assets}
