"""`codedark`: the commands, and what becomes of an error."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

import typer

from codedark.cli import exit_codes
from codedark.cli.home_hint import with_home
from codedark.cli.lazy import lazily
from codedark.errors import CodeDarkError

app = typer.Typer(
    name="codedark",
    cls=lazily(
        {
            "demo": "demo:app",
            "init": "init:app",
            "hospital": "hospital:app",
            "hunt": "hunt:app",
            "serve": "serve:app",
            "incident": "incident:app",
            "contain": "contain:app",
            "census": "census:app",
            "pack": "pack:app",
            "ward": "ward:app",
            "backentry": "backentry:app",
            "rules": "rules:app",
            "search": "search:app",
            "doctor": "doctor:app",
            "simulate": "simulate:app",
            "serve-part": "serve_part:app",
        }
    ),
    help="Code Dark: software that lets a hospital survive a cyberattack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _codedark() -> None:
    """Code Dark: software that lets a hospital survive a cyberattack."""


def run() -> None:
    """Run a command; errors go to stderr in one line, without a traceback, and end it with exit code 2."""
    _prepare_stdout()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # so that an error of that is told like any other
    except CodeDarkError as error:
        _end(exit_codes.UNUSABLE, str(error), error)
    except OSError as error:
        _end_by(error)
    except KeyboardInterrupt as error:
        _end(exit_codes.INTERRUPTED, "stopped", error)
    except SystemExit as error:
        # Typer and Rich make an exit of their own of a broken pipe, and Typer one of Ctrl-C.
        if isinstance(error.__context__, BrokenPipeError):
            _end_by(error.__context__)
        if error.__context__ and isinstance(error.__context__.__cause__, KeyboardInterrupt):
            _end(exit_codes.INTERRUPTED, "stopped", error)
        raise


def _prepare_stdout() -> None:
    if sys.stdout is None:  # closed by whoever called us
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names in logs may not exist in the terminal's encoding


def _end_by(error: OSError) -> NoReturn:
    """Whoever read our output has stopped, which is no error; anything else is."""
    if isinstance(error, BrokenPipeError):
        _end(0, "", error)
    where = error.filename or "the output cannot be written and is not complete"
    _end(exit_codes.UNUSABLE, f"{where}: {error.strerror or error}", error)


def _end(code: int, message: str, error: BaseException) -> NoReturn:
    # What is left to flush on the way out has nowhere to go.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if message:
        sys.stderr.write(f"codedark: {with_home(message)}\n")
    raise SystemExit(code) from error
