"""`codedark demo`: a simulated hospital is attacked, faster than life, and watched."""

from __future__ import annotations

import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from codedark.app.simulation.scripts import names, script_named
from codedark.app.simulation.times import moment
from codedark.app.watching.demonstration import Moment, demonstrate, make_room
from codedark.events.moments import microseconds_of, moment_of
from codedark.simulate.building import TIME_ZONE
from codedark.simulate.habit import HOUR_US, MINUTE_US, SLICE_US
from codedark.simulate.world import Order

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_BEGINS = "2026-01-12T13:00"


@app.command()
def demo(
    home: Annotated[
        Path, typer.Option("--home", help="Where the demonstration is made; an earlier one is replaced.")
    ] = Path("codedark-demo/watch"),
    attack: Annotated[str, typer.Option(help=f"Which attack: {', '.join(names())}.")] = "fast-ransomware",
    beds: Annotated[int, typer.Option(min=10, max=400, help="Beds of the hospital.")] = 60,
    minutes: Annotated[int, typer.Option(min=15, help="How much of the hospital's time is lived.")] = 90,
    speed: Annotated[float, typer.Option(min=1, max=1000, help="Times as fast as life.")] = 180,
    seed: Annotated[int, typer.Option(min=0, help="The same seed is the same hospital and attack.")] = 7,
) -> None:
    """Watch a simulated attack through serve, and see the incident grow up to the sentence that wakes somebody."""
    home = home.resolve()
    make_room(home)
    first_us = moment(_BEGINS) // SLICE_US * SLICE_US
    order = Order(beds, seed, first_us, first_us + minutes * MINUTE_US, script_named(attack), first_us + HOUR_US // 2)
    console = Console(width=110)
    console.print(
        f"A hospital of {beds} beds, {minutes} minutes of an afternoon at {speed:g} times the pace of life; the attack "
        f"({attack}) begins after half an hour. Nothing and nobody in it is real.\n"
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that serve is stopped too
    first_alarm: Moment | None = None
    for each in demonstrate(order, home, speed):
        _show(console, each)
        if each.alarm and first_alarm is None:
            first_alarm = each
    _end(console, home, first_alarm)


def _show(console: Console, seen: Moment) -> None:
    at = _clock(seen.at_us)
    if seen.alarm:
        text = f"{seen.alarm.sentence}\n\nWhy now: {seen.alarm.why_now}"
        console.print(Panel(Text(text), title=f"{at}  ALARM {seen.alarm.id}", border_style="bold red", width=110))
    elif seen.incident:
        found = seen.incident
        hosts = ", ".join(belief.name for belief in found.hosts[:4])
        console.print(
            f"{at}  incident {found.id}  {found.confidence:>4.0%} sure  {len(found.evidence):>3} findings  {hosts}  "
            f"[dim]{', '.join(found.tactics)}[/dim]",
            highlight=False,
        )


def _end(console: Console, home: Path, alarm: Moment | None) -> None:
    truth = orjson.loads((home / "truth.json").read_bytes())
    steps = [(datetime.fromisoformat(step["at"]), step) for step in truth["steps"]]
    ruin = next(((at, step) for at, step in steps if step["irreversible"]), None)
    console.print()
    if alarm is None:
        console.print("No alarm was raised.")
    elif ruin:
        before = (microseconds_of(ruin[0]) - alarm.at_us) / MINUTE_US
        said = f"{before:.0f} minutes before" if before > 0 else f"{-before:.0f} minutes after"
        begun = (alarm.at_us - microseconds_of(steps[0][0])) / MINUTE_US
        console.print(
            f"The first alarm came {begun:.0f} minutes after the attacker's first step, and {said} the first that "
            f"cannot be undone ({_clock(microseconds_of(ruin[0]))}: {ruin[1]['statement']})"
        )
    sys.stderr.write(
        f"codedark: serve has stopped cleanly. See more: codedark incident list --home {home}; "
        f"codedark search --home {home} 'host:*'; the truth: {home / 'truth.json'}\n"
    )


def _clock(at_us: int) -> str:
    """The time on the wall of the simulated hospital."""
    return f"{moment_of(at_us).astimezone(ZoneInfo(TIME_ZONE)):%H:%M:%S}"
