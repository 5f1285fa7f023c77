"""Joins the parts of a model: first the shape of each file, then the names, then what refers to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import chain
from typing import Final

from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.load import entries, inventory, structure
from codedark.hospital.load.circles import circles
from codedark.hospital.load.columns import LAYOUTS
from codedark.hospital.load.document import HOSPITAL_FILE, Listing, Node, Scalar, Table, line_of, parse
from codedark.hospital.load.entries import Entry, Known
from codedark.hospital.load.inventory import Source, Stand
from codedark.hospital.load.network import check_addresses, check_ranges
from codedark.hospital.load.report import Names, Report
from codedark.hospital.load.table import empty, pieces, read
from codedark.hospital.load.time_zone import unknown_time_zone
from codedark.hospital.problem import Problem, Severity
from codedark.hospital.service import Service, ServiceId
from codedark.hospital.ward import BedId, Ward, WardId

_INLINE: Final = ("assets", "accounts")
_UNSUPPORTED: Final = ["schema"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model and its problems, by file and line; ``hospital`` is None where there is an error."""

    hospital: Hospital | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What makes the model unusable."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What should be looked at."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)


def load(files: Mapping[str, bytes], today: date | None = None) -> Loaded:
    """The model in ``files``: ``hospital.yaml`` and the tables that it names, by file name.

    Without ``today`` no attestation has ended. Tables with their default names may be missing. Raises nothing.
    """
    root, problems = parse(HOSPITAL_FILE, files.get(HOSPITAL_FILE, b""))
    report = Report(HOSPITAL_FILE)
    report.problems += problems
    if problems and not root.entries:
        return Loaded(None, tuple(problems))
    broken = structure.check(root, report)
    if _UNSUPPORTED in broken:  # whatever else is wrong may be right in that version
        line = root.lines["schema"]
        return Loaded(None, tuple(problem for problem in report.problems if problem.line == line))
    return _Loading(files, root, report, broken).loaded(today)


class _Loading:
    """One reading of one model; the report of each file grows as it goes."""

    def __init__(
        self, files: Mapping[str, bytes], root: Table, report: Report, broken: Collection[structure.Path]
    ) -> None:
        self.root, self.report = root, report
        self._broken = {tuple(path[:2]) for path in broken}
        self._sections: dict[str, list[Entry]] = {
            name: self._section(name) for name in ("zones", "wards", "services", "lifelines", *_INLINE)
        }
        unknown = [key for key in root.entries if key not in structure.known_keys()]
        self._misspelt = {near for key in unknown for near in get_close_matches(key, self._sections, n=1)}
        self._reports = [report]
        self._files = files
        self._tables = {table: self._table(table) for table in ("assets", "accounts", "beds")}

    def loaded(self, today: date | None) -> Loaded:
        """Everything that the files say, checked."""
        report = self.report
        asset_sources, account_sources = ([self._tables[each], self._inlined(each)] for each in _INLINE)
        known = Known(
            self._names("zone", "zones"),
            self._names("ward", "wards"),
            self._names("service", "services"),
            inventory.names("asset", asset_sources, unread=self._unread("assets")),
        )
        inventory.names("account", account_sources)
        zones = [entries.zone(entry, report) for entry in self._sections["zones"]]
        check_ranges(zones, report)
        by_zone = {zone.id: zone for zone, _ in zones}
        assets = [(source, inventory.assets(source, known.zones, known.wards)) for source in asset_sources]
        owners = check_addresses(assets, by_zone)
        accounts = [inventory.accounts(each, known.assets, known.zones, known.wards) for each in account_sources]
        services = {(found := entries.service(entry, known, report)).id: found for entry in self._sections["services"]}
        self._check_circles(services)
        lifelines = [entries.lifeline(entry, known, report, today) for entry in self._sections["lifelines"]]
        flows = self._flows(known, owners)
        hospital = Hospital(
            self._name(),
            self._time_zone(),
            by_zone,
            {asset.id: asset for asset in chain.from_iterable(found for _, found in assets)},
            {account.id: account for account in chain.from_iterable(accounts)},
            services,
            self._wards(known),
            {lifeline.id: lifeline for lifeline in lifelines},
            flows,
            self._placeholders(),
        )
        problems = [problem for each in self._reports for problem in sorted(each.problems, key=lambda one: one.line)]
        usable = all(problem.severity is not Severity.ERROR for problem in problems)
        return Loaded(hospital if usable else None, tuple(problems))

    def _section(self, name: str) -> list[Entry]:
        """The entries of a section that have the shape of the schema."""
        node = self.root.entries.get(name)
        if not isinstance(node, Table):
            return []
        return [
            (key, node.lines[key], entry)
            for key, entry in node.entries.items()
            if isinstance(entry, Table) and (name, key) not in self._broken
        ]

    def _unread(self, name: str) -> Collection[str] | None:
        """The ids of a section that are there and cannot be used; None where nobody knows which these are."""
        node = self.root.entries.get(name)
        if isinstance(node, Table):
            return node.entries
        return None if node is not None or name in self._misspelt else ()

    def _names(self, kind: str, section: str) -> Names:
        return Names(kind, [key for key, _, _ in self._sections[section]], unread=self._unread(section))

    def _inlined(self, table: str) -> Source:
        return inventory.inline(table, self._sections[table], self.report)

    def _table(self, table: str) -> Source:
        report = Report(self._file(table))
        data = self._bytes(table, report)
        return Source(empty(LAYOUTS[table]) if data is None else read(data, LAYOUTS[table], report), report)

    def _flows(self, known: Known, owners: Mapping[str, AssetId]) -> Flows:
        report = Report(self._file("flows"))
        data = self._bytes("flows", report)
        if data is None:
            return Flows()
        ends = inventory.flow_ends(known.assets, owners)
        return inventory.flows(pieces(data, LAYOUTS["flows"], report), report, ends)

    def _file(self, table: str) -> str:
        node = self._named(table)
        return node.text if isinstance(node, Scalar) else f"{table}.csv"

    def _named(self, table: str) -> Node | None:
        tables = self.root.entries.get("tables")
        if ("tables", table) in self._broken:
            return None
        return tables.entries.get(table) if isinstance(tables, Table) else None

    def _bytes(self, table: str, report: Report) -> bytes | None:
        """What is in the file of a table; None where there is none, which is a problem only if it is named."""
        if report.file in self._files:
            self._reports.append(report)
            return self._files[report.file]
        if node := self._named(table):
            mend = f"put it beside {HOSPITAL_FILE}, or take the name away"
            self.report.error(node.line, f"the table of {table}, `{report.file}`, is not there", mend)
        return None

    def _wards(self, known: Known) -> dict[WardId, Ward]:
        found = {(ward := entries.ward(entry, known, self.report)).id: ward for entry in self._sections["wards"]}
        source = self._tables["beds"]
        more: dict[str, list[BedId]] = {}
        stands: list[Stand] = [
            (self.report, item.line, item.text, f"{key};{item.text}")
            for key, _, table in self._sections["wards"]
            for item in entries.items(table, "beds")
        ]
        for ward_id, bed, line in inventory.beds(source, known.wards):
            more.setdefault(ward_id, []).append(BedId(bed))
            stands.append((source.report, line, bed, f"{ward_id};{bed}"))
        inventory.twice(stands, "in one ward the bed", "a ward has each bed once")
        return {
            key: replace(ward, beds=(*ward.beds, *more[key])) if key in more else ward for key, ward in found.items()
        }

    def _check_circles(self, services: Mapping[ServiceId, Service]) -> None:
        for circle in circles(services):
            line = line_of(self.root, ["services", circle[0], "needs"])
            what = f"services need each other in a circle: {' needs '.join(circle)}"
            mend = "take one of these needs away, or give it another way to start under `any:`"
            self.report.error(line, what, mend)

    def _name(self) -> str:
        new, old = (self.root.entries.get(key) for key in ("name", "hospital"))
        if new and old:
            self.report.error(old.line, "`hospital` is the old word for `name`, and both are here", "keep `name`")
        node = new or old
        return node.text if isinstance(node, Scalar) else ""

    def _time_zone(self) -> str:
        node = self.root.entries.get("time_zone")
        if not isinstance(node, Scalar):
            return "UTC"
        if mend := unknown_time_zone(node.text):
            self.report.error(node.line, f"the time zone `{node.text}` is not known", mend)
        return node.text

    def _placeholders(self) -> dict[str, tuple[str, ...]]:
        section = self.root.entries.get("placeholders")
        found: dict[str, tuple[str, ...]] = {}
        for key, node in section.entries.items() if isinstance(section, Table) else ():
            values: Sequence[object] = node.items if isinstance(node, Listing) else [node]
            found[key] = tuple(value.text for value in values if isinstance(value, Scalar))
        return found
