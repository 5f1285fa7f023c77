"""Active Directory as CSV: ``Get-ADComputer`` and ``Get-ADUser`` through ``Export-Csv``, and ``csvde``."""

from __future__ import annotations

from typing import Final

from codedark.hospital.importers import directory
from codedark.hospital.importers.delimited import Row, header_of, rows
from codedark.hospital.importers.encoding import text_of
from codedark.hospital.importers.facts import Facts, Origin
from codedark.hospital.importers.gathering import Asked, Said, gather, problem

_LISTS: Final = frozenset({"objectclass", "memberof", "serviceprincipalname", "serviceprincipalnames"})
_UNEXPANDED: Final = "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection"
"""What PowerShell writes instead of a list; it tells nothing of what is in it."""
_ALSO_CALLED: Final = {"serviceprincipalnames": "serviceprincipalname", "distinguishedname": "dn"}
IDENTIFYING: Final = frozenset({"samaccountname", "dnshostname"})


def read(octets: bytes, file: str, asked: Asked) -> Facts:
    """Computers and accounts among the rows. Without a column ObjectClass an operating system tells a computer."""
    text = text_of(octets)
    header = {column.casefold() for column in header_of(text)}
    if not header & IDENTIFYING:
        mend = "export with `Get-ADComputer -Properties *` or `csvde`, or import it as cmdb"
        return Facts(rejected=[problem(file, 1, "there is neither SamAccountName nor DNSHostName", mend)])

    def said(origin: Origin, row: Row) -> Said:
        return directory.said(origin, _attributes(row), asked)

    return gather(file, rows(text), said)


def _attributes(row: Row) -> dict[str, list[str]]:
    entry: dict[str, list[str]] = {}
    for column, cell in row.items():
        name = _ALSO_CALLED.get(column.casefold(), column.casefold())
        if cell and cell != _UNEXPANDED:
            values = [part.strip() for part in cell.split(";")] if column.casefold() in _LISTS else [cell]
            entry.setdefault(name, []).extend(values)
    if "objectclass" not in entry:
        is_computer = "operatingsystem" in entry or entry.get("samaccountname", [""])[0].endswith("$")
        entry["objectclass"] = ["computer" if is_computer else "user"]
    return entry
