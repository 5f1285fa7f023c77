"""From logs on disk to `Sightings`: every record that names a machine, whatever format it is in.

The readers are asked for a few fields of each origin only; records that say the same are folded within their batch
before anything is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, NamedTuple

from codedark.events.envelope import HOSTS, TIMES, parse_time
from codedark.events.record import ABSENT, Group, Origin, Rejected
from codedark.hospital.discover import Known
from codedark.hospital.importers.facts import FlowKey
from codedark.hospital.importers.zeek import UNANSWERED
from codedark.hospital.load import columns
from codedark.hospital.sightings import OUTSIDE, Sightings, Span
from codedark.ingest.archive import Limits
from codedark.ingest.formats import batches
from codedark.ingest.open import open_sources, walk

Reject = Callable[[Rejected], None]


class FlowFields(NamedTuple):
    """Where a record says who connected to whom. ``result`` in ``failed`` means that nothing came about."""

    source: str
    target: str
    port: str
    protocol: str
    result: str = ""
    failed: frozenset[str] = frozenset()


class HostFields(NamedTuple):
    """Where a record says which name or hardware address goes with an address."""

    address: str
    name: str
    mac: str = ""


_DENIED: Final = frozenset({"deny", "denied", "drop", "dropped", "block", "blocked", "reject", "rejected", "reset"})
FLOWS: Final[dict[tuple[str, str, str], FlowFields]] = {
    ("zeek", "conn", ""): FlowFields("id.orig_h", "id.resp_h", "id.resp_p", "proto", "conn_state", UNANSWERED),
    ("suricata", "eve", "flow"): FlowFields(
        "src_ip", "dest_ip", "dest_port", "proto", "flow.state", frozenset({"new"})
    ),
    ("windows", "microsoft-windows-sysmon/operational", "3"): FlowFields(
        "SourceIp", "DestinationIp", "DestinationPort", "Protocol", "Initiated", frozenset({"false"})
    ),
    ("windows", "security", "5156"): FlowFields(
        "SourceAddress", "DestAddress", "DestPort", "Protocol", "Direction", frozenset({"%%14592"})
    ),
    ("cef", "", ""): FlowFields("src", "dst", "dpt", "proto", "act", _DENIED),
    ("leef", "", ""): FlowFields("src", "dst", "dstPort", "proto", "action", _DENIED),
}
"""By product, service and event; "" stands for any. Sysmon 3 and 5156 that came in are told by the other end."""
HOST_FIELDS: Final[dict[tuple[str, str, str], HostFields]] = {
    ("windows", "security", "4624"): HostFields("IpAddress", "WorkstationName"),
    ("zeek", "dhcp", ""): HostFields("assigned_addr", "host_name", "mac"),
    ("zeek", "known_hosts", ""): HostFields("host", ""),
}
_DHCPD: Final = re.compile(r"DHCPACK on ([0-9a-fA-F.:]+) to ([0-9a-fA-F:]{17})(?: \(([^)\s]+)\))?")
"""ISC dhcpd.conf(5) and its syslog."""
_PROTOCOLS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmp", "icmp6": "icmp", "ipv6-icmp": "icmp"}
_MOST_ANSWERS: Final = 500_000
_NOBODY: Final = frozenset({"", "-", "?", "(null)", "n/a", "localhost", "unknown"})


def read(paths: Sequence[Path], known: Known, limits: Limits, reject: Reject) -> Sightings:
    """Everything that logs in ``paths`` show of machines. Raises `UnusableInput` for a path that there is not."""
    reading = _Reading(known)
    for path in walk(paths, reject):
        for opened in open_sources(path, limits, reject):
            for batch in batches(opened, reading, limits, reject):
                for rejected in batch.rejected:
                    reject(rejected)
                for group in batch.groups:
                    reading.take(group)
    return reading.sightings


class _Plan(NamedTuple):
    """What is asked of records of one origin: ``fields`` = times, then host names, then flow, host and message."""

    fields: tuple[str, ...]
    times: int
    hosts: int
    flow: FlowFields | None
    pair: HostFields | None
    said_by_host: bool


class _Reading:
    """Tells readers which fields it wants, and takes what they find."""

    def __init__(self, known: Known) -> None:
        self.sightings = Sightings()
        self._plans: dict[Origin, _Plan] = {}
        self._known = known
        self._inside: dict[str, bool] = {}

    def fields(self, origin: Origin) -> tuple[str, ...]:
        """As `Wanted` has it."""
        return self._plan(origin).fields

    def take(self, group: Group) -> None:
        """The records of a group, those that say the same at once."""
        plan, origin = self._plan(group.origin), group.origin
        self.sightings.logs[origin.log] += len(group.rows)
        times = _said_first(group.columns[: plan.times], len(group.rows))
        said: list[Sequence[Any]] = [*group.columns[plan.times :]]
        folded: dict[tuple[Any, ...], list[Any]] = {}
        for time, *values in zip(times, *said, strict=True):
            row = folded.get(key := tuple(values))
            if row is None:
                folded[key] = [1, time, time]
            else:
                row[0] += 1
                row[2] = time
        for values_of_all, (count, first, last) in folded.items():
            span = Span()
            span.widen(_time(first), _time(last))
            self.sightings.span.widen(span.first, span.last)
            self._tell(plan, origin.log, values_of_all, count, span)

    def _tell(self, plan: _Plan, log: str, values: tuple[Any, ...], count: int, span: Span) -> None:
        rest = iter(values[plan.hosts :])
        host = next((word for value in values[: plan.hosts] if (word := _word(value)) not in _NOBODY), "")
        if plan.said_by_host and host and not _is_address(host):
            self.sightings.saw(log, count, span, name=host)
        if plan.flow is not None:
            source, target, port, protocol, result = (_word(next(rest)) for _ in range(5))
            failed = result.casefold() in plan.flow.failed or result in plan.flow.failed
            self._flow(log, source, target, (protocol, port), count, span, failed=failed)
        if plan.pair is not None:
            address, name, mac = (_word(next(rest)) for _ in range(3))
            self._pair(log, address, name, mac, count, span)
        for message in rest:
            if found := _DHCPD.search(_word(message)):
                self._pair(log, found[1], found[3] or "", found[2], count, span)

    def _flow(
        self, log: str, source: str, target: str, service: tuple[str, str], count: int, span: Span, *, failed: bool
    ) -> None:
        ends = [self._end(each) for each in (source, target)]
        if not all(ends):
            return
        for end, answers in zip(ends, (True, not failed), strict=True):
            if answers and end != OUTSIDE:
                self.sightings.saw(log, count, span, address=end)
        protocol = _PROTOCOLS.get(service[0].casefold(), service[0].casefold())
        if not failed and (ends[0] != OUTSIDE or ends[1] != OUTSIDE):
            port = int(service[1]) if service[1].isascii() and service[1].isdigit() else 0
            self.sightings.flowed(FlowKey(ends[0], ends[1], protocol, 0 if protocol == "icmp" else port), count)

    def _pair(self, log: str, address: str, name: str, mac: str, count: int, span: Span) -> None:
        end = self._end(address)
        if end and end != OUTSIDE:
            spelled = columns.mac(mac) if mac else ""
            hardware = spelled if isinstance(spelled, str) else ""
            self.sightings.saw(log, count, span, address=end, name="" if name in _NOBODY else name, mac=hardware)

    def _end(self, text: str) -> str:
        """An address in canonical text, `OUTSIDE` for one that is not the hospital's, "" for none that counts."""
        canonical = _canonical(text)
        if not canonical:
            return ""
        inside = self._inside.get(canonical)
        if inside is None:
            if len(self._inside) >= _MOST_ANSWERS:
                self._inside.clear()
            inside = self._inside[canonical] = self._known.is_inside(canonical)
        return canonical if inside else OUTSIDE

    def _plan(self, origin: Origin) -> _Plan:
        plan = self._plans.get(origin)
        if plan is None:
            times = tuple(name for name in TIMES.get(origin.product, TIMES[""]) if isinstance(name, str))
            # A sensor's own "host" is an address of a connection, not who wrote the record.
            said_by_host = origin.product in {"windows", "linux", "auditd", "cef", "leef"}
            hosts = tuple(HOSTS.get(origin.product, ())) if said_by_host else ()
            if origin.product in {"cef", "leef"}:
                hosts = hosts[:3]
            flow, pair = _by_origin(FLOWS, origin), _by_origin(HOST_FIELDS, origin)
            fields = [*times, *hosts, *(flow[:5] if flow else ()), *(pair or ())]
            if origin.product == "linux":
                fields.append("message")
            plan = self._plans[origin] = _Plan(tuple(fields), len(times), len(hosts), flow, pair, said_by_host)
        return plan


def _by_origin(table: dict[tuple[str, str, str], Any], origin: Origin) -> Any:
    for key in (
        (origin.product, origin.service, origin.event),
        (origin.product, origin.service, ""),
        (origin.product, "", ""),
    ):
        if key in table:
            return table[key]
    return None


def _said_first(columns_of_times: Sequence[Sequence[Any]], rows: int) -> Iterator[Any]:
    """For each row the first time that it says."""
    if not columns_of_times:
        return iter([None] * rows)
    return (
        next((each for each in row if each is not ABSENT and each is not None), None)
        for row in zip(*columns_of_times, strict=True)
    )


def _time(value: Any) -> Any:
    return parse_time(value) if value is not None else None


def _word(value: Any) -> str:
    if value is ABSENT or value is None:
        return ""
    return str(value[0] if value else "") if isinstance(value, tuple) else str(value)


@lru_cache(100_000)
def _canonical(text: str) -> str:
    try:
        found = ip_address(text.removeprefix("::ffff:"))
    except ValueError:
        return ""
    silent = found.is_multicast or found.is_loopback or found.is_unspecified or found.is_link_local
    return "" if silent or text == "255.255.255.255" else str(found)


def _is_address(text: str) -> bool:
    return bool(_canonical(text)) or ":" in text
