"""Furnishing the hospital: which devices stand where, and what runs on them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.zone import ZoneId
from codedark.simulate.building.apportion import apportion
from codedark.simulate.building.inventory import ELSEWHERE, LINES, Line
from codedark.simulate.building.machine import Machine
from codedark.simulate.building.places import Place
from codedark.simulate.building.segments import LEGACY
from codedark.simulate.building.systems import OLD, System, oldest, systems_of
from codedark.simulate.chance import Seed, stream

SECOND_PUMPS = 3
"""Every third infusion pump is of the second make, in a network of its own."""
SECOND_MAKER, SECOND_SEGMENT = "Brennmar", ZoneId("DEV-PUMP-B")


def fleet(places: Sequence[Place], beds: int, total: int, seed: Seed) -> list[Machine]:
    """``total`` machines in the shares of the inventory, at least one of each line that has a place to stand."""
    attraction = [(line, [_attracts(line, place) for place in places]) for line in LINES]
    standing = [(line, weights) for line, weights in attraction if sum(weights) > 0]
    counts = apportion(total, [line.a_bed * beds for line, _ in standing], least=1)
    machines: list[Machine] = []
    for (line, weights), count in zip(standing, counts, strict=True):
        machines += _machines(line, weights, count, places, seed)
    return machines


def _attracts(line: Line, place: Place) -> float:
    """How strongly a place attracts the devices of a line."""
    factor = line.factors.get(place.specialty, line.factors.get(ELSEWHERE, 0.0)) if line.factors else 1.0
    named = place.specialty in line.factors
    match line.stands:
        case "beds":
            return factor * (len(place.beds) or (1.0 if named else 0.0))
        case "desks":
            return factor * place.desks
        case _:
            return factor


def _machines(line: Line, weights: Sequence[float], count: int, places: Sequence[Place], seed: Seed) -> list[Machine]:
    """The machines of one line, numbered from place to place."""
    chance = stream(seed, "fleet", line.name)
    systems = systems_of(line.kind, count, chance)
    left_behind = _left_behind(systems, ceil(count / line.old_each)) if line.old_each else frozenset()
    stands = [place for place, part in zip(places, apportion(count, weights), strict=True) for _ in range(part)]
    return [
        _machine(line, at, place, system, at in left_behind)
        for at, (place, system) in enumerate(zip(stands, systems, strict=True))
    ]


def _left_behind(systems: Sequence[System], count: int) -> frozenset[int]:
    """Which machines hang in the old network: those with old systems first."""
    oldest_first = sorted(range(len(systems)), key=lambda at: (systems[at].support is not OLD, at))
    return frozenset(oldest_first[:count])


def _machine(line: Line, at: int, place: Place, system: System, in_old_network: bool) -> Machine:
    """The ``at``-th machine of a line. What hangs in the old network runs an old system."""
    maker, zone = line.maker, ZoneId(line.segment) if line.segment else place.zone
    if line.kind is AssetKind.INFUSION_PUMP and at % SECOND_PUMPS == SECOND_PUMPS - 1:
        maker, zone = SECOND_MAKER, SECOND_SEGMENT
    if in_old_network:
        zone = LEGACY
        system = system if system.support is OLD else oldest(line.kind)
    id_ = AssetId(f"{line.name}{'' if line.digits == 2 else '-'}{at + 1:0{line.digits}d}")
    family, name, support = system.family, system.name, system.support
    return Machine(id_, line.kind, zone, family, name, support, maker, line.owner, place.ward, place.name)
