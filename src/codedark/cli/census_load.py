"""`codedark census load`: messages and resources from files into the census."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from codedark.app.amounts import amount
from codedark.app.continuing.census.checkpoint import newest
from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.intake import load as load_files
from codedark.cli import exit_codes
from codedark.cli.census_words import say
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.errors import UsageError
from codedark.events.moments import microseconds_of
from codedark.store.journal.journal import Journal


def load(
    files: Annotated[list[Path], typer.Argument(help="HL7 v2 files, FHIR files (.ndjson, .json, .gz), or folders.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="When these were exported: 2026-01-12T23:00Z. [default: file's time]")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Put messages and resources from files into the census.

    Exit code 3 where a file was refused because it is neither HL7 v2 nor FHIR.
    """
    with Journal(journal_of(home), not_before=newest(journal_of(home))) as journal:
        loaded = load_files(files, journal, _time(as_of) if as_of else None)
    for sentence in loaded.refused:
        say(sentence)
    if not (model := home / "hospital.yaml").exists():
        say(f"{model} is not there yet: `census show` needs it, to know the wards (or name one with --hospital)")
    say(f"{amount(loaded.records, 'record')} loaded, {amount(len(loaded.refused), 'file')} refused")
    if loaded.refused:
        raise typer.Exit(exit_codes.INCOMPLETE)


def _time(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of {text}: write it like 2026-01-12T23:00Z") from error
    if moment.tzinfo is None:
        raise UsageError(f"--as-of {text}: say which zone, like 2026-01-12T23:00Z")
    return microseconds_of(moment)
