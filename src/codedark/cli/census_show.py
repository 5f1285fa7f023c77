"""`codedark census show`: every ward, bed by bed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.amounts import amount
from codedark.app.continuing.census.books import counted
from codedark.app.continuing.census.home import site_of
from codedark.app.continuing.census.state import CLOCK_AHEAD_US
from codedark.app.continuing.record.report import last
from codedark.app.hospital_files import usable_hospital
from codedark.app.untrusted import clipped, one_line
from codedark.app.wall_clock import now_us
from codedark.cli.census_words import HospitalOption, SiteOption, followed, say, told_books
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.continuity.charts.chart import Chart, Group
from codedark.continuity.packs.pack import Bed
from codedark.continuity.pages.words import doubt_text, words_of
from codedark.errors import UsageError
from codedark.events.moments import moment_of
from codedark.hospital.ward import WardId


def show(
    home: HomeOption = DEFAULT_HOME,
    hospital: HospitalOption = None,
    site: SiteOption = None,
    ward: Annotated[str | None, typer.Option("--ward", help="Only this ward.")] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Show every ward, bed by bed."""
    model = usable_hospital(hospital or home / "hospital.yaml")
    state = followed(home, model, site_of(home, site))
    at_us = now_us()
    wards = {each: beds for each, beds in state.wards(at_us).items() if ward in {None, each}}
    if ward is not None and not wards:
        raise UsageError(f"--ward {ward}: nobody is there, and the model has no such ward with beds")
    told: dict[str, Any] = {
        "as_of": f"{moment_of(state.heard_us):%Y-%m-%dT%H:%M:%SZ}" if state.heard_us <= at_us + CLOCK_AHEAD_US else "",
        "stalled": state.feeds.sentences(at_us),
        "books": counted(state.books),
    }
    if record := last(home):
        told["record"] = record
    if output_format is Format.JSON:
        sys.stdout.buffer.write(msgspec.json.encode({**told, "wards": wards}, order="sorted") + b"\n")
        return
    _print(wards, {each.id: each.name for each in model.wards.values()}, ZoneInfo(model.time_zone))
    unmade = [f"the chart of patient {each.patient} cannot be made: {each.reason}" for each in state.unmade]
    for sentence in (*told["stalled"], *_of_record(record), *unmade):
        say(sentence)
    say(told_books(told["books"]))


def _of_record(told: Mapping[str, Any]) -> list[str]:
    """What came of asking the record, in sentences."""
    if not told:
        return []
    found = f"{amount(len(told['differences']), 'difference')}, each named with --format json"
    compared = f"compared at {told['compared']}: {found}" if told["compared"] else "not compared yet"
    failed = f"; asked since in vain: {told['failed']}" if told["failed"] else ""
    return [f"record {told['record']}: {compared}{failed}"]


def _print(wards: Mapping[WardId, tuple[Bed, ...]], names: Mapping[WardId, str], zone: ZoneInfo) -> None:
    console = Console()
    for ward, beds in wards.items():
        there = sum(bed.chart is not None for bed in beds)
        title = one_line(clipped(f"{names.get(ward, 'not in the model')} ({ward}): {amount(there, 'patient')}", 120))
        table = Table(title=Text(title))
        for column in ("bed", "patient", "born", "number", "allergies", "drugs", "as of"):
            table.add_column(column, overflow="fold")
        for bed in beds:
            table.add_row(*(Text(one_line(clipped(cell, 400))) for cell in _row(bed, zone)))
            for doubt in bed.chart.doubts if bed.chart else ():
                table.add_row("", Text(one_line(clipped(f"! {doubt_text(doubt, words_of('en'))}", 400))))
        console.print(table)


def _row(bed: Bed, zone: ZoneInfo) -> tuple[str, ...]:
    where = bed.place.bed_id or " ".join(part for part in (bed.place.room, bed.place.bed) if part)
    chart = bed.chart
    if chart is None:
        return where, "(empty)", "", "", "", "", ""
    active = sum(drug.status == "active" for drug in chart.drugs)
    heard = [heard for sources in chart.as_of.values() for heard in sources]
    until_us = max((each.until_us for each in heard), default=0)
    until = f"{moment_of(until_us).astimezone(zone):%d.%m. %H:%M}" if until_us else "not known"
    stalled = " STALLED" if any(each.is_stalled for each in heard) else ""
    name = f"{chart.identity.family}, {chart.identity.given}".strip(", ")
    return where, name, chart.identity.born, chart.id, _allergies(chart), str(active), f"{until}{stalled}"


def _allergies(chart: Chart) -> str:
    if chart.allergies:
        return ", ".join(allergy.substance for allergy in chart.allergies)
    return "none known" if Group.ALLERGIES in chart.none_known else "not recorded"
