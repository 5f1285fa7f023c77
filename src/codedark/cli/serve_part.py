"""`codedark serve-part`: one part of `serve`, in a process of its own. `serve` starts it; nobody else has to."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from codedark.app.enforcing.naming import KEEPER
from codedark.app.watching.log import log_to_stderr
from codedark.app.watching.parts import PARTS
from codedark.cli.options import cache_folder
from codedark.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def serve_part(
    name: Annotated[str, typer.Argument(help="judge, archivist or keeper")],
    home: Annotated[Path, typer.Option("--home", help="The folder of the installation.")],
    parent: Annotated[int, typer.Option("--parent", help="The process of serve, with which it ends.")],
) -> None:
    """One part of serve; serve starts it."""
    if name not in {*PARTS, KEEPER}:
        raise UsageError(f"serve-part {name}: there is no such part. There are {', '.join(PARTS)} and {KEEPER}.")
    log_to_stderr(sys.stderr.isatty())
    if name == KEEPER:
        import_module("codedark.app.enforcing.keeper_part").keep(home, parent)  # so that no other part pays for it
    else:
        PARTS[name](home, cache_folder(), parent)
