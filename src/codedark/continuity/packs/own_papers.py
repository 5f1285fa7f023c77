"""What a hospital itself puts into the packs of its wards: whom to call, and its protocols.

Phones are a table with the columns ``ward``, ``name``, ``role`` and ``phone``; a row without a ward is every ward's.
What cannot be used is a sentence in `OwnPapers.problems`, and never keeps a pack from being built.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Person, Visit
from codedark.hospital.ward import WardId

EVERY_WARD: Final = WardId("")
_COLUMNS: Final = ("ward", "name", "role", "phone")


@dataclass(frozen=True, slots=True)
class OwnPapers:
    """By ward, or `EVERY_WARD`: people, protocols as (title, text), and documents (PDF) by the names of their files."""

    phones: Mapping[WardId, tuple[Person, ...]] = field(default_factory=dict)
    protocols: Mapping[WardId, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    documents: Mapping[WardId, Mapping[str, bytes]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def phones_of(self, ward: WardId) -> tuple[Person, ...]:
        """The ward's own numbers, then those of every ward, in the order of the table."""
        return (*self.phones.get(ward, ()), *self.phones.get(EVERY_WARD, ()))

    def protocols_of(self, ward: WardId) -> tuple[tuple[str, str], ...]:
        """The ward's own, then those of every ward."""
        return (*self.protocols.get(ward, ()), *self.protocols.get(EVERY_WARD, ()))

    def documents_of(self, ward: WardId) -> Mapping[str, bytes]:
        """Those of every ward, and the ward's own in the place of one of the same name."""
        return {**self.documents.get(EVERY_WARD, {}), **self.documents.get(ward, {})}

    def numbers(self) -> Mapping[tuple[str, ...], str]:
        """The phone of everybody in the table, by `plain_name`."""
        return {plain_name(each.name): each.phone for people in self.phones.values() for each in people}


def with_phones(chart: Chart, numbers: Mapping[tuple[str, ...], str]) -> Chart:
    """The chart, whose attending clinicians without a number have the one that the hospital's table gives them."""
    if not numbers or all(each.attending is None or each.attending.phone for each in chart.visits):
        return chart
    return replace(chart, visits=tuple(_reached(visit, numbers) for visit in chart.visits))


def _reached(visit: Visit, numbers: Mapping[tuple[str, ...], str]) -> Visit:
    who = visit.attending
    phone = "" if who is None or who.phone else numbers.get(plain_name(who.name), "")
    return replace(visit, attending=replace(who, phone=phone)) if who is not None and phone else visit


def read_phones(text: str, where: str) -> tuple[dict[WardId, tuple[Person, ...]], list[str]]:
    """The table (RFC 4180, or with semicolons), and what of it cannot be used. ``where`` is the name of its file."""
    lines = text.removeprefix("\ufeff").splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    found: dict[WardId, list[Person]] = {}
    problems = []
    try:
        rows = csv.DictReader(lines, delimiter=separator, strict=True)
        names = [(name or "").strip().casefold() for name in rows.fieldnames or ()]
        if not {"name", "phone"} <= set(names):
            return {}, [f"{where}:1: its first line must name the columns {', '.join(_COLUMNS)}"]
        rows.fieldnames = names
        for row in rows:
            ward, name, role, phone = (str(row.get(column) or "").strip() for column in _COLUMNS)
            if name and phone:
                found.setdefault(WardId(ward), []).append(Person(name, role, phone))
            elif any((ward, name, role, phone)):
                problems.append(f"{where}:{rows.line_num}: a row needs a name and a phone; it is left out")
    except csv.Error as error:
        problems.append(f"{where}: from line {rows.line_num} on it is no table ({error}); what stands above is used")
    return {ward: tuple(people) for ward, people in found.items()}, problems


def titled(text: str, name: str) -> tuple[str, str]:
    """Title and text of a protocol: its first line where that is a heading (``# Sepsis``), else the file's name."""
    first, _, rest = text.removeprefix("\ufeff").strip().partition("\n")
    if first.startswith("# "):
        return first.removeprefix("# ").strip(), rest.strip()
    return name.replace("-", " ").replace("_", " "), text.strip()


def plain_name(name: str) -> tuple[str, ...]:
    """The words of a name, so that ``Maes, An`` is ``An Maes``."""
    return tuple(sorted(name.replace(",", " ").casefold().split()))
