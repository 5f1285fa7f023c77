"""A network while it is being drawn: nodes get their numbers, edges are added in columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from codedark.contain.network import NONE, NOWHERE, EdgeKind, Network, NodeKind
from codedark.contain.problem import Floats, Ints
from codedark.errors import UsageError
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import ZoneId


class Drawing:
    """Assets and accounts of a hospital as nodes, to which gateways and edges are added.

    Raises `UsageError` for a hospital without assets.
    """

    def __init__(self, hospital: Hospital, families: tuple[str, ...]) -> None:
        if not hospital.assets:
            raise UsageError("the model names no asset, so there is nothing to contain: fill assets.csv first")
        self.hospital = hospital
        self.families = families
        self.assets: dict[AssetId, int] = {each: number for number, each in enumerate(hospital.assets)}
        self.accounts: dict[AccountId, int] = {
            each: number for number, each in enumerate(hospital.accounts, len(self.assets))
        }
        self.zones: tuple[ZoneId, ...] = (*hospital.zones, NOWHERE)
        self.zone_numbers = {zone: number for number, zone in enumerate(self.zones)}
        zones = [self.zone_numbers[asset.zone or NOWHERE] for asset in hospital.assets.values()]
        self.asset_zones: Ints = np.array(zones, dtype=np.int64)
        self.carried: dict[tuple[int, int, int], float] = {}
        self.notes: list[str] = []
        self._names: list[str] = [*hospital.assets, *hospital.accounts]
        self._kinds = [NodeKind.ASSET] * len(self.assets) + [NodeKind.ACCOUNT] * len(self.accounts)
        self._zones: list[int] = [*zones, *[NONE] * len(self.accounts)]
        self._gateways: dict[tuple[NodeKind, str], int] = {}
        self._edges: list[tuple[Ints, Ints, Floats, Ints, Ints]] = []

    def gateway(self, kind: NodeKind, name: str, zone: int = NONE) -> int:
        """The number of a gateway, which is there from now on."""
        number = self._gateways.get((kind, name))
        if number is None:
            number = self._gateways[kind, name] = len(self._names)
            self._names.append(name)
            self._kinds.append(kind)
            self._zones.append(zone)
        return number

    def gateways(self, keys: Ints, gateway: Callable[[int], int]) -> Ints:
        """The gateway of each key, asked for once for each distinct one."""
        distinct, where = np.unique(keys, return_inverse=True)
        return np.array([gateway(key) for key in distinct.tolist()], dtype=np.int64)[where]

    def has(self, kind: NodeKind, name: str) -> bool:
        """Whether there is such a gateway already."""
        return (kind, name) in self._gateways

    def node_zones(self) -> Ints:
        """The number of the zone of every node that there is, -1 for none."""
        return np.array(self._zones, dtype=np.int64)

    def strangers(self, zone: int) -> int:
        """The machines of a zone that the model does not name. They may look about like all others there."""
        return self.gateway(NodeKind.STRANGERS, f"unknown machines in {self._called(zone)}", zone)

    def all_strangers(self) -> list[tuple[int, int]]:
        """(node, zone) of all unknown machines."""
        of_kind = [number for (kind, _), number in self._gateways.items() if kind is NodeKind.STRANGERS]
        return [(number, self._zones[number]) for number in of_kind]

    def out_of(self, zone: int) -> int:
        """Whoever looks about from a zone."""
        return self.gateway(NodeKind.OUT_OF, f"out of {self._called(zone)}", zone)

    def into(self, zone: int, family: int) -> int:
        """Whoever knows the ways into a zone by a protocol."""
        return self.gateway(NodeKind.INTO, f"into {self._called(zone)} by {self.families[family]}", zone)

    def _called(self, zone: int) -> str:
        return self.zones[zone] or "no known zone"

    def add(
        self, kind: EdgeKind, sources: ArrayLike, targets: ArrayLike, rates: ArrayLike, families: ArrayLike = NONE
    ) -> None:
        """Edges of one kind; what is one number holds for all of them. Edges with a rate of 0 are none."""
        ends = np.broadcast_arrays(
            np.asarray(sources, dtype=np.int64), np.asarray(targets, dtype=np.int64), np.asarray(families, np.int64)
        )
        hourly = np.broadcast_to(np.asarray(rates, dtype=np.float64), ends[0].shape)
        there = (hourly > 0) & (ends[0] != ends[1])
        froms, tos, protocols = (column[there] for column in ends)
        self._edges.append((froms, tos, hourly[there], np.full(len(froms), kind, dtype=np.int64), protocols))

    def done(self, hands_per_hour: float) -> Network:
        """The network as it stands. Where more ways lead out of a machine or an account than somebody goes in an hour,
        all of them are slower in proportion; what is at once stays at once.
        """
        columns = zip(*self._edges, strict=True)
        sources, targets, rates, kinds, protocols = (np.concatenate(column) for column in columns)
        leaving = np.bincount(sources, np.where(np.isfinite(rates), rates, 0.0), len(self._names))
        slower = hands_per_hour / np.maximum(leaving, hands_per_hour)
        slower[len(self.assets) + len(self.accounts) :] = 1.0  # a gateway stands for many machines
        rates = rates * slower[sources]
        zones = self.node_zones()
        answers = kinds == EdgeKind.ANSWERS
        return Network(
            self.assets,
            self.accounts,
            tuple(self._names),
            np.array(self._kinds, dtype=np.int64),
            zones,
            self.zones,
            self.families,
            sources,
            targets,
            rates,
            kinds,
            protocols,
            zones[np.where(answers, targets, sources)],
            zones[np.where(answers, sources, targets)],
            self.carried,
            tuple(self.notes),
        )
