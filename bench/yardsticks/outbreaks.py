"""Generated questions of containment, as large as hospitals are: for `bench/contain.py`, and seeded."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from codedark.contain.layout import Layout
from codedark.contain.problem import AtLeast, Cuts, Floats, Ints, Need, Other, Problem, Services, Sets, Spread, Thing
from codedark.contain.ragged import grouped

ZONES, PROTOCOLS, SERVICES = 100, 4, 300
SERVER_ZONES = 20
NEIGHBOURS = 12
"""Zones that a zone may talk to."""


class Pace(StrEnum):
    """How the intruder goes on: 16 suspects in two zones; three times the rates and 60 suspects in ten zones; the same,
    with five hundred assets more of which little is known, and hands for a third of all.
    """

    CALM = "calm"
    FAST = "fast"
    FEW_HANDS = "few hands"


@dataclass
class _Drawing:
    """Edges and actions as they are put together."""

    rng: np.random.Generator
    zone: Ints
    server: NDArray[np.bool_]
    pace: float
    sources: list[Ints] = field(default_factory=list)
    targets: list[Ints] = field(default_factory=list)
    rates: list[Floats] = field(default_factory=list)
    edges: int = 0
    cuts: list[Ints] = field(default_factory=list)
    down: list[list[int]] = field(default_factory=list)
    costs: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def assets(self) -> int:
        """How many there are; gateways out of zones, gateways into zones and accounts are numbered behind them."""
        return len(self.zone)

    @property
    def first_account(self) -> int:
        """The number of the first account."""
        return self.assets + 2 * ZONES * PROTOCOLS

    def add_edges(self, sources: Ints, targets: Ints, rates: Floats) -> Ints:
        """Their numbers."""
        self.sources.append(sources)
        self.targets.append(targets)
        self.rates.append(rates * self.pace)
        self.edges += len(sources)
        return np.arange(self.edges - len(sources), self.edges)

    def add_action(self, cuts: Ints, down: list[int], apply_minutes: float, staff: float, harm: float) -> int:
        """Its number."""
        self.cuts.append(cuts)
        self.down.append(down)
        self.costs.append((apply_minutes / 60, staff, harm))
        return len(self.costs) - 1

    def inside_zones(self) -> None:
        """Who talked to whom, who may leave and enter his zone, and whose credentials lie where."""
        rng, zone, assets = self.rng, self.zone, self.assets
        begin = np.searchsorted(zone, np.arange(ZONES + 1))
        who = np.repeat(np.arange(assets), 3)
        peer = begin[zone[who]] + rng.integers(0, np.maximum(begin[zone[who] + 1] - begin[zone[who]], 1))
        self.add_edges(who[who != peer], peer[who != peer], np.full(int((who != peer).sum()), 0.004))
        for protocol in range(PROTOCOLS):
            out = np.flatnonzero(rng.random(assets) < 0.5)
            self.add_edges(out, assets + zone[out] * PROTOCOLS + protocol, np.full(len(out), 0.01))
            into = np.flatnonzero((rng.random(assets) < 0.4) | self.server)
            gateway = assets + (ZONES + zone[into]) * PROTOCOLS + protocol
            self.add_edges(gateway, into, rng.exponential(0.0015, len(into)))
        accounts = assets // 50
        account = self.first_account + np.arange(accounts)
        known, admin = rng.integers(0, assets, (accounts, 6)), rng.integers(0, assets, (accounts, 8))
        self.add_edges(known.ravel(), np.repeat(account, 6), np.full(known.size, 0.01))
        self.add_edges(np.repeat(account, 8), admin.ravel(), np.full(admin.size, 0.03))

    def between_zones(self) -> list[list[int]]:
        """Policy between zones, and what can be blocked of it; for each zone, the actions that cut it off."""
        rng, links = self.rng, 0
        cuts_of: list[list[int]] = [[] for _ in range(ZONES)]
        for one in range(ZONES):
            for other in rng.choice(ZONES, NEIGHBOURS, replace=False).tolist():
                ways = np.arange(PROTOCOLS)
                leaves = self.assets + one * PROTOCOLS + ways
                enters = self.assets + (ZONES + other) * PROTOCOLS + ways
                edges = self.add_edges(leaves, enters, np.full(PROTOCOLS, 0.3))
                harm = float(rng.pareto(1.5) + 0.2)
                link = self.first_account + self.assets // 50 + links
                whole = self.add_action(edges, [link], rng.uniform(5, 30), 4, harm)
                links += 1
                cuts_of[one].append(whole)
                cuts_of[other].append(whole)
                for edge in edges[:2]:
                    self.add_action(np.array([edge]), [], rng.uniform(5, 30), 3, harm * float(rng.uniform(0.1, 0.5)))
        return cuts_of

    def isolations(self, suspects: Ints) -> Ints:
        """What isolates suspects and up to 15,000 more, and disables accounts: for each node its action or -1."""
        rng, assets, nodes = self.rng, self.assets, self.first_account + self.assets // 50
        ends = np.concatenate((*self.sources, *self.targets))
        numbers = np.tile(np.arange(self.edges), 2)
        touching = grouped(ends, nodes)
        isolates = np.full(nodes, -1, dtype=np.int64)
        some = np.flatnonzero(rng.random(assets) < min(1.0, 15_000 / assets))
        for asset in np.union1d(some, suspects).tolist():
            harm = float(rng.exponential(0.3) + 0.02)
            isolates[asset] = self.add_action(numbers[touching[asset]], [asset], rng.uniform(1, 10), 2, harm)
        for account in range(self.first_account, nodes):
            harm = float(rng.exponential(0.3) + 0.05)
            isolates[account] = self.add_action(numbers[touching[account]], [], rng.uniform(1, 5), 1, harm)
        return isolates

    def services(self, nodes: int) -> Services:
        """Each needs two servers, one of two databases, some a link, most another service; few matter much."""
        rng, servers = self.rng, np.flatnonzero(self.server).tolist()
        needs: list[Need] = []
        for number in range(SERVICES):
            twins = tuple(Thing(int(each)) for each in rng.choice(servers, 2, replace=False))
            parts: list[Need] = [*(Thing(int(each)) for each in rng.choice(servers, 2, replace=False))]
            parts.append(AtLeast(twins, 1))
            if rng.random() < 0.3:
                parts.append(Thing(nodes + int(rng.integers(ZONES * NEIGHBOURS))))
            if number > 10:
                parts.append(Other(int(rng.integers(0, max(2, number // 10)))))
            needs.append(AtLeast(tuple(parts), len(parts)))
        while_cut = rng.pareto(1.2, SERVICES) + 0.2
        while_taken = while_cut * rng.uniform(5, 40, SERVICES)
        return Services(tuple(needs), while_cut, while_taken, rng.random(SERVICES) < 0.1)


def outbreak(assets: int, pace: Pace, seed: int = 1) -> tuple[Problem, Layout]:
    """A hospital of so many assets in 100 zones with an intruder in it."""
    rng = np.random.default_rng([seed, assets])
    zone = np.sort(rng.integers(0, ZONES, assets))
    server = (zone < SERVER_ZONES) & (rng.random(assets) < 0.2)
    drawing = _Drawing(rng, zone, server, 1.0 if pace is Pace.CALM else 3.0)
    drawing.inside_zones()
    cuts_of = drawing.between_zones()
    suspects = _suspects(rng, zone, server, fast=pace is not Pace.CALM)
    isolates = drawing.isolations(suspects)
    nodes = len(isolates)
    services = drawing.services(nodes)
    beliefs, reached = np.zeros(nodes), np.zeros(nodes)
    if pace is Pace.FEW_HANDS:
        beliefs[rng.choice(assets, assets // 100, replace=False)] = 0.0005
    beliefs[suspects] = rng.choice([0.03, 0.1, 0.4, 0.9], len(suspects), p=[0.3, 0.3, 0.2, 0.2])
    reached[:assets] = np.where(server, rng.pareto(1.3, assets) + 0.2, 0.05)
    hours, staff, harms = (np.array(column) for column in zip(*drawing.costs, strict=True))
    spread = Spread(
        np.concatenate(drawing.sources), np.concatenate(drawing.targets), np.concatenate(drawing.rates), beliefs
    )
    cuts = Cuts(Sets.of([each.tolist() for each in drawing.cuts]), Sets.of(drawing.down), hours, staff, harms)
    hands = 400.0 if pace is Pace.FEW_HANDS else 2000.0
    problem = Problem(spread, cuts, services, reached, 24.0, hands)
    zones = np.concatenate((zone, np.full(nodes - assets, -1)))
    return problem, Layout(isolates, zones, Sets.of(cuts_of), np.unique(np.concatenate(cuts_of)))


def _suspects(rng: np.random.Generator, zone: Ints, server: NDArray[np.bool_], *, fast: bool) -> Ints:
    """Assets that alarmed: 16 in two zones of clients, or 60 in ten."""
    zones = rng.choice(np.arange(SERVER_ZONES, ZONES), 10 if fast else 2, replace=False)
    there = np.flatnonzero(np.isin(zone, zones) & ~server)
    return np.sort(rng.choice(there, min(60 if fast else 16, len(there)), replace=False))
