"""`codedark simulate`: a seeded hospital, written into a folder or streamed live."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import TextColumn
from rich.table import Table

from codedark.app.simulation.files import write_account, write_inventory, write_truth
from codedark.app.simulation.folder import INCOMPLETE, new_folder, refuse_unless_empty
from codedark.app.simulation.real_stays import real_stays
from codedark.app.simulation.scripts import names, script_named
from codedark.app.simulation.streaming import stream_hospital
from codedark.app.simulation.times import DEFAULT_START, attack_begins, moment, period, told
from codedark.app.simulation.writing import Written, write_hospital
from codedark.cli import exit_codes
from codedark.cli.options import progress_bar
from codedark.errors import UsageError
from codedark.exchange.destination import FORMS, sender_to
from codedark.exchange.sender import NotDelivered, Sender
from codedark.simulate.habit import SECOND_US
from codedark.simulate.world import Order, world_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="A folder that is empty or not there yet.")],
    beds: Annotated[int, typer.Option(min=10, max=1500, help="Beds of the hospital.")] = 100,
    days: Annotated[
        float, typer.Option(min=0.01, max=366, help="How long; 0.5 is twelve hours. Cut to quarters of an hour.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    attack: Annotated[
        str | None, typer.Option(help=f"An attack in it: {', '.join(names())}, or a YAML file of steps.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help=f"First moment, in the hospital's time. [default: {DEFAULT_START}; with --to now]"),
    ] = None,
    attack_start: Annotated[
        str | None, typer.Option(help="When the attacker begins. [default: after a sixth of the time]")
    ] = None,
    stays: Annotated[
        Path | None, typer.Option(help="Folder of a FHIR bulk export whose stays the inpatients are made of.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, max=64, help="Processes to use. [default: 1]")] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", help=f"Stream live instead of writing logs: {FORMS}. May be repeated.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0.01, max=100_000, help="With --to: simulated seconds a second. [default: 1]"),
    ] = None,
    summary: Annotated[Path | None, typer.Option(help="Write the counts as JSON to this file.")] = None,
) -> None:
    """Write a seeded hospital: inventory, people, patients, logs, messages, and an attack with its ground truth."""
    for given, option, of in (
        (attack_start and not attack, "--attack-start", "means something with --attack only: name an attack"),
        (speed and not to, "--speed", "means something with --to only: a folder is written as fast as it goes"),
        (jobs and to, "--jobs", "means nothing with --to: one process streams"),
    ):
        if given:
            raise UsageError(f"{option} {of}")
    begins = start or (datetime.now(UTC).isoformat(timespec="seconds") if to else DEFAULT_START)
    first_us, last_us = period(begins, days)
    from_us = moment(begins) if to else first_us
    script = script_named(attack) if attack else None
    begins_us = attack_begins(attack_start, from_us, last_us)
    order = Order(beds, seed, first_us, last_us, script, begins_us, real_stays(stays) if stays else None)
    refuse_unless_empty(out)
    try:
        with _open(to or []) as senders, new_folder(out):
            if senders:
                account = _stream(order, out, senders, speed or 1.0, from_us if start else None)
            else:
                account = _write(order, out, jobs or 1)
    except KeyboardInterrupt as error:
        left = f"; {out} is incomplete: delete it" if (out / INCOMPLETE).exists() else ""
        sys.stderr.write(f"codedark: stopped{left}\n")
        raise SystemExit(exit_codes.INTERRUPTED) from error
    if summary:
        summary.write_bytes(orjson.dumps(account.to_json(), option=orjson.OPT_INDENT_2) + b"\n")
    _tell(account, order, out, from_us)


@contextmanager
def _open(destinations: Sequence[str]) -> Iterator[list[Sender]]:
    """A sender to each destination, all of them reached before anything is written."""
    senders = [sender_to(destination) for destination in destinations]
    with ExitStack() as stack:
        for sender in senders:
            stack.enter_context(closing(sender))
            sender.open()
        yield senders


def _write(order: Order, out: Path, jobs: int) -> Written:
    with progress_bar("simulating", TextColumn("{task.fields[note]}")) as update:
        account = write_hospital(
            order, out, jobs, lambda done, in_all, records: update(done, in_all, f"{records:,} records")
        )
    write_account(order, account.to_json(), out)
    return account


def _stream(order: Order, out: Path, senders: Sequence[Sender], speed: float, from_us: int | None) -> Written:
    """Stream from ``from_us``, else from the moment at which the world stands; what was sent is written in any case."""
    world = world_of(order)
    write_inventory(world, out)
    write_truth(world, out)
    begins_us = int(datetime.now(UTC).timestamp()) * SECOND_US if from_us is None else from_us
    sent = Written()
    try:
        with progress_bar("streaming", TextColumn("{task.fields[note]}")) as update:
            stream_hospital(
                world,
                senders,
                begins_us,
                speed,
                sent,
                lambda passed, in_all, behind: update(passed, in_all, f"{behind:.0f} s behind" if behind > 1 else ""),
            )
    except NotDelivered as error:
        records = sent.records.total()
        raise NotDelivered(f"{error}; {records:,} records were sent before: {out / 'simulation.json'}") from error
    finally:
        write_account(order, sent.to_json(), out)
    return sent


def _tell(account: Written, order: Order, out: Path, from_us: int) -> None:
    table = Table("log", "records", "MB")
    for name, counts in account.to_json().items():
        table.add_row(name, f"{counts['records']:,}", f"{counts['bytes'] / 1e6:.1f}")
    Console().print(table)
    attack = f" under attack ({order.script.name}, from {told(order.attack_us)}; truth.json)" if order.script else ""
    sys.stderr.write(
        f"codedark: a hospital of {order.beds:,} beds from {told(from_us)} to {told(order.last_us)}{attack} "
        f"stands in {out}; nothing and nobody in it is real\n"
    )
