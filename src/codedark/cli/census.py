"""`codedark census`: who lies where with which chart, from HL7 v2 and FHIR, kept fresh for when systems are off."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.continuing.census_intake import load as load_files
from codedark.app.continuing.census_intake import now_us
from codedark.app.continuing.census_repair import asked, compared, taken_in
from codedark.app.continuing.census_serving import CensusService, journal_of, site_of
from codedark.app.continuing.census_state import CensusState, Following, counted
from codedark.app.hospital_files import usable_hospital
from codedark.app.untrusted import clipped, one_line
from codedark.cli import exit_codes
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.continuity.chart import Chart, Group
from codedark.continuity.hl7v2.site import Site
from codedark.continuity.pack import Bed
from codedark.errors import UnusableInput, UsageError
from codedark.events.moments import microseconds_of, moment_of
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotAccepted, NotDelivered
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.store.journal import Journal

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

HospitalOption = Annotated[
    Path | None, typer.Option("--hospital", help="hospital.yaml. [default: that of --home]", show_default=False)
]
SiteOption = Annotated[
    Path | None,
    typer.Option(
        "--site", help="Which field means what here. [default: continuity/hl7v2.yaml of --home]", show_default=False
    ),
]


@app.callback()
def _census() -> None:
    """Who lies where, and the chart of each, from the messages of the hospital's own systems."""


@app.command()
def serve(
    listen: Annotated[str, typer.Option("--listen", help="Address and port for HL7 v2 over MLLP.")] = "127.0.0.1:2575",
    home: HomeOption = DEFAULT_HOME,
    hospital: HospitalOption = None,
    site: SiteOption = None,
) -> None:
    """Take messages in until Ctrl-C; each is acknowledged when it is on disk."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"--listen {listen}: write it like 0.0.0.0:2575")
    model = usable_hospital(hospital or home / "hospital.yaml")
    service = CensusService(home, model, site_of(home, site), host.strip("[]"), int(port))
    _say(f"listening on {host}:{service.receiver.port}")
    try:
        while True:
            service.step(_say)
    finally:
        _say(_books(service.close()))


@app.command()
def load(
    files: Annotated[list[Path], typer.Argument(help="HL7 v2 files, FHIR files (.ndjson, .json, .gz), or folders.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="When these were exported: 2026-01-12T23:00Z. [default: file's time]")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Put messages and resources from files into the census."""
    with Journal(journal_of(home)) as journal:
        count = load_files(files, journal, _time(as_of) if as_of else None)
    _say(f"{count:,} records loaded")
    if not (model := home / "hospital.yaml").exists():
        _say(f"{model} is not there yet: `census show` needs it, to know the wards (or name one with --hospital)")


@app.command()
def show(
    home: HomeOption = DEFAULT_HOME,
    hospital: HospitalOption = None,
    site: SiteOption = None,
    ward: Annotated[str | None, typer.Option("--ward", help="Only this ward.")] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Show every ward, bed by bed."""
    model = usable_hospital(hospital or home / "hospital.yaml")
    state = _followed(home, model, site_of(home, site))
    at_us = now_us()
    wards = {each: beds for each, beds in state.wards(at_us).items() if ward in {None, each}}
    if ward is not None and not wards:
        raise UsageError(f"--ward {ward}: nobody is there, and the model has no such ward with beds")
    told: dict[str, Any] = {
        "as_of": f"{moment_of(state.heard_us):%Y-%m-%dT%H:%M:%SZ}",
        "stalled": state.feeds.sentences(at_us),
        "books": counted(state.books),
    }
    if output_format is Format.JSON:
        sys.stdout.buffer.write(msgspec.json.encode({**told, "wards": wards}, order="sorted") + b"\n")
        return
    _print(wards, {each.id: each.name for each in model.wards.values()}, ZoneInfo(model.time_zone))
    for sentence in told["stalled"]:
        _say(sentence)
    _say(_books(told["books"]))


@app.command()
def compare(
    fhir: Annotated[str, typer.Option("--fhir", help="The record's FHIR R4 address: https://ehr.example/fhir.")],
    system: Annotated[str, typer.Option("--system", help="System of the hospital's numbers. [default: any]")] = "",
    token_file: Annotated[Path | None, typer.Option("--token-file", help="File with the bearer token.")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Take in what the record has; not while serve runs.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    hospital: HospitalOption = None,
    site: SiteOption = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Ask the record for everybody on the census, and tell each difference. Ends with code 3 where there is any."""
    model = usable_hospital(hospital or home / "hospital.yaml")
    state = _followed(home, model, site_of(home, site))
    at_us = now_us()
    lying = [bed.chart for beds in state.wards(at_us).values() for bed in beds if bed.chart]
    token = token_file.read_text("utf-8").strip() if token_file else ""
    client = FhirClient(fhir, token)
    try:
        resources = asked(client, [chart.id for chart in lying], system)
    except (NotDelivered, NotAccepted) as error:
        raise UnusableInput(str(error)) from error
    found = compared(lying, resources, model, at_us)
    if output_format is Format.JSON:
        sys.stdout.buffer.write(msgspec.json.encode([each._asdict() for each in found]) + b"\n")
    else:
        for each in found:
            sides = f"census: {each.census or 'nothing'}; record: {each.record or 'nothing'}"
            sys.stdout.write(one_line(clipped(f"{each.patient} {each.group}: {sides}", 400)) + "\n")
    if repair:
        with Journal(journal_of(home)) as journal:
            taken_in(resources, client.base, journal, at_us)
    done = ", taken in" if repair else ""
    _say(f"{len(lying):,} patients compared, {len(resources):,} resources{done}, {len(found):,} differences")
    if found:
        raise typer.Exit(exit_codes.INCOMPLETE)


def _followed(home: Path, model: Hospital, own: Site) -> CensusState:
    """The census as the journal makes it now."""
    state = CensusState(model, own)
    following = Following(journal_of(home), state)
    following.catch_up()
    following.close()
    return state


def _print(wards: Mapping[WardId, tuple[Bed, ...]], names: Mapping[WardId, str], zone: ZoneInfo) -> None:
    console = Console()
    for ward, beds in wards.items():
        there = sum(bed.chart is not None for bed in beds)
        title = one_line(clipped(f"{names.get(ward, 'not in the model')} ({ward}): {there} patients", 120))
        table = Table(title=Text(title))
        for column in ("bed", "patient", "born", "number", "allergies", "drugs", "as of"):
            table.add_column(column, overflow="fold")
        for bed in beds:
            table.add_row(*(Text(one_line(clipped(cell, 400))) for cell in _row(bed, zone)))
            for doubt in bed.chart.doubts if bed.chart else ():
                table.add_row("", Text(one_line(clipped(f"! {doubt}", 400))))
        console.print(table)


def _row(bed: Bed, zone: ZoneInfo) -> tuple[str, ...]:
    where = bed.place.bed_id or " ".join(part for part in (bed.place.room, bed.place.bed) if part)
    chart = bed.chart
    if chart is None:
        return where, "(empty)", "", "", "", "", ""
    active = sum(drug.status == "active" for drug in chart.drugs)
    heard = [heard for sources in chart.as_of.values() for heard in sources]
    until = moment_of(max((each.until_us for each in heard), default=0)).astimezone(zone)
    stalled = " STALLED" if any(each.is_stalled for each in heard) else ""
    name = f"{chart.identity.family}, {chart.identity.given}".strip(", ")
    return where, name, chart.identity.born, chart.id, _allergies(chart), str(active), f"{until:%d.%m. %H:%M}{stalled}"


def _allergies(chart: Chart) -> str:
    if chart.allergies:
        return ", ".join(allergy.substance for allergy in chart.allergies)
    return "none known" if Group.ALLERGIES in chart.none_known else "not recorded"


def _books(books: Mapping[str, Any]) -> str:
    names = ", ".join(f"{count:,} {name}" for name, count in list(books["not_understood"].items())[:5])
    text = f"{books['taken']:,} taken in, {books['understood']:,} understood, {books['rejected']:,} rejected"
    return f"{text}; not read: {names}" if names else text


def _time(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of {text}: write it like 2026-01-12T23:00Z") from error
    if moment.tzinfo is None:
        raise UsageError(f"--as-of {text}: say which zone, like 2026-01-12T23:00Z")
    return microseconds_of(moment)


def _say(text: str) -> None:
    sys.stderr.write(f"codedark: {one_line(clipped(text, 1000))}\n")
    sys.stderr.flush()
