"""Where the services stand on the map: one band for each tier, ordered so that arrows cross little.

What nearly everything needs (directory, names, time) is written into the boxes as a mark instead of drawn, and an
arrow that follows from two others is left out: what remains can be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codedark.app.hospital_map.routes import Router
from codedark.app.hospital_map.text import wrapped
from codedark.hospital.failure import leaves
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import AllOf, AnyOf, Dependency, OnService, Service, ServiceId, Tier

BOX_WIDTH, BOX_HEIGHT, GAP = 146, 62, 8
ROW_GAP, MOST_ROW_GAP, BAND_GAP = 20, 48, 20
LABEL_WIDTH = 92
_COMMON_SHARE = 0.3
_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A service at its place. ``common`` are the marks of what nearly everything needs, ``lines`` its name."""

    service: Service
    x: float
    y: float
    lines: tuple[str, ...]
    common: tuple[str, ...]
    lifeline: bool
    zones: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a service to one that it needs; ``alternative`` where another could stand in.

    Those that are not ``shown`` appear when one of their ends is chosen.
    """

    source: ServiceId
    target: ServiceId
    path: str
    alternative: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The ground of a tier."""

    tier: Tier
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """All of it, within ``width``; ``height`` is what it takes."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    bands: tuple[Band, ...]
    common: tuple[Service, ...]
    height: float


def place(
    hospital: Hospital, width: float, height: float, zones_of: Mapping[ServiceId, tuple[int, ...]]
) -> ServicePlan:
    """Put the services of ``hospital`` on a plan of that width, tier 5 above, tier 0 at the ground.

    It spreads over ``height`` as far as rows may be apart, and takes more where it needs more.
    """
    needed = {each.id: _needed(each.needs) for each in hospital.services.values()}
    common = _common(needed)
    drawn = _reduced({name: [each for each in targets if each not in common] for name, targets in needed.items()})
    per_row = max(1, int((width - LABEL_WIDTH + GAP) // (BOX_WIDTH + GAP)))
    rows = _ordered(_rows(hospital, per_row), drawn)
    protected = {service for lifeline in hospital.lifelines.values() for service in lifeline.services}
    tiers = sorted({tier for tier, _ in rows}, reverse=True)
    spare = height - len(rows) * BOX_HEIGHT - len(tiers) * BAND_GAP
    row_gap = min(max(spare / max(len(rows), 1), ROW_GAP), MOST_ROW_GAP)
    boxes: dict[ServiceId, Box] = {}
    bands: list[Band] = []
    y = 0.0
    for tier in tiers:
        top = y
        for row in (row for of_tier, row in rows if of_tier == tier):
            step = (width - LABEL_WIDTH) / len(row)
            for index, service_id in enumerate(row):
                service = hospital.services[service_id]
                x = LABEL_WIDTH + step * (index + 0.5) - BOX_WIDTH / 2
                marks = tuple(each for each in common if each in needed[service_id])
                lines = wrapped(service.name, 16, 2)
                at = zones_of.get(service_id, ())
                boxes[service_id] = Box(service, x, y + row_gap / 2, lines, marks, service_id in protected, at)
            y += BOX_HEIGHT + row_gap
        bands.append(Band(tier, top, y - top))
        y += BAND_GAP
    alternatives = {each.id: _alternatives(each.needs) for each in hospital.services.values()}
    corners = {name: (box.x, box.y) for name, box in boxes.items()}
    router = Router(corners.values(), BOX_WIDTH, BOX_HEIGHT, row_gap)
    arrows = tuple(
        Arrow(name, target, router.path(corners[name], corners[target]), target in alternatives[name], shown)
        for shown, pairs in ((True, drawn), (False, needed))
        for name, targets in pairs.items()
        for target in targets
        if shown or target not in drawn[name]
    )
    return ServicePlan(
        tuple(boxes.values()), arrows, tuple(bands), tuple(hospital.services[each] for each in common), y - BAND_GAP
    )


def _needed(needs: Dependency) -> list[ServiceId]:
    return list(dict.fromkeys(leaf.service for leaf in leaves(needs) if isinstance(leaf, OnService)))


def _alternatives(needs: Dependency, *, within: bool = False) -> set[ServiceId]:
    match needs:
        case OnService(service):
            return {service} if within else set()
        case AllOf(parts):
            return set().union(*(_alternatives(part, within=within) for part in parts))
        case AnyOf(parts, at_least):
            inner = within or at_least < len(parts)
            return set().union(*(_alternatives(part, within=inner) for part in parts))
        case _:
            return set()


def _common(needed: Mapping[ServiceId, Sequence[ServiceId]]) -> tuple[ServiceId, ...]:
    """What more than a share of all services need, most needed first."""
    count: defaultdict[ServiceId, int] = defaultdict(int)
    for targets in needed.values():
        for target in targets:
            count[target] += 1
    enough = max(4, _COMMON_SHARE * len(needed))
    return tuple(
        sorted((each for each, times in count.items() if times > enough), key=lambda each: (-count[each], each))
    )


def _reduced(drawn: Mapping[ServiceId, Sequence[ServiceId]]) -> dict[ServiceId, list[ServiceId]]:
    """Without the arrows to what a needed service needs itself (transitive reduction)."""
    reach: dict[ServiceId, set[ServiceId]] = {}

    def reached(name: ServiceId, above: frozenset[ServiceId]) -> set[ServiceId]:
        if name not in reach:
            reach[name] = set()
            for target in drawn.get(name, ()):
                if target not in above:
                    reach[name] |= {target} | reached(target, above | {name})
        return reach[name]

    for name in drawn:
        reached(name, frozenset({name}))
    return {
        name: [each for each in targets if not any(each in reach[other] for other in targets if other != each)]
        for name, targets in drawn.items()
    }


def _rows(hospital: Hospital, per_row: int) -> list[tuple[Tier, list[ServiceId]]]:
    by_tier: defaultdict[Tier, list[ServiceId]] = defaultdict(list)
    for service in hospital.services.values():
        by_tier[service.tier].append(service.id)
    rows: list[tuple[Tier, list[ServiceId]]] = []
    for tier in sorted(by_tier, reverse=True):
        names = by_tier[tier]
        count = -(-len(names) // per_row)
        rows.extend((tier, names[index::count]) for index in range(count))
    return rows


def _ordered(
    rows: list[tuple[Tier, list[ServiceId]]], drawn: Mapping[ServiceId, Sequence[ServiceId]]
) -> list[tuple[Tier, list[ServiceId]]]:
    """Order each row by the middle of its neighbours' places (Sugiyama's barycentre heuristic), a few sweeps."""
    neighbours: defaultdict[ServiceId, list[ServiceId]] = defaultdict(list)
    for name, targets in drawn.items():
        for target in targets:
            neighbours[name].append(target)
            neighbours[target].append(name)
    place_of = {name: (index + 0.5) / len(row) for _, row in rows for index, name in enumerate(row)}
    for sweep in range(_SWEEPS):
        for _, row in rows if sweep % 2 else reversed(rows):
            middle = {
                name: sum(place_of[each] for each in neighbours[name]) / len(neighbours[name])
                if neighbours[name]
                else place_of[name]
                for name in row
            }
            row.sort(key=lambda name, middle=middle: (middle[name], name))  # type: ignore[misc]
            place_of.update({name: (index + 0.5) / len(row) for index, name in enumerate(row)})
    return rows
