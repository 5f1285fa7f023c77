"""What planners get wrong, made on purpose: suspects, and what services need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from random import Random
from typing import TypeVar

from codedark.app.suspects import Suspects
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.service import AllOf, AnyOf, Dependency

MISSING = 0.2
"""So large a part of the needs of services and of the flows is not in the model."""

Name = TypeVar("Name", AssetId, AccountId)


def wrong_beliefs(hospital: Hospital, suspects: Suspects, taken: Collection[str], seed: str) -> Suspects:
    """A third of the suspects is missing, strong and weak ones alike; as many innocent ones are suspected as much."""
    chance = Random(seed)
    return replace(
        suspects,
        assets=_swapped(suspects.assets, [each for each in hospital.assets if each not in taken], chance),
        accounts=_swapped(suspects.accounts, [each for each in hospital.accounts if each not in taken], chance),
    )


def _swapped(beliefs: Mapping[Name, float], others: list[Name], chance: Random) -> dict[Name, float]:
    """One of every three, in order of belief, is taken for somebody else."""
    ordered = sorted(beliefs, key=lambda name: -beliefs[name])
    innocent = chance.sample([each for each in others if each not in beliefs], min(len(ordered), len(others)) // 3 + 1)
    found = dict(beliefs)
    for first in range(0, len(ordered), 3):
        wrong = chance.randrange(3) + first
        if wrong < len(ordered) and innocent:
            found[innocent.pop()] = found.pop(ordered[wrong])
    return found


def missing_dependencies(hospital: Hospital, seed: str) -> Hospital:
    """A fifth of what services need, and a fifth of the flows, is not known."""
    chance = Random(seed)
    services = {name: replace(each, needs=_thinned(each.needs, chance)) for name, each in hospital.services.items()}
    flows = hospital.flows
    kept = [row for row in range(len(flows)) if chance.random() >= MISSING]
    left = Flows(
        [flows.sources[row] for row in kept],
        [flows.targets[row] for row in kept],
        [flows.protocols[row] for row in kept],
        [flows.ports[row] for row in kept],
        [flows.connections[row] for row in kept],
        [flows.octets[row] for row in kept],
    )
    return replace(hospital, services=services, flows=left)


def _thinned(need: Dependency, chance: Random) -> Dependency:
    match need:
        case AllOf(parts):
            return AllOf(tuple(_thinned(each, chance) for each in parts if chance.random() >= MISSING))
        case AnyOf(parts, at_least):
            left = [_thinned(each, chance) for each in parts if chance.random() >= MISSING]
            return AnyOf(tuple(left), at_least) if len(left) >= at_least else need
        case _:
            return need
