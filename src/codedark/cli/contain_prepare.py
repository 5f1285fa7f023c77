"""`codedark contain prepare` and `approve`: from decided plans to orders that two people have said yes to."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from codedark.app.enforcing.acting import approvable, may_try, say_yes
from codedark.app.enforcing.answering import Answer, plan_answer, standing_answer
from codedark.app.enforcing.approvers import named, read_approvers
from codedark.app.enforcing.desk import opened_desk
from codedark.app.enforcing.preparing import prepare
from codedark.app.enforcing.proposed import chosen_actions, read_proposal
from codedark.app.enforcing.reading import read_holding, settings_and_model, wall_clock_us
from codedark.app.enforcing.standing_entries import StandingOrder
from codedark.app.outputs import to_json
from codedark.cli import exit_codes
from codedark.cli.enforcement_text import print_prepared, print_standing, say
from codedark.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption
from codedark.contain.plans import BALANCED
from codedark.errors import UnusableInput, UsageError

PlanArgument = Annotated[str, typer.Argument(metavar="ID", help="As it was named: P1.")]
PersonOption = Annotated[str, typer.Option("--person", help="Who says yes, as in approvers.yaml.")]
PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", metavar="FILE", help="Its first line, instead of asking.")
]


def prepare_(
    plans: Annotated[Path, typer.Argument(metavar="PLANS.json", help="What `contain plan --format json` wrote.")],
    home: HomeOption = DEFAULT_HOME,
    plan: Annotated[str, typer.Option("--plan", help="Which of the plans: least, balanced or most.")] = BALANCED,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="ACTION", help="Leave an action out. May be repeated.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option("--hours", min=0.01, max=744, help="How long it stands. [default: stands_hours]")
    ] = None,
    output_format: OutputOption = Output.TABLE,
) -> None:
    """Make orders of a plan and try them dry: who would do what, and what it costs. Nothing is done."""
    settings, hospital = settings_and_model(home)
    actions = chosen_actions(read_proposal(plans), hospital, plan, without or ())
    stands_seconds = settings.stands_seconds if hours is None else round(hours * 3600)
    with opened_desk(home, skipped=[]) as desk:
        entry = prepare(desk, actions, plan, stands_seconds)
        told = plan_answer(desk.books.holding, entry.plan.id, desk.books.now_us())
    tell(told, output_format)
    if told["left"]:
        raise typer.Exit(exit_codes.INCOMPLETE)


def approve(
    plan_id: PlanArgument,
    person: PersonOption,
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    output_format: OutputOption = Output.TABLE,
) -> None:
    """Say yes to a plan or a standing order, with a passphrase of your own.

    Two people have to, one of them clinical for tier 0 or 1 and for standing orders.
    """
    holding, now_us = read_holding(home), wall_clock_us()
    entry = named(read_approvers(home), person)
    asked = approvable(holding, plan_id, now_us)
    may_try(holding, asked, entry, now_us)
    if passphrase_file is None and output_format is Output.TABLE:
        shown = Console(stderr=True)
        if isinstance(asked, StandingOrder):
            print_standing(shown, standing_answer(holding, asked, now_us))
        else:
            print_prepared(shown, plan_answer(holding, asked.id, now_us))
    passphrase = passphrase_of(entry.name, passphrase_file)
    with opened_desk(home, skipped=[]) as desk:
        holding, now_us = desk.books.holding, desk.books.now_us()
        asked = approvable(holding, asked.id, now_us)
        say_yes(desk, asked, entry.name, passphrase)
        if isinstance(asked, StandingOrder):
            told, done = standing_answer(holding, asked, now_us), f"{asked.called} is in force."
        else:
            told, done = plan_answer(holding, asked.id, now_us), f"To begin: codedark contain apply {asked.id}"
    if output_format is Output.JSON:
        sys.stdout.buffer.write(to_json(told) + b"\n")
        return
    console = Console()
    say(console, f"{entry.name} has approved {asked.called}. Nothing has been done yet.")
    say(console, f"Not yet: {told['needs']}." if told["needs"] else done)


def passphrase_of(name: str, file: Path | None) -> str:
    """From a file, or from the terminal without showing it. Raises `UsageError` where there is no terminal."""
    if file is not None:
        try:
            if file.stat().st_mode & 0o004:
                raise UsageError(f"{file}: every user of this machine can read this passphrase: chmod 600 {file}")
            lines = file.read_text("utf-8", "surrogateescape").splitlines()
        except OSError as error:
            raise UnusableInput(
                f"{file}: cannot be read ({error.strerror}): put the passphrase on its first line"
            ) from error
        return lines[0] if lines else ""
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for a passphrase on: give --passphrase-file")
    return getpass.getpass(f"Passphrase of {name}: ")


def tell(told: Answer, output_format: Output) -> None:
    """A plan as asked for."""
    if output_format is Output.JSON:
        sys.stdout.buffer.write(to_json(told) + b"\n")
    else:
        print_prepared(Console(), told)
