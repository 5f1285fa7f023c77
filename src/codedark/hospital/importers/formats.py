"""The formats that can be imported, by name; each is recognised by content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from codedark.hospital.importers import ad_csv, cmdb, dhcp, fhir, ldif, netbox, nmap, zeek
from codedark.hospital.importers.delimited import header_of
from codedark.hospital.importers.encoding import text_of
from codedark.hospital.importers.facts import Facts
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.meanings import columns_of, folded

Read = Callable[[bytes, str, Asked], Facts]
_HEAD_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Format:
    """``fits`` is asked with the beginning of a file as text. ``what`` completes "reads …"."""

    what: str
    read: Read
    fits: Callable[[str], bool]


def _is_xml_of_nmap(head: str) -> bool:
    return "<nmaprun" in head


def _is_ldif(head: str) -> bool:
    return any(line.startswith(("dn: ", "dn:: ", "version: 1")) for line in head.splitlines()[:50])


def _is_zeek(head: str) -> bool:
    start = head.lstrip()
    return start.startswith("#separator ") or (start[:1] == "{" and ('"id.orig_h"' in head or '"_path"' in head))


def _is_fhir(head: str) -> bool:
    return head.lstrip()[:1] in "[{" and '"resourceType"' in head


def _is_netbox(head: str) -> bool:
    return head.lstrip()[:1] in "[{" and any(
        part in head for part in ("/api/dcim/", "/api/ipam/", "/api/virtualization/", '"device_type"', '"prefix"')
    )


def _is_leases(head: str) -> bool:
    if "lease " in head and "{" in head:
        return True
    header = set(map(folded, header_of(head)))
    addresses = {"ipaddress", "clientipaddress"} & header
    return {"address", "hwaddr"} <= header or (bool(addresses) and bool({"clientid", "uniqueid"} & header))


def _is_ad_csv(head: str) -> bool:
    header = {column.casefold() for column in header_of(head)}
    return bool(header & ad_csv.IDENTIFYING) and bool(header & {"objectclass", "dn", "distinguishedname", "sid"})


def _is_cmdb(head: str) -> bool:
    header = set(map(folded, header_of(head)))
    usual = columns_of("asset")
    return sum(bool(header & set(names)) for names in usual.values()) >= 2


FORMATS: Final[Mapping[str, Format]] = {
    "nmap": Format("nmap's XML (-oX)", nmap.read, _is_xml_of_nmap),
    "ldif": Format("LDIF of Active Directory (ldifde, ldapsearch)", ldif.read, _is_ldif),
    "zeek": Format("Zeek's conn, known_hosts, known_services and dhcp logs", zeek.read, _is_zeek),
    "fhir": Format("FHIR Location and Organization (Bundle, NDJSON, single)", fhir.read, _is_fhir),
    "netbox": Format("NetBox's JSON (devices, virtual machines, prefixes, VLANs, addresses)", netbox.read, _is_netbox),
    "dhcp": Format("DHCP leases (ISC, Kea, Windows)", dhcp.read, _is_leases),
    "ad-csv": Format("Get-ADComputer, Get-ADUser or csvde as CSV", ad_csv.read, _is_ad_csv),
    "cmdb": Format("CSV of any CMDB", cmdb.read, _is_cmdb),
}
"""In the order in which they are tried: what has a sign of its own before what only looks like a table."""


def recognise(octets: bytes) -> str | None:
    """The name of the format of a file, by its content; None where it fits none."""
    head = text_of(octets[:_HEAD_BYTES])
    return next((name for name, each in FORMATS.items() if each.fits(head)), None)
