"""`codedark contain approver`: who may say yes to plans."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from codedark.app.enforcing.approvers import (
    FILE,
    LEAST_LETTERS,
    approver,
    read_approvers,
    with_approver,
)
from codedark.app.enforcing.enrolling import enrol, strike_off
from codedark.app.enforcing.naming import same_person
from codedark.app.enforcing.newcomers import afoot
from codedark.app.enforcing.reading import read_holding, refuse_other_user, wall_clock_us
from codedark.app.local_time import local_time
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli.contain_keep import told_loudly
from codedark.cli.contain_prepare import PassphraseOption, passphrase_of
from codedark.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption
from codedark.errors import UsageError

app = typer.Typer(
    help="Say who may approve plans, each with a passphrase of their own.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As everybody knows the person.")],
    role: Annotated[str, typer.Option("--role", help="What they are in the hospital: head of nursing, network.")],
    home: HomeOption = DEFAULT_HOME,
    clinical: Annotated[bool, typer.Option("--clinical", help="Answers for patients.")] = False,
    passphrase_file: PassphraseOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="In the place of what there is of this person.")] = False,
) -> None:
    """Add a person, who types a passphrase that nobody else knows. It is kept as a trace that cannot be turned back."""
    _needs(home)
    with_approver(read_approvers(home), approver(name, role, "x" * LEAST_LETTERS, clinical=clinical), replace=replace)
    passphrase = passphrase_of(name, passphrase_file)
    if passphrase_file is None and getpass.getpass("The same once more: ") != passphrase:
        raise UsageError("these were two different passphrases: nobody was added")
    added = approver(name, role, passphrase, clinical=clinical)
    holding = enrol(home, added, replace=replace)
    sys.stderr.write(f"codedark: {one_line(added.name)} may approve plans now ({home / FILE})\n")
    if waiting := afoot(holding, wall_clock_us()):
        made = holding.approvers[same_person(added.name)]
        sentence = (
            f"{made.name} was made an approver by {made.by}, while {waiting}; if nobody asked for that, look who did"
        )
        for wrong in told_loudly(home, [sentence]):
            sys.stderr.write(f"codedark: {one_line(wrong)}\n")


@app.command("list")
def list_(home: HomeOption = DEFAULT_HOME, output_format: OutputOption = Output.TABLE) -> None:
    """Who may approve. Two are needed for every plan, one of them clinical for tier 0 or 1."""
    found = read_approvers(home)
    logged = read_holding(home).approvers
    made = [logged.get(same_person(each.name)) for each in found]
    whole = [one is not None and one.record == each.record for one, each in zip(made, found, strict=True)]
    if output_format is Output.JSON:
        rows = [
            {
                "name": each.name,
                "role": each.role,
                "clinical": each.clinical,
                "since_us": one.at_us if one else None,
                "by": one.by if one else None,
                "as_logged": is_whole,
            }
            for each, one, is_whole in zip(found, made, whole, strict=True)
        ]
        sys.stdout.buffer.write(to_json(rows) + b"\n")
        return
    console = Console()
    table = Table(box=None, pad_edge=False)
    for title in ("name", "role", "clinical", "since", "made by"):
        table.add_column(title, overflow="fold")
    for each, one, is_whole in zip(found, made, whole, strict=True):
        since, by = (
            (local_time(one.at_us), one_line(one.by)) if one and is_whole else ("NOT AS LOGGED", "may not approve")
        )
        table.add_row(one_line(each.name), one_line(each.role), "yes" if each.clinical else "", since, by)
    console.print(table)
    if len(found) < 2 or not any(each.clinical for each in found):
        console.print("Not enough: two people are needed, one of them clinical (`codedark contain approver add`).")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who may not approve any more.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Take a person off the list. What they approved before stays approved."""
    _needs(home)
    gone = strike_off(home, name)
    sys.stderr.write(f"codedark: {one_line(gone.name)} may not approve plans any more\n")


def _needs(home: Path) -> None:
    if not home.is_dir():
        raise UsageError(f"{home}: there is no such folder: `codedark init --home {home}` makes one")
    refuse_other_user(home)
