"""`codedark rules check` and `codedark rules list`: what the rules are, and which cannot run here and why."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.outputs import to_json
from codedark.app.rule_listing import listed, problems_of
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes
from codedark.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    HospitalOption,
    placeholders_of,
    rules_with_progress,
)

app = typer.Typer(help="Look at detection rules.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)

SourcesArgument = Annotated[list[str], typer.Argument(help="Folders or files of Sigma rules, or 'hospital'.")]


class Format(StrEnum):
    """How rows are told."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


FormatOption = Annotated[Format, typer.Option("--format", help="How rows are told.")]


@app.command()
def check(
    sources: SourcesArgument,
    hospital: HospitalOption = None,
    home: HomeOption = DEFAULT_HOME,
    output_format: FormatOption = Format.TABLE,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if any rule cannot run.")] = False,
) -> None:
    """Print every rule that cannot run here, with the reason."""
    loaded = rules_with_progress(sources, placeholders_of(hospital, home))
    problems = problems_of(loaded)
    _print(problems, output_format)
    sys.stderr.write(
        f"codedark: {loaded.rulebook.loaded:,} rules read; {len(problems):,} cannot run here, "
        f"{loaded.rulebook.loaded - len(problems):,} can\n"
    )
    if strict and problems:
        raise typer.Exit(exit_codes.INCOMPLETE)


@app.command("list")
def list_(
    sources: SourcesArgument,
    hospital: HospitalOption = None,
    home: HomeOption = DEFAULT_HOME,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Print every rule that can run here."""
    loaded = rules_with_progress(sources, placeholders_of(hospital, home))
    _print(listed(loaded), output_format)


def _print(rows: list[dict[str, Any]], output_format: Format) -> None:
    match output_format:
        case Format.JSON:
            sys.stdout.buffer.write(to_json(rows) + b"\n")
        case Format.JSONL:
            sys.stdout.buffer.writelines(to_json(row) + b"\n" for row in rows)
        case Format.TABLE if rows:
            table = Table(*rows[0], show_lines=False)
            for row in rows:
                table.add_row(*map(_cell, row.values()))
            Console().print(table)


def _cell(value: Any) -> Text:
    """A rule is written by others: what it says is shown, never obeyed as markup or by the terminal."""
    return Text(one_line(" ".join(value) if isinstance(value, list | tuple) else str(value)))
