"""DHCP leases: ISC ``dhcpd.leases``, Kea's lease file (memfile CSV), and Windows DHCP as CSV.

dhcpd.leases(5): a later lease of an address replaces the one before. Kea: the last row of an address holds, state 0
is a lease that stands. Windows: ``Get-DhcpServerv4Lease | Export-Csv``, and the console's own export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from codedark.hospital.importers import cells
from codedark.hospital.importers.cmdb import columns_in
from codedark.hospital.importers.delimited import header_of, rows
from codedark.hospital.importers.encoding import text_of
from codedark.hospital.importers.facts import AssetFact, Facts, Origin
from codedark.hospital.importers.gathering import Asked, Broken, Said, gather, problem
from codedark.hospital.importers.meanings import columns_of

Lease = Mapping[str, str]
_LEASE: Final = re.compile(r"lease\s+([0-9A-Fa-f.:]+)\s*\{\s*")
_STATEMENT: Final = re.compile(
    r"\s*(hardware ethernet|client-hostname|binding state)\s+(?:\"((?:\\.|[^\"\\])*)\"|([^;\"]*?))\s*;\s*(?:#.*)?"
)
_CLOSED: Final = "each lease ends with a line `}`: copy the file again while the server is quiet"
_STANDS: Final = frozenset({"", "0", "active", "activereservation", "inactivereservation", "default", "reserved"})


def read(octets: bytes, file: str, asked: Asked) -> Facts:  # noqa: ARG001 - states, not times, tell what stands
    """One asset for each lease that stands: address, MAC and the name that the machine gave itself."""
    text = text_of(octets)
    if _LEASE.search(text) or "# The format of this file is documented in the dhcpd.leases" in text:
        return _said_last(file, _isc(text))
    columns = columns_in(header_of(text), columns_of("lease"))
    if "address" not in columns:
        mend = "give dhcpd.leases, Kea's lease file, or Get-DhcpServerv4Lease | Export-Csv"
        return Facts(rejected=[problem(file, 1, "these are no DHCP leases of a kind that is known", mend)])
    return _said_last(file, _table(text, columns))


def _said_last(file: str, leases: Iterator[tuple[int, str, Lease] | Broken]) -> Facts:
    """The facts of the last lease of each address; those before it have been replaced."""
    found = list(leases)
    last = {each[2].get("address", ""): at for at, each in enumerate(found) if not isinstance(each, Broken)}

    def numbered() -> Iterator[tuple[int, str, tuple[int, Lease]] | Broken]:
        for at, each in enumerate(found):
            yield each if isinstance(each, Broken) else (each[0], each[1], (at, each[2]))

    def said(origin: Origin, numbered_lease: tuple[int, Lease]) -> Said:
        at, lease = numbered_lease
        if last[lease.get("address", "")] != at:
            return "lease that a later one replaces"
        return _said(origin, lease)

    return gather(file, numbered(), said)


def _said(origin: Origin, lease: Lease) -> Said:
    if lease.get("state", "").casefold() not in _STANDS or lease.get("lifetime", "") == "0":
        return "lease that has ended"
    name = cells.host_name(lease.get("name", ""))
    found = cells.addresses(lease.get("address", ""))
    mac = cells.mac(lease.get("mac", ""))
    return [AssetFact(origin, name, found, mac)] if found else "lease without address"


def _isc(text: str) -> Iterator[tuple[int, str, Lease] | Broken]:
    lease: dict[str, str] = {}
    began = 0
    for number, line in enumerate(text.split("\n"), 1):
        if opened := _LEASE.match(line.lstrip()):
            if began:
                yield Broken(began, "the lease is not closed", _CLOSED)
            lease, began = {"address": opened[1]}, number
        elif began and line.strip() == "}":
            yield began, f"line {began}", lease
            began = 0
        elif began and (found := _STATEMENT.fullmatch(line)):
            lease[_NAMES[found[1]]] = found[2] if found[2] is not None else found[3]
    if began:
        yield Broken(began, "the lease is not closed", _CLOSED)


_NAMES: Final = {"hardware ethernet": "mac", "client-hostname": "name", "binding state": "state"}


def _table(text: str, columns: Mapping[str, str]) -> Iterator[tuple[int, str, Lease] | Broken]:
    for each in rows(text):
        if isinstance(each, Broken):
            yield each
        else:
            yield each[0], each[1], {field: each[2][column] for field, column in columns.items()}
