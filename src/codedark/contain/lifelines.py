"""What must never be cut: which edges and things a lifeline leans on, and why an action is therefore none.

A lifeline that nobody attested, or whose attestation has ended, is protected all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codedark.contain.action import Action, ActionId
from codedark.contain.network import NONE, NOWHERE, EdgeKind, Network
from codedark.contain.problem import Ints, Sets
from codedark.contain.ragged import row_of
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import Dependents, Down, leaves
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import OnAsset, OnLink, OnService, ServiceId
from codedark.hospital.zone import Link, ZoneId


@dataclass(frozen=True, slots=True)
class Refusal:
    """An action that cannot be chosen, the lifeline that it would touch, and how."""

    action: ActionId
    lifeline: LifelineId
    because: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What one lifeline leans on: named itself, or needed by its services through however many others.

    ``spare`` links are those without which it still stands.
    """

    lifeline: Lifeline
    assets: frozenset[AssetId]
    links: frozenset[Link]
    spare: frozenset[Link]


class Lifelines:
    """The lifelines of a hospital, over its network. ``links`` are the ways that things after the nodes stand for."""

    def __init__(self, hospital: Hospital, network: Network, links: Sequence[Link]) -> None:
        self._assets = list(hospital.assets)
        self._nodes = len(network.names)
        self._links = links
        self._network = network
        self._dependents = Dependents(hospital)
        self.reaches = tuple(reach_of(self._dependents, each) for each in hospital.lifelines.values())
        self.edges = self._edges(hospital)
        """For each edge the number of a lifeline that needs it, or -1."""
        self._together = Down()

    def screen(self, actions: Sequence[Action], cuts: Sets, down: Sets, order: Ints) -> Mapping[int, Refusal]:
        """Which actions touch a lifeline (by their place), looked at in this order.

        1. None cuts an edge between things that both go on, and that a lifeline needs to be joined.
        2. None takes down something without which a lifeline falls, with nothing else down.
        3. All that are left *together* fell no lifeline: of things that stand in for each other, only so many may be
           taken down as none misses, and who comes first in ``order`` is given the choice. This adds to what was let
           through before, so that later calls keep the promise too.
        """
        refused = {place: self._cutting(actions[place], edge) for place, edge in self._touched(cuts, down)}
        for place in order[self._sensitive(down)[order]].tolist():
            if place not in refused and (refusal := self._felling(actions[place], down[place])):
                refused[place] = refusal
        return refused

    def _touched(self, cuts: Sets, down: Sets) -> Iterator[tuple[int, int]]:
        """(action, edge) for those that cut a protected edge and take neither of its ends down."""
        assets = np.zeros(len(down), dtype=np.bool_)
        assets[row_of(down)[down.members < self._nodes]] = True
        rows, protected = row_of(cuts), self.edges[cuts.members] != NONE
        touching = np.flatnonzero(protected & ~assets[rows])
        places, first = np.unique(rows[touching], return_index=True)
        yield from zip(places.tolist(), cuts.members[touching[first]].tolist(), strict=True)

    def _sensitive(self, down: Sets) -> NDArray[np.bool_]:
        """Which actions take something down that any lifeline leans on."""
        things = np.zeros(self._nodes + len(self._links), dtype=np.bool_)
        numbers = {link: self._nodes + place for place, link in enumerate(self._links)}
        for reach in self.reaches:
            things[[self._network.assets[each] for each in reach.assets]] = True
            things[[numbers[each] for each in reach.links]] = True
        found = np.zeros(len(down), dtype=np.bool_)
        found[row_of(down)[things[down.members]]] = True
        return found

    def _felling(self, action: Action, things: Ints) -> Refusal | None:
        """Why this may not be taken down; where nothing speaks against it, it is counted as down from now on."""
        down = Down(
            frozenset(self._assets[each] for each in things.tolist() if each < self._nodes),
            links=frozenset(self._links[each - self._nodes] for each in things.tolist() if each >= self._nodes),
        )
        if hit := self._dependents.fail(down).lifelines:
            return Refusal(action.id, hit[0].id, f"takes down {_spoken(down)}, and with it {hit[0].name}")
        both = Down(self._together.assets | down.assets, links=self._together.links | down.links)
        if both == self._together:
            return None
        if hit := self._dependents.fail(both).lifelines:
            others = _spoken(_standing_in(self._together, down, self.reaches, hit[0]))
            because = f"{_spoken(down)} must stay for {hit[0].name}, because {others} may be taken down already"
            return Refusal(action.id, hit[0].id, because)
        self._together = both
        return None

    def _cutting(self, action: Action, edge: int) -> Refusal:
        lifeline = self.reaches[self.edges[edge]].lifeline
        return Refusal(action.id, lifeline.id, f"cuts {self._network.tell(edge)}, which {lifeline.name} needs")

    def _edges(self, hospital: Hospital) -> Ints:
        """For each edge the lifeline that needs it.

        1. Seen between two things of one lifeline, or along a way that it leans on from or to one of its things.
        2. Through policy, along a way without which it falls.
        3. Where no flow is known, through policy between any two zones in which it has things.
        """
        network = self._network
        found = np.full(len(network), NONE, dtype=np.int64)
        seen = (network.edge_kinds == EdgeKind.SEEN) | (network.edge_kinds == EdgeKind.ANSWERS)
        crossing = network.edge_kinds == EdgeKind.CROSSES
        zones = {zone: number for number, zone in enumerate(network.zones)}
        of_edges = network.starts * len(zones) + network.ends
        blind = not len(hospital.flows)
        for number, reach in reversed(list(enumerate(self.reaches))):
            inside = np.zeros(len(network.names), dtype=np.bool_)
            inside[[network.assets[each] for each in reach.assets]] = True
            one, other = inside[network.sources], inside[network.targets]
            along = np.isin(of_edges, _pairs(reach.links, zones))
            found[seen & ((one & other) | (along & (one | other)))] = number
            found[crossing & np.isin(of_edges, _pairs(reach.links - reach.spare, zones))] = number
            if blind:
                rooms = {zones[hospital.assets[each].zone or NOWHERE] for each in reach.assets}
                places = np.isin(network.starts, list(rooms)) & np.isin(network.ends, list(rooms))
                found[crossing & places & (network.starts != network.ends)] = number
        return found


def _pairs(links: frozenset[Link], zones: Mapping[ZoneId, int]) -> list[int]:
    return [zones[each.source] * len(zones) + zones[each.target] for each in links]


def reach_of(dependents: Dependents, lifeline: Lifeline) -> Reach:
    """Everything that a lifeline leans on: services are followed to the end of their needs."""
    hospital = dependents.hospital
    kinds = frozenset(lifeline.kinds)
    assets = {*lifeline.assets, *(each.id for each in hospital.assets.values() if each.kind in kinds)}
    links = set(lifeline.links)
    waiting, met = list(lifeline.services), set[ServiceId]()
    while waiting:
        service = waiting.pop()
        if service in met:
            continue
        met.add(service)
        for leaf in leaves(hospital.services[service].needs):
            match leaf:
                case OnAsset(asset):
                    assets.add(asset)
                case OnLink(link):
                    links.add(link)
                case OnService(other):
                    waiting.append(other)
    alone = (each for each in links if lifeline not in dependents.fail(Down(links=frozenset({each}))).lifelines)
    return Reach(lifeline, frozenset(assets), frozenset(links), frozenset(alone))


def _standing_in(together: Down, down: Down, reaches: Sequence[Reach], hit: Lifeline) -> Down:
    """What of all that may be down already belongs to the lifeline that would fall."""
    reach = next(each for each in reaches if each.lifeline is hit)
    return Down((together.assets & reach.assets) - down.assets, links=(together.links & reach.links) - down.links)


def _spoken(down: Down) -> str:
    names = [*sorted(down.assets), *(f"the way from {each.source} to {each.target}" for each in sorted(down.links))]
    return " and ".join(names if len(names) <= 3 else [*names[:3], f"{len(names) - 3} more"])
