"""Flows that were read, folded into those that stand."""

from __future__ import annotations

from collections.abc import Mapping

from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Flows
from codedark.hospital.importers.facts import FlowKey


def folded(
    standing: Flows, connections: Mapping[FlowKey, int], octets: Mapping[FlowKey, int], names: Mapping[str, AssetId]
) -> tuple[Flows, int, int]:
    """Flows with those that were read folded in, addresses replaced by assets; how many are new, and how many grew."""
    columns = (standing.sources, standing.targets, standing.protocols, standing.ports)
    rows = {
        FlowKey(*key): [count, size]
        for *key, count, size in zip(*columns, standing.connections, standing.octets, strict=True)
    }
    before = frozenset(rows)
    grown: set[FlowKey] = set()
    for key, count in connections.items():
        named = FlowKey(names.get(key.source, key.source), names.get(key.target, key.target), key.protocol, key.port)
        row = rows.setdefault(named, [0, 0])
        if named in before:
            grown.add(named)
        row[0] += count
        row[1] += octets.get(key, 0)
    keys = list(rows)
    return (
        Flows(
            [key.source for key in keys],
            [key.target for key in keys],
            [key.protocol for key in keys],
            [key.port for key in keys],
            [row[0] for row in rows.values()],
            [row[1] for row in rows.values()],
        ),
        len(rows) - len(before),
        len(grown),
    )
