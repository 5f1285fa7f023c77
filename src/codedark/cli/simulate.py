"""`codedark simulate`: a seeded hospital, written into a folder or streamed live."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import TextColumn
from rich.table import Table

from codedark.app.simulation.files import iso, write_account, write_inventory, write_truth
from codedark.app.simulation.real_stays import real_stays
from codedark.app.simulation.scripts import names, script_named
from codedark.app.simulation.streaming import stream_hospital
from codedark.app.simulation.times import DEFAULT_START, attack_begins, period
from codedark.app.simulation.writing import Written, refuse_unless_empty, write_hospital
from codedark.cli.options import progress_bar
from codedark.exchange.destination import FORMS, sender_to
from codedark.simulate.world import Order, world_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="A folder that is empty or not there yet.")],
    beds: Annotated[int, typer.Option(min=10, max=1500, help="Beds of the hospital.")] = 100,
    days: Annotated[float, typer.Option(min=0.01, max=366, help="How long; 0.5 is twelve hours.")] = 1.0,
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
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes to use.")] = 1,
    to: Annotated[
        list[str] | None, typer.Option("--to", help=f"Stream live instead of writing logs: {FORMS}. May be repeated.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.01, max=100_000, help="With --to: simulated seconds a second.")] = 1.0,
    summary: Annotated[Path | None, typer.Option(help="Write the counts as JSON to this file.")] = None,
) -> None:
    """Write a seeded hospital: inventory, people, patients, logs, messages, and an attack with its ground truth."""
    begins = start or (datetime.now(UTC).isoformat(timespec="seconds") if to else DEFAULT_START)
    first_us, last_us = period(begins, days)
    script = script_named(attack) if attack else None
    begins_us = attack_begins(attack_start, first_us, last_us)
    order = Order(beds, seed, first_us, last_us, script, begins_us, real_stays(stays) if stays else None)
    refuse_unless_empty(out)
    account = _stream(order, out, to, speed) if to else _write(order, out, jobs)
    write_account(order, account.to_json(), out)
    if summary:
        summary.write_bytes(orjson.dumps(account.to_json(), option=orjson.OPT_INDENT_2) + b"\n")
    _tell(account, order, out)


def _write(order: Order, out: Path, jobs: int) -> Written:
    with progress_bar("simulating", TextColumn("{task.fields[note]}")) as update:
        return write_hospital(
            order, out, jobs, lambda done, in_all, records: update(done, in_all, f"{records:,} records")
        )


def _stream(order: Order, out: Path, destinations: list[str], speed: float) -> Written:
    senders = [sender_to(destination) for destination in destinations]
    world = world_of(order)
    write_inventory(world, out)
    write_truth(world, out)
    try:
        with progress_bar("streaming", TextColumn("{task.fields[note]}")) as update:
            return stream_hospital(
                world,
                senders,
                speed,
                lambda passed, in_all, behind: update(passed, in_all, f"{behind:.0f} s behind" if behind > 1 else ""),
            )
    finally:
        for sender in senders:
            sender.close()


def _tell(account: Written, order: Order, out: Path) -> None:
    table = Table("log", "records", "MB")
    for name, counts in account.to_json().items():
        table.add_row(name, f"{counts['records']:,}", f"{counts['bytes'] / 1e6:.1f}")
    Console().print(table)
    attack = f" under attack ({order.script.name}, from {iso(order.attack_us)}; truth.json)" if order.script else ""
    sys.stderr.write(
        f"codedark: a hospital of {order.beds:,} beds from {iso(order.first_us)} to {iso(order.last_us)}{attack} "
        f"stands in {out}; nothing and nobody in it is real\n"
    )
