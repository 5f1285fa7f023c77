"""The firewall, the VPN gateway and the proxy: CEF over syslog, which is how their lines reach the right rules.

Firewall and VPN in the manner of FortiOS ("Log Reference, CEF support"), the proxy as Squid writes it with a
``logformat`` of CEF.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.simulate.acts import Connected, PageFetched, VpnUsed
from codedark.simulate.outside import outside_address
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso_offset
from codedark.simulate.witnesses.escape import cef_text
from codedark.simulate.witnesses.log import Gaps, Log, Writer
from codedark.simulate.witnesses.names import Names

_HEAD: Final = "%s %s CEF:0|Fortinet|Fortigate|v7.4.4|"
_PROTOCOLS: Final = {"tcp": 6, "udp": 17, "icmp": 1}
_APPLICATIONS: Final = {22: "SSH", 25: "SMTP", 53: "DNS", 80: "HTTP", 123: "NTP", 443: "HTTPS", 445: "SMB", 3389: "RDP"}


class Appliance(Log):
    """A log of one machine, the first with a function."""

    def __init__(
        self, name: str, names: Names, function: Function, deleted: Sequence[Deleted], writers: dict[type, Writer]
    ) -> None:
        super().__init__(name, ".log", writers)
        self.names = names
        self._gaps = Gaps(deleted, name)
        self.host = names.first(function)
        self.device = self.host.lower() or function.value

    def gone(self, at_us: int) -> bool:
        """Whether what was written then was deleted."""
        return self._gaps.hide(self.host, at_us)


class FirewallLog(Appliance):
    """Connections between zones: those refused, and those with the world outside, vendors and guests."""

    _ROW = _HEAD + (
        "%s|traffic:forward %s|3|deviceExternalId=FGT60FTK00000001 FTNTFGTlogid=%s cat=traffic:forward "
        "FTNTFGTsubtype=forward FTNTFGTlevel=notice FTNTFGTvd=root rt=%d src=%s spt=%d deviceInboundInterface=%s "
        "dst=%s dpt=%d deviceOutboundInterface=%s FTNTFGTpolicyid=%d proto=%d app=%s act=%s out=%d in=%d "
        "FTNTFGTduration=%d dvchost=%s\n"
    )

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("network/firewall", names, Function.FIREWALL, deleted, {Connected: self._connected})

    def _connected(self, act: Connected) -> tuple[bytes, ...]:
        names = self.names
        written = names.guarded(act.source, act.target) if act.allowed else names.crosses(act.source, act.target)
        if not written or self.gone(act.at_us):
            return ()
        action = ("close" if act.protocol == "tcp" else "accept") if act.allowed else "deny"
        number = "00013" if act.allowed else "00014"
        sent, received = (act.sent, act.received) if act.allowed else (0, 0)
        values = (
            iso_offset(act.at_us), self.device, number, action, "00000" + number, act.at_us // 1000,
            cef_text(names.address(act.source)), act.source_port, self._interface(act.source),
            cef_text(names.address(act.target)), act.target_port, self._interface(act.target),
            41 if act.allowed else 0, _PROTOCOLS[act.protocol], _APPLICATIONS.get(act.target_port, act.target_port),
            action, sent, received, int(act.seconds), self.device,
        )  # fmt: skip
        return ((self._ROW % values).encode(),)

    def _interface(self, peer: str) -> str:
        host = self.names.host(peer)
        return cef_text(host.zone) if host else "wan1"


class VpnLog(Appliance):
    """Sessions of the SSL VPN."""

    _ROW = _HEAD + (
        "%s|%s|3|deviceExternalId=FGT60FTK00000002 FTNTFGTlogid=01010%s cat=event:vpn FTNTFGTsubtype=vpn "
        "FTNTFGTlevel=%s FTNTFGTvd=root rt=%d act=%s src=%s suser=%s%s cs1Label=AuthMethod cs1=%s in=%d out=%d "
        "FTNTFGTduration=%d dvchost=%s\n"
    )
    _EVENTS: Final = {
        "connected": ("39424", "SSL VPN tunnel up", "information", "tunnel-up"),
        "failed": ("39426", "SSL VPN login fail", "alert", "ssl-login-fail"),
        "disconnected": ("39425", "SSL VPN tunnel down", "information", "tunnel-down"),
    }

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("network/vpn", names, Function.VPN, deleted, {VpnUsed: self._vpn_used})

    def _vpn_used(self, act: VpnUsed) -> tuple[bytes, ...]:
        if self.gone(act.at_us):
            return ()
        number, name, level, action = self._EVENTS[act.event]
        given = f" sourceTranslatedAddress={cef_text(act.assigned)}" if act.assigned else ""
        method = "saml+mfa" if act.second_factor else "password"
        values = (
            iso_offset(act.at_us), self.device, number, name, number, level, act.at_us // 1000, action,
            cef_text(self.names.address(act.public)), cef_text(act.account), given, method, act.octets // 20,
            act.octets, act.seconds, self.device,
        )  # fmt: skip
        return ((self._ROW % values).encode(),)


class ProxyLog(Appliance):
    """What people and programs fetched through Squid; of encrypted pages only the name of the server."""

    _ROW = (
        "%s %s CEF:0|Squid|Squid|5.7|%d|%s|3|rt=%d src=%s suser=%s dhost=%s dst=%s dpt=%d requestMethod=%s request=%s "
        "requestClientApplication=%s act=%s cn1Label=sc-status cn1=%d out=%d in=%d dvchost=%s\n"
    )

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("network/proxy", names, Function.PROXY, deleted, {PageFetched: self._page_fetched})

    def _page_fetched(self, act: PageFetched) -> tuple[bytes, ...]:
        if not act.proxied or self.gone(act.at_us):
            return ()
        server = cef_text(act.server)
        if act.scheme == "https":
            method, request, port, result = "CONNECT", f"{server}:443", 443, "TCP_TUNNEL"
        else:
            method, port, result = cef_text(act.method), 80, "TCP_MISS"
            request = f"http://{server}{cef_text(act.path)}"
        if act.status in (403, 407):
            result = "TCP_DENIED"
        values = (
            iso_offset(act.at_us), self.device, act.status, result, act.at_us // 1000,
            cef_text(self.names.address(act.host)), cef_text(act.account) or "-", server, outside_address(act.server),
            port, method, request, cef_text(act.user_agent) or "-", result, act.status, act.sent, act.received,
            self.device,
        )  # fmt: skip
        return ((self._ROW % values).encode(),)
