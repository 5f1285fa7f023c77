"""Machines and ways that could be cut, before anybody asks about lifelines: one function for each kind of action.

Each gives its actions in the order of the hospital, the edges that they cut and the things that they take down.
Accounts and what leads outside are the matter of `codedark.contain.doors`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from codedark.contain import ragged
from codedark.contain.action import Action, ActionId, ActionKind
from codedark.contain.network import NONE, NOWHERE, EdgeKind, Network
from codedark.contain.problem import Ints, Sets
from codedark.contain.settings import ActionSettings
from codedark.hospital.account import AccountId
from codedark.hospital.asset import Asset
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Actions with the edges that they cut, the things that they take down, and the accounts that some consist of."""

    actions: Sequence[Action]
    cuts: Sets
    down: Sets
    accounts: Mapping[ActionId, tuple[AccountId, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Ground:
    """What all of them are made from. ``links`` are the ways that services or lifelines name, ``dial_in`` the zones in
    which people and suppliers come in.
    """

    hospital: Hospital
    network: Network
    settings: ActionSettings
    links: Sequence[Link]
    dial_in: Collection[ZoneId]

    @cached_property
    def of_asset(self) -> Sets:
        """The edges from and to each asset."""
        network, count = self.network, len(self.hospital.assets)
        ends = np.concatenate([network.sources, network.targets])
        edges = np.tile(np.arange(len(network), dtype=np.int64), 2)
        here = ends < count
        return ragged.gathered(ends[here], edges[here], count)

    @cached_property
    def between(self) -> NDArray[np.bool_]:
        """The edges over the network from one zone into another, neither of which is the internet or unknown."""
        network, zones = self.network, self.hospital.zones
        inner = [zone != NOWHERE and zones[zone].purpose is not Purpose.INTERNET for zone in network.zones]
        known = np.array([*inner, False])  # -1, no zone, is the last
        over = network.edge_kinds <= EdgeKind.CROSSES
        found: NDArray[np.bool_] = over & (network.starts != network.ends) & known[network.starts] & known[network.ends]
        return found

    @cached_property
    def seen(self) -> frozenset[tuple[int, int]]:
        """The pairs of zones, in either order, between which something was seen to pass."""
        return frozenset(pair for one, other, _ in self.network.carried for pair in ((one, other), (other, one)))

    @cached_property
    def octets(self) -> Mapping[tuple[int, int], float]:
        """The octets that passed from zone to zone."""
        sums: dict[tuple[int, int], float] = {}
        for (one, other, _), octets in self.network.carried.items():
            sums[one, other] = sums.get((one, other), 0.0) + octets
        return sums

    def things(self, wanted: Iterable[Link]) -> list[int]:
        """The numbers of those of the links that anything needs."""
        return [self._numbers[each] for each in wanted if each in self._numbers]

    @cached_property
    def _numbers(self) -> Mapping[Link, int]:
        return {link: number for number, link in enumerate(self.links, len(self.network.names))}

    def loss_between(self, one: int, other: int) -> float:
        """Harm an hour of no longer passing between two zones, beside that of services."""
        share = 1.0 if (one, other) in self.seen else self.settings.unseen_share
        return share * max(self._losses[one], self._losses[other])

    @cached_property
    def _losses(self) -> Sequence[float]:
        zones, harms = self.hospital.zones, self.settings.zones
        return [0.0 if zone == NOWHERE else harms[zones[zone].purpose] for zone in self.network.zones]

    def action(self, kind: ActionKind, name: str, harm_per_hour: float | None = None, **target: object) -> Action:
        """An action with the usual figures of its kind."""
        effort = self.settings.actions[kind]
        harm = effort.harm_per_hour if harm_per_hour is None else harm_per_hour
        made: Action = Action(
            ActionId(f"{kind}:{name}"), kind, effort.apply_minutes, effort.staff_minutes, harm, **target  # type: ignore[arg-type]
        )  # fmt: skip
        return made


def isolations(ground: Ground) -> Candidates:
    """Each asset off the network: all its edges, and itself for every service that needs it."""
    actions = [
        ground.action(ActionKind.ISOLATE_HOST, each.id, _loss_of(ground, each), asset=each.id)
        for each in ground.hospital.assets.values()
    ]
    return Candidates(actions, ground.of_asset, ragged.single(np.arange(len(actions), dtype=np.int64)))


def shut_downs(ground: Ground) -> Candidates:
    """Each server switched off in order: as isolated, more slowly and at a higher price."""
    more = ground.settings.actions[ActionKind.SHUT_DOWN].harm_per_hour
    kinds = frozenset(ground.settings.shut_down_kinds)
    chosen = [(ground.network.assets[each.id], each) for each in ground.hospital.assets.values() if each.kind in kinds]
    numbers = np.array([number for number, _ in chosen], dtype=np.int64)
    actions = [
        ground.action(ActionKind.SHUT_DOWN, each.id, more + _loss_of(ground, each), asset=each.id) for _, each in chosen
    ]
    return Candidates(actions, ragged.chosen_of(ground.of_asset, numbers), ragged.single(numbers))


def _loss_of(ground: Ground, asset: Asset) -> float:
    settings = ground.settings
    ward = ground.hospital.wards[asset.ward] if asset.ward else None
    factor = settings.ward_factor(ward.specialty) if ward else 1.0
    return factor * settings.assets.get(asset.kind, settings.actions[ActionKind.ISOLATE_HOST].harm_per_hour)


def zone_pairs(ground: Ground) -> Candidates:
    """Each two zones apart, in both directions, with the ways between them."""
    network, count = ground.network, len(ground.network.zones)
    edges = np.flatnonzero(ground.between)
    starts, ends = network.starts[edges], network.ends[edges]
    keys, places = np.unique(np.minimum(starts, ends) * count + np.maximum(starts, ends), return_inverse=True)
    usual = ground.settings.actions[ActionKind.CUT_ZONES].harm_per_hour
    actions, down = [], []
    for one, other in ((key // count, key % count) for key in keys.tolist()):
        link = Link(network.zones[one], network.zones[other])
        share = 1.0 if (one, other) in ground.seen else ground.settings.unseen_share
        harm = share * usual + ground.loss_between(one, other)
        actions.append(ground.action(ActionKind.CUT_ZONES, f"{link.source}>{link.target}", harm, link=link))
        down.append(ground.things((link, Link(link.target, link.source))))
    return Candidates(actions, ragged.gathered(places, edges, len(keys)), Sets.of(down))


def whole_zones(ground: Ground) -> Candidates:
    """Each zone from all others: what leads out of it and into it, accounts included, at the price of all pairs."""
    network, zones = ground.network, ground.hospital.zones
    chosen = [
        zone for zone in zones.values() if zone.purpose is not Purpose.INTERNET and zone.id not in set(ground.dial_in)
    ]
    cuts = at_zones(network, [network.zones.index(zone.id) for zone in chosen])
    usual = ground.settings.actions[ActionKind.CUT_ZONES].harm_per_hour
    partners: dict[int, set[int]] = {}
    for one, other in ground.seen:
        partners.setdefault(one, set()).add(other)
    actions = []
    for zone in chosen:
        number = network.zones.index(zone.id)
        near = [
            other
            for other in partners.get(number, ())
            if other != number and network.zones[other] in zones and network.zones[other] != NOWHERE
        ]
        harm = usual + sum(ground.loss_between(number, other) for other in sorted(near))
        actions.append(ground.action(ActionKind.CUT_ZONES, zone.id, harm, zone=zone.id))
    down = [ways_at(ground, zone) for zone in chosen]
    return with_edges(Candidates(actions, cuts, Sets.of(down)))


def protocol_blocks(ground: Ground) -> Candidates:
    """Each protocol family from zone to zone, by who begins the connection. It takes the way down for services where it
    carries a good part of what passes. Families by which nobody looks for machines are left alone.
    """
    network, count, many = ground.network, len(ground.network.zones), len(ground.network.families)
    spreading = np.unique(network.edge_families[network.edge_kinds == EdgeKind.CROSSES])
    edges = np.flatnonzero(ground.between & np.isin(network.edge_families, spreading))
    pairs = network.starts[edges] * count + network.ends[edges]
    keys, places = np.unique(pairs * many + network.edge_families[edges], return_inverse=True)
    usual = ground.settings.actions[ActionKind.BLOCK_PROTOCOL].harm_per_hour
    actions, down = [], []
    for key in keys.tolist():
        one, other, family = key // many // count, key // many % count, key % many
        link, protocol = Link(network.zones[one], network.zones[other]), network.families[family]
        passed, all_passed = network.carried.get((one, other, family)), ground.octets.get((one, other), 0.0)
        share = passed / all_passed if passed is not None and all_passed > 0 else 1.0 if passed is not None else 0.0
        harm = (1.0 if passed is not None else ground.settings.unseen_share) * usual
        harm += share * ground.loss_between(one, other)
        name = f"{link.source}>{link.target}:{protocol}"
        actions.append(ground.action(ActionKind.BLOCK_PROTOCOL, name, harm, link=link, protocol=protocol))
        blind = (one, other) not in ground.octets
        down.append(ground.things([link]) if share >= ground.settings.carries_share or blind else [])
    return Candidates(actions, ragged.gathered(places, edges, len(keys)), Sets.of(down))


def at_zones(network: Network, zones: Sequence[int]) -> Sets:
    """The edges with exactly one end in each zone."""
    place = np.full(len(network.zones) + 1, NONE, dtype=np.int64)  # -1, no zone, is the last
    place[list(zones)] = np.arange(len(zones))
    one, other = network.node_zones[network.sources], network.node_zones[network.targets]
    leaving = one != other
    edges = np.flatnonzero(leaving)
    at = np.concatenate([place[one[leaving]], place[other[leaving]]])
    here = at != NONE
    return ragged.gathered(at[here], np.tile(edges, 2)[here], len(zones))


def ways_at(ground: Ground, zone: Zone) -> list[int]:
    """The ways into a zone and out of it that anything needs."""
    return ground.things(link for link in ground.links if (link.source == zone.id) != (link.target == zone.id))


def with_edges(candidates: Candidates) -> Candidates:
    """Only those that cut or take down anything."""
    useful: Ints = np.flatnonzero((np.diff(candidates.cuts.starts) > 0) | (np.diff(candidates.down.starts) > 0))
    return Candidates(
        [candidates.actions[place] for place in useful.tolist()],
        ragged.chosen_of(candidates.cuts, useful),
        ragged.chosen_of(candidates.down, useful),
        candidates.accounts,
    )
