"""`codedark ward forms, missing`: more forms from the station itself, and which of them were not typed in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from codedark.app.amounts import amount
from codedark.app.untrusted import one_line
from codedark.app.wall_clock import now_us
from codedark.app.ward.clock import live_here
from codedark.app.ward.paper_forms import missing, printed
from codedark.app.ward.patients import charts_of
from codedark.app.ward.times import shown
from codedark.cli import exit_codes
from codedark.cli.ward_station import DEFAULT_STATION, StationOption, opened_station
from codedark.continuity.pages.words import LANGUAGES
from codedark.errors import UsageError
from codedark.store.durable import put


def forms(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The PDF file to write.")],
    patient: Annotated[
        list[str] | None, typer.Option("--patient", help="For this patient. [default: each of the pack]")
    ] = None,
    nobody: Annotated[bool, typer.Option("--unknown", help="For somebody who is not known yet.")] = False,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Which form. [default: orders, observations, laboratory]")
    ] = None,
    sheets: Annotated[int, typer.Option("--sheets", min=1, max=50, help="So many of each.")] = 1,
    language: Annotated[str, typer.Option("--language", help="en, nl, fr or de.")] = "en",
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Print more forms, with row numbers that stand on no other paper. Print each once."""
    if language not in LANGUAGES:
        raise UsageError(f"--language {language}: there are {', '.join(LANGUAGES)}")
    if path.exists():
        raise UsageError(f"{path}: is there already, and may not be printed yet: name another file, or delete it first")
    with opened_station(station) as opened:
        live_here(opened)
        whom = [*(patient or []), *([""] if nobody else [])] or [str(each) for each in charts_of(opened)]
        kinds = kind or ["orders", "observations", "laboratory"]
        wanted = [(each, which) for each in whom for which in kinds for _ in range(sheets)]
        file, made = printed(opened, wanted, language, now_us())
        put(path, file, 0o600)
    sys.stdout.write(f"{path}: {amount(len(made), 'sheet')}; print once, and delete the file\n")


def missing_(station: StationOption = DEFAULT_STATION) -> None:
    """List the forms printed here that are not, or not wholly, typed in. Each is found and blank, or typed in."""
    with opened_station(station) as opened:
        live_here(opened)
        found = list(missing(opened))
    for each in found:
        sheet, rows = each.sheet, each.rows
        what = "nothing" if len(rows) == len(sheet.rows) else f"not {', '.join(rows)}"
        about = f"{sheet.kind} for {sheet.patient or 'somebody unknown'}, printed {shown(sheet.at_us)}"
        sys.stdout.write(f"{sheet.rows[0]} to {sheet.rows[-1]}: {what} is typed in: {one_line(about)}\n")
    if found:
        raise typer.Exit(exit_codes.INCOMPLETE)
