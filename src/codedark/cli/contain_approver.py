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
    named,
    read_approvers,
    with_approver,
    write_approvers,
)
from codedark.app.enforcing.books import Books
from codedark.app.enforcing.entries import Said
from codedark.app.enforcing.reading import CASE_LOG, refuse_other_user, wall_clock_us
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli.contain_prepare import PassphraseOption, passphrase_of
from codedark.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption
from codedark.errors import UsageError
from codedark.store.case_log import CaseLog

_PATIENCE_SECONDS = 60.0

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
    _tell_log(home, f"{added.name} ({added.role}{', clinical' * clinical}) may approve, with a passphrase set now")
    write_approvers(home, with_approver(read_approvers(home), added, replace=replace))
    sys.stderr.write(f"codedark: {one_line(added.name)} may approve plans now ({home / FILE})\n")


@app.command("list")
def list_(home: HomeOption = DEFAULT_HOME, output_format: OutputOption = Output.TABLE) -> None:
    """Who may approve. Two are needed for every plan, one of them clinical for tier 0 or 1."""
    found = read_approvers(home)
    if output_format is Output.JSON:
        rows = [{"name": each.name, "role": each.role, "clinical": each.clinical} for each in found]
        sys.stdout.buffer.write(to_json(rows) + b"\n")
        return
    console = Console()
    table = Table(box=None, pad_edge=False)
    for title in ("name", "role", "clinical"):
        table.add_column(title, overflow="fold")
    for each in found:
        table.add_row(one_line(each.name), one_line(each.role), "yes" if each.clinical else "")
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
    found = read_approvers(home)
    gone = named(found, name)
    _tell_log(home, f"{gone.name} may not approve any more")
    write_approvers(home, [each for each in found if each is not gone])
    sys.stderr.write(f"codedark: {one_line(gone.name)} may not approve plans any more\n")


def _tell_log(home: Path, sentence: str) -> None:
    """Whoever can write the file of approvers could be two people in it; the log tells that they were put there."""
    with CaseLog(home / CASE_LOG, _PATIENCE_SECONDS) as log:
        books = Books(log, wall_clock_us)
        books.write(Said(at_us=books.now_us(), plan="", sentence=sentence))


def _needs(home: Path) -> None:
    if not home.is_dir():
        raise UsageError(f"{home}: there is no such folder: `codedark init --home {home}` makes one")
    refuse_other_user(home)
