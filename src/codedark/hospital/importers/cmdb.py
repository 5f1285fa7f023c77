"""An inventory as CSV from any CMDB: columns named by the person, or guessed by their usual names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from codedark.hospital.importers import cells
from codedark.hospital.importers.delimited import Row, header_of, rows
from codedark.hospital.importers.encoding import text_of
from codedark.hospital.importers.facts import AssetFact, Facts, Origin
from codedark.hospital.importers.gathering import Asked, Said, Unread, gather, problem
from codedark.hospital.importers.meanings import (
    columns_of,
    folded,
    kind_of,
    kind_of_system,
    means_gone,
    support_of,
)

IDENTIFYING: Final = ("name", "addresses", "mac")


def read(octets: bytes, file: str, asked: Asked) -> Facts:
    """One asset a row. Rows whose status says that the machine is gone are passed over."""
    text = text_of(octets)
    columns = columns_in(header_of(text), columns_of("asset"), asked.columns)
    if not any(field in columns for field in IDENTIFYING):
        named = ", ".join(header_of(text)[:20]) or "nothing"
        mend = "say which it is: --map name=COLUMN (or addresses=, mac=)"
        return Facts(
            rejected=[problem(file, 1, f"no column names the machines; the first line has: {named[:300]}", mend)]
        )
    return gather(file, rows(text), _said(columns, asked))


def columns_in(
    header: list[str], usual: Mapping[str, tuple[str, ...]], named: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Field -> column of ``header``: the one that was ``named``, else the first usual name that is there.

    A column that is named and not there counts for nothing; `unknown_columns` says so beforehand.
    """
    by_fold: dict[str, str] = {}
    for column in header:
        by_fold.setdefault(folded(column), column)
    found = {field: by_fold[folded(column)] for field, column in (named or {}).items() if folded(column) in by_fold}
    taken = set(found.values())
    for field, names in usual.items():
        free = (by_fold[name] for name in names if name in by_fold and by_fold[name] not in taken)
        if field not in (named or {}) and (usual_column := next(free, None)):
            found[field] = usual_column
            taken.add(usual_column)
    return found


def unknown_columns(octets: bytes, named: Mapping[str, str]) -> list[str]:
    """The columns that the person named and that the file does not have."""
    there = set(map(folded, header_of(text_of(octets))))
    return [column for column in named.values() if folded(column) not in there]


def _said(columns: Mapping[str, str], asked: Asked) -> Callable[[Origin, Row], Said]:
    def said(origin: Origin, row: Row) -> Said:
        def cell(field: str) -> str:
            return cells.plain(row[columns[field]]) if field in columns else ""

        if means_gone(cell("status")):
            return "machine that is no longer there"
        raw = row[columns["addresses"]] if "addresses" in columns else ""
        system = " ".join(filter(None, (cell("operating_system"), cell("operating_system_version"))))
        fact = AssetFact(
            origin,
            cells.host_name(cell("name")),
            cells.addresses(raw),
            cells.mac(cell("mac")),
            kind_of(cell("kind"), cell("model")) or kind_of_system(system),
            system,
            support_of(system, asked.today),
            cell("manufacturer"),
            cell("owner"),
            cell("zone"),
            cell("ward"),
            cell("place"),
            cells.words(row[columns["log_sources"]]) if "log_sources" in columns else (),
        )
        if not (fact.name or fact.addresses or fact.mac):
            raise Unread("the row names no machine: no name, no address", "give it a name, or leave it out")
        return [fact]

    return said
