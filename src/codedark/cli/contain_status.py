"""`codedark contain status` and `keep`: what stands and until when, and having it stand."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from codedark.app.enforcing.alarming import deliver, tell
from codedark.app.enforcing.answering import plan_answer, status_answer
from codedark.app.enforcing.desk import read_holding, wall_clock_us
from codedark.app.enforcing.keeping import Keeper, kept
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli.enforcement_text import print_plan, print_status
from codedark.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption
from codedark.errors import CodeDarkError, UsageError


def status(
    plan_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One plan in full.")] = None,
    home: HomeOption = DEFAULT_HOME,
    output_format: OutputOption = Output.TABLE,
) -> None:
    """What was prepared, what stands and until when, by the log: what devices said when they were asked last."""
    holding, now_us = read_holding(home), wall_clock_us()
    if plan_id is None:
        told = status_answer(holding, now_us, kept(home, now_us))
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


def keep(
    home: HomeOption = DEFAULT_HOME,
    once: Annotated[bool, typer.Option("--once", help="One heartbeat, then end.")] = False,
) -> None:
    """Keep what stands: renew leases, warn before the end, end in time. Runs until Ctrl-C; then leases run out.

    Where `codedark serve` runs with devices in [enforce], it does this itself.
    """
    keeper = Keeper(home)
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    if not once:
        sys.stderr.write(f"codedark: keeping, with a heartbeat every {keeper.pause_seconds:g} s; Ctrl-C ends it\n")
    while True:
        beat = keeper.beat()
        for sentence in (*beat.told, *told_loudly(home, beat.loud)):
            sys.stdout.write(f"{one_line(sentence)}\n")
        sys.stdout.flush()
        if once or ending.wait(keeper.pause_seconds):
            break
    if not once:
        sys.stderr.write(
            "codedark: stopped; what stands ends by itself when its leases run out, unless somebody keeps it\n"
        )


def told_loudly(home: Path, sentences: Sequence[str]) -> list[str]:
    """Make an alarm of sentences, and deliver what waits where no watch does; what could not be done."""
    wrong = []
    if sentences:
        try:
            tell(home, sentences, wall_clock_us())
        except (CodeDarkError, OSError) as error:
            wrong.append(f"no alarm could be made of it: {error}")
    return [*wrong, *filter(None, [deliver(home, wall_clock_us())])]
