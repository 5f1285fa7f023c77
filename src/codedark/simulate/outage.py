"""Machines that are switched off: nothing happens on them, and what others ask of them stays without an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from codedark.hospital.asset import AssetId
from codedark.simulate.acts import (
    Act,
    Connected,
    LeaseGiven,
    MessageSent,
    NameAsked,
    PageFetched,
    RecordAccessed,
    Started,
    TicketAsked,
    VpnUsed,
)
from codedark.simulate.site import Function, Site

Servers = Mapping[type, Sequence[AssetId]]
"""For kinds of acts that name no server: those of which one must be up."""
_MACHINES = ("host", "server", "source", "target", "client")
_ENDS: Mapping[type, tuple[int, ...]] = {
    kind: tuple(
        kind._fields.index(field)
        for field in _MACHINES
        if field in kind._fields and not (kind is Connected and field == "target")
    )
    for kind in get_args(Act)
}
"""Where each kind of act names machines that must be up for it. A connection may be tried to one that is not."""
_SERVED_BY = {
    NameAsked: Function.DOMAIN_CONTROLLER,
    TicketAsked: Function.DOMAIN_CONTROLLER,
    PageFetched: Function.PROXY,
    LeaseGiven: Function.DHCP,
    VpnUsed: Function.VPN,
    RecordAccessed: Function.EHR_APPLICATION,
    MessageSent: Function.INTERFACE_ENGINE,
}


def servers_of(site: Site) -> Servers:
    """The servers behind acts that do not name them."""
    return {kind: site.by_function.get(function, ()) for kind, function in _SERVED_BY.items()}


class Outage:
    """Which machines are down, and what therefore does not happen. Sees all acts in order of time.

    What an attack has switched off stays so for everybody until an act of the attack starts it. While a machine
    restarts on an ordinary day, only ordinary acts are missing: the steps of an attack are what the truth tells.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._down: dict[str, bool] = {}  # by id, whether an attack did it

    def left(self, acts: list[Act]) -> list[Act]:
        """What happens of these acts."""
        if not self._down and Started not in set(map(type, acts)):
            return acts
        return list(self._left(acts))

    def _left(self, acts: list[Act]) -> Iterator[Act]:
        down = self._down
        for act in acts:
            if isinstance(act, Started):
                if self._switched(act):
                    yield act
            elif not down:
                yield act
            elif not any(self._is_off(act[end], act) for end in _ENDS[act.__class__]) and self._is_served(act):
                if isinstance(act, Connected) and self._is_off(act.target, act):
                    yield act._replace(state="S0", service="", sent=0, received=0, seconds=0.0)
                else:
                    yield act

    def _switched(self, act: Started) -> bool:
        """Whether the machine was really started or switched off by that."""
        if self._down.get(act.host) and not act.step:
            return False
        if act.up:
            self._down.pop(act.host, None)
        else:
            self._down[act.host] = bool(act.step)
        return True

    def _is_off(self, machine: object, act: Act) -> bool:
        by_attack = self._down.get(machine)  # type: ignore[call-overload]
        return by_attack is not None and (by_attack or not act.step)

    def _is_served(self, act: Act) -> bool:
        servers = self._servers.get(act.__class__)
        return not servers or not all(self._is_off(server, act) for server in servers)
