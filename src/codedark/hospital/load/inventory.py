"""What is long: assets, accounts, beds and flows, from their tables and, in a small hospital, from `hospital.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from codedark.hospital.account import Account, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Flows
from codedark.hospital.load import columns
from codedark.hospital.load.columns import LARGEST, LAYOUTS, LIST_SEPARATOR, Understood, Wrong, read
from codedark.hospital.load.document import Listing, Node, Scalar, Table
from codedark.hospital.load.report import Names, Report
from codedark.hospital.load.table import Rows
from codedark.hospital.problem import Problem, Severity

PROTOCOLS: Final = ("tcp", "udp", "icmp")


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one file, with the report for that file."""

    rows: Rows
    report: Report


def inline(table: str, section: Iterable[tuple[str, int, Table]], report: Report) -> Source:
    """The entries of a section of `hospital.yaml` as rows of ``table``: keys are ids."""
    entries = list(section)
    cells = {
        column: [key if column == "id" else _cell(entry.entries.get(column)) for key, _, entry in entries]
        for column in LAYOUTS[table].columns
    }
    return Source(Rows(cells, [line for _, line, _ in entries]), report)


def names(kind: str, sources: Sequence[Source], *, any_case: bool = True, unread: Iterable[str] | None = ()) -> Names:
    """The ids in all ``sources``; an id that stands there twice is reported where it stands again."""
    ids = [name for source in sources for name in source.rows.cells["id"]]
    hidden = None if unread is None else {*unread, *chain.from_iterable(source.rows.unread for source in sources)}
    known = Names(kind, ids, any_case=any_case, unread=hidden)
    if len(known) < len(ids):
        mend = "keep one of the two, or give one another id"
        stands = (
            (source.report, line, cell, cell.casefold() if any_case else cell) for source, line, cell in _ids(sources)
        )
        twice(stands, f"the {kind}", mend)
    return known


Stand = tuple[Report, int, str, str]
"""Where something stands (report of the file, line), as it is shown, and as it is compared."""


def twice(stands: Iterable[Stand], what: str, mend: str, severity: Severity = Severity.ERROR) -> None:
    """Report everything that stood before, with both lines."""
    first: dict[str, tuple[Report, int]] = {}
    for report, line, shown, key in stands:
        if not key:
            continue
        there, before = first.setdefault(key, (report, line))
        if (there, before) != (report, line):
            where = f"line {before}" if there is report else f"{there.file}:{before}"
            report.problems.append(
                Problem(severity, report.file, line, f"{what} `{shown}` stands here and on {where}", mend)
            )


def assets(source: Source, zones: Names, wards: Names) -> list[Asset]:
    """The assets of one file, row by row."""
    rows, report = source.rows, source.report
    return list(
        map(
            Asset,
            columns.read_names(rows, "id", report),
            read(rows, "kind", columns.one_of(AssetKind), report),
            read(rows, "zone", columns.reference(zones), report),
            columns.read_addresses(rows, "addresses", report),
            columns.read_macs(rows, "mac", report),
            read(rows, "operating_system", columns.text, report),
            read(rows, "support", columns.one_of(Support, Support.UNKNOWN), report),
            read(rows, "manufacturer", columns.text, report),
            read(rows, "owner", columns.text, report),
            read(rows, "ward", columns.reference(wards), report),
            read(rows, "place", columns.text, report),
            read(rows, "log_sources", columns.each(columns.name), report),
        )
    )


def accounts(source: Source, assets_known: Names, zones: Names, wards: Names) -> list[Account]:
    """The accounts of one file, row by row."""
    rows, report = source.rows, source.report
    return list(
        map(
            Account,
            columns.read_names(rows, "id", report),
            read(rows, "kind", columns.one_of(AccountKind), report),
            read(rows, "domain", columns.text, report),
            read(rows, "person", columns.text, report),
            read(rows, "role", columns.text, report),
            read(rows, "privileged", columns.truth(default=False), report),
            read(rows, "enabled", columns.truth(default=True), report),
            read(rows, "may_log_on_to", columns.each(_log_on_target(assets_known, zones)), report),
            read(rows, "wards", columns.each(columns.required(wards)), report),
        )
    )


def beds(source: Source, wards: Names) -> list[tuple[str, str, int]]:
    """(ward, bed, line) for each bed of the table."""
    rows, report = source.rows, source.report
    of = read(rows, "ward", columns.required(wards), report)
    return list(zip(of, columns.read_names(rows, "bed", report), rows.lines, strict=True))


def flows(pieces: Iterable[Rows], report: Report, ends: Understood[str]) -> Flows:
    """The flows, piece by piece; ``ends`` knows which asset or outside address a source or target is."""
    protocols, ports = Understood(_protocol), Understood(columns.number(65535))
    every: tuple[list[Any], ...] = ([], [], [], [], [], [])
    for rows in pieces:
        found: tuple[Sequence[Any], ...] = (
            ends.column(rows, "source", report),
            ends.column(rows, "target", report),
            protocols.column(rows, "protocol", report),
            ports.column(rows, "port", report),
            columns.read_numbers(rows, "connections", LARGEST, report),
            columns.read_numbers(rows, "octets", LARGEST, report),
        )
        for column, part in zip(every, found, strict=True):
            column.extend(part)
    folded = Flows(*map(tuple, every))
    return _folded(folded) if len(set(ends.known.values())) < len(ends.known) else folded


def _folded(flows: Flows) -> Flows:
    """One row for each pair, protocol and port: an asset may have been written by its id and by its addresses."""
    sums: dict[tuple[str, str, str, int], list[int]] = {}
    keys = zip(flows.sources, flows.targets, flows.protocols, flows.ports, strict=True)
    for key, connections, octets in zip(keys, flows.connections, flows.octets, strict=True):
        total = sums.setdefault(key, [0, 0])
        total[0] += connections
        total[1] += octets
    sources, targets, protocols, ports = zip(*sums, strict=True)
    connections_in_all, octets_in_all = zip(*sums.values(), strict=True)
    return Flows(sources, targets, protocols, ports, connections_in_all, octets_in_all)


def flow_ends(assets_known: Names, by_address: Mapping[str, AssetId]) -> Understood[str]:
    """An asset by id or by its address, or an address that the model does not know."""

    def meaning(cell: str) -> str | Wrong:
        spelled = assets_known.spelled(cell)
        if spelled is not None:
            return spelled
        found = columns.address(cell)
        if isinstance(found, Wrong):
            what, mend = assets_known.missing(cell)
            return Wrong(f"{what} and is no IP address", mend, "")
        return by_address.get(found, found)

    return Understood(meaning, {name: name for name in assets_known})


def _protocol(cell: str) -> str | Wrong:
    if cell in PROTOCOLS:
        return cell
    return Wrong(f"is `{cell}`", "write tcp, udp or icmp", "tcp")


def _log_on_target(assets_known: Names, zones: Names) -> Callable[[str], str | Wrong]:
    kinds = Names("kind of asset", AssetKind)

    def meaning(word: str) -> str | Wrong:
        prefix, _, rest = word.partition(":")
        known = {"zone": zones, "kind": kinds}.get(prefix)
        if known is not None and rest:
            return word if rest in known else Wrong(*known.missing(rest), "")
        return columns.required(assets_known)(word)

    return meaning


def _ids(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        for line, cell in zip(source.rows.lines, source.rows.cells["id"], strict=True):
            yield source, line, cell


def _cell(node: Node | None) -> str:
    match node:
        case Scalar():
            return node.text
        case Listing():
            return LIST_SEPARATOR.join(_cell(item) for item in node.items)
        case _:
            return ""
