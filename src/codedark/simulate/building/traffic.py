"""The flows of a normal month, folded to one row for each pair of machines, protocol and port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from codedark.hospital.hospital import Flows
from codedark.simulate.building.machine import Machine, by_stem
from codedark.simulate.building.talks import OUTSIDE, TALKS, Talk
from codedark.simulate.chance import Seed, stream


def flows(machines: Sequence[Machine], seed: Seed) -> Flows:
    """The folded flows of a month: about eight for each machine, each with its own numbers around the mean."""
    chance = stream(seed, "traffic")
    named = by_stem(machines)
    rows = _Rows()
    for talk in TALKS:
        targets = [machine.id for machine in named.get(talk.target, ())]
        peers = min(talk.peers or len(targets), len(targets))
        for number, source in enumerate(_of(talk.sources, named)):
            for at in range(peers):
                target = targets[(number + at) % len(targets)]
                if target != source.id:
                    rows.add(source.id, target, talk, chance)
    for sources, addresses, protocol, port, month, octets in OUTSIDE:
        for source in _of(sources, named):
            for address in addresses:
                rows.add(source.id, address, Talk((), "", protocol, port, month, octets), chance)
    return rows.flows()


def _of(stems: Sequence[str], named: Mapping[str, Sequence[Machine]]) -> list[Machine]:
    return [machine for stem in stems for machine in named.get(stem, ())]


class _Rows:
    """Flows while they are being collected, column by column."""

    def __init__(self) -> None:
        self._sources: list[str] = []
        self._targets: list[str] = []
        self._protocols: list[str] = []
        self._ports: list[int] = []
        self._connections: list[int] = []
        self._octets: list[int] = []

    def add(self, source: str, target: str, talk: Talk, chance: Random) -> None:
        connections = max(1, int(talk.month * (0.5 + chance.random())))
        self._sources.append(source)
        self._targets.append(target)
        self._protocols.append(talk.protocol)
        self._ports.append(talk.port)
        self._connections.append(connections)
        self._octets.append(int(connections * talk.octets * (0.7 + 0.6 * chance.random())))

    def flows(self) -> Flows:
        """The columns as the hospital model holds them."""
        names = tuple(self._sources), tuple(self._targets), tuple(self._protocols)
        return Flows(*names, tuple(self._ports), tuple(self._connections), tuple(self._octets))
