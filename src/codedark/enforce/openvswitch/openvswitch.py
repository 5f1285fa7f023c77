"""Open vSwitch (2.17 or newer): isolate machines, cut and block ways, by flows that the switch itself ends.

A bridge sees what passes between neighbours, which no firewall does. `codedark.enforce.openvswitch.flows` has its
flows, all with our cookie: ``ovs-ofctl del-flows BRIDGE cookie=0xc0deda4b/-1`` ends everything that Code Dark did here.
Each change is one bundle, which happens as a whole or not at all (OpenFlow 1.4, 7.3.9). Flows of table 0 only: what is
dropped there never comes to the hospital's other tables.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from codedark.contain.action import ActionKind
from codedark.enforce.address_ranges import AddressRange, disjoint_ranges
from codedark.enforce.contract import (
    Change,
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
from codedark.enforce.leases import ABSENT, THERE, refuse_lease
from codedark.enforce.nftables.table import Passage
from codedark.enforce.openvswitch import flows as flow_text
from codedark.enforce.packet_orders import ADDRESS_KINDS, addresses_of, ends_of, ways_of
from codedark.enforce.protocols import port_ranges_of
from codedark.hospital.zone import Zone

OFCTL: Final = shutil.which("ovs-ofctl") or "/usr/bin/ovs-ofctl"
_NO_KINDS: Final = {ActionKind.DISABLE_ACCOUNT, ActionKind.SHUT_DOWN}
_LONGEST_LEASE_SECONDS: Final = 65_000
"""A timeout of OpenFlow has 16 bits."""
_LIFELINES_LONGER_SECONDS: Final = 60
_LISTED: Final = re.compile(
    r" *cookie=(?P<cookie>0x[0-9a-f]+), .*?(?P<flow>(?:priority=\d+)?\S*) actions=(?P<actions>.*)"
)
_NUMBERS: Final = re.compile(r"(duration|hard_timeout|priority)=([\d.]+)")
_USUAL_PRIORITY: Final = 32_768


@dataclass(frozen=True, slots=True)
class _Switch:
    """Our flows with the seconds that they have left; ``wrong``: what of others keeps ours from being what decides."""

    left_seconds: Mapping[str, float]
    wrong: str = ""


class OpenVSwitch:
    """The bridge ``bridge``, or ``tcp:ADDRESS:PORT`` of one. ``command`` is what comes before ``ovs-ofctl``.

    ``macs`` are the inventory's by address: a machine is isolated by its card where that is known. What passes goes to
    ``passes_to``: ``NORMAL`` on a bridge that learns, ``resubmit(,TABLE)`` where flows of the hospital's decide.
    ``inherited`` are the open files that every ovs-ofctl keeps open.
    """

    ends_by_itself = True

    def __init__(
        self,
        device: DeviceId,
        bridge: str,
        zones: Iterable[Zone],
        lifelines: Iterable[Passage] = (),
        protected: Iterable[str] = (),
        macs: Mapping[str, str] | None = None,
        command: Sequence[str] = (),
        passes_to: str = "NORMAL",
        inherited: Inherited = tuple,
    ) -> None:
        self.device: Final = device
        self._bridge = bridge
        self._ranges = disjoint_ranges(zones)
        self._passes_to = passes_to
        self._lifelines = flow_text.lifeline_flows(lifelines, passes_to)
        self._protected = {AddressRange.parse(address) for address in protected}
        self._macs = macs or {}
        self._ofctl = DeviceProgram(device, "switch", OFCTL, tuple(command), inherited)

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """What would be dropped. The switch is asked what it has."""
        self._read()
        return tuple(map(self._foresee, orders))

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """One bundle for all orders, lifelines with it. A lease that is longer stays."""
        switch = self._read()
        foreseen = tuple(map(self._foresee, orders))
        raise_refusals(foreseen)
        leases: dict[str, int] = {}
        for order, each in zip(orders, foreseen, strict=True):
            for change in each.changes:
                for flow in flow_text.flows_of(change.thing, self._passes_to):
                    leases[flow] = max(order.lease_seconds, leases.get(flow, 0))
        keep(foreseen)
        self._renew(switch, {flow: lease for flow, lease in leases.items() if switch.left_seconds.get(flow, 0) < lease})
        return self._readings(change.thing for each in foreseen for change in each.changes)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What the switch has. Where other flows come before ours, ours say nothing, and the reading says so."""
        return self._readings(change.thing for change in changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """Only what the switch still has gets more time: who took something away by hand is not contradicted."""
        switch = self._read()
        flows = [
            flow
            for change in changes
            for flow in flow_text.flows_of(change.thing, self._passes_to)
            if flow in switch.left_seconds
        ]
        self._renew(switch, dict.fromkeys(flows, lease_seconds))
        return self.verify(changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Our flows go, whatever was before; with the last of them lifelines need no flow of their own any more."""
        going = {flow for change in changes for flow in flow_text.flows_of(change.thing, self._passes_to)}
        own = self._read().left_seconds
        if going & set(own):
            is_last = set(own) <= going | set(self._lifelines)
            self._change(
                [f"delete cookie={flow_text.COOKIE:#x}/-1,table=0"] if is_last else map(flow_text.removal, going)
            )
        return self.verify(changes)

    def _foresee(self, order: Order) -> Foreseen:
        try:
            things = self._wanted(order)
        except ValueError as error:
            return Foreseen(order.id, (), refusal=str(error))
        changes = tuple(Change(thing, ABSENT, THERE) for thing in things)  # taken back, none of them stays
        says = [
            f"{self.device}: {flow_text.meaning(thing)}, but for {len(self._lifelines) // 2} lifelines"
            for thing in things
        ]
        if order.kind in ADDRESS_KINDS and not any(thing.startswith("machine") for thing in things):
            says.append(f"{self.device}: its MAC address is not known: under another IP address it would pass")
        return Foreseen(order.id, changes, tuple(says))

    def _wanted(self, order: Order) -> list[str]:
        """The things of an order. Raises `ValueError` with the reason why it is refused."""
        refuse_lease(order, _LONGEST_LEASE_SECONDS)
        if order.kind in ADDRESS_KINDS:
            return self._isolating(order)
        if order.kind in _NO_KINDS:
            raise ValueError(f"{self.device} is a switch and cannot do '{order.kind}'")
        return sorted({thing for way in ways_of(order) for thing in self._way(way, order.ways)})

    def _isolating(self, order: Order) -> list[str]:
        addresses = addresses_of(order, self._protected)
        things = {f"address {address}" for address in addresses}
        for address in map(str, addresses):
            if mac := self._macs.get(address):
                things |= {f"machine {mac}", f"speaks {mac} {address}"}
        return sorted(things)

    def _way(self, way: Way, ways: Sequence[Way]) -> list[str]:
        sources, targets = ends_of(way, self._ranges)
        pairs = [(a, b) for a in sources for b in targets if a.version == b.version]
        if way.protocol:
            ports = port_ranges_of(way.protocol)
            if mixed := [each for each in ports if flow_text.takes_answers(*each)]:
                raise ValueError(f"{self.device} keeps no state: {'/'.join(mixed[0])} cannot be told from answers")
            return [f"blocked {a} {b} {protocol} {numbers}" for a, b in pairs for protocol, numbers in ports]
        if Way(way.target, way.source) not in ways:
            raise ValueError(
                f"{self.device} keeps no state: it cuts {way.source} and {way.target} both ways or not at all"
            )
        return [f"apart {min(pair)} {max(pair)}" for pair in pairs]

    def _value(self, thing: str, switch: _Switch) -> str:
        flows = flow_text.flows_of(thing, self._passes_to)
        there = sum(flow in switch.left_seconds for flow in flows)
        return {0: ABSENT, len(flows): THERE}.get(there, f"{there} of {len(flows)} flows")

    def _readings(self, things: Iterable[str]) -> tuple[Reading, ...]:
        switch = self._read()
        found = []
        for thing in dict.fromkeys(things):
            value = self._value(thing, switch)
            is_told = value == ABSENT or not switch.wrong
            found.append(Reading(thing, value) if is_told else Reading(thing, None, f"{self.device}: {switch.wrong}"))
        return tuple(found)

    def _renew(self, switch: _Switch, leases: Mapping[str, int]) -> None:
        """These flows from now on for so long, and lifelines for longer than anything that is dropped."""
        if not leases:
            return
        dropping = [left for flow, left in switch.left_seconds.items() if flow not in self._lifelines]
        longest = max(*dropping, *leases.values(), 0)
        lines = [flow_text.addition(flow, int(longest) + _LIFELINES_LONGER_SECONDS) for flow in self._lifelines]
        self._change(lines + [flow_text.addition(flow, lease) for flow, lease in leases.items()])

    def _read(self) -> _Switch:
        left: dict[str, float] = {}
        wrong = ""
        for line in self._run("dump-flows", self._bridge, "table=0").splitlines():
            if not (listed := _LISTED.fullmatch(line)):
                continue
            numbers = {name: float(value) for name, value in _NUMBERS.findall(line)}
            flow = f"{listed['flow']} actions={listed['actions']}"
            if int(listed["cookie"], 16) == flow_text.COOKIE:
                left[flow] = numbers.get("hard_timeout", 0) - numbers.get("duration", 0)
            elif numbers.get("priority", _USUAL_PRIORITY) >= flow_text.DROP:
                wrong = f"another flow decides before ours: {flow}"
        if set(left) - set(self._lifelines) and (missing := set(self._lifelines) - set(left)):
            wrong = f"the flow of a lifeline is missing: {min(missing)}"
        return _Switch(left, wrong)

    def _change(self, lines: Iterable[str]) -> None:
        self._run("--bundle", "add-flows", self._bridge, "-", given="".join(f"{line}\n" for line in lines))

    def _run(self, *words: str, given: str = "") -> str:
        """Have ovs-ofctl do something; raises `DeviceFailed`, and then it did nothing of it."""
        return self._ofctl.run("-O", "OpenFlow14", *words, given=given.encode()).decode("utf-8", "replace")
