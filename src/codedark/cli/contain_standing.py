"""`codedark contain standing`: what the keeper may do when nobody can be asked."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from codedark.app.enforcing.answering import standing_answer
from codedark.app.enforcing.desk import opened_desk
from codedark.app.enforcing.naming import next_id
from codedark.app.enforcing.reading import read_holding, wall_clock_us
from codedark.app.enforcing.standing_entries import StandingAdded, StandingOrder, StandingRevoked
from codedark.app.enforcing.standing_orders import KINDS, LEAST_BELIEF
from codedark.app.incident_decisions import time_to_come
from codedark.app.outputs import to_json
from codedark.cli.enforcement_text import print_standing, say
from codedark.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption
from codedark.contain.action import ActionKind
from codedark.errors import UsageError
from codedark.hospital.service import Tier

app = typer.Typer(
    help="Say what the keeper may do without being asked.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
_LONGEST_US = 366 * 86_400_000_000


@app.command()
def add(
    kinds: Annotated[list[str], typer.Option("--kind", metavar="isolate|disable", help="May be repeated.")],
    until: Annotated[str, typer.Option("--until", help="Until when it holds: 2026-12-31, 30d. At most a year.")],
    home: HomeOption = DEFAULT_HOME,
    belief: Annotated[float, typer.Option("--belief", min=LEAST_BELIEF, max=1, help="From which belief on.")] = 0.95,
    at_most: Annotated[int, typer.Option("--at-most", min=1, max=100, help="So many at once.")] = 3,
    never_tier: Annotated[
        list[int] | None,
        typer.Option("--never-tier", min=0, max=5, help="Tiers of services that it never touches. [default: 0 and 1]"),
    ] = None,
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=744, help="How long each of its acts stands.")] = 2.0,
) -> None:
    """Write a standing order. It holds once two people have approved it, one of them clinical."""
    allowed = {each.value for each in KINDS}
    if strange := [each for each in kinds if each not in allowed]:
        raise UsageError(
            f"--kind {strange[0]}: a standing order may {' or '.join(sorted(allowed))}; all else is weighed by a plan"
        )
    tiers = (0, 1) if never_tier is None else sorted(set(never_tier))
    with opened_desk(home, skipped=[]) as desk:
        now_us, holding = desk.books.now_us(), desk.books.holding
        until_us = time_to_come(until, now_us)
        if not now_us < until_us <= now_us + _LONGEST_US:
            raise UsageError(f"--until {until}: is no day of the year to come")
        order = StandingOrder(
            next_id("S", holding.standing),
            tuple(dict.fromkeys(map(ActionKind, kinds))),
            belief,
            at_most,
            tuple(map(Tier, tiers)),
            until_us,
            round(hours * 3600),
        )
        desk.books.write(StandingAdded(at_us=now_us, order=order))
        told = standing_answer(holding, order, now_us)
    print_standing(Console(), told)


@app.command("list")
def list_(home: HomeOption = DEFAULT_HOME, output_format: OutputOption = Output.TABLE) -> None:
    """All standing orders, in force or not, and what was done by them."""
    holding, now_us = read_holding(home), wall_clock_us()
    rows = [standing_answer(holding, each, now_us) for each in holding.standing.values()]
    if output_format is Output.JSON:
        sys.stdout.buffer.write(to_json(rows) + b"\n")
        return
    console = Console()
    for row in rows:
        print_standing(console, row)
    if not rows:
        say(console, "There are none: the keeper does nothing without being asked.")


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="S1.")],
    home: HomeOption = DEFAULT_HOME,
    why: Annotated[str, typer.Option("--why", help="For those who read it later.")] = "a person revoked it",
) -> None:
    """End a standing order at once. What was done by it stands until its own end, or `contain rollback`."""
    with opened_desk(home, skipped=[]) as desk:
        holding = desk.books.holding
        known = {each.casefold(): each for each in holding.standing if each not in holding.revoked}
        if name.casefold() not in known:
            raise UsageError(
                f"there is no standing order {name} to revoke; there are {', '.join(known.values()) or 'none'}"
            )
        desk.books.write(StandingRevoked(at_us=desk.books.now_us(), standing=known[name.casefold()], why=why))
        told = standing_answer(holding, holding.standing[known[name.casefold()]], desk.books.now_us())
    print_standing(Console(), told)
