"""`codedark demo`: an attack on a simulated hospital, faster than life; what to disconnect; how wards go on."""

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
from rich.progress import TextColumn
from rich.text import Text

from codedark.app.amounts import amount
from codedark.app.containing import Asked, contained
from codedark.app.containment_answer import answer
from codedark.app.containment_page.page import page
from codedark.app.hospital_files import usable_hospital
from codedark.app.interruption import hearing
from codedark.app.outputs import to_json
from codedark.app.simulation.scripts import names, script_named
from codedark.app.simulation.times import moment
from codedark.app.suspects import checked, of_incidents
from codedark.app.watching.demonstration import Moment, demonstrate, furnish, make_room
from codedark.cli import demo_care
from codedark.cli.containment_table import print_plans
from codedark.cli.options import progress_bar
from codedark.events.moments import microseconds_of, moment_of
from codedark.simulate.building import TIME_ZONE
from codedark.simulate.habit import HOUR_US, MINUTE_US, SLICE_US
from codedark.simulate.world import Order

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_BEGINS = "2026-01-12T13:00"
_LIKELY = 0.5
"""The plans are made when an alarm first says so much: a person would ask then what to disconnect."""
_PLANS = Asked(scenarios=60, seconds=5)
"""Smaller than what `codedark contain plan` takes, so that nobody waits."""


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
    """Watch a simulated attack through serve, see the incident grow up to the sentence that wakes somebody, what to
    disconnect then, and how the wards go on.
    """
    home = home.resolve()
    make_room(home)
    first_us = moment(_BEGINS) // SLICE_US * SLICE_US
    order = Order(beds, seed, first_us, first_us + minutes * MINUTE_US, script_named(attack), first_us + HOUR_US // 2)
    console = Console()
    console.print(
        f"A hospital of {beds} beds, {minutes} minutes of an afternoon at {speed:g} times the pace of life; the attack "
        f"({attack}) begins after half an hour. Nothing and nobody in it is real. Lines come as the watch learns "
        "of things, which is not always in the order of their times.\n"
    )
    alarms: list[Moment] = []
    with hearing(signal.default_int_handler, signal.SIGTERM):  # so that serve is stopped too
        world = furnish(order, home)
        packs = demo_care.first_packs(console, order, home)
        with packs.kept_fresh(order.last_us):
            for each in demonstrate(world, home, speed):
                _show(console, each)
                if each.alarm:
                    alarms.append(each)
    _end(console, home, alarms[0] if alarms else None)
    if alarms:
        _contain(console, home, next((each for each in alarms if _is_likely(each)), alarms[-1]))
    demo_care.go_on(console, packs, home)
    demo_care.say_what_to_open(console, packs, home)


def _show(console: Console, seen: Moment) -> None:
    at = _clock(seen.at_us)
    if seen.alarm:
        text = f"{seen.alarm.sentence}\n\nWhy now: {seen.alarm.why_now}"
        console.print(Panel(Text(text), title=f"{at}  ALARM {seen.alarm.id}", border_style="bold red"))
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
        said = f"{_minutes(before)} before" if before > 0 else f"{_minutes(-before)} after"
        begun = (alarm.at_us - microseconds_of(steps[0][0])) / MINUTE_US
        console.print(
            f"The first alarm came {_minutes(begun)} after the attacker's first step, and {said} the first that "
            f"cannot be undone ({_clock(microseconds_of(ruin[0]))}: {ruin[1]['statement']})"
        )
    sys.stderr.write(
        f"codedark: serve has stopped cleanly. See more: codedark incident list --home {home}; "
        f"codedark search --home {home} 'host:*'; the truth: {home / 'truth.json'}\n"
    )


def _minutes(minutes: float) -> str:
    return amount(round(minutes), "minute")


def _is_likely(seen: Moment) -> bool:
    return seen.alarm is not None and seen.alarm.confidence >= _LIKELY


def _contain(console: Console, home: Path, seen: Moment) -> None:
    """What to disconnect, by what the watch believed at that moment. Nothing is done."""
    hospital = usable_hospital(home)
    suspects = checked(hospital, of_incidents(hospital, seen.incidents))
    console.rule(f"What to disconnect, as it looked at {_clock(seen.at_us)}")
    with progress_bar("choosing", TextColumn("{task.fields[note]}")) as update:
        update(0, 1, "three plans, some ten seconds")
        told = answer(contained(hospital, suspects, _PLANS, lambda name, at: update(0, 1, f"{name}: {at.harm:,.0f}")))
    print_plans(console, told)
    printed, plans = home / "plans.html", home / "plans.json"
    printed.write_text(page(hospital, told, "en", moment_of(seen.at_us).astimezone(ZoneInfo(TIME_ZONE))), "utf-8")
    plans.write_bytes(to_json(told))
    sys.stderr.write(
        f"codedark: the three plans to print, with their reasons, are in {printed}. Nothing is done without being "
        f"asked: codedark contain prepare --home {home} {plans} says who would do what, and two people approve it\n"
    )


def _clock(at_us: int) -> str:
    """The time on the wall of the simulated hospital."""
    return f"{moment_of(at_us).astimezone(ZoneInfo(TIME_ZONE)):%H:%M:%S}"
