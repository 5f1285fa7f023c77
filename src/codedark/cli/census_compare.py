"""`codedark census compare`: the record asked once, and each difference told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import orjson
import typer

from codedark.app.amounts import amount
from codedark.app.continuing.census.checkpoint import newest
from codedark.app.continuing.census.home import journal_of, site_of
from codedark.app.continuing.census.tray import Taking, lay
from codedark.app.continuing.record.asking import Asking, Resource, going_on
from codedark.app.continuing.record.side import RecordSide, compared
from codedark.app.hospital_files import usable_hospital
from codedark.app.untrusted import clipped, one_line
from codedark.app.wall_clock import now_us
from codedark.cli import exit_codes
from codedark.cli.census_words import (
    AuthoritiesOption,
    HospitalOption,
    SiteOption,
    SystemOption,
    TokenOption,
    followed,
    say,
)
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.errors import UnusableInput
from codedark.exchange.fhir_access import Access, trusting
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotDelivered
from codedark.store.journal.errors import JournalInUse
from codedark.store.journal.journal import Journal


def client_of(fhir: str, token_file: Path | None, authorities: Path | None) -> FhirClient:
    """The server at an address. Raises `UsageError`."""
    trust = trusting(authorities)
    return FhirClient(fhir, Access(token_file, trust) if token_file else "", trust)


def compare(
    fhir: Annotated[str, typer.Option("--fhir", help="The record's FHIR R4 address: https://ehr.example/fhir.")],
    system: SystemOption = "",
    token_file: TokenOption = None,
    authorities: AuthoritiesOption = None,
    repair: Annotated[bool, typer.Option("--repair", help="Take in what the record has.")] = False,
    home: HomeOption = DEFAULT_HOME,
    hospital: HospitalOption = None,
    site: SiteOption = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Ask the record for everybody on the census, and tell each difference. Ends with code 3 where there is any."""
    model = usable_hospital(hospital or home / "hospital.yaml")
    state = followed(home, model, site_of(home, site))
    at_us = now_us()
    lying = [bed.chart for beds in state.wards(at_us).values() for bed in beds if bed.chart]
    client = client_of(fhir, token_file, authorities)
    side, news = RecordSide(model, at_us), list[Resource]()
    try:
        for each in Asking(client, system).everything([chart.id for chart in lying], _progress, going_on(lying)):
            side.take(each)
            news += [each] if repair and state.is_news(each, at_us) else []
    except NotDelivered as error:
        raise UnusableInput(str(error)) from error
    found = compared(lying, side.answer(), state.told_by_record, at_us)
    if output_format is Format.JSON:
        sys.stdout.buffer.write(msgspec.json.encode([each._asdict() for each in found]) + b"\n")
    else:
        for one in found:
            sides = f"census: {one.census or 'nothing'}; record: {one.record or 'nothing'}"
            sys.stdout.write(one_line(clipped(f"{one.patient} {one.group}: {sides}", 400)) + "\n")
    done = ""
    if repair:
        lay(home, f"fhir+{client.base}", at_us, map(orjson.dumps, news))
        done = f", {len(news):,} of them news, {_taken_in(home)}"
    say(
        f"{amount(len(lying), 'patient')} compared, {amount(side.resources, 'resource')}{done}, "
        f"{amount(len(found), 'difference')}"
    )
    if found:
        raise typer.Exit(exit_codes.INCOMPLETE)


def _taken_in(home: Path) -> str:
    """Take the tray into the journal; where another process writes that, it takes it in itself."""
    try:
        with Journal(journal_of(home), not_before=newest(journal_of(home))) as journal:
            taking = Taking(home, journal)
            while taking.step():
                pass
    except JournalInUse:
        return "which `census serve` takes in"
    return "taken in"


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rasked for {done:,} of {amount(of, 'patient')}")
        sys.stderr.flush()
