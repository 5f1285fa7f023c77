"""The DHCP server's syslog, in the words of ISC dhcpd 4.4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.simulate.acts import LeaseGiven
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso_offset
from codedark.simulate.witnesses.log import Gaps, Log
from codedark.simulate.witnesses.names import Names

NAME: Final = "network/dhcp"

_DIALOGUES: Final = {
    "new": (
        (0, "DHCPDISCOVER from {mac} via {zone}"),
        (1_000, "DHCPOFFER on {address} to {mac} ({name}) via {zone}"),
        (3_000, "DHCPREQUEST for {address} from {mac} ({name}) via {zone}"),
        (5_000, "DHCPACK on {address} to {mac} ({name}) via {zone}"),
    ),
    "renew": (
        (0, "DHCPREQUEST for {address} from {mac} ({name}) via {zone}"),
        (1_000, "DHCPACK on {address} to {mac} ({name}) via {zone}"),
    ),
    "release": ((0, "DHCPRELEASE of {address} from {mac} ({name}) via {zone} (found)"),),
}
"""What is said, and how many microseconds after the act."""


class DhcpLog(Log):
    """The first DHCP server."""

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__(NAME, ".log", {LeaseGiven: self._lease_given})
        self._names = names
        self._gaps = Gaps(deleted, NAME)
        self._server = names.first(Function.DHCP)
        self._device = self._server.lower() or "dhcp"

    def _lease_given(self, act: LeaseGiven) -> list[bytes]:
        host = self._names.site.hosts.get(act.host)
        if host is None or self._gaps.hide(self._server, act.at_us):
            return []
        said = {"mac": host.mac, "address": host.address, "name": host.id, "zone": f"vlan-{host.zone.lower()}"}
        return [
            f"{iso_offset(act.at_us + later_us)} {self._device} dhcpd[812]: {text.format_map(said)}\n".encode()
            for later_us, text in _DIALOGUES[act.event]
        ]
