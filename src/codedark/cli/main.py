"""`codedark`: the commands, and what becomes of an error."""

from __future__ import annotations

import os
import sys

import typer

from codedark.cli import hunt, rules
from codedark.errors import CodeDarkError

app = typer.Typer(
    name="codedark",
    help="Code Dark: software that lets a hospital survive a cyberattack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("hunt")(hunt.hunt)
app.add_typer(rules.app, name="rules")


def run() -> None:
    """Run a command; errors go to stderr in one line, without a traceback, and end it with exit code 2."""
    try:
        app()
    except CodeDarkError as error:
        sys.stderr.write(f"codedark: {error}\n")
        raise SystemExit(2) from error
    except BrokenPipeError as error:
        # Whoever read our output has stopped; what is left to flush has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from error
