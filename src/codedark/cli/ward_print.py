"""`codedark ward print`: charts that know what was charted at the station."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from codedark.app.ward.clock import live_here, now_us
from codedark.app.ward.paper_charts import print_charts
from codedark.cli.ward_station import DEFAULT_STATION, StationOption, opened_station
from codedark.continuity.pages.words import LANGUAGES
from codedark.errors import UsageError
from codedark.store.durable import put


def print_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The PDF file to write.")],
    what: Annotated[str, typer.Option("--what", help="census, medication or handover.")],
    patient: Annotated[
        list[str] | None, typer.Option("--patient", help="For this patient. [default: everybody who is known here]")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="en, nl, fr or de.")] = "en",
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Print who lies here, medication charts or handovers: the pack with what was charted since laid over it."""
    if language not in LANGUAGES:
        raise UsageError(f"--language {language}: there are {', '.join(LANGUAGES)}")
    if path.exists():
        raise UsageError(f"{path}: is there already: name another file, or delete it first")
    with opened_station(station) as opened:
        live_here(opened)
        put(path, print_charts(opened, what, patient or (), language, now_us(opened)), 0o600)
    sys.stdout.write(f"{path}; delete the file when it is printed\n")
