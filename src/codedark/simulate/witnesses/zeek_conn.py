"""Zeek's conn.log: every connection that the sensor sees, also those that the other logs write of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.simulate.acts import Connected, NameAsked, PageFetched, TicketAsked
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import unix
from codedark.simulate.witnesses.escape import zeek_text
from codedark.simulate.witnesses.log import Writer
from codedark.simulate.witnesses.names import Names, is_inside
from codedark.simulate.witnesses.zeek_flow import Flow
from codedark.simulate.witnesses.zeek_log import ZeekLog

_FIELDS: Final = """
    proto enum, service string, duration interval, orig_bytes count, resp_bytes count, conn_state string,
    local_orig bool, local_resp bool, missed_bytes count, history string, orig_pkts count, orig_ip_bytes count,
    resp_pkts count, resp_ip_bytes count, tunnel_parents set[string]
"""
_ROW: Final = "%s\t%s\t%s\t%d\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t0\t%s\t%d\t%d\t%d\t%d\t-\n"
_HISTORIES: Final = {
    "SF": "ShADadFf",
    "S0": "S",
    "S1": "ShADad",
    "REJ": "Sr",
    "RSTO": "ShADadR",
    "RSTR": "ShADadr",
    "RSTOS0": "SR",
    "SH": "SF",
    "S2": "ShADadF",
    "S3": "ShADadf",
    "OTH": "DadA",
}
"""A usual history for each state (Zeek, base/protocols/conn)."""
_UNANSWERED: Final = frozenset({"S0", "REJ", "RSTOS0", "SH"})
_SEGMENT: Final = 1380
_LONGEST_S: Final = 86_400.0


class ConnLog(ZeekLog):
    """Names, tickets and pages are asked for over connections of their own; files and calls over such as are told."""

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        writers: dict[type, Writer] = {
            Connected: self._connected,
            NameAsked: self._name_asked,
            PageFetched: self._page_fetched,
            TicketAsked: self._ticket_asked,
        }
        super().__init__("conn", _FIELDS, names, deleted, writers)

    def _connected(self, act: Connected) -> tuple[bytes, ...]:
        flow = self.flows.connected(act)
        if flow is None:
            return ()
        state = act.state if act.allowed or act.state in _UNANSWERED else "S0"
        return (_row(act.at_us, flow, act.protocol, act.service, act.seconds, act.sent, act.received, state),)

    def _name_asked(self, act: NameAsked) -> tuple[bytes, ...]:
        flow = self.flows.name_asked(act)
        if flow is None:
            return ()
        sent = 28 + len(act.name)
        received = sent + 12 + 16 * len(act.answers)
        return (_row(act.at_us, flow, "udp", "dns", _rtt(act.at_us), sent, received, "SF"),)

    def _page_fetched(self, act: PageFetched) -> tuple[bytes, ...]:
        flow = self.flows.page_fetched(act)
        if flow is None:
            return ()
        service = "http" if act.scheme == "http" else "http,ssl" if act.proxied else "ssl"
        seconds = 0.08 + (act.sent + act.received) / 4e6
        return (_row(act.at_us, flow, "tcp", service, seconds, act.sent, act.received, "SF"),)

    def _ticket_asked(self, act: TicketAsked) -> tuple[bytes, ...]:
        flow = self.flows.ticket_asked(act)
        if flow is None:
            return ()
        received = 1680 if act.granted else 180
        return (_row(act.at_us, flow, "tcp", "krb_tcp", _rtt(act.at_us), 1490, received, "SF"),)


def _rtt(at_us: int) -> float:
    """A round trip inside the house: 0.4 to 4.4 ms."""
    return 0.0004 + at_us % 4001 / 1e6


def _row(
    at_us: int, flow: Flow, protocol: str, service: str, seconds: float, sent: int, received: int, state: str
) -> bytes:
    if protocol == "tcp":
        header, history = 40, _HISTORIES.get(state, "ShADad")
    else:
        header, history = 28, "-" if protocol == "icmp" else "Dd" if received else "D"
        state = state if received else "S0"
    if state in _UNANSWERED:
        duration, out, back = "-", "-", "-"
        packets, answers = 1, 1 if state == "REJ" else 0
        sent = received = 0
    else:
        duration, out, back = f"{min(max(seconds, 0.0), _LONGEST_S):.6f}", str(sent), str(received)
        packets, answers = 4 + sent // _SEGMENT, 4 + received // _SEGMENT
        if protocol != "tcp":
            packets, answers = packets - 3, answers - 3 if received else 0
    source, target = flow.source, flow.target
    values = (
        unix(at_us), flow.uid, source, flow.source_port, target, flow.target_port, protocol,
        zeek_text(service) if service else "-", duration, out, back, zeek_text(state),
        "T" if is_inside(source) else "F", "T" if is_inside(target) else "F", history,
        packets, sent + header * packets, answers, received + header * answers,
    )  # fmt: skip
    return (_ROW % values).encode()
