"""`codedark backentry`: bring what was charted while the systems were off back into them, each act once."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from codedark.app.back_entry.hl7_target import Hl7Target
from codedark.app.back_entry.running import Charted, acts_of, confirm, counted, meant, proven, run, settle
from codedark.app.back_entry.target import FhirTarget, Target
from codedark.app.back_entry.telling import given_alone, rank_rows, sheet, unvouched
from codedark.app.back_entry.whose import NEW
from codedark.app.untrusted import one_line
from codedark.app.wall_clock import now_us
from codedark.app.ward.clock import live_here
from codedark.app.ward.lines import line_of
from codedark.cli import exit_codes
from codedark.cli.options import Output, OutputOption
from codedark.cli.saying import say
from codedark.cli.ward_station import DEFAULT_STATION, StationOption
from codedark.continuity.entries.as_fhir import Systems
from codedark.continuity.entries.entry import EntryId, Purpose
from codedark.continuity.entries.in_force import in_force
from codedark.continuity.entries.reconcile import State, plan
from codedark.errors import UsageError
from codedark.exchange.fhir_client import FhirClient
from codedark.store.back_entry_book import Book
from codedark.store.station.station import Station

app = typer.Typer(
    help="Bring what was charted while the systems were off back into them, each act once.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
_BOOK = "backentry.db"


@app.command()
def check(station: StationOption = DEFAULT_STATION) -> None:
    """Say what a run would do, in its order. Nothing is sent."""
    with _book(station) as book:
        charted = _charted(station)
        planned = plan(*charted, book.standing())
    for what, how_many in rank_rows(planned.to_send):
        sys.stdout.write(f"{how_many:6} {what}\n")
    acts = acts_of(charted)
    alone = [f"  {line_of(each)}" for each in in_force(acts) if each.alone_told]
    for sentence in [*unvouched(acts), *given_alone(acts), *alone]:
        sys.stdout.write(f"{one_line(sentence)}\n")
    for each in planned.standing:
        sys.stdout.write(f"{each.entry} {each.state}: {one_line(each.why)}\n")


@app.command("run")
def run_(
    station: StationOption = DEFAULT_STATION,
    fhir: Annotated[str, typer.Option("--fhir", help="Base of the FHIR server, as https://ehr.example/fhir.")] = "",
    hl7: Annotated[str, typer.Option("--mllp", help="HOST:PORT of the interface engine, instead of FHIR.")] = "",
    patient_system: Annotated[
        str, typer.Option("--patient-system", help="System of the patient numbers (FHIR), or PID-3.4 (HL7).")
    ] = "",
    token_file: Annotated[Path | None, typer.Option("--token-file", help="A file with the bearer token.")] = None,
) -> None:
    """Send every entry that is not settled. Ended at any point, the next run goes on and doubles nothing."""
    target = _target(fhir, hl7, patient_system, token_file)
    with _book(station) as book, book.only_run():
        charted = _charted(station)
        count = run(charted, book, target, now_us)
        wrong = proven(acts_of(charted), book, target) if fhir else []
        standing = book.standing()
    sys.stdout.write(f"{sheet(charted, standing)}\n")
    for sentence in wrong:
        say(f"NOT PROVEN {sentence}")
    if refused := count.by_state[State.REFUSED]:
        named = f"--station {shlex.quote(str(station))}"
        say(f"{refused} refused: see `codedark backentry status {named}`")
    if wrong or not count.is_finished or refused:
        raise typer.Exit(exit_codes.INCOMPLETE)


@app.command()
def status(station: StationOption = DEFAULT_STATION, output_format: OutputOption = Output.TABLE) -> None:
    """Say where every entry stands: filed, already present, voided, or refused with an owner. To print and sign."""
    with _book(station) as book:
        charted, standing = _charted(station), book.standing()
        count = counted(charted, book)
    if output_format is Output.JSON:
        states = {state.value: number for state, number in count.by_state.items()}
        told = {"entries": count.entries, "finished": count.is_finished, "states": states}
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    else:
        sys.stdout.write(f"{sheet(charted, standing)}\n")
        lines = {entry.id: line_of(entry) for entry in acts_of(charted)}
        for each in standing.values():
            if each.state is State.REFUSED:
                act = lines.get(each.entry, each.entry)
                sys.stdout.write(f"\n{one_line(act)}\n  owner {one_line(each.owner)}: {one_line(each.why)}\n")
    if not count.is_finished:
        raise typer.Exit(exit_codes.INCOMPLETE)


@app.command("settle")
def settle_(
    number: Annotated[str, typer.Argument(metavar="ENTRY", help="The number of an entry that was refused.")],
    what: Annotated[str, typer.Argument(metavar="present|void|send", help="What you found.")],
    by: ByOption = "",
    which: Annotated[
        str, typer.Option("--which", help="Of a number that stands for several acts: its station or hash.")
    ] = "",
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Settle an entry that was refused: it is there already, it is void, or it is to be sent all the same."""
    with _book(station) as book:
        act = meant(_charted(station)[1], EntryId(number.strip().upper()), which)
        settle(book, act, what, by, now_us())
    then = "the next run sends it" if what == "send" else "nothing is sent"
    sys.stdout.write(f"{act}: settled as {what} by {one_line(by)}: {then}\n")


@app.command("confirm")
def confirm_(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="A reserved patient number.")],
    is_: Annotated[str, typer.Option("--is", help="The number of this patient in the record.")] = "",
    born: Annotated[
        str, typer.Option("--born", help="With --is: the date of birth that the record has of them, as 1951-07-23.")
    ] = "",
    new: Annotated[bool, typer.Option("--new", help="Nobody in the record: a new patient.")] = False,
    by: ByOption = "",
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Say who a patient is who came in under a reserved number."""
    if bool(is_) == new:
        raise UsageError("say either --is with the number in the record, or --new")
    if bool(is_) != bool(born):
        raise UsageError("say --is with --born, as the record has it: a number that was mistyped is somebody else's")
    reserved = number.strip().upper()
    with _book(station) as book:
        confirm(book, reserved, NEW if new else is_.strip(), by, now_us(), born)
    who = "a new patient" if new else f"{is_.strip()} in the record, born {born}"
    sys.stdout.write(f"{reserved} is {one_line(who)}, says {one_line(by)}: the next run goes on with it\n")


def _charted(station: Path) -> Charted:
    with Station(station) as opened:
        live_here(opened)
        return opened.entries(), opened.conflicts()


def _book(station: Path) -> Book:
    with Station(station) as opened:  # says so where none was begun
        if opened.purpose is Purpose.EXERCISE:
            raise UsageError(f"{station}: this station is of an EXERCISE: nothing of it is brought into any record")
        return Book(station / _BOOK)


def _target(fhir: str, hl7: str, patient_system: str, token_file: Path | None) -> Target:
    if bool(fhir) == bool(hl7):
        raise UsageError("say where to: either --fhir or --mllp")
    if fhir:
        token = token_file.read_text().strip() if token_file else ""
        return FhirTarget(FhirClient(fhir, token), Systems(patient=patient_system) if patient_system else Systems())
    host, _, port = hl7.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"--mllp {hl7}: write it as HOST:PORT")
    return Hl7Target(host, int(port), patient_system)
