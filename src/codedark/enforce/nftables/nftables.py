"""A Linux firewall with nftables (Linux 5.10, nft 1.0.2, or newer): isolate hosts, cut ways, block protocols.

Everything is in one table of our own, whose rules `codedark.enforce.nftables.table` has; who deletes that table ends
everything that Code Dark did here. Batches are one transaction of the kernel.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from codedark.enforce.address_ranges import AddressRange, disjoint_ranges
from codedark.enforce.contract import (
    Change,
    DeviceFailed,
    DeviceId,
    Foreseen,
    Inherited,
    Keep,
    Order,
    Reading,
    Way,
    raise_refusals,
)
from codedark.enforce.device_program import DeviceProgram
from codedark.enforce.leases import ABSENT, LONGEST_LEASE_SECONDS, THERE, refuse_lease
from codedark.enforce.nftables import table
from codedark.enforce.nftables.table import FAMILY, TABLE, Command, Passage
from codedark.enforce.packet_orders import ADDRESS_KINDS, WAY_KINDS, addresses_of, ends_of, ways_of
from codedark.enforce.protocols import port_ranges_of
from codedark.hospital.zone import Zone

NFT: Final = shutil.which("nft") or "/usr/sbin/nft"


@dataclass(frozen=True, slots=True)
class _Kernel:
    """What the kernel has of our table: elements with the seconds they have left; ``wrong``: what is not as laid."""

    has_table: bool
    left_seconds: Mapping[str, int]
    wrong: str = ""


class Nftables:
    """The firewall ``device``. ``command`` is what comes before ``nft`` to reach it: nothing on this host, or
    ``ip netns exec NAME`` for a namespace. ``protected`` are the addresses of lifelines: they can
    be restricted, never isolated. ``inherited`` are the open files that every nft keeps open.
    """

    ends_by_itself = True

    def __init__(
        self,
        device: DeviceId,
        zones: Iterable[Zone],
        lifelines: Iterable[Passage] = (),
        protected: Iterable[str] = (),
        command: Sequence[str] = (),
        inherited: Inherited = tuple,
    ) -> None:
        self.device: Final = device
        self._ranges = disjoint_ranges(zones)
        self._lifelines = tuple(lifelines)
        self._protected = {AddressRange.parse(address) for address in protected}
        self._nft = DeviceProgram(device, "firewall", NFT, tuple(command), inherited)

    def lay(self) -> None:
        """Put the table up without any element, or its rules anew around those that are there: when a watch starts."""
        self._run(table.laying(self._lifelines))

    def clear(self) -> None:
        """Take away everything that Code Dark has on this firewall."""
        name = {"table": {"family": FAMILY, "name": TABLE}}
        self._run([{"add": name}, {"delete": name}])

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """What would be dropped. The kernel itself is asked to check the transaction, without doing it."""
        kernel = self._read()
        foreseen = tuple(self._foresee(order, kernel) for order in orders)
        if things := _things(each.changes for each in foreseen):
            self._run(table.laying(self._lifelines) + table.renewed(things, 60), "-c")
        return foreseen

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """One transaction for all orders, our table with it if it is missing. A lease that is longer stays."""
        kernel = self._read()
        foreseen = tuple(self._foresee(order, kernel) for order in orders)
        raise_refusals(foreseen)
        leases: dict[str, int] = {}
        for order, each in zip(orders, foreseen, strict=True):
            for change in each.changes:
                leases[change.thing] = max(order.lease_seconds, leases.get(change.thing, 0))
        commands = table.laying(self._lifelines)
        for lease in sorted(set(leases.values())):
            things = [thing for thing, each in leases.items() if each == lease]
            commands += table.renewed((each for each in things if kernel.left_seconds.get(each, 0) < lease), lease)
        keep(foreseen)
        self._run(commands)
        return self._readings(leases)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What the kernel has. Where somebody changed our rules, an element says nothing, and the reading says so."""
        return self._readings(change.thing for change in changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """Only what the kernel still has gets more time: who took something away by hand is not contradicted."""
        kernel = self._read()
        if there := [change.thing for change in changes if change.thing in kernel.left_seconds]:
            self._run(table.renewed(there, lease_seconds))
        return self.verify(changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Our elements go; that a thing was there before is no reason to leave it: this table has nothing but ours."""
        if changes and self._read().has_table:
            self._run(table.removed(change.thing for change in changes))
        return self.verify(changes)

    def _foresee(self, order: Order, kernel: _Kernel) -> Foreseen:
        try:
            things = self._wanted(order)
        except ValueError as error:
            return Foreseen(order.id, (), refusal=str(error))
        changes = tuple(Change(thing, ABSENT, THERE) for thing in things)  # taken back, none of them stays
        already = sum(thing in kernel.left_seconds for thing in things)
        says = [f"{self.device}: {_meaning(thing)}, but for {len(self._lifelines)} lifelines" for thing in things]
        return Foreseen(order.id, changes, (*says, *([f"{already} of these stand already"] if already else [])))

    def _wanted(self, order: Order) -> list[str]:
        """The things of an order. Raises `ValueError` with the reason why it is refused."""
        refuse_lease(order)
        if order.kind in ADDRESS_KINDS:
            return sorted({table.isolating(address) for address in addresses_of(order, self._protected)})
        if order.kind in WAY_KINDS:
            return sorted({thing for way in ways_of(order) for thing in self._way(way)})
        raise ValueError(f"{self.device} is a firewall and cannot do '{order.kind}'")

    def _way(self, way: Way) -> list[str]:
        sources, targets = ends_of(way, self._ranges)
        if not way.protocol:
            return table.cutting(sources, targets)
        return table.blocking(sources, targets, port_ranges_of(way.protocol))

    def _readings(self, things: Iterable[str]) -> tuple[Reading, ...]:
        kernel = self._read()
        found = []
        for thing in dict.fromkeys(things):
            if kernel.left_seconds.get(thing) is None:
                found.append(Reading(thing, ABSENT))
            elif kernel.wrong:
                found.append(Reading(thing, None, f"{self.device}: {kernel.wrong}"))
            else:
                found.append(Reading(thing, THERE))
        return tuple(found)

    def _read(self) -> _Kernel:
        """All of our table. That there is none is an answer; a firewall that offloads flows is refused."""
        overview = self._run([{"list": {"flowtables": {}}}]) + self._run([{"list": {"tables": {}}}])
        for flowtable in _of("flowtable", overview):
            raise DeviceFailed(
                f"{self.device}: flowtable {flowtable['name']} of table {flowtable['table']} offloads established flows"
                " past every rule; take it out of the hospital's rules, or cut by hand (runbook)"
            )
        if not any((each["family"], each["name"]) == (FAMILY, TABLE) for each in _of("table", overview)):
            return _Kernel(has_table=False, left_seconds={})
        listed = self._run([{"list": {"table": {"family": FAMILY, "name": TABLE}}}])
        left = {
            table.told(held["name"], value): left
            for held in _of("set", listed)
            for value, left in map(_timed, held.get("elem", ()))
        }
        rules = [table.without_handles(rule) for rule in _of("rule", listed)]
        hooks = {(chain["hook"], chain["prio"]) for chain in _of("chain", listed) if "hook" in chain}
        return _Kernel(has_table=True, left_seconds=left, wrong=self._differing(rules, hooks))

    def _differing(self, rules: Sequence[Command], hooks: set[tuple[str, int]]) -> str:
        """What is not as it was laid, "" if all is. Rules are told chain by chain."""
        if hooks != {(hook, table.BEFORE_FILTERS) for hook in table.HOOKS}:
            return f"table {FAMILY} {TABLE} does not see all packets; somebody changed its chains"
        laid = table.rules(self._lifelines)
        for chain in {rule["chain"] for rule in laid}:
            if [each for each in rules if each["chain"] == chain] != [each for each in laid if each["chain"] == chain]:
                return f"the rules of chain {chain} are not those of Code Dark; somebody changed them, or they are old"
        return ""

    def _run(self, commands: Sequence[Command], *options: str) -> list[Mapping[str, Any]]:
        """Have nft do something, in one transaction; raises `DeviceFailed`, and then it did nothing of it."""
        said = self._nft.run("-j", *options, "-f", "-", given=orjson.dumps({"nftables": list(commands)}))
        try:
            return list(orjson.loads(said)["nftables"]) if said.strip() else []
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise DeviceFailed(f"{self.device}: nft answers what is not its JSON ({error})") from error


def _timed(element: Any) -> tuple[Any, int]:
    """An element and the seconds that it has left; one that somebody added by hand has no end."""
    if not isinstance(element, dict) or "elem" not in element:
        return element, LONGEST_LEASE_SECONDS
    return element["elem"]["val"], element["elem"].get("expires", LONGEST_LEASE_SECONDS)


def _of(kind: str, listed: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What nft lists of one kind."""
    return [each[kind] for each in listed if kind in each]


def _things(changes: Iterable[Sequence[Change]]) -> list[str]:
    return sorted({change.thing for each in changes for change in each})


def _meaning(thing: str) -> str:
    """A thing in a sentence."""
    name, first, *rest = thing.split()
    if name.startswith("isolated"):
        return f"drops everything from and to {first}"
    service = f"{rest[1]}/{rest[2]}" if len(rest) == 3 else "everything"
    return f"drops {service} that {first} opens to {rest[0]}"
