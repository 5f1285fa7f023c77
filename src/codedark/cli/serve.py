"""`codedark serve`: watch continuously, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from codedark.app.watching.checking import check
from codedark.app.watching.clock import clock_of
from codedark.app.watching.configuration import FILE, load
from codedark.app.watching.front import Front
from codedark.app.watching.log import log_to_stderr
from codedark.cli.options import DEFAULT_HOME, HomeOption, cache_folder

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def serve(
    home: HomeOption = DEFAULT_HOME,
    check_only: Annotated[bool, typer.Option("--check", help="Check the configuration and end.")] = False,
    clock: Annotated[
        str | None,
        typer.Option(help="Let records arrive at another time, for replays: 2026-01-12T13:00:00Z@600 (times speed)."),
    ] = None,
) -> None:
    """Watch continuously: take records in, judge them, tell of incidents. SIGHUP reads the configuration again."""
    home = home.resolve()
    clock_us = clock_of(clock)
    for line in check(home, cache_folder()):
        sys.stderr.write(f"codedark: {line}\n")
    if check_only:
        sys.stderr.write(f"codedark: {home / FILE} is in order\n")
        return
    log_to_stderr(sys.stderr.isatty())
    asyncio.run(Front(home, load(home), clock_us, cache_folder()).run())
