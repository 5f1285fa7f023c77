"""`codedark`: the commands, and what becomes of an error."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from codedark.cli import exit_codes
from codedark.cli.loading import loading
from codedark.errors import CodeDarkError

_MODULES = {
    "demo": "demo",
    "init": "init",
    "hospital": "hospital",
    "hunt": "hunt",
    "serve": "serve",
    "incident": "incident",
    "contain": "contain",
    "rules": "rules",
    "search": "search",
    "doctor": "doctor",
    "simulate": "simulate",
    "serve-part": "serve_part",
}


class Commands(TyperGroup):
    """The commands. The module of one is imported when it is asked for, so that none pays for the others."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order in which a hospital meets them."""
        del ctx
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name."""
        del ctx
        if cmd_name not in _MODULES:
            return None
        with loading():
            module = import_module(f"codedark.cli.{_MODULES[cmd_name]}")
        command = get_command(module.app)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="codedark",
    cls=Commands,
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
        sys.stderr.write(f"codedark: {message}\n")
    raise SystemExit(code) from error
