"""Zeek's logs, as separated text or JSON: conn to folded flows, known_hosts, known_services and dhcp to assets.

Fields from the Zeek documentation, "Log files". Connections that were never answered are no flows: scans would make
a hospital of everything that was knocked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from codedark.hospital.importers import cells
from codedark.hospital.importers.encoding import text_of
from codedark.hospital.importers.facts import AssetFact, Facts, FlowKey, Origin
from codedark.hospital.importers.gathering import Asked, Unread, problem
from codedark.hospital.importers.meanings import kind_of_ports

Row = Mapping[str, Any]
PROTOCOLS: Final = frozenset({"tcp", "udp", "icmp"})
UNANSWERED: Final = frozenset({"S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"})
"""conn_state of attempts: no connection came about."""
_PRIVILEGED: Final = 1024
_EPHEMERAL: Final = 49152
_AGAIN: Final = "the line was cut off or the header belongs to another file"
_LOG_OF_FIELD: Final = (
    ("conn_state", "conn"),
    ("port_num", "known_services"),
    ("assigned_addr", "dhcp"),
    ("client_addr", "dhcp"),
    ("host", "known_hosts"),
)


def read(octets: bytes, file: str, asked: Asked) -> Facts:  # noqa: ARG001 - logs say nothing that depends on the day
    """Flows between addresses (the server's port tells the direction), and assets."""
    facts = Facts()
    reading = _Reading(file, facts)
    text = text_of(octets)
    rows = _json if text.lstrip()[:1] == "{" else _separated
    for number, log, row in rows(text, lambda line, what: facts.rejected.append(problem(file, line, what, _AGAIN))):
        try:
            reading.take(log or _log_of(row), row, number)
        except Unread as unread:
            facts.rejected.append(problem(file, number, unread.what, unread.mend))
    reading.end()
    return facts


class _Reading:
    """Folds rows as they come."""

    def __init__(self, file: str, facts: Facts) -> None:
        self._file = file
        self._facts = facts
        self._served: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        self._first: dict[str, int] = {}
        self._addresses: dict[str, str] = {}

    def take(self, log: str, row: Row, line: int) -> None:
        """One row of a log. Raises `Unread`."""
        match log:
            case "conn":
                self._conn(row)
            case "known_hosts" | "known_services":
                address = self._address(row, "host")
                self._first.setdefault(address, line)
                if log == "known_services":
                    self._served[address].add((_word(row, "port_proto"), _number(row, "port_num")))
                self._facts.records += 1
            case "dhcp":
                self._lease(row, line)
            case _:
                self._facts.passed_over[f"row of {log or 'an unknown log'}"] += 1

    def end(self) -> None:
        """Tell the machines that were folded."""
        for address, line in self._first.items():
            kind = kind_of_ports(self._served.get(address, ()))
            origin = Origin(self._file, f"line {line}")
            self._facts.assets.append(AssetFact(origin, addresses=(address,), kind=kind))

    def _conn(self, row: Row) -> None:
        protocol = _word(row, "proto")
        if protocol not in PROTOCOLS:
            self._facts.passed_over[f"connection of {protocol[:20] or 'an unknown protocol'}"] += 1
        elif row.get("conn_state") in UNANSWERED:
            self._facts.passed_over["connection that was not answered"] += 1
        else:
            source, target = self._address(row, "id.orig_h"), self._address(row, "id.resp_h")
            near, port = _number(row, "id.orig_p"), _number(row, "id.resp_p")
            if protocol == "icmp":
                port = 0
            elif near < _PRIVILEGED and port >= _EPHEMERAL:  # Zeek missed the start and took the answer for it
                source, target, port = target, source, near
            key = FlowKey(source, target, protocol, port)
            self._facts.connections[key] += 1
            self._facts.octets[key] += _count(row, "orig_bytes") + _count(row, "resp_bytes")
            self._facts.records += 1

    def _lease(self, row: Row, line: int) -> None:
        address = cells.addresses(str(row.get("assigned_addr") or ""))
        if not address:
            self._facts.passed_over["DHCP exchange without a lease"] += 1
            return
        name = cells.host_name(_word(row, "client_fqdn") or _word(row, "host_name"))
        origin = Origin(self._file, f"line {line}")
        self._facts.assets.append(AssetFact(origin, name, address, cells.mac(_word(row, "mac"))))
        self._facts.records += 1

    def _address(self, row: Row, field: str) -> str:
        text = _word(row, field)
        known = self._addresses.get(text)
        if known is None:
            found = cells.addresses(text)
            if not found:
                raise Unread(f"`{field}` is `{text[:60]}`, which is no machine's address", _AGAIN)
            known = self._addresses[text] = found[0]
        return known


def _separated(text: str, reject: Callable[[int, str], None]) -> Iterator[tuple[int, str, Row]]:
    separator, unset, log = "\t", "-", ""
    fields: Sequence[str] = ()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line:
            continue
        if line.startswith("#"):
            name, *values = line[1:].split(separator)
            if line.startswith("#separator "):
                separator = _unescaped(line.removeprefix("#separator ").strip()) or "\t"
            elif name == "unset_field" and values:
                unset = values[0]
            elif name == "path" and values:
                log = values[0]
            elif name == "fields":
                fields = values
            continue
        row = line.split(separator)
        if not fields:
            reject(number, "a row before any `#fields` line")
        elif len(row) != len(fields):
            reject(number, f"{len(row)} columns where `#fields` names {len(fields)}")
        else:
            yield number, log, {name: cell for name, cell in zip(fields, row, strict=True) if cell != unset}


def _json(text: str, reject: Callable[[int, str], None]) -> Iterator[tuple[int, str, Row]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            log = row.get("_path")
            yield number, log if isinstance(log, str) else "", row
        else:
            reject(number, "this line is no JSON object")


def _log_of(row: Row) -> str:
    return next((log for field, log in _LOG_OF_FIELD if field in row), "")


def _unescaped(text: str) -> str:
    code = text.removeprefix("\\x")
    return chr(int(code, 16)) if len(code) == 2 and all(each in "0123456789abcdefABCDEF" for each in code) else text


def _word(row: Row, field: str) -> str:
    value = row.get(field)
    return value if isinstance(value, str) else ""


def _number(row: Row, field: str) -> int:
    found = _count(row, field)
    if found > 65535:
        raise Unread(f"`{field}` is {found}, which is no port", _AGAIN)
    return found


def _count(row: Row, field: str) -> int:
    value = row.get(field, 0)
    if isinstance(value, int) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    raise Unread(f"`{field}` is `{str(value)[:40]}`, which is no count", _AGAIN)
