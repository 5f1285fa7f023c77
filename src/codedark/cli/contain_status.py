"""`codedark contain status`: what waits, what stands and until when."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from codedark.app.enforcing.answering import plan_answer, status_answer
from codedark.app.enforcing.damaged_log import read_what_is_left
from codedark.app.enforcing.enrolling import strangers
from codedark.app.enforcing.looking import kept
from codedark.app.enforcing.reading import wall_clock_us
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes
from codedark.cli.enforcement_text import print_plan, print_status
from codedark.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption
from codedark.errors import UsageError


def status(
    plan_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One plan in full.")] = None,
    home: HomeOption = DEFAULT_HOME,
    output_format: OutputOption = Output.TABLE,
) -> None:
    """What was prepared, what stands and until when, by the log: what devices said when they were asked last."""
    holding, damaged = read_what_is_left(home)
    now_us = wall_clock_us()
    if plan_id is None:
        told = status_answer(holding, now_us, kept(home, now_us), damaged)
        told["problems"] += strangers(home, holding)
    else:
        known = {each.casefold(): each for each in (*holding.prepared, *holding.plans)}
        if plan_id.casefold() not in known:
            raise UsageError(f"there is no plan {plan_id}; there are {', '.join(known.values()) or 'none'}")
        told = plan_answer(holding, known[plan_id.casefold()], now_us)
    if output_format is Output.JSON:
        sys.stdout.buffer.write(to_json(told) + b"\n")
    elif plan_id is None:
        print_status(Console(), told)
    else:
        print_plan(Console(), told)
    if damaged:
        if plan_id is not None:
            sys.stderr.write(
                f"codedark: THE CASE LOG IS DAMAGED, and this is what is left of it: {one_line(damaged)}\n"
            )
        raise typer.Exit(exit_codes.INCOMPLETE)
