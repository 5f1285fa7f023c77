"""The connections that Zeek sees: who, where to, and under which id all its logs write of them.

An id follows from the act alone, so that logs that are written apart agree.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from codedark.simulate.acts import Connected, NameAsked, PageFetched, RpcCalled, ShareTouched, TicketAsked
from codedark.simulate.habit import MINUTE_US
from codedark.simulate.outside import outside_address
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.log import Gaps
from codedark.simulate.witnesses.names import Names, is_inside

_PORTS: Final = {"http": 80, "https": 443}
_SMB, _ENDPOINT_MAPPER, _KERBEROS, _DNS, _PROXY = 445, 135, 88, 53, 3128
_SESSION_US: Final = 15 * MINUTE_US


class Flow(NamedTuple):
    """A connection by its id and its four numbers; addresses are text."""

    uid: str
    source: str
    source_port: int
    target: str
    target_port: int


class Flows:
    """Finds the connection of an act: None where the sensor does not see it, or its record in this log was deleted."""

    def __init__(self, names: Names, deleted: Sequence[Deleted], log: str) -> None:
        self._names = names
        self._gaps = Gaps(deleted, log)
        self._sensor = names.first(Function.SENSOR)
        self._proxy = names.first(Function.PROXY)
        self._name_server = names.first(Function.DOMAIN_CONTROLLER)
        self._by_name = {host.fqdn: host.id for host in names.site.hosts.values()}
        self._last: dict[tuple[str, str], Flow] = {}

    def connected(self, act: Connected) -> Flow | None:
        """A connection that is told as such."""
        return self._flow(act.at_us, act.at_us, act.source, act.target, act.target_port, act.source_port)

    def remember(self, act: Connected) -> tuple[bytes, ...]:
        """A writer that writes nothing: files and calls travel over the last connection to SMB or the mapper."""
        if act.target_port in (_SMB, _ENDPOINT_MAPPER):
            flow = self.connected(act)
            if flow is not None:
                self._last[act.source, act.target] = flow
        return ()

    def name_asked(self, act: NameAsked) -> Flow | None:
        """The question to the name server."""
        return self._flow(act.at_us, act.at_us, act.host, self._name_server, _DNS)

    def page_fetched(self, act: PageFetched) -> Flow | None:
        """The connection to the proxy, or to the server itself."""
        if act.proxied:
            return self._flow(act.at_us, act.at_us, act.host, self._proxy, _PROXY)
        server = self._by_name.get(act.server, act.server)
        known = server in self._names.site.hosts or is_inside(server)
        target = server if known else outside_address(server)
        return self._flow(act.at_us, act.at_us, act.host, target, _PORTS[act.scheme])

    def ticket_asked(self, act: TicketAsked) -> Flow | None:
        """The question to the domain controller."""
        controller = self._names.controller(act.source)
        return self._flow(act.at_us, act.at_us, act.source, controller.id if controller else "", _KERBEROS)

    def share_touched(self, act: ShareTouched) -> Flow | None:
        """The SMB connection that a file was used over."""
        return self._carrying(act.at_us, act.source, act.server, _SMB)

    def rpc_called(self, act: RpcCalled) -> Flow | None:
        """The connection that a call was made over: SMB for named pipes."""
        port = _SMB if "pipe" in act.pipe.lower() else _ENDPOINT_MAPPER
        return self._carrying(act.at_us, act.source, act.target, port)

    def _carrying(self, at_us: int, source: str, target: str, port: int) -> Flow | None:
        """The last connection between two; where none was told, one for each quarter of an hour."""
        if self._gaps.hide(self._sensor, at_us):
            return None
        return self._last.get((source, target)) or self._flow(at_us, at_us // _SESSION_US, source, target, port)

    def _flow(self, at_us: int, seed: int, source: str, target: str, port: int, source_port: int = 0) -> Flow | None:
        names = self._names
        if not target or not names.sensed(source, target) or self._gaps.hide(self._sensor, at_us):
            return None
        address, peer = names.address(source), names.address(target)
        digest = blake2b(f"{seed} {address} {peer} {port}".encode(), digest_size=12).digest()
        uid = "C" + b64encode(digest, b"xZ").decode()
        return Flow(uid, address, source_port or 49152 + (digest[0] << 6 | digest[1] >> 2), peer, port)
