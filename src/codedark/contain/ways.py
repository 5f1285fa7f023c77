"""Ways over the network: from the flows that were seen, and through policy where none was.

What policy allows is not asked of a firewall. It is read off the flows: if one machine of a zone was seen to talk to
one of another by a protocol, every machine of the first is taken to reach every one of the second that serves it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import product, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from codedark.contain.drawing import Drawing
from codedark.contain.network import NONE, NOWHERE, EdgeKind
from codedark.contain.problem import Floats, Ints
from codedark.contain.rates import PORTS, PROTOCOLS, Rates
from codedark.hospital.failure import leaves
from codedark.hospital.ranges import Ranges
from codedark.hospital.service import OnLink
from codedark.hospital.zone import Purpose, ZoneId

_PROTOCOLS: Final = {name: number * PORTS for number, name in enumerate(PROTOCOLS)}
_CLOSED: Final = frozenset({Purpose.GUEST, Purpose.INTERNET})
"""Where nobody is taken to reach anybody, or to be reached, unless it was seen."""


def draw_ways(drawing: Drawing, rates: Rates, dial_in: Collection[ZoneId]) -> None:
    """All ways over the network.

    1. Flows: client to server, and back at what answers may carry.
    2. Each machine may look about from its zone, and enters by what it serves: of its kind and system, or seen.
    3. Zones lead into each other by what was seen to pass between them.
    4. The zones of ``dial_in``, from which nothing was seen yet, lead where remote work does.
    """
    factors = _Factors(drawing, rates)
    for each in dial_in:
        drawing.strangers(drawing.zone_numbers[each])
    served, passed = _draw_flows(drawing, rates, factors)
    entries = _draw_machines(drawing, rates, factors, served)
    opened = _opened(drawing, entries, passed, rates, dial_in)
    crossings = sorted({(zone, *entry) for zone, entry in opened})
    hourly = [
        rates.within_zone_per_hour if one == other else rates.across_zones_per_hour for one, other, _ in crossings
    ]
    drawing.add(
        EdgeKind.CROSSES,
        [drawing.out_of(zone) for zone, _, _ in crossings],
        [drawing.into(zone, family) for _, zone, family in crossings],
        hourly,
        [family for _, _, family in crossings],
    )
    for number, zone in drawing.all_strangers():
        drawing.add(EdgeKind.LEAVES, number, drawing.out_of(zone), rates.looks_about_per_hour)


class _Factors:
    """By how much more or less easily each asset is entered and left; gateways after them are as everybody."""

    def __init__(self, drawing: Drawing, rates: Rates) -> None:
        assets = drawing.hospital.assets.values()
        entered = [rates.entered.get(each.kind, 1.0) * rates.support[each.support] for each in assets]
        self.entered: Floats = np.array(entered)
        self.left: Floats = np.array([rates.left.get(each.kind, 1.0) for each in assets])

    @staticmethod
    def of(column: Floats, nodes: Ints) -> Floats:
        """The factor of each node."""
        known = nodes < len(column)
        return np.where(known, column[np.where(known, nodes, 0)], 1.0)


def _draw_flows(
    drawing: Drawing, rates: Rates, factors: _Factors
) -> tuple[tuple[Ints, Ints], set[tuple[int, int, int]]]:
    """Edges of the folded flows. Returns (assets, families) that were served, and what passed from zone to zone.

    1. Names become numbers; addresses that the model does not know, the unknown machines of their zone. What comes from
       the internet or goes there is no way within the hospital.
    2. Flows of one family between the same two are one edge there and one back.
    """
    flows = drawing.hospital.flows
    sources, targets = _nodes(drawing, flows.sources), _nodes(drawing, flows.targets)
    base = np.fromiter(map(_PROTOCOLS.get, flows.protocols, repeat(NONE)), np.int64, len(flows))
    ports = np.fromiter(flows.ports, np.int64, len(flows))
    octets = np.fromiter(flows.octets, np.float64, len(flows))
    ways = (sources >= 0) & (targets >= 0) & (base >= 0)
    sources, targets, octets = sources[ways], targets[ways], octets[ways]
    families = rates.by_port()[base[ways] + ports[ways]]
    zones = np.array(drawing.node_zones(), dtype=np.int64)
    passed = _carried(drawing, zones[sources], zones[targets], families, octets)

    count, many = len(zones), len(drawing.families)
    folded = np.sort((sources * count + targets) * many + families)
    folded = folded[np.flatnonzero(np.diff(folded, prepend=-1))]  # as `np.unique`, in a tenth of its time
    families, pairs = folded % many, folded // many
    sources, targets = pairs // count, pairs % count
    seen, answers = (_column(rates, name)[families] for name in ("seen_per_hour", "answers_per_hour"))
    there = factors.of(factors.left, sources) * factors.of(factors.entered, targets)
    back = factors.of(factors.left, targets) * factors.of(factors.entered, sources)
    drawing.add(EdgeKind.SEEN, sources, targets, seen * there, families)
    drawing.add(EdgeKind.ANSWERS, targets, sources, answers * back, families)
    served = targets < len(drawing.assets)
    return (targets[served], families[served]), passed


def _nodes(drawing: Drawing, column: Iterable[str]) -> Ints:
    """The node of each end of a flow, -1 for what is outside."""
    names = list(column)
    nodes = np.fromiter(map(drawing.assets.get, names, repeat(NONE)), np.int64, len(names))  # type: ignore[arg-type]
    unknown = np.flatnonzero(nodes < 0).tolist()
    ranges, met = Ranges(drawing.hospital.zones.values()), {}
    for place in unknown:
        name = names[place]
        if name not in met:
            met[name] = _stranger(drawing, ranges, name)
        nodes[place] = met[name]
    return nodes


def _stranger(drawing: Drawing, ranges: Ranges, address: str) -> int:
    try:
        zone = ranges.zone_of(address)
    except ValueError:
        return NONE
    if zone is None or drawing.hospital.zones[zone].purpose is Purpose.INTERNET:
        return NONE
    return drawing.strangers(drawing.zone_numbers[zone])


def _carried(drawing: Drawing, starts: Ints, ends: Ints, families: Ints, octets: Floats) -> set[tuple[int, int, int]]:
    """What passed from zone to zone by which family; its octets are kept in the drawing."""
    count, many = len(drawing.zones), len(drawing.families)
    keys, where = np.unique((starts * count + ends) * many + families, return_inverse=True)
    sums = np.bincount(where, octets, len(keys))
    links = [(key // many // count, key // many % count, key % many) for key in keys.tolist()]
    drawing.carried.update(zip(links, sums.tolist(), strict=True))
    return set(links)


def _draw_machines(drawing: Drawing, rates: Rates, factors: _Factors, seen: tuple[Ints, Ints]) -> set[tuple[int, int]]:
    """Each machine's way out and its ways in. Returns the (zone, family) into which there are ways."""
    serves = _by_kind(drawing, rates)
    serves[seen] = True
    unseen = _column(rates, "unseen_per_hour")
    machines, families = np.nonzero(serves & (unseen > 0))
    zones, many = drawing.asset_zones[machines], len(drawing.families)
    doors = drawing.gateways(zones * many + families, lambda key: drawing.into(key // many, key % many))
    drawing.add(EdgeKind.ENTERS, doors, machines, unseen[families] * factors.entered[machines], families)

    outs = drawing.gateways(drawing.asset_zones, drawing.out_of)
    drawing.add(EdgeKind.LEAVES, np.arange(len(outs)), outs, rates.looks_about_per_hour * factors.left)
    return set(zip(zones.tolist(), families.tolist(), strict=True))


def _by_kind(drawing: Drawing, rates: Rates) -> NDArray[np.bool_]:
    """Which machine (row) serves which family (column), as far as its kind and its operating system tell."""
    words = [set(family.served_by) for family in rates.families.values()]
    known: dict[tuple[str, str], list[bool]] = {}
    rows = []
    for asset in drawing.hospital.assets.values():
        key = (asset.kind, asset.operating_system)
        if key not in known:
            is_one = {asset.kind, rates.systems.of(asset.kind, asset.operating_system)}
            known[key] = [not is_one.isdisjoint(served_by) for served_by in words]
        rows.append(known[key])
    return np.array(rows, dtype=np.bool_)


Opened = set[tuple[int, tuple[int, int]]]
"""From a zone into (zone, family)."""


def _opened(
    drawing: Drawing,
    entries: set[tuple[int, int]],
    passed: set[tuple[int, int, int]],
    rates: Rates,
    dial_in: Collection[ZoneId],
) -> Opened:
    """Which zone leads into which by what.

    1. Every zone into itself: nothing inside it is taken to keep machines apart.
    2. By what was seen to pass.
    3. By everything where a service says that it needs the way, and nothing was seen there.
    4. Where no flow is known at all, every zone into every other one, but for guests and the internet.
    5. A zone for dialling in, from which nothing was seen to come, as the figures say.
    """
    opened: Opened = {(zone, (zone, family)) for zone, family in entries}
    opened |= {(start, (end, family)) for start, end, family in passed if (end, family) in entries}
    numbers, zones = drawing.zone_numbers, drawing.hospital.zones
    seen = {(start, end) for start, end, _ in passed}
    needed = {
        (numbers[leaf.link.source], numbers[leaf.link.target])
        for service in drawing.hospital.services.values()
        for leaf in leaves(service.needs)
        if isinstance(leaf, OnLink)
    }
    if not passed:
        drawing.notes.append(
            "no flow is known: every zone is taken to reach every other one, but for guests and the internet"
        )
        inner = [number for zone, number in numbers.items() if zone == NOWHERE or zones[zone].purpose not in _CLOSED]
        needed |= set(product(inner, inner))
    by_zone: dict[int, list[int]] = {}
    for zone, family in entries:
        by_zone.setdefault(zone, []).append(family)
    opened |= {(start, (end, family)) for start, end in needed - seen for family in by_zone.get(end, ())}
    talking = {start for start, _ in seen}
    remote = {drawing.families.index(name) for name in rates.dial_in.families}
    inside = {numbers[zone.id] for zone in zones.values() if zone.purpose in rates.dial_in.purposes}
    for number in {numbers[zone] for zone in dial_in} - talking:
        opened |= {(number, entry) for entry in entries if entry[0] in inside and entry[1] in remote}
    return opened


def _column(rates: Rates, name: str) -> Floats:
    return np.array([getattr(family, name) for family in rates.families.values()])
