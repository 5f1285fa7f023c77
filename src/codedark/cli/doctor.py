"""`codedark doctor`: what is missing, blind or out of date in this installation."""

from __future__ import annotations

import sys

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.wall_clock import now_us
from codedark.app.watching.doctor import Verdict, examine
from codedark.cli import exit_codes
from codedark.cli.options import DEFAULT_HOME, HomeOption, cache_folder
from codedark.cli.rules import Format, FormatOption

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_SIGNS = {Verdict.WELL: "ok", Verdict.NOTE: "note", Verdict.BAD: "BAD"}


@app.command()
def doctor(home: HomeOption = DEFAULT_HOME, format_: FormatOption = Format.TABLE) -> None:
    """Say what is missing, blind or out of date. The exit code is 0 when nothing is bad, else 3."""
    found = examine(home.resolve(), cache_folder(), now_us())
    if format_ is Format.TABLE:
        table = Table("", "what", "found")
        for each in found:
            table.add_row(_SIGNS[each.verdict], each.what, Text(each.found))
        Console().print(table)
    else:
        rows = [{"what": each.what, "verdict": each.verdict, "found": each.found} for each in found]
        lines = [rows] if format_ is Format.JSON else rows
        for line in lines:
            sys.stdout.write(orjson.dumps(line).decode() + "\n")
    if any(each.verdict is Verdict.BAD for each in found):
        raise typer.Exit(exit_codes.INCOMPLETE)
