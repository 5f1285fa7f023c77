"""The picture of a plan: zones with what is cut there, and services with what falls and what stays alive.

A cut is hatched and bears the number of its action, so that nothing depends on colour.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from codedark.app.containment_page.words import Words
from codedark.app.hospital_map.text import short
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import Service
from codedark.hospital.zone import Purpose, Zone, ZoneId

WIDTH: Final = 1000.0
TILE_WIDTH, TILE_HEIGHT, ACROSS, DOWN = 96.0, 46.0, 120.0, 64.0
COLUMNS: Final = 5
SERVICE_WIDTH, SERVICE_HEIGHT, SERVICE_COLUMNS = 196.0, 20.0, 2
_SERVICES_AT: Final = 606.0
_BAR: Final = 18.0
_MOST_ZONES, _MOST_SERVICES, _MOST_BADGES = 40, 52, 4
_TILE_TEXT: Final = 16
"""So many small letters fit into a tile."""
_ORDER: Final = (
    Purpose.INTERNET, Purpose.VENDOR, Purpose.GUEST, Purpose.OFFICE, Purpose.CLINICAL,
    Purpose.SERVERS, Purpose.DEVICES, Purpose.BUILDING, Purpose.MANAGEMENT,
)  # fmt: skip
_WHOLE: Final = frozenset({"cut", "close-vendor", "close-remote-access"})


@dataclass(frozen=True, slots=True)
class Tile:
    """A zone (or all accounts) at its place. ``badges`` are numbers of actions on something in it, ``whole`` of those
    that cut all of it off.
    """

    x: float
    y: float
    name: str
    says: str
    badges: tuple[int, ...]
    more: int
    whole: tuple[int, ...]
    suspected: str


@dataclass(frozen=True, slots=True)
class Break:
    """A way between two tiles that is cut, with the place of the hatched bar: between tiles, near the middle."""

    x1: float
    y1: float
    x2: float
    y2: float
    x: float
    y: float
    number: int


@dataclass(frozen=True, slots=True)
class Row:
    """A service at its place; ``lost`` says from when, or is ""."""

    x: float
    y: float
    name: str
    tier: int
    lost: str
    lifeline: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it."""

    tiles: tuple[Tile, ...]
    breaks: tuple[Break, ...]
    services: tuple[Row, ...]
    more_zones: int
    more_services: int
    height: float


def picture(hospital: Hospital, told: Mapping[str, Any], plan: Mapping[str, Any], words: Words) -> Picture:
    """The picture of one plan of an answer."""
    numbered = list(enumerate(plan["actions"], 1))
    tiles = _tiles(hospital, told["suspects"], numbered, words)
    services, more_services = _services(hospital, plan["losses"], words)
    places = dict(tiles)
    breaks = [
        _break(list(places.values()), places[row["from_zone"]], places[row["to_zone"]], number)
        for number, row in numbered
        if row["from_zone"] in places and row["to_zone"] in places
    ]
    height = max([tile.y + DOWN for _, tile in tiles] + [row.y + SERVICE_HEIGHT for row in services] + [DOWN])
    more = len(hospital.zones) - sum(name != "" for name, _ in tiles)
    return Picture(tuple(tile for _, tile in tiles), tuple(breaks), tuple(services), more, more_services, height)


def _tiles(
    hospital: Hospital, suspects: Sequence[Mapping[str, Any]], numbered: list[tuple[int, Any]], words: Words
) -> list[tuple[str, Tile]]:
    """(zone, or "" for accounts; tile): what is touched first where there is no room for all."""
    badges, whole = _badges(hospital, numbered)
    suspected: defaultdict[str, float] = defaultdict(float)
    for each in suspects:
        suspected[each["zone"] or ""] = max(suspected[each["zone"] or ""], each["probability"])
    ends = {zone for _, row in numbered for zone in (row["from_zone"], row["to_zone"]) if zone}
    touched = {*badges, *whole, *suspected, *ends}
    shown: list[Zone] = sorted(hospital.zones.values(), key=lambda zone: (zone.id not in touched, _rank(zone)))
    counts = Counter(asset.zone for asset in hospital.assets.values())
    found: list[tuple[str, Tile]] = []
    names: list[str] = [zone.id for zone in sorted(shown[:_MOST_ZONES], key=_rank)]
    if badges.get("") or "" in suspected:
        names.append("")
    for place, name in enumerate(names):
        zone = hospital.zones.get(ZoneId(name))
        numbers = badges.get(name, [])
        room = _MOST_BADGES if len(numbers) <= _MOST_BADGES else _MOST_BADGES - 1
        count = f" · {counts[zone.id]}" if zone else ""
        text = zone.name if zone else words("accounts_disabled")
        found.append(
            (
                name,
                Tile(
                    6 + place % COLUMNS * ACROSS,
                    16 + place // COLUMNS * DOWN,
                    short(name, 11) if zone else words("accounts"),
                    short(text, _TILE_TEXT - len(count)) + count,
                    tuple(numbers[:room]),
                    len(numbers[room:]),
                    tuple(whole.get(name, [])),
                    words.percent(suspected[name]) if name in suspected else "",
                ),
            )
        )
    return found


def _badges(hospital: Hospital, numbered: list[tuple[int, Any]]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """The numbers of actions on something in a zone, and on all of it."""
    inside: defaultdict[str, list[int]] = defaultdict(list)
    whole: defaultdict[str, list[int]] = defaultdict(list)
    for number, row in numbered:
        if row["asset"]:
            inside[hospital.assets[row["asset"]].zone or ""].append(number)
        elif row["zone"] and row["kind"] in _WHOLE:
            whole[row["zone"]].append(number)
        elif row["kind"] == "close-internet":
            outer = [zone.id for zone in hospital.zones.values() if zone.purpose is Purpose.INTERNET]
            for zone in outer:
                whole[zone].append(number)
            if not outer:
                inside[""].append(number)
        elif not row["from_zone"]:
            inside[""].append(number)
    return inside, whole


def _rank(zone: Zone) -> tuple[int, str]:
    return _ORDER.index(zone.purpose), zone.id


def _break(tiles: Sequence[Tile], one: Tile, other: Tile, number: int) -> Break:
    """The bar stands on the line where it hides least of tiles, and of such places the nearest to the middle."""
    x1, y1 = one.x + TILE_WIDTH / 2, one.y + TILE_HEIGHT / 2
    x2, y2 = other.x + TILE_WIDTH / 2, other.y + TILE_HEIGHT / 2

    def hidden(share: float) -> tuple[float, float]:
        x, y = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
        over = sum(
            max(0.0, min(x + _BAR / 2, tile.x + TILE_WIDTH) - max(x - _BAR / 2, tile.x))
            * max(0.0, min(y + _BAR / 2, tile.y + TILE_HEIGHT) - max(y - _BAR / 2, tile.y))
            for tile in tiles
        )
        return round(over), abs(share - 0.5)

    best = min((place / 100 for place in range(10, 91)), key=hidden)
    return Break(x1, y1, x2, y2, x1 + best * (x2 - x1), y1 + best * (y2 - y1), number)


def _services(hospital: Hospital, losses: Sequence[Mapping[str, Any]], words: Words) -> tuple[list[Row], int]:
    """Services by tier; where there is no room for all, those that are lost and the most urgent."""
    lost = {each["service"]: each for each in losses}
    protected = {service for lifeline in hospital.lifelines.values() for service in lifeline.services}

    def urgency(service: Service) -> tuple[int, str]:
        return int(service.tier), service.name

    every = sorted(hospital.services.values(), key=lambda each: (each.id not in lost, urgency(each)))
    shown = sorted(every[:_MOST_SERVICES], key=urgency)
    per_column = -(-len(shown) // SERVICE_COLUMNS)
    rows = []
    for place, service in enumerate(shown):
        column, line = divmod(place, max(per_column, 1))
        since = lost.get(service.id)
        rows.append(
            Row(
                _SERVICES_AT + column * (SERVICE_WIDTH + 2),
                10 + line * SERVICE_HEIGHT,
                short(service.name, 25 if since is None else 16),
                int(service.tier),
                words("minutes", count=f"{since['from_minutes']:.0f}") if since else "",
                service.id in protected,
            )
        )
    return rows, len(every) - len(shown)
