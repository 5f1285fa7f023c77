"""Connections, as network sensors, firewalls and the machines themselves tell of them.

Zeek's conn.log, Suricata's flow events, Sysmon 3 and Security 5156 (which have no bytes), CEF and LEEF of firewalls.
One connection is often told by several: `Flow.host` says who told it, so that whoever adds up bytes can take the
witness that saw most instead of adding them (see `codedark.detect.behaviour.kinds.egress`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

from codedark.detect.behaviour.observation import Flow
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import ABSENT, Origin


class Columns(NamedTuple):
    """Where a record says who connected to whom. ``result`` in ``failed`` means that nothing came about; in
    ``other_end`` that the other end tells of the same connection, so that this record is passed over.
    """

    source: str
    target: str
    port: str
    protocol: str
    service: str = ""
    sent: str = ""
    received: str = ""
    result: str = ""
    failed: frozenset[str] = frozenset()
    other_end: frozenset[str] = frozenset()
    told_by_source: bool = False


_UNANSWERED: Final = frozenset({"S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"})
"""conn_state of attempts (Zeek documentation, conn.log)."""
_DENIED: Final = frozenset({"deny", "denied", "drop", "dropped", "block", "blocked", "reject", "rejected", "reset"})
_TABLE: Final[Mapping[tuple[str, str, str], Columns]] = {
    ("zeek", "conn", ""): Columns(
        "id.orig_h", "id.resp_h", "id.resp_p", "proto", "service", "orig_bytes", "resp_bytes", "conn_state",
        _UNANSWERED, told_by_source=True,
    ),
    ("suricata", "eve", "flow"): Columns(
        "src_ip", "dest_ip", "dest_port", "proto", "app_proto", "flow.bytes_toserver", "flow.bytes_toclient",
        "flow.state", frozenset({"new"}), told_by_source=True,
    ),
    ("windows", "microsoft-windows-sysmon/operational", "3"): Columns(
        "SourceIp", "DestinationIp", "DestinationPort", "Protocol", result="Initiated", other_end=frozenset({"false"})
    ),
    ("windows", "security", "5156"): Columns(
        "SourceAddress", "DestAddress", "DestPort", "Protocol", result="Direction", other_end=frozenset({"%%14592"})
    ),
    ("cef", "", ""): Columns("src", "dst", "dpt", "proto", "app", "out", "in", "act", _DENIED),
    ("leef", "", ""): Columns("src", "dst", "dstPort", "proto", "app", "srcBytes", "dstBytes", "action", _DENIED),
}  # fmt: skip
"""By product, service and event; "" is any. ``out`` of CEF is what the source sent (ArcSight CEF, "bytesOut")."""
_PROTOCOLS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmp", "icmp6": "icmp", "ipv6-icmp": "icmp"}


class Flows:
    """Reads `Flow`s."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """As `Reading` has it."""
        columns = _columns_of(origin)
        return None if columns is None else tuple(name for name in columns[:8] if name)

    def read(self, seen: Seen, places: Places) -> Iterator[Flow]:
        """One for each record that names both ends by address."""
        columns = _columns_of(seen.origin)
        if columns is None:
            return
        names: dict[Any, str] = {}
        protocols: dict[Any, str] = {}
        unanswered, other_end = columns.failed, columns.other_end
        told_by_source = columns.told_by_source
        rows = zip(seen.rows, seen.times_us, seen.hosts, *(_column(seen, name) for name in columns[:8]), strict=False)
        for row, at_us, teller, source, target, port, protocol, service, sent, received, result in rows:
            if result in other_end:
                continue
            if (source_name := names.get(source)) is None:
                source_name = names[source] = _end(source, places)
            if (target_name := names.get(target)) is None:
                target_name = names[target] = _end(target, places)
            if not source_name or not target_name:
                continue
            if (spoken := protocols.get(protocol)) is None:
                spoken = protocols[protocol] = _protocol(protocol)
            yield Flow(
                at_us,
                source_name if told_by_source else places.host(teller),
                row,
                source_name,
                target_name,
                port if port.__class__ is int else _number(port),
                spoken,
                service if service.__class__ is str else "",
                sent if sent.__class__ is int and 0 <= sent < _MOST_OCTETS else _number(sent),
                received if received.__class__ is int and 0 <= received < _MOST_OCTETS else _number(received),
                not (result in unanswered or (result.__class__ is str and result.lower() in unanswered)),
            )


def _columns_of(origin: Origin) -> Columns | None:
    product, service, event, _ = origin
    return _TABLE.get((product, service, event)) or _TABLE.get((product, service, "")) or _TABLE.get((product, "", ""))


def _column(seen: Seen, name: str) -> Sequence[Any] | repeat[Any]:
    return seen.columns[name] if name in seen.columns else repeat(ABSENT)


def _end(value: Any, places: Places) -> str:
    return places.host(value) if value.__class__ is str else ""


def _protocol(value: Any) -> str:
    text = "" if value is ABSENT or value is None else str(value).lower()
    return _PROTOCOLS.get(text, text)


def _number(value: Any) -> int:
    """A count or port of digits; 0 for everything else, also for what no counter holds."""
    if value.__class__ is str and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS:
        return int(value)
    return value if value.__class__ is int and 0 <= value < _MOST_OCTETS else 0


_MOST_DIGITS: Final = 20
_MOST_OCTETS: Final = 10**_MOST_DIGITS
