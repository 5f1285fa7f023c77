"""What may be done: the actions among which a plan chooses, and those that are refused for the sake of a lifeline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from codedark.contain import ragged
from codedark.contain.action import Action, ActionId, ActionKind
from codedark.contain.candidates import (
    Candidates,
    Ground,
    isolations,
    protocol_blocks,
    shut_downs,
    whole_zones,
    zone_pairs,
)
from codedark.contain.doors import closed_doors, disabled_accounts
from codedark.contain.lifelines import Lifelines, Reach, Refusal
from codedark.contain.network import Network
from codedark.contain.problem import Ints, Sets
from codedark.contain.settings import ActionSettings
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import leaves
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import OnLink
from codedark.hospital.zone import Link, ZoneId


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The actions, a row for each: the edges that it ``cuts`` and the things that it takes ``down``.

    Things are nodes, and after them ``links``. ``accounts`` are those that closing a supplier's access consists of.
    ``refused`` says which actions a lifeline forbids, and how they would touch it; ``reaches`` what each leans on: the
    peers of whatever is restricted.
    """

    actions: tuple[Action, ...]
    cuts: Sets
    down: Sets
    links: tuple[Link, ...]
    accounts: Mapping[ActionId, tuple[AccountId, ...]]
    refused: tuple[Refusal, ...]
    reaches: tuple[Reach, ...]


def choices_of(
    hospital: Hospital,
    network: Network,
    settings: ActionSettings,
    dial_in: Collection[ZoneId] = (),
    first: Sequence[AssetId] = (),
) -> Choices:
    """Everything that may be done in this hospital. No set of these actions touches a lifeline.

    Where some of several machines can be spared, those in ``first`` (most suspected first) may be taken down before
    others. What cannot be isolated because a lifeline leans on it can be restricted to its peers there, by a person.
    """
    links = _links(hospital)
    ground = Ground(hospital, network, settings, links, dial_in)
    lifelines = Lifelines(hospital, network, links)
    made = _together(
        [
            isolations(ground),
            shut_downs(ground),
            zone_pairs(ground),
            whole_zones(ground),
            protocol_blocks(ground),
            disabled_accounts(ground),
            closed_doors(ground),
        ]
    )
    refused = dict(lifelines.screen(made.actions, made.cuts, made.down, _order(made.actions, first)))
    kept = np.array([place for place in range(len(made.actions)) if place not in refused], dtype=np.int64)
    held = [made.actions[place].asset for place in refused if made.actions[place].kind is ActionKind.ISOLATE_HOST]
    restricted = _restrictions(ground, lifelines, [each for each in held if each is not None])
    every = _together(
        [
            Candidates(
                [made.actions[place] for place in kept.tolist()],
                ragged.chosen_of(made.cuts, kept),
                ragged.chosen_of(made.down, kept),
                made.accounts,
            ),
            restricted,
        ]
    )
    because = tuple(refused[place] for place in sorted(refused))
    return Choices(tuple(every.actions), every.cuts, every.down, links, every.accounts, because, lifelines.reaches)


def _links(hospital: Hospital) -> tuple[Link, ...]:
    """Every way that a service or a lifeline names, in order."""
    needed = (leaf for service in hospital.services.values() for leaf in leaves(service.needs))
    named = chain.from_iterable(lifeline.links for lifeline in hospital.lifelines.values())
    return tuple(sorted({*named, *(leaf.link for leaf in needed if isinstance(leaf, OnLink))}))


def _order(actions: Sequence[Action], first: Sequence[AssetId]) -> Ints:
    """The places of actions, those on ``first`` before all others."""
    rank = {asset: place for place, asset in enumerate(first)}
    return np.array(
        sorted(
            range(len(actions)), key=lambda place: (rank.get(actions[place].asset or AssetId(""), len(rank)), place)
        ),
        dtype=np.int64,
    )


def _restrictions(ground: Ground, lifelines: Lifelines, assets: Sequence[AssetId]) -> Candidates:
    """What a lifeline leans on, cut from all but what that needs; nothing is down, and only a person may do it."""
    numbers = np.array([ground.network.assets[each] for each in assets], dtype=np.int64)
    edges = ragged.chosen_of(ground.of_asset, numbers)
    cuts = ragged.kept(edges, lifelines.edges[edges.members] < 0)
    actions = [ground.action(ActionKind.RESTRICT_TO_LIFELINE, each, asset=each, wants_person=True) for each in assets]
    useful = np.flatnonzero(np.diff(cuts.starts) > 0)
    return Candidates(
        [actions[place] for place in useful.tolist()], ragged.chosen_of(cuts, useful), ragged.empty(len(useful))
    )


def _together(every: Sequence[Candidates]) -> Candidates:
    return Candidates(
        [action for each in every for action in each.actions],
        ragged.below([each.cuts for each in every]),
        ragged.below([each.down for each in every]),
        {key: value for each in every for key, value in each.accounts.items()},
    )
